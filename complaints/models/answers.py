"""What the city keeps for answers and notes: ready texts, colleagues named, looks of photos."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped, references


class AnswerTemplate(TenantScoped, Base):
    """A ready text an officer starts from, for an act.

    `category_id` and `status` narrow the reports it is offered first for; None is any.
    """

    __tablename__ = "answer_template"
    __table_args__ = (UniqueConstraint("tenant_id", "code"), references("category_id", "category"))

    code: Mapped[str]
    title: Mapped[str]
    act: Mapped[str]
    body: Mapped[str]
    category_id: Mapped[uuid.UUID | None]
    status: Mapped[str | None]
    sort: Mapped[int] = mapped_column(SmallInteger, default=100)
    is_active: Mapped[bool] = mapped_column(default=True)


class Mention(TenantScoped, Base):
    """An internal note names an officer, who has seen it or not."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("tenant_id", "officer_id", "event_id"),
        references("officer_id", "officer"),
        references("complaint_id", "complaint"),
        Index("ix_mention_officer", "tenant_id", "officer_id", "created_at", "id"),
        Index("ix_mention_unseen", "tenant_id", "officer_id", postgresql_where=text("seen_at IS NULL")),
    )

    officer_id: Mapped[uuid.UUID]
    complaint_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime | None]


class PhotoBand(TenantScoped, Base):
    """A quarter of a photo's look, with its place: photos that differ in at most three bits share one."""

    __tablename__ = "photo_band"
    __table_args__ = (
        references("attachment_id", "attachment", ondelete="CASCADE"),
        Index("ix_photo_band_band", "tenant_id", "band", "attachment_id"),
        Index("ix_photo_band_attachment", "tenant_id", "attachment_id"),
    )

    band: Mapped[int]
    attachment_id: Mapped[uuid.UUID]
