"""Acts on the clock itself: extend the completion period, end the wait for the reporter."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from complaints.acts.engine import Actor, Done, Entry, perform
from complaints.acts.timekeeping import extended
from complaints.models import Complaint
from complaints.statute import Statute
from complaints.workflow import Act
from core.db.transaction import unit_of_work
from core.errors import FieldProblem

MOST_DAYS = 60


def extend(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    working_days: int,
    reason: str,
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """Give the completion 1 to 60 working days more; the reporter reads why. Raises FieldProblem."""
    if not 1 <= working_days <= MOST_DAYS:
        raise FieldProblem("working_days", f"Perpanjangan 1 sampai {MOST_DAYS} hari kerja")

    def change(_session: Session, complaint: Complaint, _rules: Statute, at: datetime) -> None:
        extended(complaint, working_days, reason, actor.name or actor.label, at)

    with unit_of_work():
        return perform(
            complaint_id,
            Act.EXTEND,
            actor,
            Entry(reason, data={"working_days": working_days}, occurred_at=at),
            fields={"working_days": working_days, "reason": reason},
            change=change,
            version=version,
        )


def resume(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    reason: str,
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """End the wait for the reporter's details; the days it took are not counted."""
    with unit_of_work():
        return perform(
            complaint_id,
            Act.RESUME,
            actor,
            Entry(reason, occurred_at=at),
            fields={"reason": reason},
            version=version,
        )
