"""The door for officers: where it leads, whom it tells what, when it closes, and whose address counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import text

from core.config import Settings
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tests.conftest import PASSWORD, City
from tests.pages import csrf_token
from tests.second_app import application


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
        "/\t/jahat.example",
        "/\r\n/jahat.example",
        "///jahat.example",
        "/%2F/jahat.example",
        "%2F%2Fjahat.example",
        "https:/jahat.example",
        "/petugas/\r\nSet-Cookie: sesi=x",
    ],
)
def test_sign_in_leads_nowhere_else(city: City, browse: Callable[..., Any], wanted: str) -> None:
    browser = browse(city)
    pair = {"email": city.officers["verifier"], "password": PASSWORD}
    after = browser.post("/petugas/masuk", {**pair, "next": wanted})
    already = browser.get("/petugas/masuk", query_string={"next": wanted})
    for response in (after, already):
        assert response.status_code == 303
        target = response.headers["Location"]
        assert not set("\r\n\t\\") & set(target)
        assert urlsplit(urljoin(f"{browser.base}/petugas/masuk", target)).netloc == city.host
        assert "Set-Cookie: sesi=x" not in target


def test_sign_in_leads_back(city: City, file_report: Callable[..., Any], browse: Callable[..., Any]) -> None:
    browser = browse(city)
    path = f"/petugas/laporan/{file_report(city).number}?saring=publik"
    asked = browser.get(path).headers["Location"]
    page = browser.get(asked).get_data(as_text=True)
    wanted = re.search(r'name="next"[^>]*value="([^"]+)"', page)
    assert wanted
    pair = {"email": city.officers["verifier"], "password": PASSWORD, "next": wanted[1]}
    assert browser.post("/petugas/masuk", pair).headers["Location"] == path


def test_sign_in_tells_nothing_and_locks(city: City, browse: Callable[..., Any]) -> None:
    """An address nobody has answers as an officer's does, through the lock and beyond it."""
    known, unknown = city.officers["observer"], f"siapa@{city.slug}.example"
    for _ in range(5):
        for email in (known, unknown):
            refused = browse(city).sign_in(email, "bukan kata sandinya")
            assert refused.status_code == 422
            assert "Surel atau kata sandi tidak cocok." in refused.get_data(as_text=True)
            assert "bukan kata sandinya" not in refused.get_data(as_text=True)
    pages = []
    for email in (known, unknown):
        locked = browse(city).sign_in(email)  # the right password does not open it either
        assert locked.status_code == 422
        page = locked.get_data(as_text=True)
        assert re.search(r"Akun dikunci sementara sampai \d\d\.\d\d\.", page)
        pages.append(re.sub(r'\d\d\.\d\d|value="[^"]*"', "", page.replace(email, "")))
    assert pages[0] == pages[1]


def test_a_lock_keeps_nobody_else_out(city: City, browse: Callable[..., Any]) -> None:
    for _ in range(6):
        browse(city).sign_in(city.officers["handler"], "bukan kata sandinya")
    assert browse(city).sign_in(city.officers["verifier"]).status_code == 303


def test_a_session_ends_with_the_account(app: Flask, city: City, officer: Callable[..., Any]) -> None:
    for change in ("session_epoch = session_epoch + 1", "is_active = false"):
        desk = officer(city, "verifier")
        assert desk.get("/petugas/").status_code == 200
        with tenant_scope(city.id, app), unit_of_work():
            statement = f"UPDATE officer SET {change} WHERE email = :email"  # noqa: S608 - the words above
            db.session.execute(text(statement), {"email": city.officers["verifier"]})
        assert desk.get("/petugas/").status_code == 303


def _try(app: Flask, host: str, **headers: str) -> Any:
    """A wrong sign-in that arrives at `host` with these headers."""
    client = app.test_client()
    page = client.get("/petugas/masuk", base_url=f"http://{host}", headers=headers)
    if page.status_code != 200:
        return page
    data = {
        "csrf_token": csrf_token(page.get_data(as_text=True)),
        "email": "a@b.id",
        "password": "salah sekali",
    }
    return client.post("/petugas/masuk", base_url=f"http://{host}", data=data, headers=headers)


def test_forwarded_addresses_are_not_believed(app: Flask, city: City) -> None:
    codes = [_try(app, city.host, X_Forwarded_For=f"198.51.100.{n}").status_code for n in range(31)]
    assert (set(codes[:30]), codes[30]) == ({422}, 429)
    last = _try(app, city.host, X_Forwarded_For="198.51.100.99", X_Forwarded_Host="jahat.example")
    assert last.status_code == 429
    assert last.headers["Cache-Control"] == "no-store"
    assert "Terlalu banyak percobaan" in last.get_data(as_text=True)
    assert _try(app, "jahat.example", X_Forwarded_Host=city.host).status_code == 404


def test_what_the_own_proxy_says_is_believed(settings: Settings, app: Flask, city: City) -> None:
    """One proxy is trusted for the last address; what a client wrote before it counts for nothing."""
    with application(replace(settings, trusted_proxies=1)) as made:

        def arrive(addresses: str) -> int:
            found = _try(made, "127.0.0.1:8000", X_Forwarded_For=addresses, X_Forwarded_Host=city.host)
            return int(found.status_code)

        codes = [arrive(f"203.0.113.{n}, 198.51.100.7") for n in range(31)]
        assert (set(codes[:30]), codes[30]) == ({422}, 429)
        assert arrive("198.51.100.7, 198.51.100.8") == 422
