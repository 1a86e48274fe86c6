"""What a stranger, a thief of cookies or a forged page could try over HTTP."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import text

from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from core.web.security import HEADERS
from tests.conftest import PASSWORD, City, photo, submission
from tests.integration.test_citizen_journey import act, report_data

#: tables whose rows would tell of a side effect
WATCHED = (
    "complaint",
    "complaint_event",
    "reporter",
    "attachment",
    "rating",
    "disposition",
    "outbox_message",
)


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
    city: City, case: tuple[str, str], browse: Callable[..., Any], officer: Callable[..., Any]
) -> None:
    citizen, desk = browse(city), officer(city)
    pages = [
        citizen.get("/"),
        citizen.get("/tidak-ada"),
        citizen.get(f"/lacak/{case[0]}"),
        desk.get("/petugas/"),
        desk.get(f"/petugas/laporan/{case[0]}"),
        browse("uji.localhost").get("/"),
        browse("tidak-terdaftar.uji.localhost").get("/"),
    ]
    for page in pages:
        for name, value in HEADERS.items():
            assert page.headers[name] == value, (page.request.path, name)
        assert page.headers["Cache-Control"] == "no-store"
        assert "Server" not in page.headers


def test_cookies_stay_on_their_host(city: City, officer: Callable[..., Any]) -> None:
    desk = officer(city)
    cookie = desk.client.get_cookie("sesi", domain=city.host)
    assert cookie is not None
    assert cookie.origin_only
    assert cookie.http_only
    assert cookie.same_site == "Lax"


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
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], rule.rule)
        body = {"text": "x" * 80, "reason": "y" * 80, "score": "5", "solved": "yes", "version": "1"}
        for browser in (citizen, desk):
            for token in (None, "palsu"):
                sent = body if token is None else {**body, "csrf_token": token}
                response = browser.client.post(path, base_url=browser.base, data=sent)
                assert response.status_code in (303, 400, 404, 422), (path, response.status_code)
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


def test_reading_changes_nothing(
    app: Flask, city: City, case: tuple[str, str], browse: Callable[..., Any], officer: Callable[..., Any]
) -> None:
    before = rows_of(app, city)
    for browser in (browse(city), officer(city)):
        for rule in app.url_map.iter_rules():
            if rule.methods and "GET" in rule.methods and "<" not in rule.rule:
                browser.client.get(rule.rule, base_url=browser.base)
        browser.client.get(f"/petugas/laporan/{case[0]}", base_url=browser.base)
        browser.client.get(f"/lacak/{case[0]}", base_url=browser.base)
    assert rows_of(app, city) == before


@pytest.mark.parametrize(
    "wanted",
    [
        "https://jahat.example/",
        "//jahat.example/",
        "/\\jahat.example",
        "\\\\jahat.example",
        "javascript:alert(1)",
        "/%5C%5Cjahat.example/..//x",
        "http:jahat.example",
        " //jahat.example",
    ],
)
def test_sign_in_leads_nowhere_else(city: City, browse: Callable[..., Any], wanted: str) -> None:
    browser = browse(city)
    response = browser.post(
        "/petugas/masuk",
        {"email": city.officers["verifier"], "password": PASSWORD, "next": wanted},
    )
    assert response.status_code == 303
    target = response.headers["Location"]
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))


def test_sign_in_tells_nothing_and_locks(city: City, browse: Callable[..., Any]) -> None:
    words = "Surel atau kata sandi tidak cocok."
    stranger = browse(city).post("/petugas/masuk", {"email": "siapa@contoh.id", "password": "salah sekali"})
    assert words in stranger.get_data(as_text=True)
    email = city.officers["observer"]
    for _ in range(5):
        refused = browse(city).sign_in(email, "bukan kata sandinya")
        assert words in refused.get_data(as_text=True)
    locked = browse(city).sign_in(email)
    assert locked.status_code == 422
    assert re.search(r"Akun dikunci sementara sampai \d\d\.\d\d\.", locked.get_data(as_text=True))


def test_a_session_ends_with_the_account(app: Flask, city: City, officer: Callable[..., Any]) -> None:
    for change in ("session_epoch = session_epoch + 1", "is_active = false"):
        desk = officer(city, "verifier")
        assert desk.get("/petugas/").status_code == 200
        with tenant_scope(city.id, app), unit_of_work():
            statement = f"UPDATE officer SET {change} WHERE email = :email"  # noqa: S608 - the words above
            db.session.execute(text(statement), {"email": city.officers["verifier"]})
        assert desk.get("/petugas/").status_code == 303


def test_forwarded_addresses_are_not_believed(city: City, browse: Callable[..., Any]) -> None:
    for _ in range(30):
        browse(city).post("/petugas/masuk", {"email": "a@b.id", "password": "salah sekali"})
    forged = browse(city)
    token = forged.token("/petugas/masuk")
    response = forged.client.post(
        "/petugas/masuk",
        base_url=forged.base,
        data={"csrf_token": token, "email": "a@b.id", "password": "salah sekali"},
        headers={"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Host": "jahat.example"},
    )
    assert response.status_code == 429
    assert "Terlalu banyak percobaan" in response.get_data(as_text=True)


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
    app: Flask,
    city: City,
    browse: Callable[..., Any],
    officer: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    citizen = browse(city)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    secret_phone, secret_email = "0812 0000 7777", "rahasia.sekali@contoh.id"
    data = report_data(page, phone=secret_phone, email=secret_email, files=(io.BytesIO(photo()), "a.jpg"))
    sent = citizen.post("/laporan/baru", data, content_type="multipart/form-data")
    receipt = citizen.get(sent.headers["Location"]).get_data(as_text=True)
    pin = re.search(r'baca-layar">(\d{6})<', receipt)
    number = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", receipt)
    assert pin
    assert number
    browse(city).post("/lacak", {"number": number[0], "pin": pin[1]})
    desk = officer(city)
    act(desk, f"/petugas/laporan/{number[0]}", "catatan", {"text": "Catatan yang tidak boleh dicatat log."})
    desk.post(f"/petugas/laporan/{number[0]}/kontak", page=f"/petugas/laporan/{number[0]}")
    out, err = capfd.readouterr()
    logged = caplog.text + out + err
    secrets = (pin[1], "+6281200007777", secret_email, PASSWORD, app.secret_key, "tidak boleh dicatat log")
    for secret in secrets:
        assert str(secret) not in logged
