"""The department's acts on real rows: accept, hand over, return, propose, approve; copies of dispositions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import statute
from complaints.acts import configuring, desk, handling, reporter, undoing, units
from complaints.acts.engine import Actor
from complaints.casework_rules import CaseworkRules
from complaints.models import Attachment, Complaint, ComplaintEvent, Disposition
from complaints.permissions import GRANTS
from core import clock
from core.db.tenancy import tenant_scope
from core.errors import Conflict, DomainError, FieldProblem, Forbidden, InvalidTransition, NotFound
from core.extensions import db
from core.media import inspect
from tenants.models import Officer
from tests.casework import LONG, Filing, case_in, state_of, status_of
from tests.conftest import City, photo

ANSWER = "Yth. Pelapor, lubang di depan sekolah sudah kami tutup pada hari ini."


@pytest.fixture(scope="module")
def place(make_city: Callable[..., City]) -> City:
    """One city for the module's cases."""
    return make_city()


@pytest.fixture
def bound(app: Flask, place: City) -> Iterator[City]:
    with tenant_scope(place.id, app):
        yield place


@pytest.fixture
def heads_approve(bound: City) -> Iterator[None]:
    """The city's rule that heads approve answers, for one test."""
    configuring.set_rules(CaseworkRules(needs_approval=True), admin_of(bound))
    yield
    configuring.set_rules(CaseworkRules(), admin_of(bound))


def admin_of(city: City) -> Actor:
    return of_role(city, "city_administrator")


def of_role(city: City, role: str) -> Actor:
    """The city's stored officer of a role, as the pages make the actor."""
    row = db.session.execute(
        select(Officer.id, Officer.name, Officer.department_id).where(Officer.role == role)
    ).first()
    db.session.rollback()
    assert row is not None
    return Actor(
        "officer",
        "Petugas uji",
        row.id,
        row.name,
        GRANTS[role],
        row.department_id,
        row.department_id is not None,
    )


def elsewhere(city: City, actor: Actor) -> Actor:
    """The same officer, in another department."""
    return replace(actor, id=None, department_id=city.departments["dlh"])


def case_of(case_id: uuid.UUID) -> Complaint:
    complaint = db.session.scalars(select(Complaint).where(Complaint.id == case_id)).one()
    db.session.expunge(complaint)
    db.session.rollback()
    return complaint


def last_entry(case_id: uuid.UUID) -> ComplaintEvent:
    entry = db.session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id == case_id)
        .order_by(ComplaintEvent.sequence.desc())
    ).first()
    assert entry is not None
    db.session.expunge(entry)
    db.session.rollback()
    return entry


# --- accept ------------------------------------------------------------------------------------------------


def test_accepting_sets_who_and_when_and_again_changes_nothing(bound: City, file_report: Filing) -> None:
    case_id, handler = case_in("assigned", bound, file_report), of_role(bound, "handler")
    assert units.accept(case_id, handler).status == "assigned"
    case = case_of(case_id)
    assert case.handler_id == handler.id
    assert case.accepted_at is not None
    before = state_of(case_id)
    assert units.accept(case_id, handler, version=1).event_id is None
    assert state_of(case_id) == before


def test_a_colleague_who_comes_later_is_told_who_was_faster(bound: City, file_report: Filing) -> None:
    case_id, handler = case_in("assigned", bound, file_report), of_role(bound, "handler")
    units.accept(case_id, handler)
    before = state_of(case_id)
    with pytest.raises(Conflict) as refused:
        units.accept(case_id, of_role(bound, "liaison_officer"))
    assert refused.value.who == handler.name
    assert state_of(case_id) == before


def test_of_two_who_accept_at_once_one_has_it(app: Flask, place: City, file_report: Filing) -> None:
    with tenant_scope(place.id, app):
        both = [of_role(place, "handler"), of_role(place, "liaison_officer")]
    for _ in range(10):
        with tenant_scope(place.id, app):
            case_id = case_in("assigned", place, file_report)
        start = Barrier(2)

        def run(actor: Actor, case_id: uuid.UUID = case_id, start: Barrier = start) -> Any:
            with tenant_scope(place.id, app):
                start.wait(10)
                try:
                    return units.accept(case_id, actor)
                except DomainError as error:
                    return error

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(run, both))
        won = next(n for n, result in enumerate(results) if not isinstance(result, DomainError))
        lost = results[1 - won]
        assert isinstance(lost, Conflict), results
        assert lost.who == both[won].name
        with tenant_scope(place.id, app):
            assert case_of(case_id).handler_id == both[won].id


