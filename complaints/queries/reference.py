"""Choices of forms: categories, places, departments."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, cast, exists, select
from sqlalchemy.orm import aliased

from complaints.models import Category
from core.extensions import db
from tenants.models import Area, Department

Choices = list[tuple[str, str]]


# Ids as text: a form needs nothing else, and a large city has hundreds of places.
_CATEGORIES = (
    select(cast(Category.id, Text), Category.name)
    .where(Category.is_active)
    .order_by(Category.sort, Category.name)
)
_district = aliased(Area)
_PLACES = (
    select(
        cast(_district.id, Text).label("district_id"),
        _district.name.label("district"),
        cast(Area.id, Text).label("village_id"),
        Area.name.label("village"),
    )
    .join(_district, (_district.tenant_id == Area.tenant_id) & (_district.id == Area.parent_id))
    .where(Area.level == 2)
    .order_by(_district.name, Area.name)
)
_DEPARTMENTS = (
    select(cast(Department.id, Text), Department.name).where(Department.is_active).order_by(Department.name)
)


_CHOSEN = select(
    exists().where(Category.id == bindparam("category"), Category.is_active).label("category_is_active"),
    select(_district.name)
    .where(_district.id == bindparam("district"), _district.level == 1)
    .scalar_subquery()
    .label("district"),
    select(Area.name)
    .where(Area.id == bindparam("village"), Area.level == 2)
    .scalar_subquery()
    .label("village"),
    exists()
    .where(Area.id == bindparam("village"), Area.parent_id == bindparam("district"))
    .label("village_is_in_district"),
    exists().where(Area.level == 2).label("city_has_places"),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the city knows of a category, a district and a village that somebody chose."""

    category_is_active: bool
    district: str | None  # name, None: there is none
    village: str | None
    village_is_in_district: bool
    city_has_places: bool


NOTHING_CHOSEN = Chosen(False, None, None, False, True)


def chosen(category: uuid.UUID, district: uuid.UUID, village: uuid.UUID) -> Chosen:
    """One query, however many places the city has."""
    values = {"category": category, "district": district, "village": village}
    return Chosen(*db.session.execute(_CHOSEN, values).one())


def categories() -> Choices:
    """(id, name) of the active categories, in the city's order."""
    return [(id_, name) for id_, name in db.session.execute(_CATEGORIES)]


def places() -> dict[tuple[str, str], Choices]:
    """Districts (id, name) in order of name, each with its villages (id, name). One query."""
    found: dict[tuple[str, str], Choices] = {}
    for district_id, district_name, village_id, village_name in db.session.execute(_PLACES):
        found.setdefault((district_id, district_name), []).append((village_id, village_name))
    return found


def departments() -> Choices:
    """(id, name) of the active departments, by name."""
    return [(id_, name) for id_, name in db.session.execute(_DEPARTMENTS)]
