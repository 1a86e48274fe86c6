"""Notes that name colleagues: who is meant, who may be named, and where they read it."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import units
from complaints.acts.mentioning import names_in
from complaints.models import Mention
from complaints.queries import inbox
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tenants.models import Officer
from tests.casework import LONG, do, officer_of
from tests.conftest import Browser, City


@pytest.fixture(scope="module")
def desk(app: Flask, place: City) -> Browser:
    browser = Browser(app.test_client(), place.host)
    assert browser.sign_in(place.officers["city_administrator"]).status_code == 303
    return browser


@pytest.fixture(scope="module")
def staff(app: Flask, place: City) -> dict[str, uuid.UUID]:
    """Role → id; names are such that some are alike."""
    names = {"verifier": "Rina Wati", "observer": "Rina Sari", "liaison_officer": "Budi Santoso"}
    with tenant_scope(place.id, app), unit_of_work() as session:
        found = {}
        for officer in session.scalars(select(Officer)):
            officer.name = names.get(officer.role, officer.name)
            found[officer.role] = officer.id
        return found


@pytest.fixture
def case(app: Flask, place: City, file_report: Callable[..., Any]) -> Any:
    return file_report(place)


def leave(desk: Browser, number: str, text: str, **more: str) -> Any:
    path = f"/petugas/laporan/{number}"
    return desk.post(f"{path}/catatan", {"version": "1", "text": text, **more}, page=path)


def named(app: Flask, place: City, case: Any) -> set[uuid.UUID]:
    with tenant_scope(place.id, app):
        return set(
            db.session.scalars(select(Mention.officer_id).where(Mention.complaint_id == case.complaint_id))
        )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Tolong @rina dan @Budi.Santoso, lihat.", ["rina", "budi.santoso"]),
        ("@rina @rina", ["rina"]),
        ("surel ke rina@contoh.example", []),
        ("@", []),
        ("@@rina dan @x", []),
        ("(@rina_wati)", ["rina_wati"]),
    ],
)
def test_names_in_a_note(text: str, names: list[str]) -> None:
    assert names_in(text) == names


@pytest.mark.parametrize("handle", ["@rina.wati", "@Wati", "@verifier", "@rina_wati"])
def test_a_colleague_is_named(
    app: Flask, place: City, desk: Browser, staff: dict[str, uuid.UUID], case: Any, handle: str
) -> None:
    assert leave(desk, case.number, f"Mohon diperiksa {handle}.").status_code == 303
    assert named(app, place, case) == {staff["verifier"]}


def test_a_colleague_is_picked_from_the_list(
    app: Flask, place: City, desk: Browser, staff: dict[str, uuid.UUID], case: Any
) -> None:
    path = f"/petugas/laporan/{case.number}"
    assert 'name="mention"' not in desk.get(path).get_data(as_text=True)
    page = desk.get(f"{path}?sebut=1").get_data(as_text=True)
    assert f'<option value="{staff["verifier"]}">Rina Wati' in page
    sent = leave(desk, case.number, "Mohon diperiksa.", mention=str(staff["verifier"]))
    assert sent.status_code == 303
    assert named(app, place, case) == {staff["verifier"]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Tolong @rina", "Ada 2 petugas bernama @rina. Pilih dari daftar"),
        ("Tolong @siapa", "Tidak ada petugas bernama @siapa"),
        ("Tolong @budi", "Budi Santoso tidak dapat melihat laporan ini, jadi tidak dapat disebut"),
    ],
)
def test_who_cannot_be_named(
    app: Flask,
    place: City,
    desk: Browser,
    staff: dict[str, uuid.UUID],
    case: Any,
    text: str,
    sentence: str,
) -> None:
    refused = leave(desk, case.number, text)
    page = html.unescape(refused.get_data(as_text=True))
    assert refused.status_code == 422
    assert sentence in page
    assert re.search(rf">\s*{text}</textarea>", page)
    assert named(app, place, case) == set()


@pytest.mark.parametrize("picked", ["x", str(uuid.UUID(int=7))])
def test_an_officer_who_is_not_there(place: City, desk: Browser, case: Any, picked: str) -> None:
    refused = leave(desk, case.number, "Mohon diperiksa.", mention=picked)
    assert refused.status_code == 422
    assert "Pilih petugas dari daftar" in refused.get_data(as_text=True)


def test_another_citys_officer_is_nobody(
    app: Flask, desk: Browser, case: Any, make_city: Callable[..., City]
) -> None:
    other = make_city()
    with tenant_scope(other.id, app):
        theirs = db.session.scalar(select(Officer.id).where(Officer.role == "verifier"))
    assert leave(desk, case.number, "Mohon diperiksa.", mention=str(theirs)).status_code == 422


def unread(officer_id: uuid.UUID) -> int:
    """What the inbox says."""
    return inbox.load("perlu", sight=inbox.Sight(officer_id=officer_id)).mentions


def test_the_named_officer_reads_it_and_marks_it(
    app: Flask,
    place: City,
    desk: Browser,
    staff: dict[str, uuid.UUID],
    case: Any,
    officer: Callable[..., Browser],
) -> None:
    with tenant_scope(place.id, app):
        do("verify", case.complaint_id, place)
        do("assign", case.complaint_id, place)
    assert leave(desk, case.number, "Tolong @budi <b>lihat</b> lokasi.").status_code == 303
    unit, stranger = officer(place, "liaison_officer"), officer(place, "handler")
    assert "1 catatan menyebut Anda" in unit.get("/petugas/").get_data(as_text=True)
    assert "menyebut Anda" not in stranger.get("/petugas/").get_data(as_text=True)
    page = unit.get("/petugas/sebutan").get_data(as_text=True)
    assert case.number in page
    assert "Tolong @budi &lt;b&gt;lihat" in page
    assert case.number not in stranger.get("/petugas/sebutan").get_data(as_text=True)
    with tenant_scope(place.id, app):
        assert unread(staff["liaison_officer"]) == 1
        mine = db.session.scalar(select(Mention.id).where(Mention.complaint_id == case.complaint_id))
    stranger.post("/petugas/sebutan", {"id": str(mine)}, page="/petugas/")
    with tenant_scope(place.id, app):
        assert unread(staff["liaison_officer"]) == 1
    unit.post("/petugas/sebutan", {"id": str(mine)})
    with tenant_scope(place.id, app):
        assert unread(staff["liaison_officer"]) == 0
        units.return_to_desk(case.complaint_id, officer_of(place, "department_head"), reason=LONG)
    gone = unit.get("/petugas/sebutan").get_data(as_text=True)
    assert "Laporan ini tidak lagi di unit Anda." in gone
    assert case.number not in gone


def test_an_empty_page_says_so(place: City, officer: Callable[..., Browser]) -> None:
    page = officer(place, "department_head").get("/petugas/sebutan").get_data(as_text=True)
    assert "Belum ada catatan yang menyebut Anda." in page
