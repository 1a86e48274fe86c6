"""Append-only record of officer acts on settings and of every view of a reporter's identity.

The application role may insert and read these rows, never change or remove them (grants in the migrations).
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import has_request_context, request
from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped
from core.extensions import db


class AuditEntry(TenantScoped, Base):
    """Who did what to which thing, when and from where."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at", "tenant_id", "occurred_at"),
        Index("ix_audit_entry_subject", "tenant_id", "subject_id"),
    )

    occurred_at: Mapped[datetime] = mapped_column(default=clock.now)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    remote_address: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


def record(
    action: str,
    *,
    actor_id: uuid.UUID | None,
    actor_name: str,
    subject_id: uuid.UUID | None = None,
    **detail: Any,
) -> None:
    """Write an entry in the present transaction. `detail` holds ids and old/new values, never secrets."""
    db.session.add(
        AuditEntry(
            action=action,
            actor_id=actor_id,
            actor_name=actor_name,
            subject_id=subject_id,
            remote_address=request.remote_addr if has_request_context() else None,
            detail=detail,
        )
    )
