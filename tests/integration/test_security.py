"""What a stranger, a thief of cookies or a forged page could try over HTTP."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import text

from complaints.acts.intake import Submission
from complaints.views.access import link_token
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.extensions import db
from core.web import assets
from core.web.assets import IMMUTABLE
from core.web.security import HEADERS
from scripts.datadir import free_port
from tests.conftest import PASSWORD, Browser, City, photo, submission
from tests.integration.test_citizen_journey import act, report_data
from tests.second_app import application

#: tables whose rows would tell of a side effect
WATCHED = (
    "complaint",
    "complaint_event",
    "reporter",
    "attachment",
    "rating",
    "disposition",
    "outbox_message",
    "audit_entry",
)
#: every name the pages read from an address
QUERY = ("q", "setelah", "per", "tampilan", "number", "next", "periode", "saring", "ukuran")


def rows_of(app: Flask, city: City) -> dict[str, Any]:
    """Counts of the city's rows, and the versions of its cases."""
    with tenant_scope(city.id, app) as session:
        found: dict[str, Any] = {
            table: session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - names above
            for table in WATCHED
        }
        found["versions"] = session.execute(text("SELECT id, version FROM complaint ORDER BY id")).all()
    return found


@pytest.fixture
def case(app: Flask, city: City) -> tuple[str, str]:
    """A report in the city: (number, PIN)."""
    from complaints.acts import intake

    with tenant_scope(city.id, app):
        receipt = intake.submit(submission())
    return receipt.number, receipt.pin


def test_headers_of_every_kind_of_page(
    app: Flask,
    city: City,
    case: tuple[str, str],
    make_province: Callable[..., City],
    browse: Callable[..., Any],
    officer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    citizen, desk = browse(city), officer(city)
    pages = [
        citizen.get("/"),
        citizen.get("/tidak-ada"),
        citizen.get(f"/lacak/{case[0]}"),
        citizen.get("/petugas/"),
        citizen.get("/petugas/masuk"),
        citizen.client.put("/lacak", base_url=citizen.base),
        citizen.client.post("/petugas/keluar", base_url=citizen.base),
        desk.get("/petugas/"),
        desk.get(f"/petugas/laporan/{case[0]}"),
        officer(make_province(), "province_administrator").get("/provinsi/"),
        browse("uji.localhost").get("/"),
        browse("uji.localhost").get("/health"),
        browse("tidak-terdaftar.uji.localhost").get("/"),
    ]
    with monkeypatch.context() as broken:
        broken.setattr("complaints.queries.home.recently_finished", lambda: 1 / 0)
        broken.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        pages.append(citizen.get("/"))
    assert [page.status_code for page in pages if page.status_code >= 400] == [404, 405, 400, 404, 500]
    for page in pages:
        for name, value in HEADERS.items():
            assert page.headers[name] == value, (page.request.path, name)
        assert page.headers["Cache-Control"] == "no-store"
        assert "Server" not in page.headers
        assert "Traceback" not in page.get_data(as_text=True)


def test_only_what_its_address_names_is_kept_by_browsers(city: City, browse: Callable[..., Any]) -> None:
    citizen = browse(city)
    page = citizen.get("/").get_data(as_text=True)
    addresses = {found[1] for found in re.finditer(r'(?:href|src)="(/(?:aset|tema)/[^"]+)"', page)}
    assert len(addresses) >= 3
    for address in addresses:
        served = citizen.get(address)
        assert served.status_code == 200
        assert served.headers["Cache-Control"] == IMMUTABLE
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert served.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
        assert "Set-Cookie" not in served.headers
        head, _, tail = address.rpartition(".")
        assert citizen.get(f"{head[:-1]}x.{tail}").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cookies_stay_on_their_host(settings: Settings, app: Flask, city: City, scheme: str) -> None:
    with application(replace(settings, public_scheme=scheme)) as made:
        desk = Browser(made.test_client(), city.host)
        desk.base = f"{scheme}://{city.host}"
        response = desk.sign_in(city.officers["verifier"])
        assert response.status_code == 303
        cookie = response.headers["Set-Cookie"]
        assert "Domain" not in cookie
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert ("Secure" in cookie.split("; ")) is (scheme == "https")
        assert ("Strict-Transport-Security" in response.headers) is (scheme == "https")


def test_a_post_without_its_token_changes_nothing(
    app: Flask, city: City, case: tuple[str, str], browse: Callable[..., Any], officer: Callable[..., Any]
) -> None:
    citizen, desk = browse(city), officer(city)
    citizen.post("/lacak", {"number": case[0], "pin": case[1]})
    before = rows_of(app, city)
    values = {"number": case[0], "slug": "arsip"}
    posts = [rule for rule in app.url_map.iter_rules() if rule.methods and "POST" in rule.methods]
    assert len(posts) >= 9
    for rule in posts:
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values.get(found[1], NOBODY), rule.rule)
        body = {"text": "x" * 80, "reason": "y" * 80, "score": "5", "solved": "yes", "version": "1"}
        for browser in (citizen, desk):
            for token in (None, "palsu"):
                sent = body if token is None else {**body, "csrf_token": token}
                response = browser.client.post(path, base_url=browser.base, data=sent)
                assert response.status_code in (303, 400, 403, 404, 422), (path, response.status_code)
                if response.status_code == 403:  # the sign-in page, which carries what was typed
                    assert "Masuk petugas" in response.get_data(as_text=True), path
                if response.status_code == 303:
                    assert response.headers["Location"].startswith("/petugas/"), (
                        path
                    )  # sign in, or signed in already
    assert rows_of(app, city) == before


