"""ComplaintEvent: what happened, in order, never edited.

Insert-only by grant and hash-chained per complaint.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.util import immutabledict

from core import clock
from core.db.base import Base, TenantScoped, references


class ComplaintEvent(TenantScoped, Base):
    """One entry of the history.

    `occurred_at` is when it happened, `recorded_at` when this system learned of it.
    """

    __tablename__ = "complaint_event"
    __mapper_args__ = immutabledict(eager_defaults=False)  # the ordinal is not asked back
    __table_args__ = (
        UniqueConstraint("tenant_id", "complaint_id", "sequence"),
        references("complaint_id", "complaint"),
        CheckConstraint("actor_kind IN ('reporter','officer','system','sp4n')", name="actor_kind"),
        CheckConstraint("visibility IN ('public','internal')", name="visibility"),
        Index("ix_complaint_event_ordinal", "tenant_id", "ordinal"),
        Index("ix_complaint_event_recorded", "tenant_id", "recorded_at", "id"),
        Index(
            "ix_complaint_event_actor",
            "tenant_id",
            "actor_id",
            "recorded_at",
            "id",
            postgresql_where=sql_text("actor_id IS NOT NULL"),
        ),
    )

    complaint_id: Mapped[uuid.UUID]
    sequence: Mapped[int]
    act: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    actor_label: Mapped[str]  # by role as the public reads it: "Petugas Dinas Bina Marga"
    visibility: Mapped[str]
    text: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    occurred_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    previous_hash: Mapped[str]
    hash: Mapped[str]
    #: in which order entries of all cities were written; a seal covers a range of it
    ordinal: Mapped[int] = mapped_column(BigInteger, Identity())
