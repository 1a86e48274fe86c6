"""The department's acts on real rows: accept, hand over, return, propose, approve."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints import statute
from complaints.acts import configuring, handling, reporter, undoing, units
from complaints.acts.engine import Actor
from complaints.casework_rules import CaseworkRules
from core import clock
from core.db.tenancy import tenant_scope
from core.errors import Conflict, DomainError, FieldProblem, Forbidden, InvalidTransition, NotFound
from core.extensions import db
from core.media import inspect
from tests.casework import LONG, Filing, case_in, state_of, status_of
from tests.conftest import City, photo
from tests.unit_desk import ANSWER, admin_of, case_of, elsewhere, files_of, last_entry, of_role


@pytest.fixture
def heads_approve(bound: City) -> Iterator[None]:
    """The city's rule that heads approve answers, for one test."""
    configuring.set_rules(CaseworkRules(needs_approval=True), admin_of(bound))
    yield
    configuring.set_rules(CaseworkRules(), admin_of(bound))


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
