"""Filters, saved filters, the way back and on, several at once, and files: over HTTP as officers use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from complaints.acts import desk
from complaints.models import Category, Complaint, SavedFilter
from complaints.queries import filters, lists
from core.audit import AuditEntry
from core.extensions import db
from tenants.models import Area
from tests.casework import officer_of
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
    return browser.post("/petugas/saringan", {"name": name, "asked": query, **more}, page="/petugas/saringan")


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
