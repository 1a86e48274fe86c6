"""Counting the open cases anew after a day off, the office hours or the periods changed.

Invariant: a request is a row written with the change itself; the walk goes on where it broke off, and a
second walk changes nothing. Every case whose dates move gets an audit entry with the old and the new ones.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from complaints import statute
from complaints.acts.engine import set_due, snapshot
from complaints.events import DeadlineMoved
from complaints.models import Complaint, Recount
from complaints.models.case import OPEN_SQL
from complaints.statute import Statute
from core import audit, clock, events
from core.db.transaction import unit_of_work
from core.extensions import db
from core.jobs.queue import wake_after_commit
from tenants.calendar import CalendarChanged

JOB = "complaints.recount"
DUE_SQL = "SELECT DISTINCT tenant_id FROM recount WHERE finished_at IS NULL"
BATCH = 250
MOVED = "deadline.recounted"
_DATES = ("verify_due_at", "answer_due_at", "complete_due_at", "due_at")


def on_calendar_changed(fact: CalendarChanged) -> None:
    """Ask for a walk in the transaction of the change."""
    request(fact.cause)


def request(cause: str) -> None:
    """Have the bound city's open cases counted anew, in the present transaction. `cause` is for auditors."""
    session = db.session()
    waiting = session.scalars(
        select(Recount)
        .where(Recount.finished_at.is_(None), Recount.after_id.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if waiting is None:
        session.add(Recount(causes=[cause]))
    elif cause not in waiting.causes:
        waiting.causes = [*waiting.causes, cause]
    wake_after_commit(JOB)


def recount() -> int:
    """Walk over the bound city's open cases until nothing waits. Returns how many cases moved.

    Each batch is one transaction that also says how far the walk has come.
    """
    moved = 0
    while True:
        with unit_of_work() as session:
            walk = session.scalars(
                select(Recount)
                .where(Recount.finished_at.is_(None))
                .order_by(Recount.requested_at, Recount.id)
                .limit(1)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            ).first()
            if walk is None:
                return moved
            moved += _batch(session, walk)


def _batch(session: Session, walk: Recount) -> int:
    cases = _next_cases(session, walk)
    if not cases:
        walk.finished_at = clock.now()
        return 0
    law = statute.load(min(case.received_at for case in cases))
    moved = sum(_count_anew(case, law, walk.causes) for case in cases)
    walk.after_id = cases[-1].id
    walk.moved += moved
    session.flush()
    session.expunge_all()  # a city's open cases need not all be held in memory
    return moved


def _next_cases(session: Session, walk: Recount) -> list[Complaint]:
    statement = select(Complaint).where(text(OPEN_SQL.replace("status", "complaint.status")))
    if walk.after_id is not None:
        statement = statement.where(Complaint.id > walk.after_id)
    return list(
        session.scalars(
            statement.order_by(Complaint.id)
            .limit(BATCH)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _count_anew(complaint: Complaint, law: Statute, causes: list[str]) -> bool:
    """Whether the case's dates moved; then figures and audit know."""
    rules = law.received(complaint.received_at)
    old, before = _dates(complaint), snapshot(complaint, rules)
    set_due(complaint, rules)
    new = _dates(complaint)
    if new == old:
        return False
    audit.record(
        MOVED,
        actor_id=None,
        actor_name="Sistem",
        subject_id=complaint.id,
        number=complaint.number,
        old=_changed(old, new),
        new=_changed(new, old),
        causes=causes,
    )
    events.publish(DeadlineMoved(complaint.id, before, snapshot(complaint, rules)))
    return True


def _dates(complaint: Complaint) -> dict[str, datetime | None]:
    return {name: getattr(complaint, name) for name in _DATES}


def _changed(these: dict[str, datetime | None], those: dict[str, datetime | None]) -> dict[str, Any]:
    return {name: at.isoformat() if at else None for name, at in these.items() if at != those[name]}
