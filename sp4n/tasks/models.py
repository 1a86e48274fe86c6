"""Sp4nTask: one thing of the exchange that needs a person. Written by `sp4n.tasks` alone."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped, references

OPEN, RESOLVED, SKIPPED = "open", "resolved", "skipped"
MESSAGE, NEWS, REPORT, CONNECTION = "message", "news", "report", "connection"


class Sp4nTask(TenantScoped, Base):
    """`ref_id` is what it is about: an outbox message, a piece of news, a link, or the settings.

    It stays open until that is delivered, applied, read or works again, or until a person skips it.
    """

    __tablename__ = "sp4n_task"
    __table_args__ = (
        UniqueConstraint("tenant_id", "ref_id"),
        references("complaint_id", "complaint"),
        CheckConstraint("kind IN ('message','news','report','connection')", name="kind"),
        CheckConstraint("state IN ('open','resolved','skipped')", name="state"),
        Index("ix_sp4n_task_state", "tenant_id", "state", "opened_at", "id"),
        Index("ix_sp4n_task_complaint", "tenant_id", "complaint_id"),
    )

    kind: Mapped[str]
    ref_id: Mapped[uuid.UUID]
    complaint_id: Mapped[uuid.UUID | None]
    cause: Mapped[str]
    state: Mapped[str] = mapped_column(default=OPEN)
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    owner_id: Mapped[uuid.UUID | None]
    owner_name: Mapped[str | None]
    ended_by: Mapped[str | None]
    reason: Mapped[str | None]
