"""Which reports belong together: merged ones with their main report, children with their parent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Row,
    Select,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased

from complaints.acts.engine import Actor
from complaints.labels import StatusView, status_view
from complaints.models import Complaint
from complaints.queries.moves import MoveView, move_of, origin_of
from core.extensions import db
from tenants.models import Department

#: of a group no page lists more; the count beside it is exact
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Member:
    """A report of a group, as lists and acts need it."""

    id: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class RelatedCase:
    """A report of the same group. `is_open_to_actor` is false where the officer may not open it."""

    number: str
    title: str
    status: StatusView
    is_open_to_actor: bool


@dataclass(frozen=True, slots=True)
class Related:
    """What a case page shows under "Duplikat dan induk"."""

    main: RelatedCase | None
    merged: list[RelatedCase]
    parent: RelatedCase | None
    children: list[RelatedCase]
    merged_count: int
    children_count: int
    move: MoveView | None  # to another city
    origin: str | None  # the name of the city it came from

    def __bool__(self) -> bool:
        groups = self.main or self.merged or self.parent or self.children
        return bool(groups or self.move or self.origin)


def _merged_below() -> CTE:
    """Ids of a report and of all merged into it, at any depth; its id is bound as `complaint_id`."""
    start = select(bindparam("complaint_id", type_=Uuid).label("id")).cte("members", recursive=True)
    below = select(Complaint.id).join(start, Complaint.merged_into_id == start.c.id)
    return start.union(below)


_members = _merged_below()
_REPORTERS = select(_members.c.id)


def reporters_of(complaint_id: uuid.UUID) -> list[uuid.UUID]:
    """The case itself and every one merged into it: the reports whose reporters are told what happens."""
    found = db.session.scalars(_REPORTERS, {"complaint_id": complaint_id})
    return [complaint_id, *sorted(each for each in found if each != complaint_id)]


_NUMBERS = select(Complaint.id, Complaint.number).where(
    Complaint.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)


def numbers_of(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The tracking number of each id that is a report of the bound city."""
    rows = db.session.execute(_NUMBERS, {"ids": list(ids)})
    return {row.id: row.number for row in rows}


_CHILDREN = (
    select(Complaint.id, Complaint.number)
    .where(Complaint.parent_id == bindparam("parent_id"))
    .order_by(Complaint.number)
)


def children_of(parent_id: uuid.UUID) -> list[Member]:
    """Reports that follow this one, by number."""
    return [Member(*row) for row in db.session.execute(_CHILDREN, {"parent_id": parent_id})]


def top_of(complaint: Complaint) -> Complaint | None:
    """The report in which this merged one is handled in the end; None where it is not merged."""
    seen: Complaint | None = None
    above = complaint.merged_into_id
    while above is not None:
        seen = db.session.scalars(select(Complaint).where(Complaint.id == above)).one()
        above = seen.merged_into_id
    return seen


_MAIN, _MERGED, _PARENT, _CHILD = "main", "merged", "parent", "child"
_other = aliased(Complaint)


def _kind(name: str, condition: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal(name).label("kind"),
            _other.number,
            _other.title,
            _other.status,
            _other.department_id,
            _other.copied_to,
            Department.name.label("department"),
            func.count().over().label("total"),
        )
        .outerjoin(
            Department, (Department.tenant_id == _other.tenant_id) & (Department.id == _other.department_id)
        )
        .where(condition)
        .order_by(_other.number)
        .limit(MOST_SHOWN)
    )


_ABOVE = _kind(_MAIN, _other.id == bindparam("main_id")).subquery()
_BELOW = _kind(_MERGED, _other.merged_into_id == bindparam("id")).subquery()
_OVER = _kind(_PARENT, _other.id == bindparam("parent_id")).subquery()
_UNDER = _kind(_CHILD, _other.parent_id == bindparam("id")).subquery()
_RELATED = select(_ABOVE).union_all(select(_BELOW), select(_OVER), select(_UNDER))


def related(complaint: Complaint, actor: Actor) -> Related:
    """The groups this case is in, and its move. One statement, one more where it was passed on."""
    rows = db.session.execute(
        _RELATED,
        {"id": complaint.id, "main_id": complaint.merged_into_id, "parent_id": complaint.parent_id},
    ).all()
    found: dict[str, list[RelatedCase]] = {}
    counts: dict[str, int] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(_related_case(row, actor))
        counts[row.kind] = row.total
    return Related(
        main=next(iter(found.get(_MAIN, ())), None),
        merged=found.get(_MERGED, []),
        parent=next(iter(found.get(_PARENT, ())), None),
        children=found.get(_CHILD, []),
        merged_count=counts.get(_MERGED, 0),
        children_count=counts.get(_CHILD, 0),
        move=move_of(complaint),
        origin=origin_of(complaint),
    )


def _related_case(row: Row[*tuple[Any, ...]], actor: Actor) -> RelatedCase:
    return RelatedCase(
        number=row.number,
        title=row.title,
        status=status_view(row.status, department=row.department, staff=True),
        is_open_to_actor=actor.reads(row.department_id, row.copied_to),
    )
