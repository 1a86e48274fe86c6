"""Statements of the inbox's lists: a bounded walk along one index, then names and filters around it.

Invariant: no list reads more than WALK reports, whatever is filtered and however large the city is.
Statuses are written into the SQL as constants: the planner must see that they lie inside the partial index.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Boolean,
    ColumnElement,
    Select,
    Subquery,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)

from complaints.models import Category, Complaint, Disposition
from complaints.ports import failed_sync
from complaints.queries.filters import IDS, WORDS
from complaints.queries.views import UNIT_TURN, VIEWS, Order
from core.extensions import db
from tenants.models import Area, Department, Officer

#: reports that one page looks at where a filter has no index of its own
WALK = 5_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What tells one statement from another. `most` is how many rows it gives."""

    view: str
    own_unit: bool
    in_department: bool
    goes_on: bool
    filters: frozenset[str]
    most: int


_COLUMNS = (
    "id",
    "tenant_id",
    "number",
    "title",
    "status",
    "due_at",
    "closed_at",
    "received_at",
    "last_event",
    "category_id",
    "district_id",
    "village_id",
    "department_id",
    "handler_id",
    "classification",
    "channel",
)


def statuses_in(values: tuple[str, ...]) -> ColumnElement[bool]:
    """The status is one of these constants."""
    return literal_column(f"complaint.status IN ({', '.join(repr(value) for value in values)})", Boolean)


def _given(name: str) -> BindParameter[Any]:
    return bindparam(name)


# Each shape of a statement is made once and kept: making one takes longer than sending it.
@lru_cache(maxsize=512)
def page(shape: Shape) -> Select[*tuple[Any, ...]]:
    """A page of a view from its beginning, or (`goes_on`) after the row `at`, `last_id`."""
    reach = WALK if shape.filters - _indexed(shape) else shape.most
    near = _walk(shape).limit(literal_column(str(reach))).subquery("near")
    statement = _named(near).limit(literal_column(str(shape.most)))
    for key in shape.filters - _indexed(shape):
        statement = statement.where(_matches(near.c, key))
    return statement.order_by(*_in_order(near.c, VIEWS[shape.view].order))


