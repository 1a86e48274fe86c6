"""Answer templates as an officer picks them; templates and categories as the city sets them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Text, bindparam, cast, select

from complaints.models import AnswerTemplate, Category
from core.extensions import db
from tenants.models import Department

#: acts that lead to the answer take the templates of the answer
_AS = {"propose": "respond", "approve": "respond"}
FITTING, OTHERS = "Sesuai laporan ini", "Lainnya"
Groups = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Picked:
    """A template's title and text."""

    title: str
    body: str


_OFFERED = (
    select(
        cast(AnswerTemplate.id, Text), AnswerTemplate.title, AnswerTemplate.category_id, AnswerTemplate.status
    )
    .where(AnswerTemplate.act == bindparam("act"), AnswerTemplate.is_active)
    .order_by(AnswerTemplate.sort, AnswerTemplate.title)
)
_PICKED = select(AnswerTemplate.title, AnswerTemplate.body).where(
    AnswerTemplate.id == bindparam("id"), AnswerTemplate.act == bindparam("act"), AnswerTemplate.is_active
)


def offered(act: str, category_id: uuid.UUID, status: str) -> Groups:
    """(id, title) of an act's templates: first those meant for this category or status, then all for any,
    then the rest. Groups without templates are left out. One query.
    """
    groups: dict[str, list[tuple[str, str]]] = {FITTING: [], "Umum": [], OTHERS: []}
    for id_, title, category, for_status in db.session.execute(_OFFERED, {"act": _AS.get(act, act)}):
        if category in (None, category_id) and for_status in (None, status):
            group = "Umum" if category is None and for_status is None else FITTING
        else:
            group = OTHERS
        groups[group].append((id_, title))
    return [(label, found) for label, found in groups.items() if found]


def picked(template_id: uuid.UUID, act: str) -> Picked | None:
    """An active template of this act in the bound city, or None."""
    row = db.session.execute(_PICKED, {"id": template_id, "act": _AS.get(act, act)}).first()
    return None if row is None else Picked(row.title, row.body)


_TEMPLATES = (
    select(AnswerTemplate, Category.name.label("category"))
    .outerjoin(
        Category,
        (Category.tenant_id == AnswerTemplate.tenant_id) & (Category.id == AnswerTemplate.category_id),
    )
    .order_by(AnswerTemplate.sort, AnswerTemplate.title)
)
_CATEGORIES = (
    select(Category, Department.name.label("department"))
    .outerjoin(
        Department,
        (Department.tenant_id == Category.tenant_id) & (Department.id == Category.department_id),
    )
    .order_by(Category.sort, Category.name)
)


def every() -> Sequence[Row[*tuple[Any, ...]]]:
    """All templates in order, each with the name of its category. One query."""
    return db.session.execute(_TEMPLATES).all()


def found(template_id: uuid.UUID) -> AnswerTemplate | None:
    """A template of the bound city, used or not."""
    return db.session.scalars(select(AnswerTemplate).where(AnswerTemplate.id == template_id)).first()


def every_category() -> Sequence[Row[*tuple[Any, ...]]]:
    """All categories in order, each with the name of its usual department. One query."""
    return db.session.execute(_CATEGORIES).all()


def category(category_id: uuid.UUID) -> Category | None:
    """A category of the bound city, offered or not."""
    return db.session.scalars(select(Category).where(Category.id == category_id)).first()
