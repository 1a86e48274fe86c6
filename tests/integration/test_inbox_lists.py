"""Filters, saved filters, the way back and on, several at once, and files: over HTTP as officers use them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import workflow
from complaints.acts import desk
from complaints.models import Category, Complaint, SavedFilter
from complaints.queries import filters, lists
from core.audit import AuditEntry
from core.extensions import db
from tenants.models import Area
from tests.casework import case_in, officer_of, status_of
from tests.conftest import Browser, City

NUMBER = re.compile(r'id="l-([A-Z]{3}-\d{4}-[0-9A-Z]{5})"')


def listed(browser: Browser, query: str = "") -> list[str]:
    """Numbers of a page of the inbox."""
    return NUMBER.findall(browser.get(f"/petugas/?{query}").get_data(as_text=True))


@pytest.fixture
def reports(city: City, file_report: Callable[..., Any]) -> list[Any]:
    """Four reports, the oldest first."""
    return [file_report(city, title=f"Jalan berlubang nomor {n}") for n in range(4)]


# --- filters -----------------------------------------------------------------------------------------------


@pytest.fixture
def sorted_out(city: City, in_city: Callable[[City], Any], file_report: Callable[..., Any]) -> dict[str, str]:
    """Reports that differ in every filter, and the query that finds each alone."""
    with in_city(city):
        categories = db.session.scalars(select(Category.id).order_by(Category.sort)).all()
        village = db.session.execute(select(Area.id, Area.parent_id).where(Area.code == "02.1")).one()
        case = file_report(city, category_id=categories[3], village_id=village.id)
        file_report(city)
        desk.verify(case.complaint_id, officer_of(city), classification="supervised")
        desk.assign(case.complaint_id, officer_of(city), department_id=city.departments["dlh"])
        row = db.session.get_one(Complaint, (city.id, case.complaint_id))
        day = row.received_at.date().isoformat()
        return {
            "number": case.number,
            "kategori": str(categories[3]),
            "kelurahan": str(village.id),
            "kecamatan": str(village.parent_id),
            "unit": str(city.departments["dlh"]),
            "status": "assigned",
            "klasifikasi": "supervised",
            "day": day,
        }


@pytest.mark.parametrize("key", ["kategori", "kelurahan", "kecamatan", "unit", "status", "klasifikasi"])
@pytest.mark.parametrize("view", ["perlu", "semua"])
def test_each_filter(
    city: City, officer: Callable[..., Any], sorted_out: dict[str, str], key: str, view: str
) -> None:
    desk_officer = officer(city)
    assert len(listed(desk_officer, f"tampilan={view}")) == 2
    assert listed(desk_officer, f"tampilan={view}&{key}={sorted_out[key]}") == [sorted_out["number"]]
    assert listed(desk_officer, f"tampilan={view}&{key}={sorted_out[key]}&saluran=sp4n") == []
    page = desk_officer.get(f"/petugas/?tampilan={view}&{key}={sorted_out[key]}&saring=buka").get_data(
        as_text=True
    )
    assert filters.LABELS[key] in page
    assert "Simpan saringan ini" in page


def test_days_are_the_citys_own(city: City, officer: Callable[..., Any], reports: list[Any]) -> None:
    desk_officer = officer(city)
    assert len(listed(desk_officer, "tampilan=semua&dari=2020-01-01&sampai=2099-01-01")) == 4
    assert listed(desk_officer, "tampilan=semua&dari=2099-01-01") == []
    assert listed(desk_officer, "tampilan=semua&sampai=01/01/2020") == []
    page = desk_officer.get("/petugas/?dari=2026-12-31&sampai=2026-01-01").get_data(as_text=True)
    assert "Tanggal mulai harus sebelum tanggal akhir" in page


@pytest.mark.parametrize(
    "query",
    [
        "tampilan=tidak-ada", "kategori=bukan-uuid", "unit=%27%3B--", "status=dipecat", "dari=31-31-2026",
        "dari=2026-02-30", "setelah=bukan-tempat", "per=7", "per=99999999999999999999", "q=" + "x" * 10_000,
        "q=%3Cscript%3E", "q=%E2%80%AE%F0%9F%98%80", "asal=tampilan%3D%3D%26%26", "posisi=%25",
        "di=pelapor&q=",
    ],
)  # fmt: skip
def test_garbage_is_a_list_like_any_other(
    city: City, officer: Callable[..., Any], reports: list[Any], query: str
) -> None:
    page = officer(city).get(f"/petugas/?{query}")
    assert page.status_code == 200
    assert "<script>" not in page.get_data(as_text=True).replace("<script src", "")


def test_a_rare_filter_says_where_it_stopped(
    city: City, officer: Callable[..., Any], reports: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "WALK", 3)
    for made in (lists.page, lists.last_of_walk):
        made.cache_clear()
    try:
        desk_officer = officer(city)
        page = desk_officer.get("/petugas/?klasifikasi=supervised").get_data(as_text=True)
        assert "Baru sebagian daftar yang diperiksa" in page
        onward = re.search(r'rel="next"\s+href="([^"]+)"', page)
        assert onward
        page = desk_officer.get(onward[1].replace("&amp;", "&")).get_data(as_text=True)
        assert "Baru sebagian" not in page
    finally:
        for made in (lists.page, lists.last_of_walk):
            made.cache_clear()


def test_pages_of_a_filtered_list_hold_every_row_once(
    city: City, officer: Callable[..., Any], file_report: Callable[..., Any]
) -> None:
    filed = {file_report(city).number for _ in range(30)}
    desk_officer, seen, address = officer(city), [], "/petugas/?tampilan=semua&status=received&per=25"
    while address:
        page = desk_officer.get(address).get_data(as_text=True)
        seen += NUMBER.findall(page)
        onward = re.search(r'rel="next"\s+href="([^"]+)"', page)
        address = onward[1].replace("&amp;", "&") if onward else ""
    assert len(seen) == 30
    assert set(seen) == filed


def test_views_of_copies_and_of_what_climbed(
    city: City, in_city: Callable[[City], Any], officer: Callable[..., Any], reports: list[Any]
) -> None:
    with in_city(city):
        case = reports[0]
        desk.verify(case.complaint_id, officer_of(city), classification="unsupervised")
        desk.assign(
            case.complaint_id,
            officer_of(city),
            department_id=city.departments["dlh"],
            copies=[city.departments["pupr"]],
        )
    unit = officer(city, "liaison_officer")
    assert listed(unit, "tampilan=tembusan") == [case.number]
    assert listed(unit, "tampilan=perlu") == []
    assert "Belum ada laporan pada tampilan ini." in unit.get("/petugas/?tampilan=eskalasi").get_data(
        as_text=True
    )


# --- saved filters -----------------------------------------------------------------------------------------


def save(browser: Browser, name: str, query: str = "tampilan=semua&status=received", **more: str) -> Any:
    return browser.post("/petugas/saringan", {"name": name, "query": query, **more}, page="/petugas/saringan")


def test_saving_and_using(city: City, officer: Callable[..., Any], reports: list[Any]) -> None:
    admin, other = officer(city), officer(city, "verifier")
    kept = save(admin, "Jalan rusak")
    assert kept.status_code == 303
    assert kept.headers["Location"].endswith("?tampilan=semua&status=received")
    assert "Jalan rusak" in admin.get("/petugas/").get_data(as_text=True)
    assert "Jalan rusak" not in other.get("/petugas/").get_data(as_text=True)
    again = save(admin, "JALAN RUSAK")
    assert again.status_code == 422
    assert "Nama saringan sudah dipakai" in again.get_data(as_text=True)
    assert save(other, "Jalan rusak").status_code == 303


@pytest.mark.parametrize("name", ["", "x", "x" * 41, "\u202e"])
def test_a_name_that_is_refused_is_kept_on_the_page(
    city: City, officer: Callable[..., Any], name: str
) -> None:
    answer = save(officer(city), name)
    assert answer.status_code == 422
    assert "Ada yang perlu diperbaiki" in answer.get_data(as_text=True)


def test_sharing_renaming_and_removing(
    city: City, in_city: Callable[[City], Any], officer: Callable[..., Any]
) -> None:
    admin, other = officer(city), officer(city, "verifier")
    save(admin, "Pekan ini")
    with in_city(city):
        kept = db.session.scalars(select(SavedFilter)).one()
    path, page = f"/petugas/saringan/{kept.id}", "/petugas/saringan"
    assert other.post(path, {"name": "Curian", "is_shared": "y"}, page=page).status_code == 404
    assert other.post(f"{path}/hapus", page=page).status_code == 404
    assert admin.post(path, {"name": "Pekan depan", "is_shared": "y"}, page=page).status_code == 303
    assert "Pekan depan" in other.get("/petugas/").get_data(as_text=True)
    assert other.post(f"{path}/hapus", page=page).status_code == 404
    assert admin.post(path, {"name": "", "is_shared": "y"}, page=page).status_code == 422
    assert admin.post(f"{path}/hapus", page=page).status_code == 303
    assert "Pekan depan" not in other.get("/petugas/").get_data(as_text=True)
    with in_city(city):
        told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "filter.changed")).all()
    assert [row.detail["changes"]["shared"] for row in told] == [[False, True], [True, False]]


# --- the way back and on -----------------------------------------------------------------------------------


def test_back_to_the_row_and_on_to_the_next(
    city: City, officer: Callable[..., Any], reports: list[Any]
) -> None:
    admin = officer(city)
    page = admin.get("/petugas/?tampilan=baru").get_data(as_text=True)
    numbers = NUMBER.findall(page)
    first = re.search(rf'href="(/petugas/laporan/{numbers[0]}[^"]+)"', page)
    assert first
    case = admin.get(first[1].replace("&amp;", "&")).get_data(as_text=True)
    assert f'href="/petugas/?tampilan=baru#l-{numbers[0]}"' in case
    onward = re.search(r'href="(/petugas/berikutnya[^"]+)"', case)
    action = re.search(rf'action="(/petugas/laporan/{numbers[0]}/arsip[^"]*|[^"]*/verifikasi[^"]*)"', case)
    assert onward
    assert action
    assert "asal=" in action[1]
    step = admin.get(onward[1].replace("&amp;", "&"))
    assert step.status_code == 303
    assert f"/petugas/laporan/{numbers[1]}?" in step.headers["Location"]


def test_at_the_end_back_to_the_list(city: City, officer: Callable[..., Any], reports: list[Any]) -> None:
    admin = officer(city)
    page = admin.get("/petugas/?tampilan=baru").get_data(as_text=True)
    last = NUMBER.findall(page)[-1]
    link = re.search(rf'href="/petugas/laporan/{last}(\?[^"]+)"', page)
    assert link
    answer = admin.get(f"/petugas/berikutnya{link[1].replace('&amp;', '&')}&lewat={last}")
    assert answer.headers["Location"] == "/petugas/?tampilan=baru"


@pytest.mark.parametrize(
    "where", ["//jahat.example", "https://jahat.example", "tampilan=baru&next=//x", "\\\\x", "q=<b>"]
)
def test_the_way_back_leads_to_the_inbox_only(
    city: City, officer: Callable[..., Any], reports: list[Any], where: str
) -> None:
    page = (
        officer(city).get(f"/petugas/laporan/{reports[0].number}?asal={quote(where)}").get_data(as_text=True)
    )
    back = re.search(r'class="kembali[^>]*><a href="([^"]+)"', page)
    assert back
    assert back[1].startswith(("/petugas/?tampilan=", f"/petugas/#l-{reports[0].number}"))
    assert "jahat" not in page
    assert "<b>" not in back[1]


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