@lru_cache(maxsize=128)
def last_of_walk(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Instant and id of the last report the walk reached; no row where it came to the end of the view."""
    near = _walk(shape).limit(literal_column("1")).offset(literal_column(str(WALK - 1))).subquery("near")
    return select(_instant(near.c, VIEWS[shape.view].order).label("at"), near.c.id)


def is_walk(shape: Shape) -> bool:
    """Whether the shape leaves out reports that it looks at."""
    return bool(shape.filters - _indexed(shape))


@lru_cache(maxsize=128)
def everything(shape: Shape) -> Select[*tuple[Any, ...]]:
    """The rows of a filtered view for an export, up to `most`, however many are looked at."""
    near = _walk(shape).subquery("near")
    statement = _named(near).limit(literal_column(str(shape.most)))
    for key in shape.filters - _indexed(shape):
        statement = statement.where(_matches(near.c, key))
    return statement.order_by(*_in_order(near.c, VIEWS[shape.view].order))


def _indexed(shape: Shape) -> frozenset[str]:
    """Filters that an index of their own answers, inside the walk."""
    order = VIEWS[shape.view].order
    if order is Order.DUE:
        return shape.filters & {"penangan", "kelurahan"}
    return shape.filters & {"dari", "sampai"} if order is Order.RECEIVED else frozenset()


def _walk(shape: Shape) -> Select[*tuple[Any, ...]]:
    """The reports of the view in its order, all columns a list needs."""
    view = VIEWS[shape.view]
    case = Complaint.__table__.c
    statement = select(*(case[name] for name in _COLUMNS)).select_from(Complaint)
    statement = _only(statement, shape)
    for key in sorted(_indexed(shape)):
        statement = statement.where(_matches(case, key))
    if shape.in_department and shape.view != "tembusan":
        statement = statement.where(case.department_id == _given("department"))
    if shape.goes_on:
        statement = statement.where(_after(case, view.order))
    return statement.order_by(*_in_order(case, view.order))


def _only(statement: Select[*tuple[Any, ...]], shape: Shape) -> Select[*tuple[Any, ...]]:
    """The reports that belong to the view."""
    statuses = UNIT_TURN if shape.own_unit and shape.view == "perlu" else VIEWS[shape.view].statuses
    if shape.view == "selesai":
        return statement.where(text("complaint.status = 'completed'"))
    if shape.view == "gagal":
        return statement.where(Complaint.id.in_(select(failed(shape.goes_on).c.complaint_id)))
    if shape.view == "tembusan":
        return statement.where(
            Complaint.id.in_(select(_copied(shape.goes_on).c.complaint_id)), _is_copied_to_unit()
        )
    if statuses:
        statement = statement.where(statuses_in(statuses))
    if shape.view == "segera":
        return statement.where(Complaint.due_at >= _given("now"))
    if shape.view == "eskalasi":
        return statement.where(text("complaint.escalation_level >= 1"))
    return statement


def failed(goes_on: bool = False) -> Subquery:
    """Ids of reports whose exchange with the national side needs a person, the newest first."""
    source = failed_sync().subquery("failed")
    ids = select(source.c.complaint_id).distinct()
    if goes_on:
        ids = ids.where(source.c.complaint_id < _given("last_id"))
    return ids.order_by(source.c.complaint_id.desc()).limit(literal_column(str(WALK))).subquery()


def _copied(goes_on: bool) -> Subquery:
    """Ids of reports of which a department got a copy, the newest first."""
    complaint_id = Disposition.complaint_id
    ids = (
        select(complaint_id)
        .distinct()
        .where(text("disposition.is_copy"), Disposition.department_id == _given("department"))
    )
    if goes_on:
        ids = ids.where(complaint_id < _given("last_id"))
    return ids.order_by(complaint_id.desc()).limit(literal_column(str(WALK))).subquery()


def _is_copied_to_unit() -> ColumnElement[bool]:
    return func.jsonb_exists(Complaint.copied_to, bindparam("copied_unit", type_=Text))


def found_by(ids: bool, in_department: bool, filters: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """The reports a search named: by `ids`, newest first, or by their `number`."""
    return _found_by(ids, in_department, filters)


@lru_cache(maxsize=128)
def _found_by(ids: bool, in_department: bool, filters: frozenset[str]) -> Select[*tuple[Any, ...]]:
    case = Complaint.__table__.c
    near = select(*(case[name] for name in _COLUMNS), case.body, case.is_anonymous).select_from(Complaint)
    near = near.where(
        case.id == any_(bindparam("ids", type_=ARRAY(Uuid))) if ids else case.number == _given("number")
    )
    if in_department:
        near = near.where(or_(case.department_id == _given("department"), _is_copied_to_unit()))
    # OFFSET 0 keeps the order out of it: a planner that does not know the ids would walk all reports for it
    rows = near.offset(literal_column("0")).subquery("near")
    statement = _named(rows).limit(bindparam("most"))
    if ids:
        marks = func.ts_headline(
            literal_column("'pg_catalog.indonesian'::regconfig"),
            rows.c.body,
            func.to_tsquery(literal_column("'pg_catalog.indonesian'::regconfig"), _given("marked")),
            literal_column('\'StartSel="\x02", StopSel="\x03", MaxWords=20, MinWords=10, MaxFragments=1\''),
        )
        statement = statement.add_columns(marks.label("snippet")).where(
            or_(~rows.c.is_anonymous, bindparam("may_see_anonymous"))
        )
    for key in filters:
        statement = statement.where(_matches(rows.c, key))
    return statement.order_by(rows.c.id.desc())


def _named(near: Subquery) -> Select[*tuple[Any, ...]]:
    """The rows with the names of what they refer to."""
    c = near.c
    return (
        select(
            c.id,
            c.number,
            c.title,
            c.status,
            c.due_at,
            c.closed_at,
            c.received_at,
            c.last_event,
            Category.name.label("category"),
            Area.name.label("village"),
            Department.short_name.label("department"),
            Officer.name.label("handler"),
        )
        .select_from(near)
        .join(Category, (Category.tenant_id == c.tenant_id) & (Category.id == c.category_id))
        .outerjoin(Area, (Area.tenant_id == c.tenant_id) & (Area.id == c.village_id))
        .outerjoin(Department, (Department.tenant_id == c.tenant_id) & (Department.id == c.department_id))
        .outerjoin(Officer, (Officer.tenant_id == c.tenant_id) & (Officer.id == c.handler_id))
    )


def _matches(columns: Any, key: str) -> ColumnElement[bool]:
    """One filter as a condition; its value is bound under its own name."""
    condition: ColumnElement[bool]  # a column collection is untyped
    if key == "dari":
        condition = columns.received_at >= _given(key)
    elif key == "sampai":
        condition = columns.received_at < _given(key)
    else:
        condition = columns[IDS[key] if key in IDS else WORDS[key][0]] == _given(key)
    return condition


def _instant(columns: Any, order: Order) -> ColumnElement[Any]:
    names = {Order.DUE: "due_at", Order.CLOSED: "closed_at"}
    found: ColumnElement[Any] = columns[names.get(order, "received_at")]
    return found


def _in_order(columns: Any, order: Order) -> tuple[ColumnElement[Any], ...]:
    if order is Order.NEWEST:
        return (columns.id.desc(),)
    at = _instant(columns, order)
    return (at, columns.id) if order is Order.DUE else (at.desc(), columns.id.desc())


def _after(columns: Any, order: Order) -> ColumnElement[bool]:
    at, last_id = _given("at"), _given("last_id")
    if order is Order.NEWEST:
        is_older: ColumnElement[bool] = columns.id < last_id
        return is_older
    place = tuple_(_instant(columns, order), columns.id)
    return place > tuple_(at, last_id) if order is Order.DUE else place < tuple_(at, last_id)


def place_of(row: Any, order: Order) -> tuple[datetime, uuid.UUID] | None:
    """Where a row stands in the list."""
    at = {Order.DUE: row.due_at, Order.CLOSED: row.closed_at}.get(order, row.received_at)
    return None if at is None else (at, row.id)


def run(statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> list[Any]:
    """The statement's rows."""
    return list(db.session.execute(statement, values).all())
