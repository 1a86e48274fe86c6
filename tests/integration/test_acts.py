"""Every act from every status on real rows: what is allowed happens once, what is not changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from complaints.acts import desk, intake, reporter, sealing, undoing
from complaints.acts.engine import REPORTER, SYSTEM, Actor, Entry, perform
from complaints.models import Attachment, Complaint, ComplaintEvent, Reporter
from complaints.queries import integrity
from complaints.workflow import Act
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.errors import Conflict, DomainError, FieldProblem, Forbidden, InvalidTransition
from core.extensions import db
from core.outbox.models import OutboxMessage
from tests.casework import (
    ACTS,
    LONG,
    WAYS,
    Filing,
    case_in,
    do,
    officer_of,
    ready_for,
    state_of,
    status_of,
    version_of,
)
from tests.conftest import City, submission
from tests.unit import workflow_table as table

ALLOWED = table.transitions()


@pytest.fixture(scope="module")
def place(make_city: Callable[..., City]) -> City:
    """One city for the module's cases, and another that a report can go to."""
    make_city()
    return make_city()


def test_every_act_is_tried() -> None:
    """The product is over all acts of the table; undo has its own test below."""
    assert set(ACTS) == {act for _, act in ALLOWED} - {"undo"}
    assert set(WAYS) == set(table.STATUSES)


def outcome_of(status: str, act: str) -> str | None:
    """The status after an allowed act, None where the table does not allow it."""
    found = ALLOWED.get((status, act))
    if found is None:
        return None
    return "received" if found[0] == "previous" else found[0]


@pytest.mark.parametrize("status", WAYS)
def test_every_act_from_every_status_by_every_role(bound: City, file_report: Filing, status: str) -> None:
    """The product on real rows.

    Whoever lacks the permission is refused for that, whatever the status; whoever has it is judged by the
    status; what is refused changes nothing. A case is only made anew after an act that changed it.
    """
    case_id = case_in(status, bound, file_report)
    assert status_of(case_id) == status
    for act in ACTS:
        for actor, may in actors_of(act, bound):
            ready_for(act, case_id, bound)
            if attempt(status, act, case_id, bound, actor, may):
                case_id = case_in(status, bound, file_report)


def attempt(status: str, act: str, case_id: uuid.UUID, city: City, actor: Actor | None, may: bool) -> bool:
    """One act by one actor, held to the table. Whether the case was changed."""
    before = state_of(case_id)
    after = outcome_of(status, act)
    if may and after is not None:
        done = do(act, case_id, city, actor)
        assert done.event_id is not None, (act, actor)
        assert status_of(case_id) == done.status == after
        return True
    if may and table.DONE_ALREADY.get(act) == status:
        assert do(act, case_id, city, actor).event_id is None
    else:
        with pytest.raises(InvalidTransition if may else Forbidden) as refused:
            do(act, case_id, city, actor)
        if isinstance(refused.value, InvalidTransition):
            assert (refused.value.status, refused.value.act) == (status, act)
    assert state_of(case_id) == before
    return False


def actors_of(act: str, city: City) -> list[tuple[Actor | None, bool]]:
    """Who tries an act, and whether the table of roles lets them: None stands for its usual actor."""
    if act in table.REPORTERS_OWN:
        return [(None, True)]
    roles = table.acts_of_roles()
    found: list[tuple[Actor | None, bool]] = [
        (officer_of(city, role), act in roles[role]) for role in sorted(table.CITY_ROLES)
    ]
    return [*found, (SYSTEM, True)] if act == "escalate" else found


UNDONE = {
    "deferred": "received", "verified": "received", "assigned": "verified", "in_progress": "assigned",
    "proposed": "assigned", "responded": "verified", "completed": "responded", "declined": "received",
    "archived": "received", "merged": "received",
}  # fmt: skip


@pytest.fixture
def minute(app: Flask) -> Iterator[None]:
    """Officers have a minute to take an act back."""
    kept = app.extensions["settings"]
    app.extensions["settings"] = replace(kept, undo_seconds=60)
    yield
    app.extensions["settings"] = kept


@pytest.mark.parametrize("status", WAYS)
def test_an_officers_last_act_is_undone_from_every_status(
    bound: City, file_report: Filing, minute: None, status: str
) -> None:
    """It leads back to where the act began; a reporter's act and a fresh report cannot be taken back."""
    case_id = case_in(status, bound, file_report)
    rina = officer_of(bound)
    last = db.session.scalar(
        select(ComplaintEvent.id)
        .where(ComplaintEvent.complaint_id == case_id)
        .order_by(ComplaintEvent.sequence.desc())
        .limit(1)
    )
    assert last is not None
    before = state_of(case_id)
    for role in sorted(table.CITY_ROLES):
        if "undo" not in table.acts_of_roles()[role]:
            with pytest.raises(Forbidden):
                undoing.take_back(case_id, last, officer_of(bound, role))
    assert state_of(case_id) == before
    if status in UNDONE:
        assert undoing.take_back(case_id, last, rina).status == UNDONE[status]
        assert status_of(case_id) == UNDONE[status]
    else:
        with pytest.raises(Conflict):
            undoing.take_back(case_id, last, rina)
        assert state_of(case_id) == before


