"""The clock of stored cases: every act moves it alike, whatever the channel; undo gives it back."""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text, update

from complaints import statute
from complaints.acts import clock_acts, desk, handling, intake, lapse, reporter, undoing
from complaints.acts.engine import SYSTEM
from complaints.acts.periods import add_rule_set
from complaints.acts.timekeeping import facts_of
from complaints.deadlines import SlaRules
from complaints.models import Complaint
from complaints.reckoning import open_pause, reckon
from core import clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, Forbidden, InvalidTransition
from core.extensions import db
from tests.casework import LONG, do, officer_of
from tests.conftest import City, submission

WIB = ZoneInfo("Asia/Jakarta")
InCity = Callable[[City], Any]


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=WIB)


def case(case_id: uuid.UUID) -> Complaint:
    """The stored row, whose dates must be those of its facts."""
    db.session.rollback()
    found = db.session.get_one(Complaint, (bound_tenant_id(), case_id))
    law = statute.load(found.received_at)
    dates = reckon(facts_of(found), law.calendar, law.rules)
    assert (found.verify_due_at, found.answer_due_at) == (dates.verify, dates.answer)
    assert (found.complete_due_at, found.due_at) == (dates.complete, dates.due)
    return found


@pytest.fixture
def report(city: City, in_city: InCity) -> Iterator[uuid.UUID]:
    """A report of Monday 23 November, inside the city's scope."""
    with in_city(city), clock.frozen(at(11, 23)):
        yield intake.submit(submission()).complaint_id


def deferred(case_id: uuid.UUID, when: datetime) -> None:
    with clock.frozen(when):
        desk.defer(case_id, SYSTEM, text=LONG)


def test_waiting_for_the_reporter_pauses_verification(report: uuid.UUID) -> None:
    assert case(report).verify_due_at == at(11, 26, 16)
    deferred(report, at(11, 24, 15))
    waiting = case(report)
    assert waiting.due_at == at(12, 8, 16)
    assert open_pause(waiting.intervals) is not None
    with clock.frozen(at(11, 27, 10)):
        reporter.provide_info(report, text=LONG)
    back = case(report)
    # Tuesday to Friday are not counted: Monday is the first of three days, not a new start on Friday
    assert back.due_at == back.verify_due_at == at(12, 2, 16)
    assert open_pause(back.intervals) is None
    with clock.frozen(at(12, 1, 11)):
        desk.verify(report, SYSTEM, classification="unsupervised")
    assert case(report).verify_days == 2


def test_asked_and_answered_on_one_day_costs_the_city_nothing(report: uuid.UUID) -> None:
    deferred(report, at(11, 24, 9))
    with clock.frozen(at(11, 24, 15)):
        reporter.provide_info(report, text=LONG)
    assert case(report).verify_due_at == at(11, 26, 16)


def test_the_desk_may_stop_waiting(report: uuid.UUID, city: City) -> None:
    deferred(report, at(11, 24))
    with clock.frozen(at(11, 25)):
        clock_acts.resume(report, officer_of(city), reason=LONG)
    found = case(report)
    assert (found.status, found.due_at) == ("received", at(11, 30, 16))
    with pytest.raises(InvalidTransition):
        clock_acts.resume(report, officer_of(city), reason=LONG)


def test_verified_out_of_the_wait(report: uuid.UUID) -> None:
    deferred(report, at(11, 23, 10))
    with clock.frozen(at(11, 30)):
        desk.verify(report, SYSTEM, classification="aspiration")
    found = case(report)
    assert (found.verify_days, found.verify_due_at) == (0, at(12, 3, 16))
    assert found.verified_at is not None
    assert found.complete_due_at == at(12, 7, 16)


def test_an_extension_moves_completion_and_undo_takes_it_back(
    app: Flask, report: uuid.UUID, city: City
) -> None:
    admin = replace(officer_of(city), id=uuid.uuid4())
    desk.verify(report, SYSTEM, classification="aspiration")
    do("assign", report, city)
    do("follow_up", report, city)
    before = case(report).due_at
    kept = app.extensions["settings"]
    app.extensions["settings"] = replace(kept, undo_seconds=60)
    try:
        done = clock_acts.extend(report, admin, working_days=4, reason=LONG)
        found = case(report)
        assert (before, found.due_at) == (at(11, 30, 16), at(12, 4, 16, 30))
        assert found.intervals[-1] | {"at": "", "event": ""} == {
            "kind": "extension", "working_days": 4, "reason": LONG, "at": "", "event": "", "by": "Rina",
        }  # fmt: skip
        assert found.intervals[-1]["event"] == str(done.event_id)
        assert done.event_id is not None
        undoing.take_back(report, done.event_id, admin)
    finally:
        app.extensions["settings"] = kept
    again = case(report)
    assert (again.due_at, again.intervals) == (before, [])


