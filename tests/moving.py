"""What tests of groups and of moves look at: rows, histories with their chain, audit entries, and a move."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from complaints.acts.engine import digest
from complaints.acts.moves import carrying, sending
from complaints.models import Complaint, ComplaintEvent
from core import clock
from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from core.extensions import db
from tests.casework import LONG, officer_of
from tests.conftest import City

Filing = Callable[..., Any]
Scope = Callable[[City], Any]


def row(case_id: uuid.UUID) -> Complaint | None:
    """The case as it is stored now; later changes do not show in it."""
    found = db.session.scalars(
        select(Complaint).where(Complaint.id == case_id).execution_options(populate_existing=True)
    ).first()
    db.session.expunge_all()
    db.session.rollback()
    return found


def the_row(case_id: uuid.UUID) -> Complaint:
    """The case, which must be there."""
    found = row(case_id)
    assert found is not None
    return found


def history(case_id: uuid.UUID) -> list[ComplaintEvent]:
    """All entries in order."""
    found = db.session.scalars(
        select(ComplaintEvent).where(ComplaintEvent.complaint_id == case_id).order_by(ComplaintEvent.sequence)
    ).all()
    db.session.expunge_all()
    db.session.rollback()
    return list(found)


def acts_of(case_id: uuid.UUID) -> list[str]:
    """The acts of the history in order."""
    return [event.act for event in history(case_id)]


def check_chain(case_id: uuid.UUID) -> None:
    """Every entry follows the one before, unchanged, and the case ends where its history does."""
    previous = ""
    for place, event in enumerate(history(case_id), start=1):
        assert (event.sequence, event.previous_hash) == (place, previous)
        assert event.hash == digest(event)
        previous = event.hash
    assert the_row(case_id).last_hash == previous


def audited(action: str, case_id: uuid.UUID) -> list[AuditEntry]:
    """Audit entries of an action on a case."""
    found = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == action, AuditEntry.subject_id == case_id)
    ).all()
    db.session.expunge_all()
    db.session.rollback()
    return list(found)


def send(case_id: uuid.UUID, source: City, target: City) -> Any:
    """The officer's act, in the source's scope."""
    return sending.transfer(case_id, officer_of(source), target=target.id, reason=LONG)


def move(case_id: uuid.UUID, source: City, target: City, in_city: Scope) -> None:
    """The act and its delivery."""
    with in_city(source):
        send(case_id, source, target)
        assert carrying.deliver_due() == 1


def lease_runs_out() -> None:
    """What a worker holds, or waits for its time, is due now."""
    with unit_of_work() as session:
        session.execute(
            text("UPDATE outbox_message SET due_at = :at WHERE due_at IS NOT NULL"),
            {"at": clock.now() - timedelta(seconds=1)},
        )
