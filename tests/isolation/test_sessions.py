"""What a browser, a link or a form holds of one city counts for nothing on another's host."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Flask
from werkzeug.test import Cookie

from tests.casework import VERIFIED
from tests.conftest import Browser, City, photo
from tests.integration.test_citizen_journey import report_data
from tests.isolation.conftest import Rivals
from tests.isolation.seeding import CITY_ROLES, fingerprint


def carried(app: Flask, browser: Browser, host: str) -> Browser:
    """The same cookies on another host, as a thief (or a wrong cookie domain) would send them."""
    other = Browser(app.test_client(), host)
    cookie: Cookie | None = browser.client.get_cookie("sesi", domain=browser.host)
    assert cookie is not None
    other.client.set_cookie("sesi", cookie.value, domain=host)
    return other


@pytest.mark.parametrize("role", CITY_ROLES)
def test_an_officers_session_is_nobodys_next_door(
    app: Flask, rivals: Rivals, actors: dict[str, Browser], untouched: None, role: str
) -> None:
    there = carried(app, actors[role], rivals.theirs.city.host)
    for path in ("/petugas/", f"/petugas/laporan/{rivals.theirs.received.number}"):
        response = there.get(path)
        assert response.status_code == 303
        assert response.headers["Location"].startswith("/petugas/masuk")
    assert there.get(f"/lampiran/{rivals.theirs.photo_id}").status_code == 404
    home = there.get("/").get_data(as_text=True)
    assert rivals.ours.mark not in home


def test_a_session_of_the_city_opens_no_province(
    app: Flask, rivals: Rivals, actors: dict[str, Browser]
) -> None:
    there = carried(app, actors["city_administrator"], rivals.province.host)
    assert there.get("/provinsi/").status_code == 303


def test_a_provinces_session_opens_no_city(app: Flask, rivals: Rivals) -> None:
    province = Browser(app.test_client(), rivals.province.host)
    assert province.sign_in(rivals.province.officers["province_administrator"]).status_code == 303
    there = carried(app, province, rivals.ours.city.host)
    assert there.get("/petugas/").status_code == 303


def test_an_officer_signs_in_at_home_only(
    app: Flask, rivals: Rivals, superuser: psycopg.Connection[Any]
) -> None:
    """The right pair on the wrong host is a wrong pair, counts against nobody, and is recorded there."""
    theirs, before = rivals.theirs.city.id, fingerprint(superuser, rivals.ids)
    at_home = fingerprint(superuser, [theirs])
    there = Browser(app.test_client(), rivals.ours.city.host)
    response = there.sign_in(rivals.theirs.city.officers["verifier"])
    assert response.status_code == 422
    assert "Surel atau kata sandi tidak cocok." in response.get_data(as_text=True)
    after = fingerprint(superuser, rivals.ids)
    assert fingerprint(superuser, [theirs]) == at_home
    assert {table for table in after if after[table] != before[table]} == {"audit_entry", "audit_head"}


def test_a_proven_pin_proves_nothing_next_door(
    app: Flask, rivals: Rivals, actors: dict[str, Browser], untouched: None
) -> None:
    """Even where the other city had a report of the same number."""
    there = carried(app, actors["reporter"], rivals.theirs.city.host)
    assert there.get(f"/lacak/{rivals.ours.responded.number}").status_code == 404
    short = there.get(f"/lacak/{rivals.theirs.responded.number}").get_data(as_text=True)
    assert "Status laporan" in short
    assert f"Laporan {rivals.theirs.mark}" not in short
    assert f"Gang {rivals.theirs.mark}" not in short


def test_the_same_number_in_two_cities_is_two_reports(
    app: Flask, rivals: Rivals, superuser: psycopg.Connection[Any], make_city: Callable[..., City]
) -> None:
    """A PIN proven in one city must not open the other's report of the same number."""
    from tests.isolation.seeding import seed

    first, second = seed(app, make_city(), "Deltamaya"), seed(app, make_city(), "Epsilonraya")
    number = first.responded.number
    superuser.execute(
        "UPDATE complaint SET number = %s WHERE tenant_id = %s AND id = %s",
        [number, second.city.id, second.responded.id],
    )
    browser = Browser(app.test_client(), first.city.host)
    assert browser.post("/lacak", {"number": number, "pin": first.responded.pin}).status_code == 303
    assert "Gang Deltamaya" in browser.get(f"/lacak/{number}").get_data(as_text=True)
    there = carried(app, browser, second.city.host)
    short = there.get(f"/lacak/{number}")
    assert short.status_code == 200
    assert "Gang Epsilonraya" not in short.get_data(as_text=True)
    wrong = Browser(app.test_client(), second.city.host)
    assert wrong.post("/lacak", {"number": number, "pin": first.responded.pin}).status_code == 422


