"""A department's queue in three groups: not accepted yet, being worked on, waiting for the head's approval.

Each group reads one range of the department's index for each of its statuses, however long the queue is.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    bindparam,
    func,
    literal,
    select,
    text,
    tuple_,
    union_all,
)

from complaints import due, statute, workflow
from complaints.acts.substitution import Substitute, substitutes_of
from complaints.due import DeadlineView
from complaints.labels import UNKNOWN_PLACE, StatusView, status_view
from complaints.models import Category, Complaint
from complaints.queries.paging import cursor_of, read_cursor
from core import clock
from core.extensions import db
from tenants.models import Area, Department, Officer

PAGE = 25
_PLACE: tuple[Any, Any] = (bindparam("at"), bindparam("last_id"))
MOST_COUNTED = 1_000
#: how far back days off are known when a late case's working days are counted
OLDEST_DELAY = timedelta(days=3 * 366)
_NOT_YET = "complaint.accepted_at IS NULL"
_ACCEPTED = "complaint.accepted_at IS NOT NULL"
#: group → label, and per status the condition beside it. Statuses stand in the SQL as constants: the planner
#: then knows the range.
GROUPS: dict[str, tuple[str, tuple[tuple[str, str | None], ...]]] = {
    "baru": ("Belum diterima", ((workflow.ASSIGNED, _NOT_YET), (workflow.REOPENED, _NOT_YET))),
    "kerja": (
        "Dikerjakan",
        (
            (workflow.ASSIGNED, _ACCEPTED),
            (workflow.REOPENED, _ACCEPTED),
            (workflow.IN_PROGRESS, None),
            (workflow.REPORTER_REPLIED, None),
        ),
    ),
    "setuju": ("Menunggu persetujuan kepala", ((workflow.PROPOSED, None),)),
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of a group."""

    number: str
    title: str
    url: str
    version: int
    category: str
    village: str
    handler: str | None
    substitute: Substitute | None
    status: StatusView
    deadline: DeadlineView
    internal_due_at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the queue, most urgent first. `cursor` goes on after its last row; None at the end."""

    key: str
    label: str
    count: int  # more than MOST_COUNTED means: more than that
    rows: list[QueueRow]
    cursor: str | None
    goes_on: bool  # the rows are not the group's first ones


@dataclass(frozen=True, slots=True)
class Unit:
    """A department by name."""

    id: uuid.UUID
    name: str


def unit(department_id: uuid.UUID) -> Unit | None:
    """An active department of the bound city."""
    row = db.session.execute(
        select(Department.id, Department.name).where(Department.id == department_id, Department.is_active)
    ).first()
    return None if row is None else Unit(row.id, row.name)


def queue(department_id: uuid.UUID, places: dict[str, str | None]) -> list[Group]:
    """The three groups; `places` holds each group's cursor. At most 6 SQL statements."""
    now = clock.now()
    rules = statute.load(now - OLDEST_DELAY)
    counts = db.session.execute(_counts(), {"department": department_id}).one()._asdict()
    found = {key: _rows(key, department_id, places.get(key)) for key in GROUPS}
    handlers = {row.handler_id for rows in found.values() for row in rows if row.handler_id is not None}
    absent = substitutes_of(handlers, rules.on(now))
    groups = []
    for key, (label, _) in GROUPS.items():
        page = found[key][:PAGE]
        more = len(found[key]) > PAGE
        groups.append(
            Group(
                key,
                label,
                counts[key],
                [_line(row, now, rules, absent) for row in page],
                cursor_of(page[-1].due_at, page[-1].id) if more else None,
                read_cursor(places.get(key)) is not None,
            )
        )
    return groups


def _rows(key: str, department_id: uuid.UUID, after: str | None) -> list[Row[*tuple[Any, ...]]]:
    place = read_cursor(after)
    values: dict[str, Any] = {"department": department_id, "most": PAGE + 1}
    if place is not None:
        values |= {"at": place[0], "last_id": place[1]}
    return list(db.session.execute(_page(key, place is not None), values).all())


def _line(
    row: Row[*tuple[Any, ...]], now: datetime, rules: statute.Statute, absent: dict[uuid.UUID, Substitute]
) -> QueueRow:
    return QueueRow(
        number=row.number,
        title=row.title,
        url=f"/petugas/laporan/{row.number}",
        version=row.version,
        category=row.category,
        village=row.village or UNKNOWN_PLACE,
        handler=row.handler,
        substitute=absent.get(row.handler_id) if row.handler_id else None,
        status=status_view(row.status, staff=True),
        deadline=due.view(row.status, row.due_at, now, rules.calendar),
        internal_due_at=row.internal_due_at,
        received_at=row.received_at,
    )


def _conditions(status: str, beside: str | None) -> list[ColumnElement[bool]]:
    found: list[Any] = [
        Complaint.department_id == bindparam("department"),
        text(f"complaint.status = '{status}'"),
    ]
    if beside is not None:
        found.append(text(beside))
    return found


@cache
def _page(key: str, goes_on: bool) -> Select[*tuple[Any, ...]]:
    """A group's rows from its beginning, or after the row `at`, `last_id`."""
    parts = []
    for status, beside in GROUPS[key][1]:
        part = select(Complaint.id, Complaint.due_at).where(*_conditions(status, beside))
        if goes_on:
            part = part.where(tuple_(Complaint.due_at, Complaint.id) > tuple_(*_PLACE))
        parts.append(
            part.order_by(Complaint.due_at, Complaint.id).limit(bindparam("most")).subquery().select()
        )
    first = union_all(*parts).subquery("first")
    wanted = (
        select(first.c.id).order_by(first.c.due_at, first.c.id).limit(bindparam("most")).subquery("wanted")
    )
    return (
        select(
            Complaint.id,
            Complaint.number,
            Complaint.title,
            Complaint.version,
            Complaint.status,
            Complaint.due_at,
            Complaint.internal_due_at,
            Complaint.received_at,
            Complaint.handler_id,
            Category.name.label("category"),
            Area.name.label("village"),
            Officer.name.label("handler"),
        )
        .join(wanted, wanted.c.id == Complaint.id)
        .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
        .outerjoin(Area, (Area.tenant_id == Complaint.tenant_id) & (Area.id == Complaint.village_id))
        .outerjoin(Officer, (Officer.tenant_id == Complaint.tenant_id) & (Officer.id == Complaint.handler_id))
        .order_by(Complaint.due_at, Complaint.id)
    )


@cache
def _counts() -> Select[*tuple[Any, ...]]:
    """How many each group holds, counted up to one more than MOST_COUNTED."""
    columns = []
    for key, (_, statuses) in GROUPS.items():
        cases = union_all(
            *(
                select(literal(1))
                .select_from(Complaint)
                .where(*_conditions(*each))
                .limit(MOST_COUNTED + 1)
                .subquery()
                .select()
                for each in statuses
            )
        ).subquery()
        limited = select(literal(1)).select_from(cases).limit(MOST_COUNTED + 1).subquery()
        columns.append(select(func.count()).select_from(limited).scalar_subquery().label(key))
    return select(*columns)
