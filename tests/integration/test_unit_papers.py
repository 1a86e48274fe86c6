"""The department's papers, as pages and as PDF: disposition sheet and recap; and what its pages cost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from complaints.acts import desk, handling, units
from complaints.models import Complaint
from core import clock, documents
from core.audit import AuditEntry
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tests.casework import Filing, case_in, do
from tests.conftest import Browser, City
from tests.statements import sent_by
from tests.unit_desk import ANSWER, number_of, of_role, words

TRICKY = "Jalan #eval(1) $x^2$ `kode` *tebal* _miring_ <script>alert(1)</script> \\ @acuan"
MOST_STATEMENTS = 12
SignIn = Callable[..., Browser]


# --- disposition -------------------------------------------------------------------------------------------


@pytest.fixture
def passed_on(app: Flask, city: City, file_report: Filing) -> str:
    """Number of a case with a tricky title that was passed to one unit with a copy to the other."""
    receipt = file_report(
        city,
        title=TRICKY[:100],
        body="مرحبا 😀 " + TRICKY + "\nBaris kedua " + "y" * 400,
        name="Nama Rahasia",
    )
    with tenant_scope(city.id, app):
        do("verify", receipt.complaint_id, city)
        desk.assign(
            receipt.complaint_id,
            of_role(city, "city_administrator"),
            department_id=city.departments["pupr"],
            copies=[city.departments["dlh"]],
            urgency="urgent",
            instructions=["act", "coordinate"],
            note="Mohon #hari# $ini$ `juga`.",
        )
    return str(receipt.number)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_disposition_is_a_paper(app: Flask, city: City, officer: SignIn, passed_on: str) -> None:
    unit, path = officer(city, "handler"), f"/petugas/laporan/{passed_on}/lembar-disposisi"
    page = words(unit.get(path))
    response = unit.get(f"{path}.pdf")
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    paper = text_of(response.data)
    for shown in (
        passed_on, "Dinas Pekerjaan Umum", "Dinas Lingkungan Hidup", "Untuk ditindaklanjuti",
        "Mohon #hari# $ini$ `juga`.", "Didisposisikan oleh", "Petugas handler",
    ):  # fmt: skip
        assert shown in page
        assert shown in paper
    assert "Jalan #eval(1) $x^2$ `kode` *tebal* _miring_ <script>alert(1)</script>" in paper
    assert "Nama Rahasia" not in page + paper
    assert "6281200001234" not in page + paper
    with tenant_scope(city.id, app):
        printed = select(AuditEntry.actor_name).where(AuditEntry.action == "disposition_sheet.printed")
        assert db.session.scalars(printed).all() == ["Petugas handler"]


def test_a_case_never_passed_on_has_no_paper(
    app: Flask, city: City, file_report: Filing, officer: SignIn
) -> None:
    with tenant_scope(city.id, app):
        number = number_of(case_in("verified", city, file_report))
    for path in ("lembar-disposisi", "lembar-disposisi.pdf"):
        assert officer(city).get(f"/petugas/laporan/{number}/{path}").status_code == 404


def test_a_paper_that_cannot_be_made_leads_back_to_the_page(
    city: City, officer: SignIn, passed_on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_DATA", 10)
    unit, path = officer(city, "handler"), f"/petugas/laporan/{passed_on}/lembar-disposisi"
    refused = unit.get(f"{path}.pdf")
    assert (refused.status_code, refused.headers["Location"]) == (303, path)
    assert "PDF belum dapat dibuat" in words(unit.get(path))


# --- recap -------------------------------------------------------------------------------------------------


def test_the_recap_counts_what_was_passed_on_in_the_month(
    app: Flask, city: City, file_report: Filing, officer: SignIn
) -> None:
    with tenant_scope(city.id, app):
        answered, late, new = (case_in("assigned", city, file_report) for _ in range(3))
        handler = of_role(city, "handler")
        units.accept(answered, handler)
        handling.respond(answered, handler, text=ANSWER)
        with unit_of_work():
            row = db.session.get_one(Complaint, (city.id, late))
            row.complete_due_at = clock.now() - timedelta(days=1)
        numbers = [number_of(each) for each in (answered, late, new)]
    unit = officer(city, "department_head")
    page = unit.get("/petugas/unit/rekap")
    shown = words(page)
    for label, value in (
        ("Didisposisikan", 3), ("Diterima unit", 1), ("Ditanggapi", 1), ("Tepat waktu", 1), ("Terlambat", 1),
    ):  # fmt: skip
        assert f"{label} {value}" in shown, shown
    assert all(number in shown for number in numbers)
    month = re.search(r"bulan=(\d{4}-\d\d)", page.get_data(as_text=True))
    assert month
    pdf = unit.get("/petugas/unit/rekap.pdf", query_string={"bulan": month[1]})
    assert all(number in text_of(pdf.data) for number in numbers)
    empty = words(unit.get("/petugas/unit/rekap", query_string={"bulan": "2024-02"}))
    assert "Tidak ada laporan yang didisposisikan pada bulan ini." in empty


@pytest.mark.parametrize("month", ["", "2026-13", "lalu", "9999-01", "2026-1' OR 1=1"])
def test_a_garbled_month_is_the_present_one(city: City, officer: SignIn, month: str) -> None:
    page = officer(city, "handler").get("/petugas/unit/rekap", query_string={"bulan": month})
    assert page.status_code == 200


# --- cost --------------------------------------------------------------------------------------------------


def test_no_page_asks_more_than_twelve_statements(
    app: Flask, city: City, file_report: Filing, officer: SignIn, passed_on: str
) -> None:
    with tenant_scope(city.id, app):
        for _ in range(3):
            units.accept(case_in("assigned", city, file_report), of_role(city, "handler"))
    unit, admin = officer(city, "department_head"), officer(city)
    month, sheet = f"{clock.now():%Y-%m}", f"/petugas/laporan/{passed_on}/lembar-disposisi"
    pages = {
        unit: [
            "/petugas/unit", "/petugas/unit/rekap", f"/petugas/unit/rekap.pdf?bulan={month}", f"{sheet}",
            f"{sheet}.pdf", "/petugas/pengganti",
        ],
        admin: [f"/petugas/unit?unit={city.departments['pupr']}", "/petugas/pengaturan/penanganan"],
    }  # fmt: skip
    for browser, paths in pages.items():
        for path in paths:
            with sent_by(app) as sent:
                assert browser.get(path).status_code == 200, path
            assert len(sent) <= MOST_STATEMENTS, (path, [each.sql[:80] for each in sent])
