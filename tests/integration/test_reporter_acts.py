"""The reporter's own acts at their limits, and the history that keeps what everybody did."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from complaints import statute
from complaints.acts import reporter
from complaints.acts.engine import digest
from complaints.models import Complaint, ComplaintEvent, Rating
from core import clock
from core.config import Settings
from core.errors import DomainError, FieldProblem
from core.extensions import db
from tests.casework import LONG, Filing, case_in, do, state_of
from tests.conftest import City, Engines, utc

START = utc(2026, 3, 2, 3)
QUARTER = timedelta(minutes=15)
INSTANT = timedelta(microseconds=1)


# --- the PIN -----------------------------------------------------------------------------------------------


def test_five_wrong_pins_lock_for_a_quarter_of_an_hour(bound: City, file_report: Filing) -> None:
    receipt = file_report(bound)
    wrong = "000000" if receipt.pin != "000000" else "000001"
    with clock.frozen(START):
        assert [reporter.check_pin(receipt.number, wrong).tries_left for _ in range(5)] == [4, 3, 2, 1, 0]
        locked = reporter.check_pin(receipt.number, receipt.pin)
        assert locked.complaint_id is None
        assert locked.locked_until == START + QUARTER
    with clock.frozen(START + QUARTER - INSTANT):
        assert reporter.check_pin(receipt.number, receipt.pin).complaint_id is None
    with clock.frozen(START + QUARTER):
        assert reporter.check_pin(receipt.number, receipt.pin).complaint_id == receipt.complaint_id


def test_tries_while_locked_do_not_prolong_it(bound: City, file_report: Filing) -> None:
    receipt = file_report(bound)
    for minute in range(15):
        with clock.frozen(START + timedelta(minutes=minute)):
            for _ in range(5):
                reporter.check_pin(receipt.number, "xxxxxx")
    with clock.frozen(START + QUARTER):
        assert reporter.check_pin(receipt.number, receipt.pin).complaint_id == receipt.complaint_id


def test_a_right_pin_forgets_the_wrong_ones(bound: City, file_report: Filing) -> None:
    receipt = file_report(bound)
    for _ in range(3):
        for _ in range(4):
            reporter.check_pin(receipt.number, "xxxxxx")
        assert reporter.check_pin(receipt.number, receipt.pin).complaint_id == receipt.complaint_id


def test_an_unknown_number_never_locks(bound: City) -> None:
    checks = [reporter.check_pin("QQQ-2601-00000", "123456") for _ in range(8)]
    assert {(check.complaint_id, check.tries_left, check.locked_until) for check in checks} == {
        (None, 5, None)
    }


# --- reopening and rating ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["responded", "completed"])
def test_a_case_may_be_reopened_until_its_last_instant(bound: City, file_report: Filing, ending: str) -> None:
    """Ten working days to the end of office, by the stored record: the instant counts, the next does not."""
    case_id = case_in(ending, bound, file_report)
    complaint = db.session.get_one(Complaint, (bound.id, case_id))
    until = reporter.reopen_until(complaint, statute.load(complaint.received_at))
    db.session.rollback()
    assert until is not None
    before = state_of(case_id)
    for late in (until + INSTANT, until + timedelta(days=400)):
        with pytest.raises(DomainError) as refused, clock.frozen(late):
            reporter.reopen(case_id, reason=LONG)
        assert refused.value.code == "too_late"
    assert state_of(case_id) == before
    with clock.frozen(until):
        assert reporter.reopen(case_id, reason=LONG).status == "reopened"


def test_a_case_is_reopened_at_most_twice(bound: City, file_report: Filing) -> None:
    case_id = case_in("responded", bound, file_report)
    for _ in range(2):
        reporter.reopen(case_id, reason=LONG)
        do("respond", case_id, bound)
    with pytest.raises(DomainError) as refused:
        reporter.reopen(case_id, reason=LONG)
    assert refused.value.code == "too_late"


def test_a_case_is_rated_once_a_round(bound: City, file_report: Filing) -> None:
    case_id = case_in("responded", bound, file_report)
    reporter.rate(case_id, score=2, solved="no")
    with pytest.raises(DomainError) as refused:
        reporter.rate(case_id, score=5, solved="yes")
    assert refused.value.code == "already_rated"
    reporter.reopen(case_id, reason=LONG)
    do("respond", case_id, bound)
    reporter.rate(case_id, score=5, solved="yes")
    rows = db.session.execute(
        select(Rating.round, Rating.score).where(Rating.complaint_id == case_id).order_by(Rating.round)
    ).all()
    assert [tuple(row) for row in rows] == [(0, 2), (1, 5)]


@pytest.mark.parametrize(("score", "solved"), [(0, "yes"), (6, "yes"), (-1, "no"), (3, "maybe"), (3, "")])
def test_a_rating_is_one_that_was_offered(bound: City, file_report: Filing, score: int, solved: str) -> None:
    case_id = case_in("responded", bound, file_report)
    before = state_of(case_id)
    with pytest.raises(FieldProblem):
        reporter.rate(case_id, score=score, solved=solved)
    assert state_of(case_id) == before


# --- history -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def past_all_guards(
    app: Flask, engines: Engines, settings: Settings
) -> Iterator[Callable[[str, uuid.UUID, int], None]]:
    """Changes one history entry as the server's superuser, past grants and row security."""
    database = urlsplit(settings.database_url).path
    url = urlsplit(engines.admin_url)._replace(path=database).geturl()
    with psycopg.connect(url, autocommit=True) as connection:

        def run(statement: str, case_id: uuid.UUID, sequence: int) -> None:
            where = f" WHERE complaint_id = '{case_id}' AND sequence = {sequence}"
            assert connection.execute((statement + where).encode()).rowcount == 1, statement

        yield run


