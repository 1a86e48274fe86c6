"""A department's month: what was passed to it then, and what has become of it since."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import bindparam, func, select

from complaints import statute
from complaints.labels import status_label
from complaints.models import Category, Complaint, Disposition
from complaints.statute import Statute
from complaints.workflow import COMPLETED
from core import clock
from core.extensions import db

#: a month with more is cut, and says so
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class RecapRow:
    """One report of the month. `outcome`: on_time | late | running."""

    number: str
    title: str
    category: str
    assigned_on: date
    accepted_on: date | None
    answered_on: date | None
    answer_days: int | None  # working days since the disposition
    due_on: date | None
    status: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Recap:
    """The month's figures. `average_days`: working days from disposition to the answer; None without any."""

    received: int
    accepted: int
    answered: int
    on_time: int
    late: int
    average_days: float | None
    rows: list[RecapRow]
    is_cut: bool


_passed_on = (
    select(Disposition.complaint_id, func.min(Disposition.assigned_at).label("assigned_at"))
    .where(
        Disposition.department_id == bindparam("department"),
        Disposition.assigned_at >= bindparam("start"),
        Disposition.assigned_at < bindparam("end"),
        ~Disposition.is_copy,
    )
    .group_by(Disposition.complaint_id)
    .order_by(func.min(Disposition.assigned_at), Disposition.complaint_id)
    .limit(MOST_ROWS + 1)
    .subquery("passed_on")
)
_MONTH = (
    select(
        Complaint.number,
        Complaint.title,
        Complaint.status,
        Complaint.department_id,
        Complaint.accepted_at,
        Complaint.responded_at,
        Complaint.closed_at,
        Complaint.complete_due_at,
        Category.name.label("category"),
        _passed_on.c.assigned_at,
    )
    .join(_passed_on, _passed_on.c.complaint_id == Complaint.id)
    .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
    .order_by(_passed_on.c.assigned_at, Complaint.id)
)


def month_of(department_id: uuid.UUID, first: date) -> Recap:
    """The month that begins on `first`, in the city's time. 2 SQL statements."""
    now = clock.now()
    rules = statute.load(datetime.combine(first, time(0), UTC))
    zone = rules.calendar.tz
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    start, end = (datetime.combine(day, time(0), zone).astimezone(UTC) for day in (first, following))
    found = db.session.execute(_MONTH, {"department": department_id, "start": start, "end": end}).all()
    rows = [_line(row, department_id, rules, now) for row in found[:MOST_ROWS]]
    days = [row.answer_days for row in rows if row.answer_days is not None]
    return Recap(
        received=len(rows),
        accepted=sum(row.accepted_on is not None for row in rows),
        answered=sum(row.answered_on is not None for row in rows),
        on_time=sum(row.outcome == "on_time" for row in rows),
        late=sum(row.outcome == "late" for row in rows),
        average_days=sum(days) / len(days) if days else None,
        rows=rows,
        is_cut=len(found) > MOST_ROWS,
    )


def _line(row: Any, department_id: uuid.UUID, rules: Statute, now: datetime) -> RecapRow:
    answered = row.responded_at or (row.closed_at if row.status == COMPLETED else None)
    accepted = row.accepted_at if row.department_id == department_id else None
    return RecapRow(
        number=row.number,
        title=row.title,
        category=row.category,
        assigned_on=rules.on(row.assigned_at),
        accepted_on=rules.on(accepted) if accepted else None,
        answered_on=rules.on(answered) if answered else None,
        answer_days=rules.calendar.working_days_between(row.assigned_at, answered) if answered else None,
        due_on=rules.on(row.complete_due_at) if row.complete_due_at else None,
        status=status_label(row.status),
        outcome=_outcome(answered, row.complete_due_at, row.closed_at, now),
    )


def _outcome(
    answered: datetime | None, due_at: datetime | None, closed_at: datetime | None, now: datetime
) -> str:
    if due_at is None:
        return "running"
    if answered is not None:
        return "on_time" if answered <= due_at else "late"
    return "late" if closed_at is None and now > due_at else "running"