@pytest.mark.parametrize("days", [0, -1, 61])
def test_an_extension_out_of_range_is_refused(report: uuid.UUID, city: City, days: int) -> None:
    desk.verify(report, SYSTEM, classification="aspiration")
    with pytest.raises(FieldProblem, match="60"):
        clock_acts.extend(report, officer_of(city), working_days=days, reason=LONG)
    assert case(report).intervals == []


def test_only_who_may_extends(report: uuid.UUID, city: City) -> None:
    desk.verify(report, SYSTEM, classification="aspiration")
    for role in ("verifier", "liaison_officer", "handler", "observer"):
        with pytest.raises(Forbidden):
            clock_acts.extend(report, officer_of(city, role), working_days=1, reason=LONG)


def test_reopened_begins_the_completion_anew(report: uuid.UUID, city: City) -> None:
    desk.verify(report, SYSTEM, classification="aspiration")
    clock_acts.extend(report, officer_of(city), working_days=9, reason=LONG)
    with clock.frozen(at(11, 24)):
        handling.respond(report, SYSTEM, text=LONG)
    with clock.frozen(at(12, 1)):
        reporter.reopen(report, reason=LONG)
    found = case(report)
    assert (found.resolution_from, found.complete_due_at) == (at(12, 1), at(12, 8, 16))


def test_a_reply_gives_the_days_of_waiting_back(report: uuid.UUID) -> None:
    desk.verify(report, SYSTEM, classification="aspiration")
    with clock.frozen(at(11, 25)):
        handling.respond(report, SYSTEM, text=LONG)
    with clock.frozen(at(11, 27)):
        reporter.provide_info(report, text=LONG)
    # due on 30 November; Wednesday to Friday were the reporter's
    assert case(report).due_at == at(12, 3, 16)


def test_a_note_does_not_give_the_reporter_more_time(report: uuid.UUID, city: City) -> None:
    desk.verify(report, SYSTEM, classification="aspiration")
    with clock.frozen(at(11, 24)):
        handling.respond(report, SYSTEM, text=LONG)
    with clock.frozen(at(12, 1)):
        desk.note(report, officer_of(city), text=LONG)
        handling.follow_up(report, SYSTEM, text=LONG)
    assert case(report).due_at == at(12, 8, 16)
    with clock.frozen(at(12, 8, 16, 1)):
        assert lapse.lapse() == 1
    found = case(report)
    assert (found.status, found.complete_days) == ("completed", 1)


def test_each_report_keeps_the_rules_of_its_day(report: uuid.UUID, city: City) -> None:
    add_rule_set(date(2026, 11, 24), "Peraturan uji", SlaRules(verification=1), officer_of(city))
    with clock.frozen(at(11, 24, 0, 0)):
        later = intake.submit(submission()).complaint_id
    with clock.frozen(at(11, 25)):
        for each in (report, later):
            desk.note(each, officer_of(city), text=LONG)
    assert case(report).verify_due_at == at(11, 26, 16)
    assert case(later).verify_due_at == at(11, 25, 16)
    assert statute.load(at(11, 23, 23, 59)).legal_basis != statute.load(at(11, 24, 0)).legal_basis


def test_cases_from_before_get_the_same_pauses_from_their_history(report: uuid.UUID) -> None:
    """What migration 0008 reads out of the history is what the acts write today."""
    written = importlib.import_module("migrations.versions.0008_clock")._PAUSES
    deferred(report, at(11, 24))
    with clock.frozen(at(11, 26)):
        reporter.provide_info(report, text=LONG)
        desk.verify(report, SYSTEM, classification="aspiration")
    with clock.frozen(at(11, 27)):
        handling.respond(report, SYSTEM, text=LONG)
        desk.close(report, SYSTEM)
    kept = case(report).intervals
    with unit_of_work() as session:
        session.execute(update(Complaint).where(Complaint.id == report).values(intervals=[]))
        session.execute(text(written))
    found = case(report).intervals
    assert [_instants(each) for each in found] == [_instants(each) for each in kept]
    assert len(found) == 2


def _instants(interval: dict[str, Any]) -> dict[str, Any]:
    parsed = {key: interval[key] and datetime.fromisoformat(interval[key]) for key in ("from", "until")}
    return interval | parsed
