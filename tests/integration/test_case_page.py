"""The page of one case: what comes next for whom, one form at a time, identity, print."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.audit import AuditEntry
from core.db.tenancy import tenant_scope
from core.extensions import db
from tests.casework import case_in, do
from tests.conftest import Browser, City
from tests.statements import sent_by

MOST_STATEMENTS = 12


@pytest.fixture(scope="module")
def staff(app: Flask, place: City) -> dict[str, Browser]:
    """A signed-in browser for each role."""
    found = {}
    for role, email in place.officers.items():
        found[role] = Browser(app.test_client(), place.host)
        assert found[role].sign_in(email).status_code == 303
    return found


@pytest.fixture
def number_in(app: Flask, place: City, file_report: Callable[..., Any]) -> Callable[[str], str]:
    """number_in(status): the number of a new case in that status, brought there by acts."""

    def bring(status: str) -> str:
        from complaints.models import Complaint

        with tenant_scope(place.id, app):
            case_id = case_in(status, place, file_report)
            found = db.session.scalar(select(Complaint.number).where(Complaint.id == case_id))
        assert found
        return found

    return bring


NEXT = [
    ("received", "verifier", "Verifikasi laporan ini sebelum ", "verifikasi"),
    ("received", "observer", "Menunggu verifikasi oleh admin sebelum ", None),
    ("deferred", "verifier", "Menunggu keterangan dari pelapor sampai ", "verifikasi"),
    ("verified", "verifier", "Tentukan unit yang menangani sebelum ", "disposisi"),
    ("assigned", "verifier", "Menunggu Dinas Pekerjaan Umum menerima laporan ini sebelum ", None),
    ("assigned", "liaison_officer", "Terima laporan ini untuk unit Anda sebelum ", "terima"),
    ("in_progress", "handler", "Kirim tanggapan kepada pelapor sebelum ", "tanggapan"),
    ("in_progress", "verifier", "Dikerjakan ", None),
    (
        "proposed",
        "department_head",
        "Periksa tanggapan dari Rina, lalu setujui atau kembalikan",
        "persetujuan",
    ),
    ("proposed", "handler", "Menunggu persetujuan kepala unit", None),
    ("responded", "city_administrator", "Menunggu penilaian pelapor sampai ", "penutupan"),
    ("reporter_replied", "city_administrator", "Baca keterangan pelapor, lalu jawab sebelum ", "tanggapan"),
    (
        "reopened",
        "city_administrator",
        "Pelapor belum puas: tindak lanjuti sekali lagi sebelum ",
        "tindak-lanjut",
    ),
    ("completed", "city_administrator", "Tidak ada yang perlu dilakukan. Status: Selesai.", None),
]


@pytest.mark.parametrize(("status", "role", "sentence", "slug"), NEXT)
def test_what_comes_next(
    app: Flask,
    place: City,
    staff: dict[str, Browser],
    number_in: Callable[[str], str],
    status: str,
    role: str,
    sentence: str,
    slug: str | None,
) -> None:
    number = number_in(status)
    with sent_by(app) as sent:
        page = staff[role].client.get(f"/petugas/laporan/{number}", base_url=staff[role].base)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert sentence in text
    forms = re.findall(rf'action="/petugas/laporan/{number}/([a-z-]+)', text)
    assert [each for each in forms if each not in ("catatan", "kontak")] == ([slug] if slug else [])
    assert len(sent) <= MOST_STATEMENTS


def test_another_act_is_opened_in_its_place(
    staff: dict[str, Browser], number_in: Callable[[str], str]
) -> None:
    number, desk = number_in("received"), staff["city_administrator"]
    page = desk.get(f"/petugas/laporan/{number}").get_data(as_text=True)
    link = re.search(rf'href="(/petugas/laporan/{number}\?tindakan=arsip)#tindakan"', page)
    assert link
    opened = desk.get(link[1]).get_data(as_text=True)
    assert f'action="/petugas/laporan/{number}/arsip"' in opened
    assert f'action="/petugas/laporan/{number}/verifikasi"' not in opened
    assert "Kembali ke langkah berikutnya" in opened
    assert re.search(r'aria-current="true">Arsipkan', opened)


@pytest.mark.parametrize("slug", ["", "tidak-ada", "tanggapan", "../arsip", "x" * 300])
def test_an_act_that_is_not_offered_opens_nothing(
    staff: dict[str, Browser], number_in: Callable[[str], str], slug: str
) -> None:
    number = number_in("received")
    page = staff["verifier"].get(f"/petugas/laporan/{number}", query_string={"tindakan": slug})
    assert f'action="/petugas/laporan/{number}/verifikasi"' in page.get_data(as_text=True)


def test_a_refused_act_stays_open_with_its_words(
    staff: dict[str, Browser], number_in: Callable[[str], str]
) -> None:
    number, desk = number_in("received"), staff["verifier"]
    path = f"/petugas/laporan/{number}"
    page = desk.post(
        f"{path}/bukan-wewenang", {"version": "1", "institution": "PLN", "reason": "x"}, page=path
    )
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert f'action="{path}/bukan-wewenang"' in text
    assert f'action="{path}/verifikasi"' not in text
    assert 'value="PLN"' in text


def test_other_reports_of_the_same_person_come_with_the_identity(
    app: Flask, place: City, staff: dict[str, Browser], file_report: Callable[..., Any]
) -> None:
    phone = "+6281299990001"
    main = file_report(place, phone=phone)
    same = file_report(place, phone=phone, title="Sampah menumpuk di pasar lama")
    hidden = file_report(place, phone=phone, is_anonymous=True, title="Rahasia dan anonim sekali")
    mail = file_report(place, phone=None, email="asep@contoh.example")
    with tenant_scope(place.id, app):
        do("verify", main.complaint_id, place)
        do("assign", main.complaint_id, place)
    desk, unit = staff["verifier"], staff["liaison_officer"]
    path = f"/petugas/laporan/{main.number}"
    assert "Laporan lain dari pelapor ini" not in desk.get(path).get_data(as_text=True)
    page = desk.post(f"{path}/kontak", page=path).get_data(as_text=True)
    assert "Laporan lain dari pelapor ini (2)" in page
    assert same.number in page
    assert hidden.number in page
    assert mail.number not in page
    seen = unit.post(f"{path}/kontak", page=path).get_data(as_text=True)  # a unit knows only its own reports
    assert "Belum ada laporan lain dengan kontak ini." in seen
    with tenant_scope(place.id, app):
        entries = db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.subject_id == main.complaint_id)
            .where(AuditEntry.action == "reporter.identity_viewed")
            .order_by(AuditEntry.occurred_at)
        ).all()
        assert [sorted(entry.detail["others"]) for entry in entries] == [
            sorted([same.number, hidden.number]),
            [],
        ]


def test_the_print_has_no_identity_and_says_who_and_when(
    staff: dict[str, Browser], number_in: Callable[[str], str]
) -> None:
    number, desk = number_in("in_progress"), staff["verifier"]
    page = desk.get(f"/petugas/laporan/{number}/cetak").get_data(as_text=True)
    assert "Jalan berlubang di depan sekolah" in page
    assert "Asep Sunandar" not in page
    assert "0812" not in page
    assert "Dicetak oleh Petugas verifier" in page
    assert 'action="/petugas/laporan' not in page


def test_a_strangers_unit_prints_nothing(staff: dict[str, Browser], number_in: Callable[[str], str]) -> None:
    number = number_in("received")
    assert staff["handler"].get(f"/petugas/laporan/{number}/cetak").status_code == 404