def test_a_stale_page_keeps_what_was_typed(city: City, browse: Callable[..., Any]) -> None:
    citizen = browse(city)
    data = report_data(citizen.get("/laporan/baru").get_data(as_text=True)) | {"csrf_token": "kedaluwarsa"}
    response = citizen.client.post("/laporan/baru", base_url=citizen.base, data=data)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "Halaman ini terbuka terlalu lama. Isian Anda masih ada, kirim sekali lagi." in page
    assert data["body"] in page
    fresh = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert fresh
    again = citizen.client.post("/laporan/baru", base_url=citizen.base, data=data | {"csrf_token": fresh[1]})
    assert again.status_code == 303


def test_a_stale_page_keeps_what_an_officer_wrote(
    app: Flask, city: City, case: tuple[str, str], officer: Callable[..., Any]
) -> None:
    desk, words = officer(city), "Mohon sebutkan nomor tiang lampu yang padam itu."
    before = rows_of(app, city)
    for token in ("", "palsu"):
        data = {"csrf_token": token, "version": "1", "text": words}
        response = desk.client.post(f"/petugas/laporan/{case[0]}/penundaan", base_url=desk.base, data=data)
        page = response.get_data(as_text=True)
        assert response.status_code == 422
        assert "Halaman ini terbuka terlalu lama. Isian Anda masih ada, kirim sekali lagi." in page
        assert words in page
    assert rows_of(app, city) == before


def test_a_stale_page_without_words_says_what_to_do(city: City, officer: Callable[..., Any]) -> None:
    desk = officer(city)
    response = desk.client.post("/petugas/keluar", base_url=desk.base)
    assert response.status_code == 400
    assert "Halaman ini terbuka terlalu lama" in response.get_data(as_text=True)
    assert desk.get("/petugas/").status_code == 200


def test_reading_changes_nothing(
    app: Flask, city: City, case: tuple[str, str], browse: Callable[..., Any], officer: Callable[..., Any]
) -> None:
    citizen = browse(city)
    citizen.post("/lacak", {"number": case[0], "pin": case[1]})
    browsers = (citizen, browse(city), officer(city))
    with app.test_request_context(base_url=citizen.base), tenant_scope(city.id, app):
        app.preprocess_request()
        values = {"number": case[0], "token": link_token(case[0]), "attachment_id": str(uuid.uuid4())}
    values |= {"digest": "0" * 12, "path": "css/public.css"}
    before = rows_of(app, city)
    codes = set()
    for rule in app.url_map.iter_rules():
        if not rule.methods or "GET" not in rule.methods:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values.get(found[1], NOBODY), rule.rule)
        for browser in browsers:
            for method in ("GET", "HEAD", "OPTIONS"):
                response = browser.client.open(path, method=method, base_url=browser.base)
                codes.add((rule.endpoint, response.status_code))
    assert {("complaints.track", 200), ("complaints.track_link", 303), ("casework.case", 200)} <= codes
    assert rows_of(app, city) == before


#: stands for every other argument of an address: the id of nothing
NOBODY = str(uuid.UUID(int=7))
ODD = ("%00", "%ff%fe", "a" * 5000, "..%2f..%2fetc%2fpasswd", "%3Cscript%3E", "%E2%80%AE", "-1", "%0d%0aX:1")