def test_a_tracking_link_opens_on_its_own_host_only(app: Flask, rivals: Rivals, their_link: str) -> None:
    path = their_link.split(rivals.theirs.city.host, 1)[1]
    there = Browser(app.test_client(), rivals.theirs.city.host)
    assert there.get(path).status_code == 303
    assert "Gang Betamukti" in there.get(path, follow_redirects=True).get_data(as_text=True)
    here = Browser(app.test_client(), rivals.ours.city.host)
    assert here.get(path).status_code == 404
    token = path.rpartition("/")[2]
    assert here.get(f"/lacak/{rivals.ours.received.number}/{token}").status_code == 404


def test_a_link_opens_its_own_report_only(app: Flask, rivals: Rivals, their_link: str) -> None:
    token = their_link.rpartition("/")[2]
    there = Browser(app.test_client(), rivals.theirs.city.host)
    assert there.get(f"/lacak/{rivals.theirs.received.number}/{token}").status_code == 404
    for broken in (token[:-1], token + "A", token.lower(), token.replace(".", "", 1), "x", "%00"):
        assert there.get(f"/lacak/{rivals.theirs.responded.number}/{broken}").status_code == 404


@pytest.fixture
def their_link(app: Flask, rivals: Rivals) -> str:
    """The private link as the receipt shows it."""
    from complaints.views.access import link_token
    from core.web.tenant import put_tenant
    from tenants.resolver import lookup

    with app.test_request_context(base_url=rivals.theirs.city.url):
        found = lookup(rivals.theirs.city.host)
        assert found
        put_tenant(found[0])
        number = rivals.theirs.responded.number
        return f"{rivals.theirs.city.url}/lacak/{number}/{link_token(number)}"


def test_a_form_token_of_one_city_is_none_of_the_other(
    rivals: Rivals, own_desk: Browser, their_desk: Browser, untouched: None
) -> None:
    token = own_desk.token(f"/petugas/laporan/{rivals.ours.received.number}")
    theirs = their_desk
    number = rivals.theirs.received.number
    note = theirs.client.post(
        f"/petugas/laporan/{number}/catatan",
        base_url=theirs.base,
        data={"csrf_token": token, "text": "Catatan dari luar", "version": "1"},
    )
    assert note.status_code == 422
    contact = theirs.client.post(
        f"/petugas/laporan/{number}/kontak", base_url=theirs.base, data={"csrf_token": token}
    )
    assert contact.status_code == 400
    out = theirs.client.post("/petugas/keluar", base_url=theirs.base, data={"csrf_token": token})
    assert out.status_code == 400


@pytest.fixture
def own_desk(app: Flask, rivals: Rivals) -> Browser:
    browser = Browser(app.test_client(), rivals.ours.city.host)
    assert browser.sign_in(rivals.ours.city.officers["city_administrator"]).status_code == 303
    return browser


@pytest.fixture
def their_desk(app: Flask, rivals: Rivals) -> Browser:
    browser = Browser(app.test_client(), rivals.theirs.city.host)
    assert browser.sign_in(rivals.theirs.city.officers["city_administrator"]).status_code == 303
    return browser


def _refused(browser: Browser, case: str, slug: str, data: dict[str, Any]) -> str:
    page = browser.get(case).get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    response = browser.post(f"{case}/{slug}", {"version": version[1], **data}, page=case)
    assert response.status_code == 422, response.get_data(as_text=True)[:1500]
    return str(response.get_data(as_text=True))


@pytest.mark.parametrize("choice", ["theirs", "unknown", "garbled"])
def test_an_own_case_goes_to_no_foreign_department(
    rivals: Rivals, own_desk: Browser, untouched: None, choice: str
) -> None:
    department = _choice(choice, rivals.theirs.city.departments["pupr"])
    case = f"/petugas/laporan/{rivals.ours.cases['verified'].number}"
    data = {"department": department, "urgency": "normal", "instructions": "act"}
    assert "Pilih unit tujuan" in _refused(own_desk, case, "disposisi", data)


@pytest.mark.parametrize("choice", ["theirs", "unknown", "garbled"])
def test_an_own_case_gets_no_foreign_category(
    rivals: Rivals, own_desk: Browser, untouched: None, choice: str
) -> None:
    category = _choice(choice, rivals.theirs.category_id)
    case = f"/petugas/laporan/{rivals.ours.received.number}"
    data = VERIFIED | {"category": category}
    assert "Pilih kategori yang paling sesuai" in _refused(own_desk, case, "verifikasi", data)


def _choice(choice: str, foreign: uuid.UUID) -> str:
    return {"theirs": str(foreign), "unknown": str(uuid.uuid4()), "garbled": "x'; --"}[choice]


