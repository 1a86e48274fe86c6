"""The officer's list: a page of a view or of a search, the numbers beside the views, what comes next."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from markupsafe import Markup
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
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.exc import OperationalError

from complaints import due, statute, workflow
from complaints.due import DeadlineView
from complaints.labels import UNKNOWN_PLACE, StatusView, status_view
from complaints.models import Complaint
from complaints.ports import NOT_CONNECTED, SyncView, sync_of, syncs
from complaints.queries import filters as filtering
from complaints.queries import lists, mentions, paging, saved, search
from complaints.queries.filters import SIZES as SIZES
from complaints.queries.filters import Asked
from complaints.queries.lists import Shape
from complaints.queries.saved import SavedView
from complaints.queries.views import UNIT_TURN, Order
from complaints.queries.views import VIEWS as VIEWS
from core import clock
from core.extensions import db

SOON_WORKING_DAYS = 2
#: beyond this the numbers beside the views say only that there are more: counting has to end somewhere
MOST_COUNTED = 1_000
#: how far back days off are known when a late case's working days are counted
OLDEST_DELAY = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One line of the list. `place` is where it stands, for what follows it."""

    id: uuid.UUID
    number: str
    title: str
    category: str
    village: str
    department: str | None
    handler: str | None
    status: StatusView
    deadline: DeadlineView
    sync: SyncView
    is_new: bool
    received_at: datetime
    place: str
    snippet: Markup | None = None


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the list. `cursor` continues after its last row; None at the end.

    A count of more than MOST_COUNTED means: more than that. `is_cut` says that the page ends where the look
    through the list ended, not where the list does. `identity` tells by what of the reporter was searched.
    `mentions`: unread notes that name the officer; `tasks`: what was to be counted beside the list.
    """

    rows: list[InboxRow]
    cursor: str | None
    counts: dict[str, int]
    next_due: datetime | None
    is_cut: bool = False
    identity: str | None = None
    mentions: int = 0
    tasks: int = 0
    saved: Sequence[SavedView] = ()


class ListUnavailable(Exception):
    """The list took too long or was cancelled; nothing else is wrong."""


@dataclass(frozen=True, slots=True)
class Next:
    """A report and its place in the list."""

    number: str
    place: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What the officer who asks may see."""

    department_id: uuid.UUID | None = None  # only this department's reports
    own_unit: bool = False
    may_see_identity: bool = False
    may_see_anonymous: bool = False
    officer_id: uuid.UUID | None = None


