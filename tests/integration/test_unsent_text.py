"""An officer's session ends while writing: the text comes through the sign-in page, and nothing is done."""

from __future__ import annotations

import html
import io
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from complaints.acts import desk
from core.db.tenancy import tenant_scope
from core.web import unsent
from tests.casework import LONG, case_in, officer_of
from tests.conftest import PASSWORD, Browser, City, photo
from tests.moving import acts_of, the_row
from tests.pages import csrf_token

Browse = Callable[[City | str], Browser]
Filing = Callable[..., Any]
STILL_THERE = "Isian Anda masih ada. Periksa, lalu kirim sekali lagi."
TYPED = "Yth. Pelapor, lubang sudah ditambal & dipadatkan.\n\nTerima kasih <atas> laporan Anda, salam."


@pytest.fixture
def case(app: Flask, city: City, file_report: Filing) -> tuple[uuid.UUID, str]:
    """A verified report: its id and number."""
    with tenant_scope(city.id, app):
        case_id = case_in("verified", city, file_report)
        return case_id, the_row(case_id).number


def sealed_of(page: str) -> str | None:
    """The sealed field of a sign-in page."""
    found = re.search(r'name="unsent"[^>]*value="([^"]+)"', page)
    return html.unescape(found[1]) if found else None


def send(browser: Browser, number: str, slug: str, data: dict[str, Any], **headers: str) -> Any:
    """A form sent without a session."""
    path = f"/petugas/laporan/{number}/{slug}"
    return browser.client.post(path, base_url=browser.base, data=data, headers=headers)


def sign_in(browser: Browser, asked: Any, email: str, password: str = PASSWORD) -> Any:
    """Fill in the sign-in page that came instead."""
    page = asked.get_data(as_text=True)
    wanted = re.search(r'name="next"[^>]*value="([^"]*)"', page)
    assert wanted
    data = {
        "csrf_token": csrf_token(page),
        "next": html.unescape(wanted[1]),
        "unsent": sealed_of(page) or "",
        "email": email,
        "password": password,
    }
    return browser.client.post("/petugas/masuk", base_url=browser.base, data=data)


def typed_on(page: str, name: str = "text") -> list[str]:
    """What stands in the text areas of this name."""
    found = re.findall(rf'<textarea[^>]*name="{name}"[^>]*>\r?\n?(.*?)</textarea>', page, re.S)
    return [html.unescape(text).replace("\r\n", "\n") for text in found]


@pytest.mark.parametrize("step", ["", "pratinjau", "ubah"])
def test_an_answer_outlives_the_session(
    app: Flask, city: City, case: tuple[uuid.UUID, str], officer: Callable[..., Browser], step: str
) -> None:
    case_id, number = case
    writing = officer(city)
    before = writing.get(f"/petugas/laporan/{number}?tindakan=tanggapan").get_data(as_text=True)
    slug = re.search(rf'action="/petugas/laporan/{number}/(tanggap[a-z-]*)"', before)
    assert slug
    writing.client.delete_cookie("sesi", domain=city.host)
    with tenant_scope(city.id, app):
        desk.note(case_id, officer_of(city), text="Diubah sementara itu.")
        version, acts = the_row(case_id).version, acts_of(case_id)
    data = {"csrf_token": csrf_token(before), "version": "1", "langkah": step, "text": TYPED}
    asked = send(writing, number, slug[1], data)
    assert asked.status_code == 403
    page = asked.get_data(as_text=True)
    assert "Masuk petugas" in page
    assert "ditambal" not in page
    assert asked.headers["Cache-Control"] == "no-store"
    answer = sign_in(writing, asked, city.officers["city_administrator"])
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert STILL_THERE in page
    assert typed_on(page)[0] == TYPED
    assert f'name="version" value="{version}"' in re.sub(r'\s(id|type)="[^"]*"', "", page)
    with tenant_scope(city.id, app):
        assert acts_of(case_id) == acts  # nothing was sent
    again = {"csrf_token": csrf_token(page), "version": str(version), "text": TYPED}
    assert send(writing, number, slug[1], again).status_code == 303
    with tenant_scope(city.id, app):
        assert acts_of(case_id) == [*acts, "respond"]


def test_a_note_outlives_the_session_with_a_wrong_password_between(
    city: City, case: tuple[uuid.UUID, str], browse: Browse
) -> None:
    number, browser = case[1], browse(city)
    asked = send(browser, number, "catatan", {"text": "Sudah saya telepon dua kali.", "version": "1"})
    refused = sign_in(browser, asked, city.officers["verifier"], "bukan kata sandinya")
    assert refused.status_code == 422
    assert sealed_of(refused.get_data(as_text=True)) == sealed_of(asked.get_data(as_text=True))
    page = sign_in(browser, refused, city.officers["verifier"]).get_data(as_text=True)
    assert "Sudah saya telepon dua kali." in typed_on(page)
    assert browser.get("/petugas/").status_code == 200


def test_who_signed_in_elsewhere_meanwhile_gets_the_text_too(
    city: City, case: tuple[uuid.UUID, str], browse: Browse
) -> None:
    number, browser = case[1], browse(city)
    asked = send(browser, number, "catatan", {"text": "Catatan dari tab pertama."})
    assert browser.sign_in(city.officers["verifier"]).status_code == 303
    page = sign_in(browser, asked, city.officers["verifier"]).get_data(as_text=True)
    assert "Catatan dari tab pertama." in typed_on(page)


