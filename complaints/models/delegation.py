"""Who stands in for whom, from day to day. Local dates of the city, both ends included.

Invariant: one officer has at most one substitute on a day (kept by `acts.delegation` under a lock).
"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped, references


class Delegation(TenantScoped, Base):
    """An officer's absence with the colleague who takes over. `ended_at` is set where it was ended early."""

    __tablename__ = "delegation"
    __table_args__ = (
        references("officer_id", "officer"),
        references("substitute_id", "officer"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("officer_id <> substitute_id", name="oneself"),
        Index("ix_delegation_officer", "tenant_id", "officer_id", "ends_on"),
        Index("ix_delegation_substitute", "tenant_id", "substitute_id", "ends_on"),
    )

    officer_id: Mapped[uuid.UUID]
    substitute_id: Mapped[uuid.UUID]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str | None]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