@pytest.mark.parametrize("act", sorted(set(ACTS) - table.REPORTERS_OWN))
def test_a_reporter_does_no_officers_act(bound: City, file_report: Filing, act: str) -> None:
    case_id = case_in("assigned", bound, file_report)
    before = state_of(case_id)
    with pytest.raises(Forbidden):
        do(act, case_id, bound, REPORTER)
    assert state_of(case_id) == before


@pytest.mark.parametrize("act", sorted(table.REPORTERS_OWN))
def test_an_officer_does_no_reporters_act(bound: City, file_report: Filing, act: str) -> None:
    case_id = case_in("responded", bound, file_report)
    before = state_of(case_id)
    with pytest.raises(Forbidden), unit_of_work():
        perform(case_id, Act(act), officer_of(bound), Entry(LONG), fields={"text": LONG})
    assert state_of(case_id) == before


@pytest.mark.parametrize(
    ("status", "act"), [pair for pair, (_, needs) in ALLOWED.items() if needs and pair[0] in WAYS]
)
def test_what_an_act_needs_must_be_given(bound: City, file_report: Filing, status: str, act: str) -> None:
    case_id = case_in(status, bound, file_report)
    before = state_of(case_id)
    actor = REPORTER if act in table.REPORTERS_OWN else SYSTEM
    for empty in (None, ""):
        with pytest.raises(FieldProblem), unit_of_work():
            perform(case_id, Act(act), actor, Entry(), fields=dict.fromkeys(ALLOWED[status, act][1], empty))
    assert state_of(case_id) == before


# --- what the officer saw ----------------------------------------------------------------------------------


def test_an_old_version_is_a_conflict_that_names_who(bound: City, file_report: Filing) -> None:
    case_id = case_in("received", bound, file_report)
    desk.verify(case_id, officer_of(bound, name="Rina"), classification="unsupervised", version=1)
    before = state_of(case_id)
    for version in (1, 0, -1, 99):
        with pytest.raises(Conflict) as refused:
            do("assign", case_id, bound, officer_of(bound, name="Budi"), version)
        assert refused.value.who == "Rina"
    assert state_of(case_id) == before
    do("assign", case_id, bound, officer_of(bound, name="Budi"), 2)


def test_a_conflict_with_the_reporter_names_the_reporter(bound: City, file_report: Filing) -> None:
    case_id = case_in("responded", bound, file_report)
    seen = version_of(case_id)
    reporter.reopen(case_id, reason=LONG)
    with pytest.raises(Conflict) as refused:
        desk.close(case_id, officer_of(bound), version=seen)
    assert refused.value.who == "Pelapor"


def test_a_note_disturbs_nobody(bound: City, file_report: Filing) -> None:
    """Two officers may leave notes at once; a note is not refused for an old version."""
    case_id = case_in("received", bound, file_report)
    for words in ("Satu", "Dua"):
        desk.note(case_id, officer_of(bound), text=words, version=1)
    texts = set(db.session.scalars(select(ComplaintEvent.text).where(ComplaintEvent.complaint_id == case_id)))
    assert {"Satu", "Dua"} <= texts


# --- at the same moment ------------------------------------------------------------------------------------


