"""Choices of forms: categories, places, departments."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import aliased

from complaints.models import Category
from core.extensions import db
from tenants.models import Area, Department

Choices = list[tuple[str, str]]


def categories() -> Choices:
    """(id, name) of the active categories, in the city's order."""
    rows = db.session.execute(
        select(Category.id, Category.name).where(Category.is_active).order_by(Category.sort, Category.name)
    )
    return [(str(row.id), row.name) for row in rows]


def places() -> dict[tuple[str, str], Choices]:
    """Districts (id, name) in order of name, each with its villages (id, name). One query."""
    district = aliased(Area)
    rows = db.session.execute(
        select(district.id, district.name, Area.id, Area.name)
        .join(district, (district.tenant_id == Area.tenant_id) & (district.id == Area.parent_id))
        .where(Area.level == 2)
        .order_by(district.name, Area.name)
    )
    found: dict[tuple[str, str], Choices] = {}
    for district_id, district_name, village_id, village_name in rows:
        found.setdefault((str(district_id), district_name), []).append((str(village_id), village_name))
    return found


def departments() -> Choices:
    """(id, name) of the active departments, by name."""
    rows = db.session.execute(
        select(Department.id, Department.name).where(Department.is_active).order_by(Department.name)
    )
    return [(str(row.id), row.name) for row in rows]


def default_department(category_id: uuid.UUID) -> uuid.UUID | None:
    """The department that usually handles a category."""
    return db.session.scalar(select(Category.department_id).where(Category.id == category_id))
