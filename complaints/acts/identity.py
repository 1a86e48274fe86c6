"""Seeing who reported. Allowed to few, and every view is an audit entry in the same transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from complaints.acts.engine import Actor
from complaints.models import Complaint, Reporter
from complaints.permissions import may_see_identity
from complaints.queries.reporters import NONE, OtherReports, others_of
from core import audit
from core.db.transaction import unit_of_work
from core.errors import Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class Contact:
    """A reporter's identity; phone in E.164. `others` are more reports of the same person."""

    name: str
    phone: str | None
    email: str | None
    others: OtherReports = NONE


def view(complaint_id: uuid.UUID, actor: Actor) -> Contact:
    """The identity, recorded as seen. Raises NotFound, Forbidden."""
    with unit_of_work() as session:
        row = session.execute(
            select(
                Complaint.number,
                Complaint.is_anonymous,
                Complaint.department_id,
                Reporter.name,
                Reporter.phone,
                Reporter.email,
            )
            .join(
                Reporter,
                (Reporter.tenant_id == Complaint.tenant_id) & (Reporter.complaint_id == Complaint.id),
            )
            .where(Complaint.id == complaint_id)
        ).first()
        if row is None:
            raise NotFound()
        allowed = may_see_identity(actor.grants, anonymous=row.is_anonymous)
        if not allowed or not actor.works_on(row.department_id):  # a copy is to read the case, not to call
            raise Forbidden()
        others = others_of(complaint_id, row.phone, row.email, actor)
        audit.record(
            "reporter.identity_viewed",
            actor_id=actor.id,
            actor_name=actor.name,
            subject_id=complaint_id,
            number=row.number,
            others=[each.number for each in others.rows],
        )
        return Contact(row.name, row.phone, row.email, others)
