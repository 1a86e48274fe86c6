"""What was found when the two sides were compared. Written by `sp4n.parity` alone."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantScoped, references

IDENTICAL, DIFFERENT, ONLY_HERE = "identical", "different", "only_here"
UNKNOWN, IGNORED = "unknown", "ignored"
STATES = (IDENTICAL, DIFFERENT, ONLY_HERE, UNKNOWN, IGNORED)


class Parity(TenantScoped, Base):
    """One report as it compared last. `since`: from when on in this state.

    differences: {aspect, kind, here, there, ref}. ignored: the same with {reason, by, at}: a person decided
    that exactly this difference may stay. not_told: what the other side does not say.
    """

    __tablename__ = "sp4n_parity"
    __table_args__ = (
        UniqueConstraint("tenant_id", "complaint_id"),
        references("complaint_id", "complaint"),
        CheckConstraint("state IN ('identical','different','only_here','unknown','ignored')", name="state"),
        Index("ix_sp4n_parity_state", "tenant_id", "state", "since", "id"),
        Index("ix_sp4n_parity_compared", "tenant_id", "compared_at"),
    )

    complaint_id: Mapped[uuid.UUID]
    state: Mapped[str]
    compared_at: Mapped[datetime]
    since: Mapped[datetime]
    differences: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    ignored: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    not_told: Mapped[list[str]] = mapped_column(default=list)


class ParityDay(TenantScoped, Base):
    """The counts at the end of a day, for the trend."""

    __tablename__ = "sp4n_parity_day"
    __table_args__ = (UniqueConstraint("tenant_id", "day"),)

    day: Mapped[date]
    identical: Mapped[int]
    different: Mapped[int]
    only_here: Mapped[int]
    only_there: Mapped[int]
    unknown: Mapped[int]
    ignored: Mapped[int]
    not_compared: Mapped[int]
