"""Officers of one unit against cases of another unit, and against cases that no unit has yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Flask

from complaints.queries import inbox
from complaints.views.offers import BY_SLUG as SLUGS
from tests.conftest import Browser, City
from tests.isolation.conftest import Rivals
from tests.isolation.seeding import UNIT_ROLES, Case, _desk, comparable, seed

#: cases of the seeded city that the officers of `pupr` must not see
HIDDEN = ("assigned_elsewhere", "received", "verified", "deferred")
SHOWN = ("assigned", "in_progress", "responded", "completed")


def photos_of(superuser: psycopg.Connection[Any], case: Case) -> list[str]:
    rows = superuser.execute("SELECT id FROM attachment WHERE complaint_id = %s", [case.id]).fetchall()
    assert rows
    return [str(row[0]) for row in rows]


@pytest.mark.parametrize("role", UNIT_ROLES)
@pytest.mark.parametrize("status", HIDDEN)
def test_another_units_case_is_not_there(
    rivals: Rivals,
    actors: dict[str, Browser],
    superuser: psycopg.Connection[Any],
    untouched: None,
    role: str,
    status: str,
) -> None:
    case, unit, unknown = rivals.ours.cases[status], actors[role], "QQQ-2601-00000"
    never = unit.get(f"/petugas/laporan/{unknown}")
    got = unit.get(f"/petugas/laporan/{case.number}")
    assert (got.status_code, never.status_code) == (404, 404)
    assert comparable(got.get_data(as_text=True), case.number) == comparable(
        never.get_data(as_text=True), unknown
    )
    token = unit.token("/laporan/baru")
    for slug in (*SLUGS, "kontak"):
        data = {"csrf_token": token, "version": "1", "text": "Tulisan yang cukup panjang. " * 3, "score": "5"}
        response = unit.client.post(f"/petugas/laporan/{case.number}/{slug}", base_url=unit.base, data=data)
        assert response.status_code == 404, slug
    for photo_id in photos_of(superuser, case):
        for path in (f"/lampiran/{photo_id}", f"/lampiran/{photo_id}?ukuran=kecil"):
            assert unit.get(path).status_code == 404


@pytest.mark.parametrize("role", UNIT_ROLES)
def test_lists_searches_and_counters_are_the_own_units(
    rivals: Rivals, actors: dict[str, Browser], role: str
) -> None:
    unit = actors[role]
    for view in inbox.VIEWS:
        page = unit.get("/petugas/", query_string={"tampilan": view, "per": 100}).get_data(as_text=True)
        for status in HIDDEN:
            assert rivals.ours.cases[status].number not in page, (view, status)
    for status in HIDDEN:
        number = rivals.ours.cases[status].number
        for query in (number, number.lower(), number.replace("-", "")):
            page = unit.get("/petugas/", query_string={"q": query}).get_data(as_text=True)
            assert f"/petugas/laporan/{number}" not in page
    assert rivals.ours.cases["assigned"].number in unit.get("/petugas/").get_data(as_text=True)


def test_counters_count_what_the_unit_may_open(app: Flask, rivals: Rivals) -> None:
    from core.db.tenancy import tenant_scope

    ours = rivals.ours
    with tenant_scope(ours.city.id, app):
        common: dict[str, Any] = {"after": None, "size": 100, "query": ""}
        unit = inbox.load("perlu", department_id=ours.city.departments["pupr"], own_unit=True, **common)
        other = inbox.load("perlu", department_id=ours.city.departments["dlh"], own_unit=True, **common)
        desk = inbox.load("perlu", department_id=None, own_unit=False, **common)
    assert {row.number for row in unit.rows} == {
        ours.cases[each].number for each in ("assigned", "in_progress")
    }
    assert {row.number for row in other.rows} == {ours.cases["assigned_elsewhere"].number}
    assert unit.counts["perlu"] == 2
    assert other.counts["perlu"] == 1
    assert unit.counts["baru"] == unit.counts["disposisi"] == 0
    assert desk.counts["perlu"] == 5


@pytest.mark.parametrize("role", UNIT_ROLES)
@pytest.mark.parametrize("status", SHOWN)
def test_the_own_units_cases_are_there(
    rivals: Rivals, actors: dict[str, Browser], role: str, status: str
) -> None:
    case = rivals.ours.cases[status]
    assert actors[role].get(f"/petugas/laporan/{case.number}").status_code == 200


def test_a_case_passed_on_leaves_the_first_unit(
    app: Flask, make_city: Callable[..., City], officer: Callable[..., Browser]
) -> None:
    """With everything on it: page, photos, the act whose form was already open."""
    city = make_city()
    case = seed(app, city, "Zetajaya").cases["in_progress"]
    unit, desk = officer(city, "handler"), officer(city)
    path = f"/petugas/laporan/{case.number}"
    page = unit.get(path).get_data(as_text=True)
    files = re.findall(r'"(/lampiran/[0-9a-f-]+)"', page)
    assert files
    token = unit.token(path)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    disposition = {"department": str(city.departments["dlh"]), "urgency": "normal", "version": version[1]}
    assert desk.post(f"{path}/disposisi", disposition, page=path).status_code == 303
    assert unit.get(path).status_code == 404
    assert {unit.get(file).status_code for file in files} == {404}
    late = {"csrf_token": token, "version": version[1], "text": "Tulisan yang terlambat sampai. " * 3}
    assert unit.client.post(f"{path}/tanggapan", base_url=unit.base, data=late).status_code == 404


def test_a_unit_officer_without_a_unit_sees_nothing(
    app: Flask, rivals: Rivals, superuser: psycopg.Connection[Any], officer: Callable[..., Browser]
) -> None:
    """Whatever emptied the column: no unit must not come to mean every unit, or cases of none."""
    ours = rivals.ours
    browser = officer(ours.city, "department_head")
    email = ours.city.officers["department_head"]
    statement = "UPDATE officer SET department_id = %s WHERE tenant_id = %s AND email = %s"
    superuser.execute(statement, [None, ours.city.id, email])
    try:
        assert browser.get("/petugas/").status_code == 303
        assert browser.get(f"/petugas/laporan/{ours.received.number}").status_code == 303
        assert browser.get(f"/lampiran/{ours.photo_id}").status_code == 404
        fresh = Browser(app.test_client(), ours.city.host)
        assert fresh.sign_in(email).status_code == 422
    finally:
        superuser.execute(statement, [ours.city.departments["pupr"], ours.city.id, email])


@pytest.mark.parametrize("role", ["handler", "department_head", "observer"])
def test_identities_are_for_those_who_may_see_them(
    rivals: Rivals, actors: dict[str, Browser], untouched: None, role: str
) -> None:
    case = rivals.ours.cases["assigned"]
    path = f"/petugas/laporan/{case.number}"
    page = actors[role].get(path).get_data(as_text=True)
    assert f"Warga {rivals.ours.mark}" not in page
    refused = actors[role].client.post(
        f"{path}/kontak", base_url=actors[role].base, data={"csrf_token": actors[role].token("/laporan/baru")}
    )
    assert refused.status_code == 403
    assert f"Warga {rivals.ours.mark}" not in refused.get_data(as_text=True)


def test_an_anonymous_reporter_is_hidden_from_the_unit(
    app: Flask, city: City, file_report: Callable[..., Any], officer: Callable[..., Browser]
) -> None:
    """The unit's liaison sees identities, but never one that was asked to be hidden; the desk does."""
    from complaints.acts import desk as acts
    from complaints.acts.engine import SYSTEM
    from core.db.tenancy import tenant_scope

    receipt = file_report(city, is_anonymous=True, name="Nama Rahasia", phone="+6281234567890")
    with tenant_scope(city.id, app):
        acts.verify(receipt.complaint_id, SYSTEM, classification="unsupervised")
        acts.assign(receipt.complaint_id, SYSTEM, department_id=city.departments["pupr"])
    path = f"/petugas/laporan/{receipt.number}"
    for role, status in (("liaison_officer", 403), ("verifier", 200)):
        browser = officer(city, role)
        assert "Nama Rahasia" not in browser.get(path).get_data(as_text=True)
        data = {"csrf_token": browser.token("/laporan/baru")}
        shown = browser.client.post(f"{path}/kontak", base_url=browser.base, data=data)
        assert shown.status_code == status
        assert ("Nama Rahasia" in shown.get_data(as_text=True)) == (status == 200)


