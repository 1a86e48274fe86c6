"""Several reports at once, files of them, who has one open, and keys: over HTTP as officers use them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import workflow
from complaints.acts import desk
from complaints.models import Category, Complaint
from core.audit import AuditEntry
from core.extensions import db
from tests.casework import case_in, officer_of, status_of
from tests.conftest import Browser, City


@pytest.fixture
def reports(city: City, file_report: Callable[..., Any]) -> list[Any]:
    """Four reports, the oldest first."""
    return [file_report(city, title=f"Jalan berlubang nomor {n}") for n in range(4)]


# --- several at once ---------------------------------------------------------------------------------------


def tick(browser: Browser, act: str, numbers: list[str], **more: Any) -> Any:
    return browser.post(
        "/petugas/laporan-terpilih",
        {"aksi": act, "laporan": numbers, "asal": "tampilan=perlu", **more},
        page="/petugas/",
    )


def hidden_fields(page: str) -> dict[str, list[str]]:
    """What the step between ticks and result carries along."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(
        r'<input type="hidden"\s+name="(laporan|versi|tindakan)"\s+value="([^"]*)"', page
    ):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def verified(city: City, in_city: Callable[[City], Any], reports: list[Any]) -> list[Any]:
    """The reports, verified."""
    with in_city(city):
        for report in reports:
            desk.verify(report.complaint_id, officer_of(city), classification="unsupervised")
    return reports


def test_assign_several_while_a_colleague_is_faster_with_one(
    city: City, in_city: Callable[[City], Any], officer: Callable[..., Any], verified: list[Any]
) -> None:
    admin, numbers = officer(city), [report.number for report in verified]
    step = tick(admin, "disposisi", numbers)
    assert step.status_code == 200
    carried = hidden_fields(step.get_data(as_text=True))
    assert sorted(carried["laporan"]) == sorted(numbers)
    with in_city(city):
        desk.archive(verified[2].complaint_id, officer_of(city, name="Rina"), reason="Bukan pengaduan")
    missing = tick(admin, "disposisi", numbers, langkah="jalankan", versi=carried["versi"], urgency="normal")
    assert missing.status_code == 422
    assert "Pilih unit tujuan" in missing.get_data(as_text=True)
    unit = str(city.departments["pupr"])
    sent = {"langkah": "jalankan", "versi": carried["versi"], "department": unit, "urgency": "urgent"}
    result = tick(admin, "disposisi", numbers, **sent).get_data(as_text=True)
    assert f"3 berhasil, 1 gagal: {numbers[2]} sudah diarsipkan oleh Rina" in result
    with in_city(city):
        states = [status_of(report.complaint_id) for report in verified]
    assert states == ["assigned", "assigned", "archived", "assigned"]
    again = tick(admin, "disposisi", numbers, **sent).get_data(as_text=True)  # the page sent once more
    assert "0 berhasil, 4 gagal" in again


@pytest.fixture
def undo_window(app: Flask) -> Iterator[None]:
    """Acts can be taken back for a minute."""
    kept = app.extensions["settings"]
    app.extensions["settings"] = replace(kept, undo_seconds=60)
    yield
    app.extensions["settings"] = kept


@pytest.mark.usefixtures("undo_window")
def test_take_all_back(
    city: City, in_city: Callable[[City], Any], officer: Callable[..., Any], verified: list[Any]
) -> None:
    admin, numbers = officer(city), [report.number for report in verified]
    carried = hidden_fields(tick(admin, "disposisi", numbers).get_data(as_text=True))
    unit = str(city.departments["pupr"])
    page = tick(
        admin,
        "disposisi",
        numbers,
        langkah="jalankan",
        versi=carried["versi"],
        department=unit,
        urgency="normal",
    ).get_data(as_text=True)
    assert "Urungkan semua" in page
    acts = hidden_fields(page)["tindakan"]
    assert len(acts) == 4
    stranger = officer(city, "verifier")
    refused = stranger.post("/petugas/laporan-terpilih/urungkan", {"tindakan": acts}, page="/petugas/")
    assert "0 berhasil" in refused.get_data(as_text=True)
    undone = admin.post("/petugas/laporan-terpilih/urungkan", {"tindakan": acts}, page="/petugas/")
    assert "4 berhasil" in undone.get_data(as_text=True)
    with in_city(city):
        assert {status_of(report.complaint_id) for report in verified} == {"verified"}