def together(app: Flask, city: City, *calls: Callable[[], Any]) -> list[Any]:
    """The calls in threads that start at once, each in a scope of its own; a domain error is its result."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        with tenant_scope(city.id, app):
            start.wait(10)
            try:
                return call()
            except DomainError as error:
                return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


PAIRS = [
    ("received", "verify", "archive"),
    ("received", "verify", "defer"),
    ("received", "defer", "decline_jurisdiction"),
    ("received", "verify", "verify"),
    ("assigned", "respond", "follow_up"),
    ("assigned", "assign", "archive"),
    ("responded", "close", "respond"),
    ("reopened", "respond", "close"),
]


@pytest.mark.parametrize(("status", "first", "second"), PAIRS)
def test_of_two_officers_at_once_one_wins(
    app: Flask, place: City, file_report: Filing, status: str, first: str, second: str
) -> None:
    """Five times each: both saw the same version; one act is in the history, the other is told who."""
    for _ in range(5):
        with tenant_scope(place.id, app):
            case_id = case_in(status, place, file_report)
            seen, history = version_of(case_id), state_of(case_id)[1]
        rina, budi = officer_of(place, name="Rina"), officer_of(place, name="Budi")
        results = together(
            app,
            place,
            lambda c=case_id, v=seen, who=rina: do(first, c, place, who, v),  # type: ignore[misc] # bound now
            lambda c=case_id, v=seen, who=budi: do(second, c, place, who, v),  # type: ignore[misc] # bound now
        )
        won = [result for result in results if getattr(result, "event_id", None) is not None]
        lost = next(result for result in results if result not in won)
        assert len(won) == 1, results
        if isinstance(lost, Conflict):
            assert lost.who == ("Budi" if results.index(lost) == 0 else "Rina")
        else:  # the loser's act was what the winner had just done, or is no longer possible
            assert isinstance(lost, InvalidTransition) or lost.event_id is None
        with tenant_scope(place.id, app):
            assert state_of(case_id)[1] == history + 1
            assert version_of(case_id) == seen + 1


def test_a_reporter_and_an_officer_at_once(app: Flask, place: City, file_report: Filing) -> None:
    """Reopening and closing cross: whoever is second is judged on what the first left."""
    for _ in range(5):
        with tenant_scope(place.id, app):
            case_id = case_in("responded", place, file_report)
            seen = version_of(case_id)
        closed, reopened = together(
            app,
            place,
            lambda c=case_id, v=seen: do("close", c, place, version=v),  # type: ignore[misc] # bound now
            lambda c=case_id: reporter.reopen(c, reason=LONG),  # type: ignore[misc] # bound now
        )
        assert reopened.event_id is not None, "a completed case may be reopened as well"
        assert isinstance(closed, Conflict) or closed.event_id is not None
        with tenant_scope(place.id, app):
            assert status_of(case_id) == "reopened"


def test_a_rating_sent_many_times_at_once_counts_once(app: Flask, place: City, file_report: Filing) -> None:
    with tenant_scope(place.id, app):
        case_id = case_in("responded", place, file_report)
    results = together(app, place, *[lambda: reporter.rate(case_id, score=5, solved="yes")] * 6)
    assert sum(not isinstance(result, DomainError) for result in results) == 1
    with tenant_scope(place.id, app):
        assert state_of(case_id)[2] == 1


def test_a_report_sent_many_times_at_once_is_one(app: Flask, city: City) -> None:
    """Double click, impatient reload, retry of a proxy: one form key, one report, one message out."""
    with tenant_scope(city.id, app):
        wanted = submission(form_key=uuid.uuid4())
    for _ in range(2):
        receipts = together(app, city, *[lambda: intake.submit(wanted)] * 8)
        assert len({(receipt.complaint_id, receipt.number, receipt.pin) for receipt in receipts}) == 1
    with tenant_scope(city.id, app):
        for model in (Complaint, Reporter, ComplaintEvent):
            assert db.session.scalar(select(func.count()).select_from(model)) == 1, model
        assert (db.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0) <= 1


def test_many_different_reports_at_once_are_all_there(app: Flask, city: City) -> None:
    with tenant_scope(city.id, app):
        wanted = [submission(form_key=uuid.uuid4()) for _ in range(8)]
    receipts = together(app, city, *[lambda each=each: intake.submit(each) for each in wanted])
    assert len({receipt.number for receipt in receipts}) == len({receipt.pin for receipt in receipts}) == 8


def test_wrong_pins_at_once_are_all_counted(app: Flask, city: City, file_report: Filing) -> None:
    """Guessing in parallel is no faster than one by one."""
    receipt = file_report(city)
    together(app, city, *[lambda: reporter.check_pin(receipt.number, "xxxxxx")] * 5)
    with tenant_scope(city.id, app):
        locked = reporter.check_pin(receipt.number, receipt.pin)
    assert locked.complaint_id is None
    assert locked.locked_until is not None


def test_an_act_that_breaks_half_way_leaves_nothing(
    bound: City, file_report: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """History, row, disposition and message are one transaction."""
    from core import events

    case_id = case_in("verified", bound, file_report)
    before = state_of(case_id)

    def broken(_event: object) -> None:
        raise RuntimeError("a subscriber fails")

    monkeypatch.setattr(events, "publish", broken)
    with pytest.raises(RuntimeError, match="a subscriber fails"):
        do("assign", case_id, bound)
    assert state_of(case_id) == before


def test_a_report_that_breaks_half_way_leaves_no_report(
    app: Flask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core import events

    def broken(_event: object) -> None:
        raise RuntimeError("a subscriber fails")

    with tenant_scope(city.id, app):
        wanted = submission()
        with monkeypatch.context() as patch:
            patch.setattr(events, "publish", broken)
            with pytest.raises(RuntimeError, match="a subscriber fails"):
                intake.submit(wanted)
        for model in (Complaint, Reporter, ComplaintEvent, Attachment):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0
        db.session.rollback()
        assert intake.submit(wanted).number


def test_whatever_was_done_here_is_proven(bound: City, file_report: Filing) -> None:
    """Every kind of entry that the acts above wrote reads back as it was signed."""
    case_in("completed", bound, file_report)
    sealing.seal()
    assert sealing.seal() > 0
    report = integrity.check()
    assert report.faults == []
    assert report.events >= 4