def test_an_officer_who_may_not_see_the_case_gets_nothing(
    app: Flask, city: City, file_report: Filing, browse: Browse
) -> None:
    with tenant_scope(city.id, app):
        case_id = case_in("verified", city, file_report)
        desk.assign(case_id, officer_of(city), department_id=city.departments["dlh"])
        number = the_row(case_id).number
    browser = browse(city)
    asked = send(browser, number, "catatan", {"text": "Rahasia unit lain."})
    answer = sign_in(browser, asked, city.officers["handler"])  # of another department
    assert answer.status_code == 303
    assert "Rahasia unit lain." not in browser.get("/petugas/").get_data(as_text=True)
    assert browser.get(answer.location).status_code == 404


def test_an_act_that_is_over_still_gives_the_text_back(
    app: Flask, city: City, case: tuple[uuid.UUID, str], browse: Browse
) -> None:
    case_id, number = case
    browser = browse(city)
    asked = send(browser, number, "penundaan", {"text": "Mohon tuliskan nomor rumahnya."})
    with tenant_scope(city.id, app):
        desk.assign(case_id, officer_of(city), department_id=city.departments["pupr"])
    page = sign_in(browser, asked, city.officers["city_administrator"]).get_data(as_text=True)
    assert "tidak dapat lagi dilakukan" in page
    assert "Mohon tuliskan nomor rumahnya." in page
    assert "Tulisan Anda belum disimpan." in page


def test_an_unknown_case_or_act_looks_like_any_other(city: City, browse: Browse) -> None:
    for number, slug in (("TID-2611-00000", "catatan"), ("TID-2611-00000", "tidak-ada")):
        browser = browse(city)
        asked = send(browser, number, slug, {"text": LONG})
        assert asked.status_code == 403
        assert sign_in(browser, asked, city.officers["verifier"]).status_code == 303


def test_files_and_tokens_are_not_carried(app: Flask, city: City, browse: Browse) -> None:
    browser = browse(city)
    picture = (io.BytesIO(photo()), "jalan.jpg")
    data = {"csrf_token": "token-lama", "text": LONG, "files": picture}
    asked = send(browser, "TID-2611-00000", "tanggapan", data)
    opened = opened_at(app, city, sealed_of(asked.get_data(as_text=True)))
    assert opened is not None
    assert opened.fields == MultiDict([("text", LONG)])


@pytest.mark.parametrize(
    "data",
    [
        {"csrf_token": "x"},
        {"text": "   ", "version": ""},
        {"text": "x" * 20_001},
        {"text": "é" * 10_001},
        {f"n{place}": "x" for place in range(61)},
    ],
    ids=["only a token", "nothing", "too long", "too long in bytes", "too many"],
)
def test_nothing_or_too_much_is_not_carried(city: City, browse: Browse, data: dict[str, str]) -> None:
    asked = send(browse(city), "TID-2611-00000", "catatan", data)
    assert asked.status_code == 303
    assert asked.location.startswith("/petugas/masuk")


def test_another_site_writes_into_no_form(city: City, browse: Browse) -> None:
    for origin, code in (
        ("https://jahat.example", 303),
        ("null", 303),
        (f"http://x.{city.host}", 303),
        (f"http://{city.host}", 403),
    ):
        asked = send(browse(city), "TID-2611-00000", "catatan", {"text": LONG}, Origin=origin)
        assert asked.status_code == code


def test_a_seal_is_good_for_an_hour(
    app: Flask, city: City, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = send(browse(city), "TID-2611-00000", "catatan", {"text": LONG})
    sealed = sealed_of(asked.get_data(as_text=True))
    now = time.time()
    for later, is_open in ((3590, True), (3610, False)):
        with monkeypatch.context() as patch:
            patch.setattr("itsdangerous.timed.time.time", lambda at=now + later: at)
            assert (opened_at(app, city, sealed) is not None) is is_open


def opened_at(app: Flask, city: City, sealed: str | None) -> unsent.Unsent | None:
    """What a seal holds on a city's host."""
    from core.web.tenant import put_tenant
    from tenants.resolver import lookup

    with app.test_request_context(base_url=city.url):
        found = lookup(city.host)
        assert found
        put_tenant(found[0])
        return unsent.unseal(sealed)


def test_the_largest_text_comes_through(app: Flask, city: City, browse: Browse) -> None:
    asked = send(browse(city), "TID-2611-00000", "catatan", {"text": "a" * 19_800})
    opened = opened_at(app, city, sealed_of(asked.get_data(as_text=True)))
    assert opened is not None
    assert opened.fields["text"] == "a" * 19_800


def test_the_text_is_not_logged(city: City, browse: Browse, capfd: pytest.CaptureFixture[str]) -> None:
    browser = browse(city)
    asked = send(browser, "TID-2611-00000", "catatan", {"text": "kata yang tidak boleh tercatat"})
    sealed = sealed_of(asked.get_data(as_text=True))
    sign_in(browser, asked, city.officers["verifier"])
    told = "".join(capfd.readouterr())
    assert "tidak boleh tercatat" not in told
    assert sealed is not None
    assert sealed[:40] not in told
