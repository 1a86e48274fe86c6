"""The regional head's list: open cases that reached that level, longest overdue first. A range of one partial
index.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, and_, bindparam, func, literal_column, select, tuple_

from complaints import due, escalation, statute, workflow
from complaints.due import DeadlineView
from complaints.labels import ESCALATION_TARGETS, StatusView, status_view
from complaints.models import Category, Complaint
from complaints.queries import lists
from complaints.queries.inbox import OLDEST_DELAY
from complaints.queries.paging import cursor_of, read_cursor
from core import clock
from core.extensions import db
from tenants.models import Department

SIZE = 50


@dataclass(frozen=True, slots=True)
class EscalatedRow:
    """One case. `level_label` says who was told last."""

    number: str
    title: str
    url: str
    category: str
    department: str | None
    status: StatusView
    deadline: DeadlineView
    level_label: str


@dataclass(frozen=True, slots=True)
class UnitCount:
    """Cases of one unit; name None: no unit has them yet."""

    name: str | None
    count: int


@dataclass(frozen=True, slots=True)
class EscalatedList:
    """A page of the list, its cursor (None at the end), and the counts of all units, largest first."""

    rows: list[EscalatedRow]
    cursor: str | None
    units: list[UnitCount]

    @property
    def total(self) -> int:
        """Cases in all."""
        return sum(unit.count for unit in self.units)


def _is_there() -> ColumnElement[bool]:
    """Constants, so that the planner sees the partial index."""
    level = literal_column(f"complaint.escalation_level >= {escalation.REGIONAL_HEAD_LEVEL}", Boolean)
    return and_(level, lists.statuses_in(workflow.OFFICER_TURN))


def _page(goes_on: bool) -> Select[*tuple[Any, ...]]:
    statement = (
        select(
            Complaint.id,
            Complaint.number,
            Complaint.title,
            Complaint.status,
            Complaint.due_at,
            Complaint.escalation_level,
            Category.name.label("category"),
            Department.short_name.label("department"),
        )
        .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
        .outerjoin(
            Department,
            (Department.tenant_id == Complaint.tenant_id) & (Department.id == Complaint.department_id),
        )
        .where(_is_there())
        .order_by(Complaint.due_at, Complaint.id)
        .limit(SIZE + 1)
    )
    place = tuple_(Complaint.due_at, Complaint.id)
    return statement.where(place > tuple_(bindparam("at"), bindparam("last_id"))) if goes_on else statement


_FIRST, _LATER = _page(False), _page(True)
_UNITS = (
    select(Department.short_name, func.count())
    .select_from(Complaint)
    .outerjoin(
        Department, (Department.tenant_id == Complaint.tenant_id) & (Department.id == Complaint.department_id)
    )
    .where(_is_there())
    .group_by(Department.short_name)
    .order_by(func.count().desc(), Department.short_name)
)


def load(after: str | None) -> EscalatedList:
    """A page of the bound city's list. Three statements."""
    now = clock.now()
    rules = statute.load(now - OLDEST_DELAY)
    place = read_cursor(after)
    values: dict[str, datetime | uuid.UUID] = {} if place is None else {"at": place[0], "last_id": place[1]}
    found = db.session.execute(_FIRST if place is None else _LATER, values).all()
    page = found[:SIZE]
    last = page[-1] if len(found) > SIZE else None
    units = db.session.execute(_UNITS).all()
    return EscalatedList(
        rows=[
            EscalatedRow(
                number=row.number,
                title=row.title,
                url=f"/petugas/laporan/{row.number}",
                category=row.category,
                department=row.department,
                status=status_view(row.status, department=row.department, staff=True),
                deadline=due.view(row.status, row.due_at, now, rules.calendar),
                level_label=ESCALATION_TARGETS[escalation.TARGETS[row.escalation_level - 1]],
            )
            for row in page
        ],
        cursor=cursor_of(last.due_at, last.id) if last is not None else None,
        units=[UnitCount(name, count) for name, count in units],
    )
