"""The department's pages as browsers get them: queue, substitutes, rules."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import desk, handling, units
from complaints.models import Complaint, Delegation
from complaints.queries import units as queue
from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tenants.models import Officer
from tests.casework import LONG, Filing, case_in, officer_of
from tests.conftest import Browser, City, photo
from tests.unit_desk import ANSWER, number_of, of_role, words

SignIn = Callable[..., Browser]


def group_of(page: Any, key: str) -> str:
    """The part of the queue's page that is one group."""
    text: str = page.get_data(as_text=True)
    return text.partition(f'id="kelompok-{key}"')[2].partition("</section>")[0]


# --- queue -------------------------------------------------------------------------------------------------


def test_an_empty_queue_says_so(city: City, officer: SignIn) -> None:
    assert "Tidak ada laporan untuk Dinas Pekerjaan Umum." in words(
        officer(city, "handler").get("/petugas/unit")
    )
    desk_page = officer(city).get("/petugas/unit")
    assert "Pilih unit kerja untuk melihat antreannya." in words(desk_page)


def test_the_queue_has_three_groups(app: Flask, city: City, file_report: Filing, officer: SignIn) -> None:
    with tenant_scope(city.id, app):
        new, taken, working, waiting, elsewhere = (case_in("assigned", city, file_report) for _ in range(5))
        handler = of_role(city, "handler")
        units.accept(taken, handler)
        handling.follow_up(working, handler, text=LONG)
        units.propose(waiting, handler, text=ANSWER)
        desk.assign(elsewhere, officer_of(city), department_id=city.departments["dlh"])
        numbers = {
            name: number_of(case_id) for name, case_id in locals().items() if isinstance(case_id, uuid.UUID)
        }
    unit = officer(city, "handler")
    page = unit.get("/petugas/unit")
    assert page.status_code == 200
    for key, inside in (("baru", {"new"}), ("kerja", {"taken", "working"}), ("setuju", {"waiting"})):
        shown = {name for name, number in numbers.items() if f"/laporan/{number}" in group_of(page, key)}
        assert shown == inside, key
    other = officer(city).get("/petugas/unit", query_string={"unit": city.departments["dlh"]})
    assert numbers["elsewhere"] in group_of(other, "baru")
    assert "Terima dan kerjakan" not in other.get_data(as_text=True), "the desk accepts nothing"


def test_a_case_is_accepted_in_its_row_without_a_script(
    app: Flask, city: City, file_report: Filing, officer: SignIn
) -> None:
    with tenant_scope(city.id, app):
        number = number_of(case_in("assigned", city, file_report))
    unit = officer(city, "handler")
    row = group_of(unit.get("/petugas/unit"), "baru")
    action = re.search(r'action="([^"]+/terima)"', row)
    version = re.search(r'name="version" value="(\d+)"', row)
    assert action
    assert version
    done = unit.post(action[1], {"version": version[1]}, page="/petugas/unit")
    assert (done.status_code, done.headers["Location"]) == (303, f"/petugas/laporan/{number}")
    assert f"/laporan/{number}" in group_of(unit.get("/petugas/unit"), "kerja")
    late = officer(city, "liaison_officer")
    refused = late.post(action[1], {"version": version[1]}, page="/petugas/unit")
    assert refused.status_code == 409
    assert "Petugas handler" in words(refused)


