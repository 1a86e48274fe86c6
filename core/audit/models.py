"""Rows of the audit: entries that only grow, and one head a city that tells where they end."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped


class AuditEntry(TenantScoped, Base):
    """Who did what to which thing, when and from where; `hash` is a MAC over all of it and over the entry
    before.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sequence"),
        Index("ix_audit_entry_at", "tenant_id", "occurred_at", "id"),
        Index("ix_audit_entry_subject", "tenant_id", "subject_id"),
    )

    occurred_at: Mapped[datetime] = mapped_column(default=clock.now)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    remote_address: Mapped[str | None]
    request_id: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sequence: Mapped[int] = mapped_column(BigInteger)
    key_id: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class AuditHead(TenantScoped, Base):
    """Where a city's chain ends, under a MAC of its own, and how far its histories are sealed and checked.

    `noted_ordinal` is the end of the next seal; it is sealed once every transaction older than `noted_xid`
    has ended, so that no entry can still appear below it.
    """

    __tablename__ = "audit_head"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[str] = mapped_column(default="")
    key_id: Mapped[str]
    mac: Mapped[str]
    sealed_ordinal: Mapped[int] = mapped_column(BigInteger, default=0)
    noted_ordinal: Mapped[int | None] = mapped_column(BigInteger)
    noted_xid: Mapped[int | None] = mapped_column(BigInteger)
    seal_due_at: Mapped[datetime] = mapped_column(default=clock.now)
    check_due_at: Mapped[datetime] = mapped_column(default=clock.now)
    checked_at: Mapped[datetime | None]
    intact_to: Mapped[datetime | None]
    fault: Mapped[str | None]