@pytest.mark.parametrize("field", ["category", "district", "village"])
def test_a_report_names_no_foreign_place_or_category(
    app: Flask, rivals: Rivals, untouched: None, field: str
) -> None:
    theirs = rivals.theirs
    foreign = {"category": theirs.category_id, "district": theirs.district_id, "village": theirs.village_id}
    citizen = Browser(app.test_client(), rivals.ours.city.host)
    data = report_data(citizen.get("/laporan/baru").get_data(as_text=True), **{field: str(foreign[field])})
    response = citizen.post("/laporan/baru", data)
    assert response.status_code == 422
    assert theirs.leaks_into(response.get_data(as_text=True).replace(str(foreign[field]), "")) == []


def test_a_form_key_of_another_city_brings_no_report_and_no_file(
    app: Flask, rivals: Rivals, city: City, superuser: psycopg.Connection[Any]
) -> None:
    """The key is the other city's secret; here it is a number like any other."""
    theirs = rivals.theirs
    citizen = Browser(app.test_client(), city.host)
    for key in (theirs.unsent_form_key, theirs.received.form_key):
        page = citizen.get("/laporan/baru").get_data(as_text=True)
        kept = [str(theirs.unsent_photo_id), str(theirs.photo_id)]
        data = report_data(page, form_key=str(key), kept_uploads=kept, title="Kunci dari kota sebelah")
        again = citizen.post("/laporan/baru", data | {"declaration": ""})
        assert again.status_code == 422
        assert theirs.leaks_into(again.get_data(as_text=True).replace(str(key), "")) == []
        sent = citizen.post("/laporan/baru", data)
        assert sent.status_code == 303
        receipt = citizen.get(sent.headers["Location"]).get_data(as_text=True)
        assert theirs.leaks_into(receipt) == []
        assert theirs.received.pin not in receipt
    hung = superuser.execute("SELECT complaint_id FROM attachment WHERE id = %s", [theirs.unsent_photo_id])
    assert hung.fetchone() == (None,)


def test_a_photo_hangs_on_the_own_form_only(app: Flask, rivals: Rivals, city: City) -> None:
    """Two forms with one key, in two cities, keep their files apart."""
    key = str(rivals.theirs.unsent_form_key)
    citizen = Browser(app.test_client(), city.host)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    data = report_data(page, form_key=key, declaration="", files=(io.BytesIO(photo()), "sendiri.jpg"))
    answer = citizen.post("/laporan/baru", data, content_type="multipart/form-data").get_data(as_text=True)
    assert "sendiri.jpg" in answer
    assert rivals.theirs.mark not in answer


def test_a_session_signed_with_another_key_is_none(app: Flask, rivals: Rivals) -> None:
    from itsdangerous import URLSafeTimedSerializer

    forged = URLSafeTimedSerializer("kunci lain sekali", salt="cookie-session")
    officer = f"{rivals.ours.city.id}:{rivals.ours.officer_id}:0"
    value = forged.dumps({"_user_id": officer, "tenant": rivals.ours.city.id})
    browser = Browser(app.test_client(), rivals.ours.city.host)
    browser.client.set_cookie("sesi", str(value), domain=browser.host)
    assert browser.get("/petugas/").status_code == 303


@pytest.mark.parametrize("name", ["remember_token", "session", "csrf_token"])
def test_no_other_cookie_signs_in(app: Flask, rivals: Rivals, actors: dict[str, Browser], name: str) -> None:
    cookie = actors["city_administrator"].client.get_cookie("sesi", domain=rivals.ours.city.host)
    assert cookie
    browser = Browser(app.test_client(), rivals.ours.city.host)
    browser.client.set_cookie(name, cookie.value, domain=browser.host)
    assert browser.get("/petugas/").status_code == 303


def test_cookies_are_of_one_host_and_no_script(app: Flask, rivals: Rivals) -> None:
    browser = Browser(app.test_client(), rivals.ours.city.host)
    header = browser.get("/laporan/baru").headers["Set-Cookie"]
    assert header.startswith("sesi=")
    assert "Domain" not in header
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_tries_on_one_city_use_up_nothing_on_another(
    app: Flask, rivals: Rivals, make_city: Callable[..., City]
) -> None:
    """The same address is limited per city: nobody can shut one city's sign-in from another's host."""
    first, second = make_city(), make_city()
    data = {"email": "siapa@uji.example", "password": "x" * 12}
    browsers = [Browser(app.test_client(), city.host) for city in (first, second)]
    tokens = [browser.token("/petugas/masuk") for browser in browsers]

    def attempt(number: int) -> int:
        browser, form = browsers[number], data | {"csrf_token": tokens[number]}
        return browser.client.post("/petugas/masuk", base_url=browser.base, data=form).status_code

    codes = [attempt(0) for _ in range(31)]
    assert (codes[0], codes[-1]) == (422, 429)
    assert attempt(1) == 422