def test_odd_addresses_are_no_fault_of_ours(
    app: Flask, city: City, case: tuple[str, str], browse: Callable[..., Any], officer: Callable[..., Any]
) -> None:
    """Nothing an address holds leads to an error of the program, and nothing of it is remembered."""
    paths = {
        f"{place}?{name}={odd}" for odd in ODD for name in QUERY for place in ("/", "/lacak", "/petugas/")
    }
    for rule in app.url_map.iter_rules():
        if rule.methods and "GET" in rule.methods and "<" in rule.rule:
            paths |= {re.sub(r"<(?:\w+:)?\w+>", odd, rule.rule) for odd in ODD}
    for browser in (browse("uji.localhost"), browse(city), officer(city)):
        for path in paths:
            response = browser.client.get(path, base_url=browser.base)
            assert response.status_code in (200, 303, 404, 429), (path, response.status_code)
            assert "X" not in response.headers
            assert "<script>" not in response.get_data(as_text=True)
    assert assets._loaded.cache_info().currsize <= len(assets._files())


def test_photos_are_turned_and_tell_no_place(city: City, browse: Callable[..., Any]) -> None:
    picture = Image.new("RGB", (400, 200), "green")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[2] = (6.0, 53.0, 0.0)  # latitude
    stream = io.BytesIO()
    picture.save(stream, "JPEG", exif=exif)
    citizen = browse(city)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    data = report_data(page, files=(io.BytesIO(stream.getvalue()), "rumah.jpg"))
    sent = citizen.post("/laporan/baru", data, content_type="multipart/form-data")
    number = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", sent.headers["Location"])
    assert number
    tracking = citizen.get(f"/lacak/{number[0]}").get_data(as_text=True)
    address = re.search(r'href="(/lampiran/[^"]+)"', tracking)
    assert address
    response = citizen.get(address[1])
    served = Image.open(io.BytesIO(response.data))
    assert served.size == (200, 400)
    assert not served.getexif()
    assert b"Exif" not in response.data
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_no_secret_in_the_logs(
    settings: Settings,
    app: Flask,
    city: City,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A journey with what may go wrong on it: no Redis, a wrong PIN, an error that holds a statement."""
    redis_url = f"redis://:sandi-redis@127.0.0.1:{free_port()}/0"
    phone, email, words = "0812 0000 7777", "rahasia.sekali@contoh.id", "Catatan yang tidak boleh dicatat."
    with application(replace(settings, log_level="DEBUG", redis_url=redis_url)) as made:
        made.config["PROPAGATE_EXCEPTIONS"] = False
        citizen, desk = Browser(made.test_client(), city.host), Browser(made.test_client(), city.host)
        page = citizen.get("/laporan/baru").get_data(as_text=True)
        data = report_data(page, phone=phone, email=email, name="Nama Rahasia")
        with monkeypatch.context() as broken:
            broken.setattr("complaints.acts.intake.submit", _fail_with_values)
            assert citizen.post("/laporan/baru", data).status_code == 500
        sent = citizen.post("/laporan/baru", data | {"files": (io.BytesIO(photo()), "a.jpg")})
        receipt = citizen.get(sent.headers["Location"]).get_data(as_text=True)
        pin = re.search(r'baca-layar">(\d{6})<', receipt)
        link = re.search(r"/lacak/([A-Z]{3}-\d{4}-[0-9A-Z]{5})/([\w.-]{20,})", receipt)
        assert pin
        assert link
        citizen.post("/lacak", {"number": link[1], "pin": "000000"})
        citizen.post("/lacak", {"number": link[1], "pin": pin[1]})
        citizen.get(f"/lacak/{link[1]}/{link[2]}")
        desk.sign_in(city.officers["city_administrator"], "kata sandi yang salah")
        assert desk.sign_in(city.officers["city_administrator"]).status_code == 303
        case = f"/petugas/laporan/{link[1]}"
        act(desk, case, "catatan", {"text": words})
        assert phone.replace(" ", "-") in desk.post(f"{case}/kontak", page=case).get_data(as_text=True)
        jars = [each.client.get_cookie("sesi", domain=city.host) for each in (citizen, desk)]
    assert all(jars)
    out, err = capfd.readouterr()
    logged = out + err + caplog.text
    for told in ("unreachable", "unexpected", "nowhere", "request_id"):
        assert told in logged, "the log was not read"
    secrets = [pin[1], link[2], phone, "+6281200007777", "81200007777", email, "Nama Rahasia", words]
    secrets += [
        PASSWORD,
        "kata sandi yang salah",
        settings.secret_key,
        "sandi-redis",
        *(each.value for each in jars if each),
    ]
    secrets += [*settings.encryption_keys, "uji-app", "uji-owner", data["body"], city.officers["verifier"]]
    assert [secret for secret in secrets if secret in logged] == []


def _fail_with_values(submission: Submission) -> None:
    """An error of the database whose statement carries what the person wrote."""
    statement = text("SELECT :phone, :email, :name, :body FROM nowhere")
    values = {name: getattr(submission, name) for name in ("phone", "email", "name", "body")}
    db.session.execute(statement, values)