def test_a_reopened_case_is_accepted_anew(bound: City, file_report: Filing) -> None:
    case_id = case_in("assigned", bound, file_report)
    handler = of_role(bound, "handler")
    units.accept(case_id, handler)
    handling.respond(case_id, handler, text=ANSWER)
    reporter.reopen(case_id, reason=LONG)
    assert case_of(case_id).accepted_at is None
    assert units.accept(case_id, of_role(bound, "liaison_officer")).event_id is not None


# --- hand over and return ----------------------------------------------------------------------------------


def test_the_handler_is_an_active_officer_of_the_same_department(bound: City, file_report: Filing) -> None:
    case_id, head = case_in("assigned", bound, file_report), of_role(bound, "department_head")
    handler = of_role(bound, "handler")
    assert handler.id is not None
    before = state_of(case_id)
    for wrong in (uuid.uuid4(), admin_of(bound).id):
        assert wrong is not None
        with pytest.raises(FieldProblem) as refused:
            units.hand_over(case_id, head, handler_id=wrong)
        assert refused.value.field == "handler"
    assert state_of(case_id) == before
    units.hand_over(case_id, head, handler_id=handler.id, note="Mohon hari ini.")
    entry = last_entry(case_id)
    assert case_of(case_id).handler_id == handler.id
    assert entry.data["handler_name"] == handler.name
    assert entry.visibility == "internal"


def test_returning_takes_the_case_from_the_unit_and_leaves_the_clock(
    bound: City, file_report: Filing
) -> None:
    case_id, head = case_in("in_progress", bound, file_report), of_role(bound, "department_head")
    before = case_of(case_id)
    done = units.return_to_desk(case_id, head, reason="Bukan kewenangan unit kami.")
    after = case_of(case_id)
    assert done.status == "verified"
    assert (after.department_id, after.handler_id, after.accepted_at, after.copied_to) == (
        None,
        None,
        None,
        [],
    )
    assert (after.verify_due_at, after.complete_due_at, after.answer_due_at) == (
        before.verify_due_at,
        before.complete_due_at,
        before.answer_due_at,
    )
    with pytest.raises(NotFound):
        units.accept(case_id, head)


@pytest.mark.parametrize(
    "act",
    [
        lambda case_id, actor: units.accept(case_id, actor),
        lambda case_id, actor: units.hand_over(case_id, actor, handler_id=uuid.uuid4()),
        lambda case_id, actor: units.return_to_desk(case_id, actor, reason=LONG),
        lambda case_id, actor: units.propose(case_id, actor, text=ANSWER),
        lambda case_id, actor: units.approve(case_id, actor, text=ANSWER),
        lambda case_id, actor: units.send_back(case_id, actor, reason=LONG),
    ],
)
def test_another_unit_finds_no_case(bound: City, file_report: Filing, act: Callable[..., Any]) -> None:
    case_id = case_in("assigned", bound, file_report)
    before = state_of(case_id)
    for role in ("department_head", "liaison_officer", "handler"):
        with pytest.raises(NotFound):
            act(case_id, elsewhere(bound, of_role(bound, role)))
    with pytest.raises(Forbidden):
        act(case_id, of_role(bound, "observer"))
    assert state_of(case_id) == before


# --- propose and approve -----------------------------------------------------------------------------------


def test_a_proposal_is_internal_until_the_head_approves_it(bound: City, file_report: Filing) -> None:
    case_id, handler = case_in("assigned", bound, file_report), of_role(bound, "handler")
    file = inspect("bukti.jpg", photo(64, 48))
    done = units.propose(case_id, handler, text=ANSWER, files=[file])
    case = case_of(case_id)
    assert done.status == "proposed"
    assert case.proposal == {
        "text": ANSWER, "event": str(done.event_id), "by": str(handler.id), "by_name": handler.name,
    }  # fmt: skip
    assert case.first_answered_at is None
    assert last_entry(case_id).visibility == "internal"
    assert [row.is_public for row in files_of(case_id)] == [False]

    approved = units.approve(case_id, of_role(bound, "department_head"), text=f"{ANSWER} Terima kasih.")
    case, entry = case_of(case_id), last_entry(case_id)
    assert approved.status == "responded"
    assert case.proposal is None
    assert case.responded_at is not None
    assert case.first_answered_at == case.responded_at
    assert (entry.text, entry.visibility) == (f"{ANSWER} Terima kasih.", "public")
    shown = [row for row in files_of(case_id) if row.is_public]
    assert [row.event_id for row in shown] == [approved.event_id]


def files_of(case_id: uuid.UUID) -> list[Attachment]:
    rows = list(db.session.scalars(select(Attachment).where(Attachment.complaint_id == case_id)))
    db.session.rollback()
    return rows


