"""Figures: counters only, no identities. Acts append changes, a fold adds them up, provinces read the sums.

Invariant: a figure is the sum of its changes, so no page and no job scans complaint rows.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, Integer, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantScoped


class FigureChange(TenantScoped, Base):
    """`delta` to add to a metric on a day, in a bucket (see `monitoring.indicators`). Folded, then gone."""

    __tablename__ = "figure_change"

    metric: Mapped[str]
    on: Mapped[date] = mapped_column("figure_on", Date)
    bucket: Mapped[int]
    delta: Mapped[int]


class Figure(Base):
    """The sum of one tenant, metric and bucket on a day, or in a month (by its first day)."""

    __tablename__ = "figure"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "grain", "metric", "figure_on", "bucket"),
        CheckConstraint("grain IN ('day','month')", name="grain"),
        # `value` stays out of every index, so that adding to it rewrites no index (HOT).
        Index("ix_figure_province", "province_id", "grain", "metric", "figure_on"),
    )

    tenant_id: Mapped[int] = mapped_column(Integer)
    province_id: Mapped[int | None] = mapped_column(Integer)
    grain: Mapped[str]
    metric: Mapped[str]
    on: Mapped[date] = mapped_column("figure_on", Date)
    bucket: Mapped[int] = mapped_column(Integer)
    value: Mapped[int] = mapped_column(BigInteger)


class FigureState(Base):
    """All changes committed before `folded_at` are in the tenant's figures."""

    __tablename__ = "figure_state"

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    province_id: Mapped[int | None] = mapped_column(Integer)
    folded_at: Mapped[datetime]
