"""The ladder on real rows: found by the sweep as the relay role, climbed in the city, never twice."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from complaints import statute
from complaints.acts import clock_acts, desk, escalation, handling
from complaints.acts.engine import SYSTEM
from complaints.escalation import TARGETS
from complaints.events import Escalated
from complaints.models import Complaint, ComplaintEvent, EscalationRule
from core import clock, events
from core.db.tenancy import bound_tenant_id, tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from core.jobs.sweeping import due_tenants, relay_engine
from tests.casework import LONG
from tests.conftest import City

#: Monday 9 March 2026, 9 o'clock in Jakarta. The 18th to the 24th of that month hold Nyepi, Idulfitri and
#: the joint leave around them.
FILED = datetime(2026, 3, 9, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
Filing = Callable[..., Any]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Escalated]:
    """Facts published while the test runs."""
    facts: list[Escalated] = []
    publish = events.publish

    def keep(fact: Any) -> None:
        if isinstance(fact, Escalated):
            facts.append(fact)
        publish(fact)

    monkeypatch.setattr(events, "publish", keep)
    return facts


def steps_of(case_id: uuid.UUID) -> list[tuple[int, str, datetime]]:
    """Level, whom it named, and when, of each step in the history."""
    rows = db.session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id == case_id, ComplaintEvent.act == "escalate")
        .order_by(ComplaintEvent.sequence)
    ).all()
    found = [(row.data["level"], row.data["target_name"], row.occurred_at) for row in rows]
    assert all(row.visibility == "internal" and row.actor_kind == "system" for row in rows)
    db.session.rollback()
    return found


def stand(case_id: uuid.UUID) -> tuple[int, datetime | None, datetime | None]:
    """Level, when it climbs, when it is due."""
    columns = Complaint.escalation_level, Complaint.escalate_at, Complaint.due_at
    row = db.session.execute(select(*columns).where(Complaint.id == case_id)).one()
    db.session.rollback()
    return row.escalation_level, row.escalate_at, row.due_at


def at_unit(city: City, file_report: Filing) -> uuid.UUID:
    """A report that lies with a department, its answer due."""
    with clock.frozen(FILED):
        case_id: uuid.UUID = file_report(city).complaint_id
        desk.verify(case_id, SYSTEM, classification="unsupervised")
        desk.assign(case_id, SYSTEM, department_id=city.departments["pupr"])
    return case_id


def sweep_until(until: datetime, start: datetime) -> int:
    """The sweep every two hours, as time goes by."""
    taken, now = 0, start
    while now <= until:
        with clock.frozen(now):
            taken += escalation.escalate()
        now += 2 * HOUR
    return taken


def test_through_all_levels_across_a_holiday(
    city: City, in_city: Callable[[City], Any], file_report: Filing, heard: list[Escalated]
) -> None:
    with in_city(city):
        case_id = at_unit(city, file_report)
        _, first, due_at = stand(case_id)
        assert due_at is not None
        assert first == due_at
        assert sweep_until(due_at - HOUR, FILED) == 0
        assert sweep_until(due_at + timedelta(days=30), due_at) == 5
        calendar = statute.load(FILED).calendar
        steps = steps_of(case_id)
        assert [level for level, _, _ in steps] == [1, 2, 3, 4, 5]
        assert [name for _, name, _ in steps[:2]] == [
            "petugas Dinas Pekerjaan Umum",
            "kepala Dinas Pekerjaan Umum",
        ]
        assert steps[3][1] == "wali kota"
        for (_, _, at), minutes in zip(steps, (0, 450, 1350, 2250, 4500), strict=True):
            exact = calendar.add_working_minutes(due_at, minutes)
            assert exact <= at <= exact + 2 * HOUR
        assert any(day in calendar.holidays for day in (due_at.date(), *_days(due_at, steps[-1][2])))
        assert stand(case_id) == (5, None, due_at)
        assert [(fact.level, fact.target) for fact in heard] == list(enumerate(TARGETS, start=1))


def _days(start: datetime, end: datetime) -> list[Any]:
    return [(start + timedelta(days=n)).date() for n in range((end - start).days + 1)]


def test_the_sweep_finds_the_city_and_twice_is_once(
    app: Flask, city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    with in_city(city), clock.frozen(clock.now() - timedelta(days=60)):
        case_id = file_report(city).complaint_id
    assert city.id in due_tenants(relay_engine(app), escalation.DUE_SQL)
    with in_city(city):
        version = db.session.scalar(select(Complaint.version).where(Complaint.id == case_id))
        assert escalation.escalate() == 5
        assert escalation.escalate() == 0
        assert len(steps_of(case_id)) == 5
        assert steps_of(case_id)[0][1] == "petugas verifikasi"
        # what an officer is typing meanwhile stays valid
        assert db.session.scalar(select(Complaint.version).where(Complaint.id == case_id)) == version
        desk.archive(case_id, SYSTEM, reason="Bukan pengaduan", version=version)
    assert city.id not in due_tenants(relay_engine(app), escalation.DUE_SQL)


def test_an_act_stops_it_and_a_later_deadline_begins_anew(
    city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    with in_city(city):
        case_id = at_unit(city, file_report)
        _, _, due_at = stand(case_id)
        assert due_at is not None
        late = due_at + timedelta(days=1)
        with clock.frozen(late):
            escalation.escalate()
            assert stand(case_id)[0] >= 1
            desk.note(case_id, SYSTEM, text=LONG)  # says something, moves nothing
            assert stand(case_id)[0] >= 1
            handling.follow_up(case_id, SYSTEM, text=LONG)
            level, following, moved = stand(case_id)
            assert moved is not None
            assert moved > due_at
            assert (level, following) == (0, moved)
            assert escalation.escalate() == 0
            handling.respond(case_id, SYSTEM, text=LONG)
            assert stand(case_id)[:2] == (0, None)


def test_an_extension_begins_anew(city: City, in_city: Callable[[City], Any], file_report: Filing) -> None:
    with in_city(city):
        case_id = at_unit(city, file_report)
        handling.follow_up(case_id, SYSTEM, text=LONG, at=FILED + HOUR)
        _, _, due_at = stand(case_id)
        assert due_at is not None
        with clock.frozen(due_at + timedelta(minutes=1)):
            assert escalation.escalate() == 1
            clock_acts.extend(case_id, SYSTEM, working_days=3, reason=LONG)
            level, following, moved = stand(case_id)
            assert moved is not None
            assert moved > due_at
            assert (level, following) == (0, moved)
            assert escalation.escalate() == 0


def test_a_rung_that_was_moved_is_worked_out_again(
    city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    with in_city(city):
        case_id = at_unit(city, file_report)
        _, _, due_at = stand(case_id)
        assert due_at is not None
        with unit_of_work() as session:
            session.execute(
                update(EscalationRule)
                .where(EscalationRule.tenant_id == bound_tenant_id(), EscalationRule.level == 1)
                .values(after_working_minutes=60)
            )
        with clock.frozen(due_at):
            assert escalation.escalate() == 0
        level, following, _ = stand(case_id)
        assert level == 0
        assert following is not None
        assert following > due_at
        with clock.frozen(following):
            assert escalation.escalate() == 1


def test_two_workers_at_once(
    app: Flask, city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    with in_city(city), clock.frozen(clock.now() - timedelta(days=60)):
        cases = [file_report(city).complaint_id for _ in range(12)]
    start, failures = threading.Barrier(2), []

    def work() -> None:
        try:
            with tenant_scope(city.id, app):
                start.wait()
                escalation.escalate()
        except Exception as problem:
            failures.append(problem)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert failures == []
    with in_city(city):
        escalation.escalate()  # what both passed by because the other held it
        assert [len(steps_of(case_id)) for case_id in cases] == [5] * 12
        double = db.session.scalar(
            select(func.count()).select_from(ComplaintEvent).where(ComplaintEvent.act == "escalate")
        )
        assert double == 60
