"""Who is served: tenants and their hosts, departments, areas, calendars. Public facts of a tenant are
public rows.

Invariant: `tenant` and `tenant_host` are readable without a binding (they decide it) and writable only for
the own tenant.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped, references

ACTIVE, SUSPENDED = "active", "suspended"


class Tenant(Base):
    """A kabupaten, a kota or a province. `letters` open its tracking numbers."""

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("kind IN ('kota','kab','province')", name="kind"),
        CheckConstraint("status IN ('active','suspended')", name="status"),
        CheckConstraint("slug ~ '^[a-z][a-z0-9-]{2,29}$'", name="slug"),
        CheckConstraint("letters ~ '^[A-Z]{3}$'", name="letters"),
        UniqueConstraint("slug"),
        UniqueConstraint("code"),
        UniqueConstraint("letters"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str]
    code: Mapped[str]
    slug: Mapped[str]
    letters: Mapped[str]
    name: Mapped[str]
    short_name: Mapped[str]
    province_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))
    status: Mapped[str] = mapped_column(default=ACTIVE)
    timezone: Mapped[str] = mapped_column(default="Asia/Jakarta")
    service_name: Mapped[str]
    color: Mapped[str] = mapped_column(default="#196bcd")
    logo_key: Mapped[str | None]
    phone: Mapped[str | None]
    whatsapp: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[str | None]
    service_hours: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class TenantHost(Base):
    """A host name (without port) that belongs to a tenant."""

    __tablename__ = "tenant_host"

    host: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)


class NationalHoliday(Base):
    """A day off for the whole country: public holiday or joint leave (cuti bersama)."""

    __tablename__ = "national_holiday"
    __table_args__ = (CheckConstraint("category IN ('public','joint_leave')", name="category"),)

    on: Mapped[date] = mapped_column("holiday_on", Date, primary_key=True)
    name: Mapped[str]
    category: Mapped[str]


class LocalHoliday(TenantScoped, Base):
    """A day off of one city only."""

    __tablename__ = "local_holiday"
    __table_args__ = (UniqueConstraint("tenant_id", "holiday_on"),)

    on: Mapped[date] = mapped_column("holiday_on", Date)
    name: Mapped[str]


class WorkWeek(TenantScoped, Base):
    """The city's working days and office hours. One row a tenant.

    `hours` holds each weekday's spans, {"0": [["07:30", "12:00"], …]}; a day it does not name is open from 8
    to `closes_at`.
    """

    __tablename__ = "work_week"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    days: Mapped[str] = mapped_column(default="01234")  # Monday is 0
    closes_at: Mapped[time]
    hours: Mapped[dict[str, list[list[str]]] | None] = mapped_column(JSONB(none_as_null=True))


class Department(TenantScoped, Base):
    """A city's department (OPD)."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    short_name: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)


class Area(TenantScoped, Base):
    """A kecamatan (level 1) or a kelurahan/desa (level 2), with its official code."""

    __tablename__ = "area"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("level IN (1, 2)", name="level"),
        references("parent_id", "area"),
        Index("ix_area_parent", "tenant_id", "parent_id"),
    )

    code: Mapped[str]
    name: Mapped[str]
    level: Mapped[int] = mapped_column(SmallInteger)
    parent_id: Mapped[uuid.UUID | None]


class Officer(TenantScoped, Base):
    """A person who signs in on the tenant's host.

    `session_epoch` in the cookie makes every session revocable.
    """

    __tablename__ = "officer"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email"),
        CheckConstraint("email = lower(email)", name="email"),
        references("department_id", "department"),
    )

    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    department_id: Mapped[uuid.UUID | None]
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=1)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    has_shortcuts: Mapped[bool] = mapped_column(default=False)  # keys of the inbox, off until asked for
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
