"""A city's reference data of casework: categories, statutory periods, its own rules."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantScoped, references


class Category(TenantScoped, Base):
    """What a report is about, and which department usually handles it."""

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("tenant_id", "code"), references("department_id", "department"))

    code: Mapped[str]
    name: Mapped[str]
    sort: Mapped[int] = mapped_column(SmallInteger)
    department_id: Mapped[uuid.UUID | None]
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    is_emergency: Mapped[bool] = mapped_column(default=False)
    needs_after_photo: Mapped[bool] = mapped_column(default=False)  # no answer without a photo of the result
    is_active: Mapped[bool] = mapped_column(default=True)


class SlaRule(TenantScoped, Base):
    """Working days allowed for a step of a classification, from a day on, with the text of its legal basis.

    `classification` is '' where the step does not depend on it (verification, deferral, auto-close).
    """

    __tablename__ = "sla_rule"
    __table_args__ = (
        UniqueConstraint("tenant_id", "effective_from", "step", "classification"),
        CheckConstraint("working_days BETWEEN 1 AND 366", name="working_days"),
    )

    effective_from: Mapped[date]
    step: Mapped[str]
    classification: Mapped[str]
    working_days: Mapped[int] = mapped_column(SmallInteger)
    legal_basis: Mapped[str]


class CaseworkSettings(TenantScoped, Base):
    """The city's own rules of casework. One row a tenant; without one the defaults hold."""

    __tablename__ = "casework_settings"
    __table_args__ = (
        UniqueConstraint("tenant_id"),
        CheckConstraint("reopen_working_days BETWEEN 1 AND 366", name="reopen_working_days"),
        CheckConstraint("most_reopenings BETWEEN 0 AND 20", name="most_reopenings"),
    )

    needs_approval: Mapped[bool] = mapped_column(default=False)
    reopen_working_days: Mapped[int] = mapped_column(SmallInteger, default=10)
    most_reopenings: Mapped[int] = mapped_column(SmallInteger, default=2)
