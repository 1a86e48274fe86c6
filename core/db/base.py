"""Declarative base, constraint names and the mixin of every table that belongs to a city.

Invariant: a tenant table's primary key is (tenant_id, id); references between tenant tables are composite.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Date, DateTime, ForeignKeyConstraint, Integer, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.db.tenancy import bound_tenant_id
from core.ids import uuid7

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every model's base. Instants are timestamptz, text has no length type, JSON is jsonb."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: DateTime(timezone=True),
        date: Date,
        uuid.UUID: Uuid,
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: JSONB,
    }


class TenantScoped:
    """Columns of a city row. The tenant is taken from the session's binding, never from a caller."""

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True, default=bound_tenant_id)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)


def references(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """Composite foreign key (tenant_id, column) → table(tenant_id, id)."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete
    )