def test_the_queue_goes_on_page_by_page_most_urgent_first(
    app: Flask, city: City, file_report: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    with tenant_scope(city.id, app):
        cases = [case_in("assigned", city, file_report) for _ in range(5)]
        with unit_of_work():
            for n, case_id in enumerate(cases):
                db.session.get_one(Complaint, (city.id, case_id)).due_at = clock.now() + timedelta(days=9 - n)
        wanted = [number_of(case_id) for case_id in reversed(cases)]
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            group = queue.queue(city.departments["pupr"], {"baru": cursor})[0]
            seen += [row.number for row in group.rows]
            cursor = group.cursor
        assert (seen, cursor, group.count) == (wanted, None, 5)


def test_a_foreign_or_garbled_unit_is_none(two_cities: tuple[City, City], officer: SignIn) -> None:
    admin = officer(two_cities[0])
    for unit in (two_cities[1].departments["pupr"], "bukan-id", "<script>", "9" * 5000):
        for path in ("/petugas/unit", "/petugas/unit/rekap"):
            page = admin.get(path, query_string={"unit": unit})
            assert page.status_code == 200
            assert "Pilih unit kerja" in words(page)
        pdf = admin.get("/petugas/unit/rekap.pdf", query_string={"unit": unit, "bulan": "2026-01"})
        assert pdf.status_code == 303


# --- substitutes -------------------------------------------------------------------------------------------


def pair_of(app: Flask, city: City) -> dict[str, str]:
    with tenant_scope(city.id, app):
        return {row.role: str(row.id) for row in db.session.execute(select(Officer.role, Officer.id))}


def test_a_substitute_is_named_and_both_are_in_the_history(
    app: Flask, city: City, file_report: Filing, officer: SignIn
) -> None:
    ids, head = pair_of(app, city), officer(city, "department_head")
    today = clock.now().date()
    data = {
        "officer": ids["handler"],
        "substitute": ids["liaison_officer"],
        "starts_on": (today - timedelta(days=1)).isoformat(),
        "ends_on": f"{today + timedelta(days=3):%d-%m-%Y}",
        "reason": "Cuti <b>tahunan</b>",
    }
    assert head.post("/petugas/pengganti", data).status_code == 303
    page = head.get("/petugas/pengganti")
    assert "Berjalan" in words(page)
    assert "Cuti &lt;b&gt;tahunan" in page.get_data(as_text=True)
    with tenant_scope(city.id, app):
        case_id = case_in("assigned", city, file_report)
        number = number_of(case_id)
        units.accept(case_id, of_role(city, "handler"))
        handling.follow_up(case_id, of_role(city, "liaison_officer"), text=LONG)
    case_page = words(head.get(f"/petugas/laporan/{number}"))
    assert "Petugas liaison_officer, pengganti Petugas handler" in case_page
    assert "digantikan Petugas liaison_officer" in words(head.get("/petugas/unit"))
    end = re.search(r'action="([^"]+/akhiri)"', page.get_data(as_text=True))
    assert end
    assert head.post(end[1], page="/petugas/pengganti").status_code == 303
    assert "Diakhiri lebih awal" in words(head.get("/petugas/pengganti"))
    again = head.post(end[1], page="/petugas/pengganti", follow_redirects=True)
    assert "sudah diakhiri" in words(again)
    with tenant_scope(city.id, app):
        handling.follow_up(case_id, of_role(city, "liaison_officer"), text=LONG)
        assert db.session.scalars(select(Delegation)).one().ended_at is not None
    assert words(head.get(f"/petugas/laporan/{number}")).count("pengganti Petugas handler") == 1


def test_substitutes_that_cannot_be_are_refused_with_a_word(app: Flask, city: City, officer: SignIn) -> None:
    ids, admin = pair_of(app, city), officer(city)
    today = clock.now().date() + timedelta(days=1)
    fine = {
        "officer": ids["handler"],
        "substitute": ids["liaison_officer"],
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=5)).isoformat(),
    }
    wrong: list[tuple[dict[str, str], str]] = [
        ({"officer": ""}, "Pilih petugas yang digantikan"),
        ({"substitute": ""}, "Pilih petugas pengganti"),
        ({"substitute": str(uuid.uuid4())}, "Pilih petugas pengganti"),
        ({"officer": "bukan-id"}, "Pilih petugas yang digantikan"),
        ({"officer": ids["city_administrator"]}, "Pilih petugas yang digantikan"),
        ({"substitute": ids["handler"]}, "tidak dapat menggantikan dirinya"),
        ({"substitute": ids["verifier"]}, "harus dari unit yang sama"),
        ({"ends_on": (today - timedelta(days=1)).isoformat()}, "Tanggal selesai harus setelah tanggal mulai"),
        ({"starts_on": "2020-01-01", "ends_on": "2020-01-05"}, "Tanggal selesai sudah lewat"),
        ({"starts_on": "31-2-2027"}, "Tanggal itu tidak ada di kalender"),
        ({"starts_on": "besok"}, "Tulis tanggal dengan angka"),
        ({"ends_on": ""}, "Isi tanggal selesai"),
        ({"ends_on": "2999-01-01"}, "paling lama satu tahun"),
        ({"reason": "y" * 10_000}, "Alasan paling banyak 200 huruf"),
    ]
    for change, sentence in wrong:
        refused = admin.post("/petugas/pengganti", fine | change)
        assert refused.status_code == 422, change
        assert sentence in words(refused), change
    with tenant_scope(city.id, app):
        assert db.session.scalars(select(Delegation)).all() == []
    assert admin.post("/petugas/pengganti", fine).status_code == 303
    overlap = admin.post("/petugas/pengganti", fine | {"substitute": ids["department_head"]})
    assert "sudah digantikan pada tanggal tersebut" in words(overlap)
    chain = {"officer": ids["department_head"], "substitute": ids["handler"]}
    assert "sedang digantikan pada tanggal tersebut" in words(admin.post("/petugas/pengganti", fine | chain))
    busy = {"officer": ids["liaison_officer"], "substitute": ids["department_head"]}
    assert "sedang menggantikan rekan" in words(admin.post("/petugas/pengganti", fine | busy))