def test_every_view_of_an_identity_is_recorded(
    superuser: psycopg.Connection[Any],
    city: City,
    file_report: Callable[..., Any],
    officer: Callable[..., Browser],
) -> None:
    receipt, desk = file_report(city), officer(city)
    path = f"/petugas/laporan/{receipt.number}"
    for _ in range(2):
        assert desk.post(f"{path}/kontak", page=path).status_code == 200
    rows = superuser.execute(
        "SELECT actor_name, subject_id, remote_address FROM audit_entry"
        " WHERE tenant_id = %s AND action = 'reporter.identity_viewed'",
        [city.id],
    ).fetchall()
    assert rows == [("Petugas city_administrator", receipt.complaint_id, "127.0.0.1")] * 2


def test_a_copied_unit_reads_and_leaves_notes_and_no_more(
    app: Flask,
    make_city: Callable[..., City],
    officer: Callable[..., Browser],
    superuser: psycopg.Connection[Any],
) -> None:
    """Tembusan: the page and its files open, one act is offered, all else is as if unknown."""
    from complaints.acts import desk as acts
    from core.db.tenancy import tenant_scope

    city = make_city()
    ours = seed(app, city, "Etamulya")
    case, other = ours.cases["verified"], ours.cases["assigned_elsewhere"]
    with tenant_scope(city.id, app):
        _, actor = _desk("Etamulya")
        acts.assign(case.id, actor, department_id=city.departments["dlh"], copies=[city.departments["pupr"]])
    path = f"/petugas/laporan/{case.number}"
    for role in UNIT_ROLES:
        unit = officer(city, role)
        page = unit.get(path)
        assert page.status_code == 200
        text = page.get_data(as_text=True)
        assert "ditembuskan kepada unit Anda" in text
        assert set(re.findall(rf'action="{path}/([a-z-]+)"', text)) == {"catatan"}
        assert unit.get(f"{path}/lembar-disposisi").status_code == 200
        for photo_id in photos_of(superuser, case):
            assert unit.get(f"/lampiran/{photo_id}").status_code == 200
        data = {"csrf_token": unit.token(path), "version": "9", "text": "Catatan dari unit tembusan."}
        assert unit.client.post(f"{path}/catatan", base_url=unit.base, data=data).status_code == 303
        contact = unit.client.post(f"{path}/kontak", base_url=unit.base, data=data)
        assert contact.status_code == 403
        assert "Warga Etamulya" not in contact.get_data(as_text=True)
        assert unit.get(f"/petugas/laporan/{other.number}").status_code == 404
        assert case.number not in unit.get("/petugas/unit").get_data(as_text=True)
    with tenant_scope(city.id, app):
        acts.assign(case.id, actor, department_id=city.departments["dlh"])
    unit = officer(city, "handler")
    assert unit.get(path).status_code == 404
    assert unit.get(f"{path}/lembar-disposisi.pdf").status_code == 404
    assert {unit.get(f"/lampiran/{each}").status_code for each in photos_of(superuser, case)} == {404}
