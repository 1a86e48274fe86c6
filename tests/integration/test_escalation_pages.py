"""What people see of the ladder: the reporter's line, the regional head's list, the administrator's settings,
the province's number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import desk, escalation, ladder, undoing
from complaints.acts.engine import SYSTEM, Entry, perform
from complaints.acts.ladder import Setting
from complaints.models import Complaint
from complaints.workflow import Act
from core import clock
from core.audit import AuditEntry
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, Forbidden
from core.extensions import db
from monitoring import figures, periods, queries
from tests.casework import officer_of
from tests.conftest import City
from tests.statements import sent_by

Filing = Callable[..., Any]
OLD = timedelta(days=60)
#: the settings as the form sends them when nothing was changed
AS_SEEDED = {
    **{f"used_{level}": "y" for level in range(1, 6)},
    **{f"hours_{level}": hours for level, hours in enumerate(("0", "7,5", "22,5", "37,5", "75"), start=1)},
}


@pytest.fixture
def overdue(in_city: Callable[[City], Any], file_report: Filing) -> Callable[[City], Any]:
    """File a report of sixty days ago that went to a unit and climbed the whole ladder."""

    def file(city: City, **values: Any) -> Any:
        with in_city(city):
            with clock.frozen(clock.now() - OLD):
                receipt = file_report(city, **values)
                desk.verify(receipt.complaint_id, SYSTEM, classification="unsupervised")
                desk.assign(receipt.complaint_id, SYSTEM, department_id=city.departments["pupr"])
            assert escalation.escalate() == 5
        return receipt

    return file


def text_of(response: Any) -> str:
    text: str = response.get_data(as_text=True)
    return text


def test_the_reporter_reads_whom_it_reached(
    city: City,
    in_city: Callable[[City], Any],
    file_report: Filing,
    overdue: Callable[[City], Any],
    browse: Callable[[City], Any],
) -> None:
    late, fresh = overdue(city), file_report(city)
    visitor = browse(city)
    # the province counts it and does not read it: the line names the last who can
    assert "Laporan ini sudah diteruskan kepada wali kota pada " in text_of(
        visitor.get(f"/lacak/{late.number}")
    )
    assert "sudah diteruskan kepada" not in text_of(visitor.get(f"/lacak/{fresh.number}"))
    with in_city(city):
        desk.archive(late.complaint_id, SYSTEM, reason="Bukan pengaduan")
    assert "sudah diteruskan kepada" not in text_of(visitor.get(f"/lacak/{late.number}"))


def test_the_regional_heads_list(
    app: Flask,
    two_cities: tuple[City, City],
    overdue: Callable[..., Any],
    file_report: Filing,
    officer: Callable[..., Any],
) -> None:
    here, there = two_cities
    ours, theirs = overdue(here), overdue(there, title="Pohon tumbang menutup jalan kota sebelah")
    fresh = file_report(here)
    for role in ("observer", "city_administrator"):
        page = text_of(officer(here, role).get("/petugas/eskalasi"))
        assert ours.number in page
        assert "DPU" in page
        assert theirs.number not in page
        assert "kota sebelah" not in page
        assert fresh.number not in page
    for role in ("verifier", "handler", "department_head", "liaison_officer"):
        assert officer(here, role).get("/petugas/eskalasi").status_code == 403


def test_the_list_goes_on_page_by_page(
    app: Flask,
    city: City,
    in_city: Callable[[City], Any],
    overdue: Callable[..., Any],
    officer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from complaints.queries import escalated

    head = officer(city, "observer")
    assert "Tidak ada laporan yang sampai kepada kepala daerah." in text_of(head.get("/petugas/eskalasi"))
    numbers = {overdue(city).number for _ in range(3)}
    monkeypatch.setattr(escalated, "SIZE", 2)
    with in_city(city):
        first = escalated.load(None)
        rest = escalated.load(first.cursor)
        garbled = escalated.load("bukan tempat")
    assert [len(first.rows), len(rest.rows)] == [2, 1]
    assert {row.number for row in (*first.rows, *rest.rows)} == numbers
    assert (first.total, rest.cursor, garbled.rows) == (3, None, first.rows)
    with sent_by(app) as sent:
        head.get("/petugas/eskalasi")
    assert len(sent) <= 12


def stored(city: City, in_city: Callable[[City], Any]) -> dict[int, Setting]:
    with in_city(city):
        found = ladder.current()
        db.session.rollback()
    return found


def test_settings_are_saved_audited_and_followed(
    city: City, in_city: Callable[[City], Any], file_report: Filing, officer: Callable[..., Any]
) -> None:
    report = file_report(city)
    admin = officer(city)
    path = "/petugas/pengaturan/eskalasi"
    page = text_of(admin.get(path))
    assert 'value="22,5"' in page
    assert "Tingkat 2: Kepala unit" in page
    before = stored(city, in_city)
    assert admin.post(path, AS_SEEDED).status_code == 303
    assert stored(city, in_city) == before
    wanted = {key: value for key, value in AS_SEEDED.items() if key != "used_3"}
    assert admin.post(path, {**wanted, "hours_1": "-2", "hours_2": "1.5"}).status_code == 303
    after = stored(city, in_city)
    assert after[1] == Setting(-120, True)
    assert after[2] == Setting(90, True)
    assert not after[3].is_active
    with in_city(city):
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == ladder.CHANGED)).one()
        assert entry.detail["before"] == {"1": 0, "2": 450, "3": 1350, "4": 2250, "5": 4500}
        assert entry.detail["after"] == {"1": -120, "2": 90, "3": None, "4": 2250, "5": 4500}
        # an open report filed under the old ladder is warned of before its deadline now
        due_at = db.session.scalar(select(Complaint.due_at).where(Complaint.id == report.complaint_id))
        assert due_at is not None
        escalation.escalate()
        with clock.frozen(due_at - timedelta(minutes=119)):
            assert escalation.escalate() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hours_2": ""}, "Tulis jam kerja dengan angka, misalnya 7,5"),
        ({"hours_2": "dua"}, "Tulis jam kerja dengan angka, misalnya 7,5"),
        ({"hours_2": "<script>alert(1)</script>"}, "Tulis jam kerja dengan angka, misalnya 7,5"),
        ({"hours_2": "1" * 10_000}, "Tulis jam kerja dengan angka, misalnya 7,5"),
        ({"hours_2": "\x00\u202e٣"}, "Tulis jam kerja dengan angka, misalnya 7,5"),
        ({"hours_2": "-1"}, "Isi antara 0 dan 1000 jam kerja"),
        ({"hours_1": "-41"}, "Isi antara -40 dan 1000 jam kerja"),
        ({"hours_5": "1001"}, "Isi antara 0 dan 1000 jam kerja"),
        ({"hours_3": "2"}, "Tingkat 3 tidak boleh lebih awal daripada tingkat 2"),
    ],
)
def test_a_ladder_that_cannot_be_is_refused_in_words(
    two_cities: tuple[City, City],
    in_city: Callable[[City], Any],
    officer: Callable[..., Any],
    changes: dict[str, str],
    words: str,
) -> None:
    city = two_cities[0]
    before = stored(city, in_city)
    response = officer(city).post("/petugas/pengaturan/eskalasi", {**AS_SEEDED, **changes})
    assert response.status_code == 422
    assert words in text_of(response)
    assert stored(city, in_city) == before


def test_only_the_administrator_sets_it(
    two_cities: tuple[City, City], in_city: Callable[[City], Any], officer: Callable[..., Any]
) -> None:
    city = two_cities[0]
    for role in ("observer", "verifier", "department_head"):
        assert officer(city, role).get("/petugas/pengaturan/eskalasi").status_code == 403
    with in_city(city):
        wanted = ladder.current()
        with pytest.raises(Forbidden):
            ladder.change(wanted, officer_of(city, "verifier"))
        with pytest.raises(FieldProblem):
            ladder.change({**wanted, 4: Setting(60_001, True)}, officer_of(city))


def test_a_step_taken_within_the_undo_window_stays(
    app: Flask,
    city: City,
    in_city: Callable[[City], Any],
    file_report: Filing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], undo_seconds=60))
    actor = replace(officer_of(city), id=None)
    with in_city(city):
        case_id = file_report(city).complaint_id
        due_at = db.session.scalar(select(Complaint.due_at).where(Complaint.id == case_id))
        db.session.rollback()
        assert due_at is not None
        with clock.frozen(due_at - timedelta(seconds=20)), unit_of_work():
            done = perform(case_id, Act.MARK_CONFIDENTIAL, actor, Entry())
        assert done.event_id is not None
        with clock.frozen(due_at):
            assert escalation.escalate() == 1
            undoing.take_back(case_id, done.event_id, actor)
            assert escalation.escalate() == 0
        assert db.session.scalar(select(Complaint.escalation_level).where(Complaint.id == case_id)) == 1


def test_the_province_sees_a_number_and_nothing_else(
    app: Flask,
    make_province: Callable[..., City],
    make_city: Callable[..., City],
    in_city: Callable[[City], Any],
    overdue: Callable[..., Any],
    officer: Callable[..., Any],
) -> None:
    province = make_province()
    city = make_city(province=province.slug)
    report = overdue(city)
    with in_city(city):
        figures.fold()
    now = clock.now()
    with tenant_scope(province.id, app):
        row = queries.dashboard(periods.choose("bulan", now.date()), now=now, today=now.date()).rows[0]
    assert (row.escalated, row.at_province) == (1, 1)
    page = text_of(officer(province, "province_observer").get("/provinsi/"))
    assert "Sampai provinsi" in page
    assert report.number not in page
    with in_city(city):
        desk.archive(report.complaint_id, SYSTEM, reason="Bukan pengaduan")
        figures.fold()
    with tenant_scope(province.id, app):
        row = queries.dashboard(periods.choose("bulan", now.date()), now=now, today=now.date()).rows[0]
    assert (row.escalated, row.at_province) == (1, 0)
