"""The latest disposition of a case, as the paper "Lembar Disposisi" shows it. No identity is ever on it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select

from complaints.acts.engine import Actor
from complaints.labels import CLASSIFICATIONS, place_of
from complaints.models import Complaint, Disposition
from complaints.queries.casefile import visible_case
from core.extensions import db
from tenants.models import Department, Officer


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the paper holds, before it is put into words. Instants are UTC, days are local."""

    complaint_id: uuid.UUID
    number: str
    title: str
    body: str
    category: str
    place: str
    classification: str
    received_at: datetime
    answer_due_at: datetime | None
    complete_due_at: datetime | None
    main: str
    copies: list[str]
    urgency: str
    instructions: list[str]
    internal_due_on: date | None
    note: str
    by: str | None
    assigned_at: datetime


_ROWS = (
    select(Disposition, Department.name.label("department"), Officer.name.label("officer"))
    .join(
        Department,
        (Department.tenant_id == Disposition.tenant_id) & (Department.id == Disposition.department_id),
    )
    .outerjoin(
        Officer, (Officer.tenant_id == Disposition.tenant_id) & (Officer.id == Disposition.assigned_by)
    )
    .where(Disposition.complaint_id == bindparam("complaint"))
    .order_by(Disposition.assigned_at.desc(), Disposition.is_copy, Department.name)
    .limit(100)
)


def sheet(number: str, actor: Actor) -> Sheet | None:
    """The paper of a case the actor may read; None also where it was never passed on. 2 SQL statements."""
    case = visible_case(number, actor)
    if case is None:
        return None
    complaint: Complaint = case[0]
    rows = db.session.execute(_ROWS, {"complaint": complaint.id}).all()
    main = next((row for row in rows if not row.Disposition.is_copy), None)
    if main is None:
        return None
    paper: Disposition = main.Disposition
    same = [row for row in rows if paper.event_id and row.Disposition.event_id == paper.event_id]
    return Sheet(
        complaint_id=complaint.id,
        number=complaint.number,
        title=complaint.title,
        body=complaint.final_body or complaint.body,
        category=case.category,
        place=place_of(complaint.landmark, case.village, case.district),
        classification=CLASSIFICATIONS.get(complaint.classification or "", ""),
        received_at=complaint.received_at,
        answer_due_at=complaint.answer_due_at,
        complete_due_at=complaint.complete_due_at,
        main=main.department,
        copies=[row.department for row in same if row.Disposition.is_copy],
        urgency=paper.urgency,
        instructions=paper.instructions,
        internal_due_on=paper.internal_due_on,
        note=paper.note or "",
        by=main.officer,
        assigned_at=paper.assigned_at,
    )
