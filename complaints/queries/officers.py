"""Choices of officers: who works in a department, who may stand in for whom."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, cast, select

from core.extensions import db
from tenants.models import Department, Officer


@dataclass(frozen=True, slots=True)
class Colleague:
    """An active officer of a department."""

    id: str
    name: str
    department_id: uuid.UUID | None
    department: str | None


_OF_DEPARTMENT = (
    select(cast(Officer.id, Text), Officer.name)
    .where(Officer.department_id == bindparam("department"), Officer.is_active)
    .order_by(Officer.name, Officer.id)
)
_IN_DEPARTMENTS = (
    select(cast(Officer.id, Text), Officer.name, Officer.department_id, Department.name)
    .join(Department, (Department.tenant_id == Officer.tenant_id) & (Department.id == Officer.department_id))
    .where(Officer.is_active)
    .order_by(Department.name, Officer.name, Officer.id)
)


def of_department(department_id: uuid.UUID | None) -> list[tuple[str, str]]:
    """(id, name) of the active officers of a department, by name."""
    if department_id is None:
        return []
    return [(id_, name) for id_, name in db.session.execute(_OF_DEPARTMENT, {"department": department_id})]


def in_departments(department_id: uuid.UUID | None = None) -> list[Colleague]:
    """Active officers of all departments, or of one, by department and name."""
    statement = _IN_DEPARTMENTS
    if department_id is not None:
        statement = statement.where(Officer.department_id == department_id)
    return [Colleague(*row) for row in db.session.execute(statement)]