def test_an_approval_taken_back_leaves_the_proposal_with_its_files(
    app: Flask, bound: City, file_report: Filing
) -> None:
    case_id, head = case_in("assigned", bound, file_report), of_role(bound, "department_head")
    units.propose(
        case_id, of_role(bound, "handler"), text=ANSWER, files=[inspect("bukti.jpg", photo(64, 48))]
    )
    kept = app.extensions["settings"]
    app.extensions["settings"] = replace(kept, undo_seconds=60)
    try:
        approved = units.approve(case_id, head, text=ANSWER)
        assert approved.event_id is not None
        undoing.take_back(case_id, approved.event_id, head)
    finally:
        app.extensions["settings"] = kept
    assert status_of(case_id) == "proposed"
    assert not any(row.is_public for row in files_of(case_id))
    again = units.approve(case_id, head, text=ANSWER)
    assert [row.event_id for row in files_of(case_id) if row.is_public] == [again.event_id]


def test_a_proposal_sent_back_keeps_its_text_for_the_author(bound: City, file_report: Filing) -> None:
    case_id, handler = case_in("assigned", bound, file_report), of_role(bound, "handler")
    units.propose(case_id, handler, text=ANSWER)
    done = units.send_back(case_id, of_role(bound, "department_head"), reason="Sebutkan tanggalnya.")
    case = case_of(case_id)
    assert done.status == "in_progress"
    assert case.proposal is not None
    assert (case.proposal["text"], case.proposal["sent_back"]) == (ANSWER, "Sebutkan tanggalnya.")
    assert last_entry(case_id).visibility == "internal"


def test_where_heads_approve_nobody_else_answers(
    bound: City, file_report: Filing, heads_approve: None
) -> None:
    case_id = case_in("assigned", bound, file_report)
    before = state_of(case_id)
    for role in ("handler", "liaison_officer"):
        with pytest.raises(InvalidTransition) as refused:
            handling.respond(case_id, of_role(bound, role), text=ANSWER)
        assert "kepala unit" in refused.value.message
        with pytest.raises(NotFound):
            handling.respond(case_id, elsewhere(bound, of_role(bound, role)), text=ANSWER)
    assert state_of(case_id) == before
    units.propose(case_id, of_role(bound, "handler"), text=ANSWER)
    units.send_back(case_id, of_role(bound, "department_head"), reason=LONG)
    assert handling.respond(case_id, of_role(bound, "department_head"), text=ANSWER).status == "responded"


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


# --- the city's rules --------------------------------------------------------------------------------------


def test_the_reopening_window_and_count_are_the_citys(bound: City, file_report: Filing) -> None:
    case_id = case_in("responded", bound, file_report)
    case = case_of(case_id)
    rules = statute.load(case.received_at)
    assert case.responded_at is not None
    try:
        configuring.set_rules(CaseworkRules(reopen_working_days=3, most_reopenings=1), admin_of(bound))
        until = reporter.reopen_until(case, rules)
        assert until == rules.calendar.deadline_at(case.responded_at, 3)
        with clock.frozen(until + timedelta(seconds=1)), pytest.raises(DomainError) as refused:
            reporter.reopen(case_id, reason=LONG)
        assert refused.value.code == "too_late"
        reporter.reopen(case_id, reason=LONG)
        handling.respond(case_id, admin_of(bound), text=ANSWER)
        with pytest.raises(DomainError) as refused:
            reporter.reopen(case_id, reason=LONG)
        assert refused.value.code == "too_late"
    finally:
        configuring.set_rules(CaseworkRules(), admin_of(bound))


def test_rules_are_changed_by_those_who_may_and_recorded(bound: City) -> None:
    from core.audit import AuditEntry

    with pytest.raises(Forbidden):
        configuring.set_rules(CaseworkRules(needs_approval=True), of_role(bound, "verifier"))
    for field, wrong in (
        ("reopen_working_days", CaseworkRules(reopen_working_days=0)),
        ("most_reopenings", CaseworkRules(most_reopenings=21)),
    ):
        with pytest.raises(FieldProblem) as refused:
            configuring.set_rules(wrong, admin_of(bound))
        assert refused.value.field == field
    assert configuring.set_rules(CaseworkRules(True, 7, 3), admin_of(bound))
    assert not configuring.set_rules(CaseworkRules(True, 7, 3), admin_of(bound))
    detail = db.session.scalars(
        select(AuditEntry.detail)
        .where(AuditEntry.action == "casework.rules_changed")
        .order_by(AuditEntry.occurred_at.desc())
    ).first()
    assert detail is not None
    assert (detail["old"]["needs_approval"], detail["new"]["reopen_working_days"]) == (False, 7)
    configuring.set_rules(CaseworkRules(), admin_of(bound))
