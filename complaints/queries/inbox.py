"""The officer's list, most urgent first: one index range whatever the city's size.

Statuses are written into the SQL as constants: the planner must see that they lie inside the partial index.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text

from complaints import due, numbering, statute, workflow
from complaints.due import DeadlineView
from complaints.labels import UNKNOWN_PLACE, StatusView, status_view
from complaints.models import Category, Complaint
from complaints.models.case import OPEN_SQL
from complaints.ports import NOT_CONNECTED, SyncView, find_by_outside_number, sync_of
from core import clock
from core.extensions import db
from tenants.models import Area, Department, Officer

SIZES = (25, 50, 100)
SOON_WORKING_DAYS = 2

#: key → label, statuses; the first is the default
VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "perlu": ("Perlu tindakan saya", workflow.OFFICER_TURN),
    "baru": ("Belum diverifikasi", (workflow.RECEIVED,)),
    "disposisi": ("Menunggu disposisi", (workflow.VERIFIED,)),
    "segera": ("Segera jatuh tempo", workflow.OFFICER_TURN),
    "terlambat": ("Terlambat", workflow.OFFICER_TURN),
    "pelapor": ("Menunggu pelapor", (workflow.DEFERRED, workflow.RESPONDED)),
    "selesai": ("Selesai", (workflow.COMPLETED,)),
}
#: what "my turn" means for officers of a department: what was passed to them
UNIT_TURN = tuple(
    status for status in workflow.OFFICER_TURN if status not in (workflow.RECEIVED, workflow.VERIFIED)
)


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One line of the list."""

    number: str
    title: str
    url: str
    category: str
    village: str
    department: str | None
    handler: str | None
    status: StatusView
    deadline: DeadlineView
    sync: SyncView
    is_new: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the list. `cursor` continues after its last row; None at the end."""

    rows: list[InboxRow]
    cursor: str | None
    counts: dict[str, int]
    next_due: datetime | None


def _statuses(values: tuple[str, ...]) -> ColumnElement[bool]:
    return text(f"complaint.status IN ({', '.join(repr(value) for value in values)})")  # type: ignore[return-value]


def load(
    view: str,
    *,
    department_id: uuid.UUID | None,
    after: str | None,
    size: int,
    own_unit: bool,
    query: str = "",
) -> Inbox:
    """The list of a view. `department_id` limits it to a unit. At most 5 SQL statements."""
    now = clock.now()
    rules = statute.load(now)
    soon = rules.calendar.deadline_at(now, SOON_WORKING_DAYS)
    statement = _search(query) if query else _page(view, now, soon, after, own_unit)
    if department_id is not None:
        statement = statement.where(Complaint.department_id == department_id)
    found = db.session.execute(statement.limit(size + 1)).all()
    page = found[:size]
    sync = sync_of([row.id for row in page])
    rows = [_row(row, now, rules, sync.get(row.id, NOT_CONNECTED)) for row in page]
    last = page[-1] if page else None
    more = len(found) > size and last is not None
    cursor = _cursor(last.closed_at if view == "selesai" else last.due_at, last.id) if more and last else None
    counts, next_due = _counts(now, soon, department_id, own_unit)
    return Inbox(rows, cursor, counts, next_due)


def _columns() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Complaint.id,
            Complaint.number,
            Complaint.title,
            Complaint.status,
            Complaint.due_at,
            Complaint.closed_at,
            Complaint.received_at,
            Complaint.last_event,
            Category.name.label("category"),
            Area.name.label("village"),
            Department.short_name.label("department"),
            Officer.name.label("handler"),
        )
        .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
        .outerjoin(Area, (Area.tenant_id == Complaint.tenant_id) & (Area.id == Complaint.village_id))
        .outerjoin(
            Department,
            (Department.tenant_id == Complaint.tenant_id) & (Department.id == Complaint.department_id),
        )
        .outerjoin(Officer, (Officer.tenant_id == Complaint.tenant_id) & (Officer.id == Complaint.handler_id))
    )


def _page(
    view: str, now: datetime, soon: datetime, after: str | None, own_unit: bool
) -> Select[*tuple[Any, ...]]:
    statuses = UNIT_TURN if own_unit and view == "perlu" else VIEWS[view][1]
    if view == "selesai":
        statement = _columns().where(text("complaint.status = 'completed'"))
        place = _read_cursor(after)
        if place is not None:
            at, last_id = place
            statement = statement.where(
                Complaint.closed_at <= at, or_(Complaint.closed_at < at, Complaint.id < last_id)
            )
        return statement.order_by(Complaint.closed_at.desc(), Complaint.id.desc())
    statement = _columns().where(text(OPEN_SQL.replace("status", "complaint.status", 1)), _statuses(statuses))
    if view == "terlambat":
        statement = statement.where(Complaint.due_at < now)
    elif view == "segera":
        statement = statement.where(Complaint.due_at >= now, Complaint.due_at <= soon)
    place = _read_cursor(after)
    if place is not None:
        at, last_id = place
        statement = statement.where(
            Complaint.due_at >= at, or_(Complaint.due_at > at, Complaint.id > last_id)
        )
    return statement.order_by(Complaint.due_at, Complaint.id)


def _search(query: str) -> Select[*tuple[Any, ...]]:
    """By tracking number or by the number on the national side."""
    number = numbering.normalise(query)
    if number is not None:
        return _columns().where(Complaint.number == number)
    outside = find_by_outside_number(query.strip()) if query.strip().isdigit() else None
    return _columns().where(Complaint.id == (outside or uuid.UUID(int=0)))


def _row(row: Row[*tuple[Any, ...]], now: datetime, rules: statute.Statute, sync: SyncView) -> InboxRow:
    return InboxRow(
        number=row.number,
        title=row.title,
        url=f"/petugas/laporan/{row.number}",
        category=row.category,
        village=row.village or UNKNOWN_PLACE,
        department=row.department,
        handler=row.handler,
        status=status_view(row.status, department=row.department, staff=True),
        deadline=due.view(row.status, row.due_at, now, rules.calendar),
        sync=sync,
        is_new=row.last_event == 1,
        received_at=row.received_at,
    )


def _counts(
    now: datetime, soon: datetime, department_id: uuid.UUID | None, own_unit: bool
) -> tuple[dict[str, int], datetime | None]:
    """Numbers beside the views, and the next deadline:

    one pass over the open cases' index, never over ended ones.
    """
    turn = _statuses(UNIT_TURN if own_unit else workflow.OFFICER_TURN)
    everyone = _statuses(workflow.OFFICER_TURN)
    count = func.count()
    conditions: dict[str, ColumnElement[bool]] = {
        "perlu": turn,
        "baru": _statuses((workflow.RECEIVED,)),
        "disposisi": _statuses((workflow.VERIFIED,)),
        "segera": and_(everyone, Complaint.due_at >= now, Complaint.due_at <= soon),
        "terlambat": and_(everyone, Complaint.due_at < now),
        "pelapor": _statuses((workflow.DEFERRED, workflow.RESPONDED)),
    }
    statement = select(
        *(count.filter(condition).label(key) for key, condition in conditions.items()),
        func.min(Complaint.due_at).filter(and_(everyone, Complaint.due_at >= now)).label("next_due"),
    ).where(text(OPEN_SQL.replace("status", "complaint.status", 1)))
    if department_id is not None:
        statement = statement.where(Complaint.department_id == department_id)
    row = db.session.execute(statement).one()
    return {key: getattr(row, key) for key in conditions}, row.next_due


def _cursor(at: datetime | None, last_id: uuid.UUID) -> str | None:
    if at is None:
        return None
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{last_id}".encode()).decode().rstrip("=")


def _read_cursor(value: str | None) -> tuple[datetime, uuid.UUID] | None:
    """The place a cursor names; a garbled one means the beginning."""
    if not value or len(value) > 200:
        return None
    try:
        at, last_id = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode().split("|")
        return datetime.fromisoformat(at), uuid.UUID(last_id)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return None