@dataclass(slots=True)
class _Found:
    """Rows of the list before they are made into lines."""

    rows: Sequence[Row[*tuple[Any, ...]]] = ()
    cursor: str | None = None
    is_cut: bool = False
    identity: str | None = None
    order: Order = Order.NEWEST


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every statement of one page is counted with."""

    sight: Sight
    now: datetime
    soon: datetime
    rules: statute.Statute
    values: dict[str, Any] = field(default_factory=dict)


def load(
    view: str,
    *,
    department_id: uuid.UUID | None = None,
    after: str | None = None,
    size: int = SIZES[1],
    own_unit: bool = False,
    query: str = "",
    of_reporter: bool = False,
    filters: Mapping[str, str] | None = None,
    sight: Sight | None = None,
    tasks: Select[int] | None = None,
) -> Inbox:
    """The list of a view, or of the words in `query`; `tasks` is counted beside it. At most 6 SQL."""
    seen = sight or Sight(department_id, own_unit)
    ground = _ground(seen, filters or {})
    if query:
        found = _searched(ground, query, of_reporter, after, size, frozenset(filters or {}))
    else:
        found = _listed(ground, view, after, size, frozenset(filters or {}))
    sync = sync_of([row.id for row in found.rows])
    rows = [_row(row, ground, sync.get(row.id, NOT_CONNECTED), found.order) for row in found.rows]
    counted = _counts(seen.own_unit, seen.department_id is not None, syncs(), tasks)
    counts = db.session.execute(counted, ground.values | {"officer": seen.officer_id}).one()._asdict()
    return Inbox(
        rows,
        found.cursor,
        next_due=counts.pop("next_due"),
        is_cut=found.is_cut,
        identity=found.identity,
        mentions=counts.pop("mentions"),
        tasks=counts.pop("tasks", 0),
        saved=saved.read(counts.pop("saved")),
        counts=counts,
    )


def load_asked(
    asked: Asked,
    sight: Sight,
    *,
    after: str | None = None,
    size: int | None = None,
    tasks: Select[int] | None = None,
) -> Inbox:
    """The list that was asked for; `after` and `size` replace its own. Raises ListUnavailable."""
    try:
        return load(
            asked.view,
            after=after or asked.after,
            size=size or asked.size,
            query=asked.words,
            of_reporter=asked.of_reporter,
            filters=asked.filters,
            sight=sight,
            tasks=tasks,
        )
    except OperationalError as error:
        if error.connection_invalidated:
            raise
        db.session.rollback()
        raise ListUnavailable from error


def next_in(
    view: str, place: str | None, *, but: str, filters: Mapping[str, str] | None = None, sight: Sight
) -> Next | None:
    """The report after this place of the view, other than `but`; None at the end."""
    ground = _ground(sight, filters or {})
    found = _listed(ground, view, place, 2, frozenset(filters or {}))
    row = next((row for row in found.rows if row.number != but), None)
    return None if row is None else Next(row.number, _cursor(row, found.order) or "")


def export(
    view: str, *, most: int, filters: Mapping[str, str] | None = None, sight: Sight
) -> list[uuid.UUID]:
    """Ids of all reports of a filtered view in its order, up to `most`."""
    ground = _ground(sight, filters or {})
    shape = _shape(ground, view, None, frozenset(filters or {}), most)
    rows = lists.run(lists.everything(shape), ground.values)
    return [row.id for row in _within(view, rows, ground)]


def _ground(sight: Sight, filters: Mapping[str, str]) -> _Ground:
    now = clock.now()
    rules = statute.load(now - OLDEST_DELAY)
    soon = rules.calendar.deadline_at(now, SOON_WORKING_DAYS)
    values: dict[str, Any] = {
        "now": now,
        "soon": soon,
        "department": sight.department_id,
        "copied_unit": str(sight.department_id),
        **filtering.parameters(filters, rules.calendar.tz),
    }
    return _Ground(sight, now, soon, rules, values)


def _shape(ground: _Ground, view: str, after: object, filters: frozenset[str], most: int) -> Shape:
    sight = ground.sight
    return Shape(view, sight.own_unit, sight.department_id is not None, after is not None, filters, most)


def _listed(ground: _Ground, view: str, after: str | None, size: int, filters: frozenset[str]) -> _Found:
    """A page of a view."""
    place = paging.read_cursor(after)
    shape = _shape(ground, view, place, filters, size + 1)
    ground.values["at"], ground.values["last_id"] = place or (None, None)
    found = _within(view, lists.run(lists.page(shape), ground.values), ground)
    order = VIEWS[view].order
    if len(found) > size:
        return _Found(found[:size], _cursor(found[size - 1], order), order=order)
    if lists.is_walk(shape):
        reached = db.session.execute(lists.last_of_walk(shape), ground.values).first()
        if reached is not None and reached.at is not None and not _is_past(view, reached.at, ground):
            return _Found(found, paging.cursor_of(reached.at, reached.id), is_cut=True, order=order)
    return _Found(found, order=order)


def _within(
    view: str, found: Sequence[Row[*tuple[Any, ...]]], ground: _Ground
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows up to where the view ends.

    The list runs in order of the deadline, so the end is cut here: as a condition it would tempt a planner
    that does not know the instant to collect all the late ones and sort them.
    """
    if view == "terlambat":
        return [row for row in found if row.due_at < ground.now]
    return [row for row in found if row.due_at <= ground.soon] if view == "segera" else found


def _is_past(view: str, at: datetime, ground: _Ground) -> bool:
    """Whether a place lies behind the end of a timed view."""
    return (view == "terlambat" and at >= ground.now) or (view == "segera" and at > ground.soon)


