"""The auditor's page: what is recorded can be found, read and taken along, and shows nobody who reported."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import sealing
from core.audit.models import AuditEntry
from core.db.tenancy import tenant_scope
from core.extensions import db
from tests.casework import Filing, case_in
from tests.conftest import Browser, City
from tests.statements import sent_by

PAGE = "/petugas/audit"
REPORTER = {"name": "Nyai Dasima Rahasia", "phone": "+6281299988877"}


@pytest.fixture(scope="module")
def place(make_city: Callable[..., City]) -> City:
    """One city for the module."""
    return make_city()


@pytest.fixture(scope="module")
def number(app: Flask, place: City) -> str:
    """A case verified and passed on over HTTP, its contact seen, its history sealed."""
    from complaints.acts import intake
    from tests.conftest import submission

    with tenant_scope(place.id, app):
        receipt = intake.submit(submission(is_anonymous=True, **REPORTER))
    desk = Browser(app.test_client(), place.host)
    assert desk.sign_in(place.officers["city_administrator"]).status_code == 303
    case = f"/petugas/laporan/{receipt.number}"
    assert (
        desk.post(f"{case}/catatan", {"version": "1", "text": "Sudah ditelepon."}, page=case).status_code
        == 303
    )
    shown = desk.post(f"{case}/kontak", page=case)
    assert REPORTER["name"] in shown.get_data(as_text=True)
    with tenant_scope(place.id, app):
        sealing.seal()
        assert sealing.seal() == 2
    return str(receipt.number)


@pytest.fixture(scope="module")
def auditor(app: Flask, place: City) -> Browser:
    """The city's observer, signed in once."""
    browser = Browser(app.test_client(), place.host)
    assert browser.sign_in(place.officers["observer"]).status_code == 303
    return browser


def words(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.get_data(as_text=True))


def test_it_shows_who_did_what_from_where(auditor: Browser, number: str) -> None:
    page = words(auditor.get(PAGE))
    for text in ("Petugas city_administrator", "Menulis catatan internal", "Melihat identitas pelapor",
                 "Laporan masuk", "Masuk", number, "127.0.0.1", "Menyiapkan kota"):  # fmt: skip
        assert text in page
    assert f'href="/petugas/laporan/{number}"' in page


def test_it_shows_nobody_who_reported(auditor: Browser, number: str) -> None:
    given = {"siapa": "reporter"}
    seen = words(auditor.get(PAGE, query_string=given)) + words(auditor.get(PAGE))
    seen += words(auditor.post(f"{PAGE}/unduhan", {}, page=PAGE))
    for value in (*REPORTER.values(), "299988877", "Nyai", "Sudah ditelepon"):
        assert value not in seen
    assert "Laporan masuk" in seen


def rows_of(response: Any) -> list[dict[str, str]]:
    assert response.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    ("given", "found", "not_found"),
    [
        ({"siapa": "reporter"}, {"submit"}, {"note", "officer.signed_in"}),
        ({"siapa": "operator"}, {"tenant.provisioned"}, {"submit", "officer.signed_in"}),
        ({"siapa": "system"}, set(), {"submit", "note"}),
        ({"tindakan": "reporter.identity_viewed"}, {"reporter.identity_viewed"}, {"note"}),
        ({"tindakan": "note"}, {"note"}, {"submit", "officer.signed_in"}),
        ({"tindakan": "history.sealed"}, {"history.sealed"}, {"note"}),
        ({"laporan": "{number}"}, {"submit", "note", "reporter.identity_viewed"}, {"officer.signed_in"}),
        ({"alamat": "127.0.0.1"}, {"note", "officer.signed_in"}, {"submit"}),
        ({"alamat": "192.0.2.1"}, set(), {"note"}),
        ({"dari": "2020-01-01", "sampai": "2020-01-02"}, set(), {"note", "submit"}),
        ({}, {"note", "submit", "officer.signed_in"}, {"history.sealed"}),
    ],
)
def test_a_filter_finds_what_it_asks_for(
    auditor: Browser, number: str, given: dict[str, str], found: set[str], not_found: set[str]
) -> None:
    values = {key: value.format(number=number) for key, value in given.items()}
    actions = {row["tindakan"] for row in rows_of(auditor.post(f"{PAGE}/unduhan", values, page=PAGE))}
    assert actions >= found
    assert not actions & not_found
    assert auditor.get(PAGE, query_string=values).status_code == 200


def test_an_officer_can_be_followed(app: Flask, place: City, auditor: Browser, number: str) -> None:
    with tenant_scope(place.id, app):
        who = db.session.scalar(
            select(AuditEntry.actor_id).where(AuditEntry.action == "reporter.identity_viewed")
        )
    rows = rows_of(auditor.post(f"{PAGE}/unduhan", {"siapa": str(who)}, page=PAGE))
    assert {row["tindakan"] for row in rows} == {"officer.signed_in", "note", "reporter.identity_viewed"}
    assert all("city_administrator" in row["siapa"] for row in rows)