def test_recategorise_and_merge_several(
    city: City, in_city: Callable[[City], Any], officer: Callable[..., Any], verified: list[Any]
) -> None:
    admin, numbers = officer(city), [report.number for report in verified]
    with in_city(city):
        category = db.session.scalars(select(Category.id).order_by(Category.sort)).all()[5]
    carried = hidden_fields(tick(admin, "kategori", numbers).get_data(as_text=True))
    sent = {"langkah": "jalankan", "versi": carried["versi"]}
    assert "4 berhasil" in tick(admin, "kategori", numbers, category=str(category), **sent).get_data(
        as_text=True
    )
    with in_city(city):
        assert set(db.session.scalars(select(Complaint.category_id))) == {category}
    carried = hidden_fields(tick(admin, "gabung", numbers).get_data(as_text=True))
    main = str(verified[0].complaint_id)
    merged = tick(admin, "gabung", numbers, langkah="jalankan", versi=carried["versi"], main=main)
    assert "3 berhasil" in merged.get_data(as_text=True)
    with in_city(city):
        assert [status_of(report.complaint_id) for report in verified] == [
            "verified",
            "merged",
            "merged",
            "merged",
        ]


def test_nothing_ticked_too_many_and_foreign_ones(
    city: City, make_city: Callable[..., City], officer: Callable[..., Any], file_report: Callable[..., Any]
) -> None:
    admin = officer(city)
    for numbers in ([], ["x"], [file_report(make_city()).number]):
        answer = tick(admin, "disposisi", numbers)
        assert answer.headers["Location"] == "/petugas/?tampilan=perlu"
        assert "Pilih paling sedikit satu laporan" in admin.get("/petugas/").get_data(as_text=True)
    tick(admin, "disposisi", ["x"] * 101)
    assert "Paling banyak 100 laporan sekaligus" in admin.get("/petugas/").get_data(as_text=True)
    assert tick(admin, "hapus", ["x"]).status_code == 404
    tick(officer(city, "observer"), "disposisi", ["x"])


# --- files -------------------------------------------------------------------------------------------------


def test_export_of_ticked_rows_and_of_the_list(
    city: City, in_city: Callable[[City], Any], officer: Callable[..., Any], file_report: Callable[..., Any]
) -> None:
    evil = file_report(city, title='=HYPERLINK("http://x";"klik") di jalan', name="Siti Aminah")
    file_report(city, title="Pohon tumbang di pasar")
    admin = officer(city)
    csv = tick(admin, "csv", [evil.number])
    text = csv.get_data().decode("utf-8-sig")
    assert csv.headers["Content-Disposition"].endswith('.csv"')
    assert len(text.splitlines()) == 2
    assert "'=HYPERLINK" in text
    assert "Siti" not in text
    whole = tick(admin, "csv", [], lingkup="semua").get_data().decode("utf-8-sig")
    assert len(whole.splitlines()) == 3
    book = tick(admin, "xlsx", [], lingkup="semua").get_data()
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        words = archive.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "HYPERLINK" in words
    with in_city(city):
        told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "inbox.exported")).all()
    assert sorted((row.detail["kind"], row.detail["count"]) for row in told) == [
        ("csv", 1),
        ("csv", 2),
        ("xlsx", 2),
    ]


def test_a_unit_exports_its_own_only(
    city: City, in_city: Callable[[City], Any], officer: Callable[..., Any], file_report: Callable[..., Any]
) -> None:
    with in_city(city):
        case_in("assigned", city, file_report)
        case_in("received", city, file_report)
    text = tick(officer(city, "handler"), "csv", [], lingkup="semua").get_data().decode("utf-8-sig")
    assert len(text.splitlines()) == 2


# --- presence and keys -------------------------------------------------------------------------------------


def test_a_colleague_sees_who_has_it_open(
    city: City, officer: Callable[..., Any], reports: list[Any]
) -> None:
    admin, verifier = officer(city), officer(city, "verifier")
    path = f"/petugas/laporan/{reports[0].number}"
    admin.get(path)
    assert "dibuka Petugas city_administrator" in verifier.get("/petugas/").get_data(as_text=True)
    assert "dibuka Petugas city_administrator" not in admin.get("/petugas/").get_data(as_text=True)
    assert "Petugas city_administrator" in verifier.get(path).get_data(as_text=True)


def test_keys_are_off_until_asked_for(city: City, officer: Callable[..., Any]) -> None:
    admin = officer(city)
    assert "pintasan" not in admin.get("/petugas/").get_data(as_text=True)
    assert admin.post("/petugas/profil", {"has_shortcuts": "y"}).status_code == 303
    assert "pintasan" in admin.get("/petugas/").get_data(as_text=True)
    admin.post("/petugas/profil", {})
    assert "pintasan" not in admin.get("/petugas/").get_data(as_text=True)


def test_every_status_can_be_asked_for(city: City, officer: Callable[..., Any]) -> None:
    admin = officer(city)
    for status in workflow.STATUSES:
        assert admin.get(f"/petugas/?tampilan=semua&status={status}").status_code == 200