def _searched(
    ground: _Ground, query: str, of_reporter: bool, after: str | None, size: int, filters: frozenset[str]
) -> _Found:
    """A page of what the words found, the newest first."""
    sight = ground.sight
    place = paging.read_cursor(after)
    sifted = bool(filters) or sight.may_see_identity != sight.may_see_anonymous
    match = search.find(
        query,
        unit=sight.department_id,
        before=place[1] if place else None,
        most=search.REACH if sifted else size + 1,
        of_reporter=of_reporter,
        may_see_identity=sight.may_see_identity,
    )
    statement = lists.found_by(match.number is None, sight.department_id is not None, filters)
    ground.values.update(
        {
            "number": match.number,
            "ids": list(match.ids),
            "marked": match.marked,
            "may_see_anonymous": match.identity is None or sight.may_see_anonymous,
            "most": size + 1,
        }
    )
    rows = lists.run(statement, ground.values)
    if len(rows) > size:
        return _Found(rows[:size], _cursor(rows[size - 1], Order.NEWEST), identity=match.identity)
    if match.until is None:
        return _Found(rows, identity=match.identity)
    return _Found(rows, paging.cursor_of(ground.now, match.until), is_cut=True, identity=match.identity)


def _cursor(row: Any, order: Order) -> str | None:
    place = lists.place_of(row, order)
    return None if place is None else paging.cursor_of(*place)


def _row(row: Any, ground: _Ground, sync: SyncView, order: Order) -> InboxRow:
    return InboxRow(
        id=row.id,
        number=row.number,
        title=row.title,
        category=row.category,
        village=row.village or UNKNOWN_PLACE,
        department=row.department,
        handler=row.handler,
        status=status_view(row.status, department=row.department, staff=True),
        deadline=due.view(row.status, row.due_at, ground.now, ground.rules.calendar),
        sync=sync,
        is_new=row.last_event == 1,
        received_at=row.received_at,
        place=_cursor(row, order) or "",
        snippet=search.marked(row.snippet) if "snippet" in row._fields else None,
    )


@cache
def _counts(
    own_unit: bool, in_department: bool, with_sync: bool, tasks: Select[int] | None
) -> Select[*tuple[Any, ...]]:
    """Numbers beside the views, each up to one more than MOST_COUNTED, and all else beside the list."""
    turn = lists.statuses_in(UNIT_TURN if own_unit else workflow.OFFICER_TURN)
    everyone = lists.statuses_in(workflow.OFFICER_TURN)
    now: BindParameter[datetime] = bindparam("now")
    soon: BindParameter[datetime] = bindparam("soon")
    conditions: dict[str, ColumnElement[bool]] = {
        "perlu": turn,
        "baru": lists.statuses_in((workflow.RECEIVED,)),
        "disposisi": lists.statuses_in((workflow.VERIFIED,)),
        "segera": and_(everyone, Complaint.due_at >= now, Complaint.due_at <= soon),
        "terlambat": and_(everyone, Complaint.due_at < now),
        "eskalasi": and_(lists.statuses_in(workflow.OPEN_STATUSES), text("complaint.escalation_level >= 1")),
        "pelapor": lists.statuses_in((workflow.DEFERRED, workflow.RESPONDED)),
    }

    def found(what: Any, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
        cases = select(what).select_from(Complaint).where(condition)
        return cases.where(Complaint.department_id == bindparam("department")) if in_department else cases

    counted = {key: found(literal(1), condition) for key, condition in conditions.items()}
    if with_sync:  # one by one: a planner that joins them may read a whole department for a few
        failed = lists.failed()
        each = found(literal(1), Complaint.id == failed.c.complaint_id).limit(literal_column("1")).lateral()
        counted["gagal"] = select(literal(1)).select_from(failed).join(each, true())
    upcoming = found(Complaint.due_at, and_(everyone, Complaint.due_at >= now))
    return select(
        *(_at_most(cases).label(key) for key, cases in counted.items()),
        *(() if tasks is None else (tasks.scalar_subquery().label("tasks"),)),
        upcoming.order_by(Complaint.due_at).limit(1).scalar_subquery().label("next_due"),
        mentions.UNSEEN.label("mentions"),
        saved.SEEN.label("saved"),
    )


def _at_most(cases: Select[*tuple[Any, ...]]) -> ScalarSelect[int]:
    return select(func.count()).select_from(cases.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()


#: a page without anything on it
EMPTY = Inbox([], None, {}, None)