def test_a_head_names_substitutes_of_the_own_unit_only(app: Flask, city: City) -> None:
    from complaints.acts import delegation
    from core.errors import FieldProblem, Forbidden, NotFound

    today = clock.now().date()
    with tenant_scope(city.id, app):
        head = of_role(city, "department_head")
        ids = {row.role: row.id for row in db.session.execute(select(Officer.role, Officer.id))}
        absence = delegation.Absence(ids["handler"], ids["liaison_officer"], today, today)
        with pytest.raises(FieldProblem) as refused:
            delegation.add(absence, replace(head, department_id=city.departments["dlh"]), today=today)
        assert refused.value.field == "officer"
        with pytest.raises(Forbidden):
            delegation.add(absence, of_role(city, "handler"), today=today)
        delegation_id = delegation.add(absence, head, today=today)
        with pytest.raises(NotFound):
            delegation.end(delegation_id, replace(head, department_id=city.departments["dlh"]))


# --- the city's rules --------------------------------------------------------------------------------------


def test_the_rules_are_set_on_a_page(city: City, officer: SignIn) -> None:
    admin, path = officer(city), "/petugas/pengaturan/penanganan"
    fine = {"needs_approval": "y", "reopen_working_days": "7", "most_reopenings": "1"}
    for change in (
        {"reopen_working_days": ""}, {"reopen_working_days": "0"}, {"reopen_working_days": "367"},
        {"reopen_working_days": "tujuh"}, {"most_reopenings": "21"}, {"most_reopenings": "-1"},
        {"most_reopenings": "٣"},
    ):  # fmt: skip
        assert admin.post(path, fine | change).status_code == 422, change
    assert admin.post(path, fine).status_code == 303
    page = admin.get(path).get_data(as_text=True)
    assert re.search(r'value="7"', page)
    assert re.search(r'name="needs_approval"[^>]*checked|checked[^>]*name="needs_approval"', page)
    assert officer(city, "department_head").get(path).status_code == 403


def test_where_heads_approve_the_unit_proposes_and_the_head_sends(
    app: Flask, city: City, file_report: Filing, officer: SignIn
) -> None:
    from complaints.acts import configuring
    from complaints.casework_rules import CaseworkRules

    with tenant_scope(city.id, app):
        configuring.set_rules(CaseworkRules(needs_approval=True), of_role(city, "city_administrator"))
        case_id = case_in("in_progress", city, file_report)
        number = number_of(case_id)
    path = f"/petugas/laporan/{number}"
    handler, head = officer(city, "handler"), officer(city, "department_head")
    page = handler.get(path)
    assert "tindakan=tanggapan" not in page.get_data(as_text=True)
    assert "Ajukan tanggapan" in words(page)
    with tenant_scope(city.id, app):
        units.propose(case_id, of_role(city, "handler"), text=ANSWER)
    waiting = head.get(path)
    assert "Setujui tanggapan" in words(waiting)
    assert ANSWER in words(waiting)


def test_a_follow_up_with_photos_of_both_stages(
    app: Flask, city: City, file_report: Filing, officer: SignIn
) -> None:
    with tenant_scope(city.id, app):
        number = number_of(case_in("assigned", city, file_report))
    unit, path = officer(city, "handler"), f"/petugas/laporan/{number}"
    version = re.search(r'name="version"[^>]*value="(\d+)"', unit.get(path).get_data(as_text=True))
    assert version
    seen = version[1]

    def fields(**more: Any) -> dict[str, Any]:
        return {"version": seen, "text": LONG, "is_public": "y", **more}

    for field, value, sentence in (
        ("progress", "101", "Tulis kemajuan sebagai angka 0 sampai 100"),
        ("progress", "banyak", "Tulis kemajuan sebagai angka 0 sampai 100"),
        ("worked_on", "2999-01-01", "Tanggal pengerjaan tidak boleh setelah hari ini"),
        ("worked_on", "2001-01-01", "Tanggal pengerjaan tidak boleh sebelum laporan diterima"),
        ("before", (io.BytesIO(b"bukan gambar"), "sebelum.jpg"), "JPG"),
    ):
        refused = unit.post(f"{path}/tindak-lanjut", fields(**{field: value}), page=path)
        assert refused.status_code == 422, field
        assert sentence in words(refused), field
        assert LONG in words(refused)
    done = unit.post(
        f"{path}/tindak-lanjut",
        fields(
            progress="60%",
            before=(io.BytesIO(photo(80, 60)), "lama.jpg"),
            files=(io.BytesIO(photo(90, 60)), "baru.jpg"),
        ),
        page=path,
    )
    assert done.status_code == 303
    page = words(unit.get(path))
    assert "Kemajuan 60%." in page
    assert page.count("Sebelum") >= 1
    assert page.count("Sesudah") >= 1