def chain(case_id: uuid.UUID) -> list[ComplaintEvent]:
    """The history, in order."""
    statement = select(ComplaintEvent).where(ComplaintEvent.complaint_id == case_id)
    return list(db.session.scalars(statement.order_by(ComplaintEvent.sequence)))


def first_break(case_id: uuid.UUID) -> int | None:
    """The place of the first entry that is not what was written, or None. The row knows the last one."""
    db.session.rollback()
    previous, events = "", chain(case_id)
    for place, event in enumerate(events, start=1):
        if (event.sequence, event.previous_hash, event.hash) != (place, previous, digest(event)):
            return place
        previous = event.hash
    row = db.session.scalars(select(Complaint).where(Complaint.id == case_id)).one()
    return None if (row.last_event, row.last_hash) == (len(events), previous) else len(events) + 1


def test_the_history_is_whole_after_every_act(bound: City, file_report: Filing) -> None:
    case_id = case_in("reopened", bound, file_report)
    for act in ("follow_up", "note"):
        do(act, case_id, bound)
    acts = [event.act for event in chain(case_id)]
    assert acts == ["submit", "verify", "respond", "reopen", "follow_up", "note"]
    assert first_break(case_id) is None


CHANGES = [
    "UPDATE complaint_event SET text = text || '.'",
    "UPDATE complaint_event SET act = 'close'",
    "UPDATE complaint_event SET from_status = 'received'",
    "UPDATE complaint_event SET to_status = 'archived'",
    "UPDATE complaint_event SET actor_kind = 'system'",
    "UPDATE complaint_event SET actor_label = 'Petugas lain'",
    "UPDATE complaint_event SET actor_id = gen_random_uuid()",
    "UPDATE complaint_event SET visibility = 'internal'",
    "UPDATE complaint_event SET data = data || '{\"a\": 1}'",
    "UPDATE complaint_event SET occurred_at = occurred_at + interval '1 microsecond'",
    "UPDATE complaint_event SET recorded_at = recorded_at - interval '1 day'",
    "UPDATE complaint_event SET hash = repeat('0', 64)",
    "UPDATE complaint_event SET previous_hash = repeat('0', 64)",
    "UPDATE complaint_event SET sequence = 40",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_entry_is_found(
    bound: City, file_report: Filing, past_all_guards: Callable[[str, uuid.UUID, int], None], change: str
) -> None:
    """The application cannot change history; whoever can, would have to rewrite all that came after it."""
    case_id = case_in("responded", bound, file_report)
    assert first_break(case_id) is None
    past_all_guards(change, case_id, 3)
    assert first_break(case_id) == 3


@pytest.mark.parametrize("sequence", [1, 2, 3])
def test_a_removed_entry_is_found(
    bound: City, file_report: Filing, past_all_guards: Callable[[str, uuid.UUID, int], None], sequence: int
) -> None:
    case_id = case_in("responded", bound, file_report)
    past_all_guards("DELETE FROM complaint_event", case_id, sequence)
    assert first_break(case_id) == sequence


def test_the_history_is_in_order(bound: City, file_report: Filing) -> None:
    events = chain(case_in("completed", bound, file_report))
    assert all(first.recorded_at <= second.recorded_at for first, second in itertools.pairwise(events))
    assert all(first.to_status == second.from_status for first, second in itertools.pairwise(events))
    assert events[0].from_status is None
