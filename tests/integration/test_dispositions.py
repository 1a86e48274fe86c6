"""Dispositions on real rows: departments and copies, the internal deadline, and the work that follows."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from complaints import statute
from complaints.acts import desk, handling, units
from complaints.models import Disposition
from core import clock
from core.errors import FieldProblem, Forbidden, NotFound
from core.extensions import db
from core.media import inspect
from tests.casework import LONG, Filing, case_in, state_of
from tests.conftest import City, photo
from tests.unit_desk import ANSWER, admin_of, case_of, elsewhere, files_of, last_entry, of_role

# --- disposition -------------------------------------------------------------------------------------------


def test_a_disposition_names_main_and_copies_and_a_second_starts_anew(
    bound: City, file_report: Filing
) -> None:
    case_id, admin = case_in("verified", bound, file_report), admin_of(bound)
    main, copy = bound.departments["pupr"], bound.departments["dlh"]
    desk.assign(case_id, admin, department_id=main, copies=[copy, main, copy], instructions=["act", "study"])
    case = case_of(case_id)
    assert case.copied_to == [str(copy)]
    rows = db.session.execute(
        select(Disposition.department_id, Disposition.is_copy)
        .where(Disposition.complaint_id == case_id)
        .order_by(Disposition.is_copy)
    ).all()
    assert [tuple(row) for row in rows] == [(main, False), (copy, True)]
    assert last_entry(case_id).data["copies"] == ["Dinas Lingkungan Hidup"]
    units.accept(case_id, of_role(bound, "handler"))
    desk.assign(case_id, admin, department_id=copy)
    case = case_of(case_id)
    assert (case.department_id, case.handler_id, case.accepted_at, case.copied_to) == (copy, None, None, [])


def test_departments_of_a_disposition_must_be_there(bound: City, file_report: Filing) -> None:
    case_id, admin = case_in("verified", bound, file_report), admin_of(bound)
    before = state_of(case_id)
    with pytest.raises(FieldProblem) as refused:
        desk.assign(case_id, admin, department_id=uuid.uuid4())
    assert refused.value.field == "department"
    with pytest.raises(FieldProblem) as refused:
        desk.assign(case_id, admin, department_id=bound.departments["pupr"], copies=[uuid.uuid4()])
    assert refused.value.field == "copies"
    assert state_of(case_id) == before


def test_the_internal_deadline_lies_between_today_and_the_statutory_one(
    bound: City, file_report: Filing
) -> None:
    case_id, admin = case_in("verified", bound, file_report), admin_of(bound)
    case = case_of(case_id)
    rules = statute.load(case.received_at)
    db.session.rollback()
    assert case.complete_due_at is not None
    last, today = rules.on(case.complete_due_at), rules.on(clock.now())

    def pass_on(day: date) -> None:
        desk.assign(case_id, admin, department_id=bound.departments["pupr"], internal_due_on=day)

    refusals = {
        last + timedelta(days=1): "tidak boleh melewati",
        today - timedelta(days=1): "tidak boleh sebelum hari ini",
    }
    for day, words in refusals.items():
        with pytest.raises(FieldProblem, match=words) as refused:
            pass_on(day)
        assert refused.value.field == "internal_due_on"
    pass_on(last)
    assert case_of(case_id).internal_due_at == case.complete_due_at
    between = rules.calendar.add_working_days(today, 1)
    pass_on(between)
    internal = case_of(case_id).internal_due_at
    assert internal is not None
    assert rules.on(internal) == between


# --- follow-up ---------------------------------------------------------------------------------------------


def test_a_follow_up_keeps_day_progress_and_when_photos_were_taken(bound: City, file_report: Filing) -> None:
    case_id, handler = case_in("assigned", bound, file_report), of_role(bound, "handler")
    rules = statute.load(clock.now())
    db.session.rollback()
    today = rules.on(clock.now())
    handling.follow_up(
        case_id,
        handler,
        text=LONG,
        worked_on=today,
        progress=60,
        before=[inspect("lubang.jpg", photo(64, 48))],
        files=[inspect("rata.jpg", photo(80, 60))],
    )
    assert last_entry(case_id).data["worked_on"] == today.isoformat()
    assert last_entry(case_id).data["progress"] == 60
    assert {row.name: row.stage for row in files_of(case_id)} == {"lubang.jpg": "before", "rata.jpg": "after"}
    case = case_of(case_id)
    assert (case.handler_id, case.accepted_at is None) == (handler.id, False)


@pytest.mark.parametrize(("days", "words"), [(1, "setelah hari ini"), (-1, "sebelum laporan diterima")])
def test_work_lies_between_receipt_and_today(bound: City, file_report: Filing, days: int, words: str) -> None:
    case_id = case_in("assigned", bound, file_report)
    rules = statute.load(clock.now())
    db.session.rollback()
    before = state_of(case_id)
    with pytest.raises(FieldProblem, match=words) as refused:
        handling.follow_up(
            case_id,
            of_role(bound, "handler"),
            text=LONG,
            worked_on=rules.on(clock.now()) + timedelta(days=days),
        )
    assert refused.value.field == "worked_on"
    assert state_of(case_id) == before


# --- copies ------------------------------------------------------------------------------------------------


def test_a_copied_department_reads_and_leaves_notes_and_does_nothing_else(
    bound: City, file_report: Filing
) -> None:
    from complaints.queries import casefile

    case_id, main, copy = case_in("verified", bound, file_report), *bound.departments.values()
    desk.assign(case_id, admin_of(bound), department_id=main, copies=[copy])
    number = case_of(case_id).number
    for role in ("department_head", "liaison_officer", "handler"):
        actor = elsewhere(bound, of_role(bound, role))
        seen = casefile.load(number, actor, "semua")
        assert seen is not None
        assert seen.is_copy
        desk.note(case_id, actor, text="Kami sudah membaca.")
        before = state_of(case_id)
        for act in (
            lambda actor=actor: handling.respond(case_id, actor, text=ANSWER),
            lambda actor=actor: handling.follow_up(case_id, actor, text=LONG),
            lambda actor=actor: units.accept(case_id, actor),
            lambda actor=actor: units.propose(case_id, actor, text=ANSWER),
            lambda actor=actor: units.return_to_desk(case_id, actor, reason=LONG),
        ):
            with pytest.raises((NotFound, Forbidden)):
                act()
        assert state_of(case_id) == before
    desk.assign(case_id, admin_of(bound), department_id=main)
    assert casefile.find(number, elsewhere(bound, of_role(bound, "handler"))) is None
