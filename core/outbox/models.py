"""OutboxMessage: one thing that must reach the outside exactly once and in order per subject.

Invariant: `due_at` is set only on the oldest unfinished message of a subject, and is NULL on every finished
one.
So "who is due" is one index range, and a message can never overtake an older one of the same complaint.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped

PENDING, DELIVERED, REJECTED, GIVEN_UP, SKIPPED = "pending", "delivered", "rejected", "given_up", "skipped"
STATES = (PENDING, DELIVERED, REJECTED, GIVEN_UP, SKIPPED)
#: states in which later messages of the same subject must wait
UNFINISHED = (PENDING, REJECTED, GIVEN_UP)


class OutboxMessage(TenantScoped, Base):
    """`steps` keeps the result of every finished step, so that a resumed delivery does not repeat it."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("tenant_id", "dedupe_key"),
        CheckConstraint("state IN ('pending','delivered','rejected','given_up','skipped')", name="state"),
        Index("ix_outbox_message_due", "tenant_id", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_outbox_message_sweep", "due_at", "tenant_id", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_outbox_message_subject", "tenant_id", "subject_id", "sequence"),
        Index(
            "ix_outbox_message_failed",
            "tenant_id",
            "subject_id",
            postgresql_where=text("state IN ('rejected', 'given_up')"),
        ),
        Index(
            "ix_outbox_message_stopped",
            "created_at",
            "id",
            postgresql_where=text("state IN ('rejected', 'given_up')"),
        ),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, Identity())
    topic: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    dedupe_key: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=PENDING)
    steps: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]  # not before this, although it is its turn: it can still be undone
    lease: Mapped[uuid.UUID | None]
    cause: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    settled_at: Mapped[datetime | None]