def test_pages_follow_on_each_other(
    app: Flask, make_city: Callable[..., City], file_report: Filing, officer: Callable[..., Browser]
) -> None:
    """Every row once, in one order of time, over both sources."""
    city = make_city()
    with tenant_scope(city.id, app):
        for _ in range(12):
            case_in("completed", city, file_report)
    browser = officer(city)
    seen: list[str] = []
    url: str | None = f"{PAGE}?per=25"
    while url:
        page = words(browser.get(url))
        seen += [part.split('"')[0] for part in page.split('<time datetime="')[1:]]
        links = [part.split('"')[0] for part in page.split('href="')[1:] if "setelah=" in part.split('"')[0]]
        following = [link for link in links if 'rel="next"' in page]
        url = following[0] if following else None
    assert len(seen) == 12 * 4 + 3
    assert seen == sorted(seen, reverse=True)


BAD = {
    "siapa": ["x", "' OR 1=1", "00000000-0000-0000-0000-000000000000", "\u202e🚧"],
    "tindakan": ["x", "<script>alert(1)</script>"],
    "laporan": ["x", "A" * 10_000, "ZZZ-2611-00000", "<script>alert(1)</script>", "\u202e🚧"],
    "dari": ["x", "2026-13-40", "0001-01-01", "9999-12-31", "<script>"],
    "sampai": ["x", "0001-01-01", "9999-12-31"],
    "alamat": ["<script>alert(1)</script>", "A" * 10_000, "\u202e🚧"],
    "per": ["0", "-1", "x", "99999999999999999999"],
    "setelah": ["x", "A" * 10_000, "MjAyNg", "🚧"],
}


@pytest.mark.parametrize(("name", "value"), [(name, each) for name, values in BAD.items() for each in values])
def test_bad_filters_are_answered_in_words(auditor: Browser, number: str, name: str, value: str) -> None:
    response = auditor.get(PAGE, query_string={name: value})
    assert response.status_code in (200, 422)
    assert "<script>alert" not in response.get_data(as_text=True)
    if response.status_code == 422:
        assert "medan--salah" in response.get_data(as_text=True)
    assert auditor.post(f"{PAGE}/unduhan", {name: value}, page=PAGE).status_code in (200, 422)


def test_the_words_of_a_refused_filter(auditor: Browser, number: str) -> None:
    page = auditor.get(PAGE, query_string={"dari": "2026-02-02", "sampai": "2026-02-01"})
    assert "Tanggal mulai harus sebelum tanggal akhir" in page.get_data(as_text=True)
    page = auditor.get(PAGE, query_string={"dari": "kemarin"})
    assert "Tulis tanggal seperti 2026-11-24" in page.get_data(as_text=True)
    page = auditor.get(PAGE, query_string={"laporan": "ZZZ-1"})
    assert "Laporan ZZZ-1 tidak ditemukan atau bukan milik kota ini" in page.get_data(as_text=True)


def test_a_download_is_recorded_with_its_filter(auditor: Browser, number: str) -> None:
    auditor.post(f"{PAGE}/unduhan", {"tindakan": "note"}, page=PAGE)
    rows = rows_of(auditor.post(f"{PAGE}/unduhan", {"tindakan": "audit.exported"}, page=PAGE))
    assert any('"tindakan": "note"' in row["rincian"] for row in rows)
    assert all(row["alamat"] == "127.0.0.1" for row in rows)


def test_a_cell_is_no_formula(app: Flask, place: City, auditor: Browser, number: str) -> None:
    from core import audit
    from core.db.transaction import unit_of_work

    with tenant_scope(place.id, app), unit_of_work():
        audit.record("uji.rumus", actor_id=None, actor_name="=HYPERLINK(1)")
    response = auditor.post(f"{PAGE}/unduhan", {}, page=PAGE)
    assert "'=HYPERLINK(1)" in response.get_data(as_text=True)


@pytest.mark.parametrize("role", ["verifier", "liaison_officer", "handler", "department_head"])
def test_it_is_for_auditors(place: City, officer: Callable[..., Browser], role: str) -> None:
    browser = officer(place, role)
    assert browser.get(PAGE).status_code == 403


def test_a_page_costs_the_same_whatever_its_size(app: Flask, auditor: Browser, number: str) -> None:
    for size in (25, 100):
        with sent_by(app) as statements:
            auditor.get(f"{PAGE}?per={size}")
        assert sum("SET LOCAL" not in each.sql for each in statements) <= 12


def test_the_state_of_the_chains_is_told(app: Flask, make_city: Callable[..., City], officer: Any) -> None:
    from complaints.acts import proving

    city = make_city()
    browser = officer(city)
    assert "belum pernah diperiksa" in words(browser.get(PAGE))
    with tenant_scope(city.id, app):
        proving.prove()
    assert "Rantai utuh sampai" in words(browser.get(PAGE))
