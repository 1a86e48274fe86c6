"""Figures: counters only, no identities. Acts append changes; a fold adds them up; the province reads the sums.

Invariant: a figure is the sum of its changes, so no page and no job scans complaint rows.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Index, Integer, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped


class FigureChange(TenantScoped, Base):
    """`delta` to add to a metric on a day, in a bucket (kind, working days, score … by metric)."""

    __tablename__ = "figure_change"
    __table_args__ = (Index("ix_figure_change_tenant", "tenant_id"),)

    metric: Mapped[str]
    on: Mapped[date] = mapped_column("figure_on", Date)
    bucket: Mapped[int] = mapped_column(Integer, default=0)
    delta: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class Figure(Base):
    """The sum for one tenant, metric, day (grain 'day') or month (grain 'month', first of month) and bucket."""

    __tablename__ = "figure"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "grain", "metric", "figure_on", "bucket"),
        Index("ix_figure_province", "province_id", "grain", "figure_on"),
    )

    tenant_id: Mapped[int] = mapped_column(Integer)
    province_id: Mapped[int | None] = mapped_column(Integer)
    grain: Mapped[str]
    metric: Mapped[str]
    on: Mapped[date] = mapped_column("figure_on", Date)
    bucket: Mapped[int] = mapped_column(Integer)
    value: Mapped[int] = mapped_column(BigInteger)


class FigureState(Base):
    """When a tenant's figures were last added up."""

    __tablename__ = "figure_state"

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    province_id: Mapped[int | None] = mapped_column(Integer)
    folded_at: Mapped[datetime]
