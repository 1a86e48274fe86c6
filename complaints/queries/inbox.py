"""The officer's list, most urgent first: one index range whatever the city's size.

Statuses are written into the SQL as constants: the planner must see that they lie inside the partial index.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
    text,
    tuple_,
)

from complaints import due, numbering, statute, workflow
from complaints.due import DeadlineView
from complaints.labels import UNKNOWN_PLACE, StatusView, status_view
from complaints.models import Category, Complaint
from complaints.ports import NOT_CONNECTED, SyncView, find_by_outside_number, sync_of
from core import clock
from core.extensions import db
from tenants.models import Area, Department, Officer

SIZES = (25, 50, 100)
SOON_WORKING_DAYS = 2
#: beyond this the numbers beside the views say only that there are more: counting has to end somewhere
MOST_COUNTED = 1_000
#: how far back days off are known when a late case's working days are counted
OLDEST_DELAY = timedelta(days=3 * 366)

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
    """A page of the list. `cursor` continues after its last row; None at the end.

    A count of more than MOST_COUNTED means: more than that.
    """

    rows: list[InboxRow]
    cursor: str | None
    counts: dict[str, int]
    next_due: datetime | None


def _given(name: str) -> BindParameter[Any]:
    return bindparam(name)


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
    rules = statute.load(now - OLDEST_DELAY)
    soon = rules.calendar.deadline_at(now, SOON_WORKING_DAYS)
    place = _read_cursor(after)
    values: dict[str, Any] = {"now": now, "soon": soon, "department": department_id, "most": size + 1}
    if query:
        statement = _search(query, in_department=department_id is not None)
    else:
        statement = _page(view, own_unit, in_department=department_id is not None, goes_on=place is not None)
        values["at"], values["last_id"] = place or (None, None)
    found = db.session.execute(statement, values).all()
    if not query:
        found = _within(view, found, now, soon)
    page = found[:size]
    sync = sync_of([row.id for row in page])
    rows = [_row(row, now, rules, sync.get(row.id, NOT_CONNECTED)) for row in page]
    last = page[-1] if page else None
    more = len(found) > size and last is not None
    cursor = _cursor(last.closed_at if view == "selesai" else last.due_at, last.id) if more and last else None
    counts = db.session.execute(_counts(own_unit, department_id is not None), values).one()._asdict()
    next_due = counts.pop("next_due")
    return Inbox(rows, cursor, counts, next_due)


# Each shape of a statement is made once and kept: making one takes longer than sending it.
def _columns(in_department: bool) -> Select[*tuple[Any, ...]]:
    statement = (
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
        .limit(bindparam("most"))
    )
    return statement.where(Complaint.department_id == bindparam("department")) if in_department else statement


@cache
def _page(view: str, own_unit: bool, in_department: bool, goes_on: bool) -> Select[*tuple[Any, ...]]:
    """The list of a view from its beginning, or (`goes_on`) after the row `at`, `last_id`."""
    due_at, closed_at = Complaint.due_at, Complaint.closed_at
    now, at, last_id = (_given(name) for name in ("now", "at", "last_id"))
    statement = _columns(in_department)
    if view == "selesai":
        statement = statement.where(text("complaint.status = 'completed'"))
        if goes_on:
            statement = statement.where(tuple_(closed_at, Complaint.id) < tuple_(at, last_id))
        return statement.order_by(closed_at.desc(), Complaint.id.desc())
    statuses = UNIT_TURN if own_unit and view == "perlu" else VIEWS[view][1]
    statement = statement.where(_statuses(statuses))
    if view == "segera":
        statement = statement.where(due_at >= now)
    if goes_on:
        statement = statement.where(tuple_(due_at, Complaint.id) > tuple_(at, last_id))
    return statement.order_by(due_at, Complaint.id)


def _within(
    view: str, found: Sequence[Row[*tuple[Any, ...]]], now: datetime, soon: datetime
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows up to where the view ends.

    The list runs in order of the deadline, so the end is cut here: as a condition it would tempt a planner
    that does not know the instant to collect all the late ones and sort them.
    """
    if view == "terlambat":
        return [row for row in found if row.due_at < now]
    return [row for row in found if row.due_at <= soon] if view == "segera" else found


def _search(query: str, in_department: bool) -> Select[*tuple[Any, ...]]:
    """By tracking number or by the number on the national side."""
    number = numbering.normalise(query)
    if number is not None:
        return _columns(in_department).where(Complaint.number == number)
    outside = find_by_outside_number(query.strip()) if query.strip().isdigit() else None
    return _columns(in_department).where(Complaint.id == (outside or uuid.UUID(int=0)))


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


@cache
def _counts(own_unit: bool, in_department: bool) -> Select[*tuple[Any, ...]]:
    """Numbers beside the views, each up to one more than MOST_COUNTED, and the next deadline."""
    turn = _statuses(UNIT_TURN if own_unit else workflow.OFFICER_TURN)
    everyone = _statuses(workflow.OFFICER_TURN)
    now, soon = _given("now"), _given("soon")
    conditions: dict[str, ColumnElement[bool]] = {
        "perlu": turn,
        "baru": _statuses((workflow.RECEIVED,)),
        "disposisi": _statuses((workflow.VERIFIED,)),
        "segera": and_(everyone, Complaint.due_at >= now, Complaint.due_at <= soon),
        "terlambat": and_(everyone, Complaint.due_at < now),
        "pelapor": _statuses((workflow.DEFERRED, workflow.RESPONDED)),
    }

    def found(what: Any, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
        cases = select(what).select_from(Complaint).where(condition)
        return cases.where(Complaint.department_id == bindparam("department")) if in_department else cases

    upcoming = found(Complaint.due_at, and_(everyone, Complaint.due_at >= now))
    return select(
        *(_at_most(found(literal(1), condition)).label(key) for key, condition in conditions.items()),
        upcoming.order_by(Complaint.due_at).limit(1).scalar_subquery().label("next_due"),
    )


def _at_most(cases: Select[*tuple[Any, ...]]) -> ScalarSelect[int]:
    return select(func.count()).select_from(cases.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()


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
