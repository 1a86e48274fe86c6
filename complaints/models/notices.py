"""Messages to reporters and officers: the city's settings and texts, and what became of each message.

Invariant: no address is kept here but a masked hint; the address is read from its own row when it is sent.
"""

from __future__ import annotations

import uuid
from datetime import datetime, time

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped, references

EMAIL, SMS, WHATSAPP = "email", "sms", "whatsapp"
CHANNELS = (EMAIL, SMS, WHATSAPP)
REPORTER, OFFICER = "reporter", "officer"
QUEUED, SENT, FAILED, CANCELLED, SKIPPED = "queued", "sent", "failed", "cancelled", "skipped"
QUIET_FROM, QUIET_UNTIL, DIGEST_AT = time(20), time(7), time(7)


class MessagingSettings(TenantScoped, Base):
    """How the city reaches people. One row a tenant; secrets are encrypted."""

    __tablename__ = "messaging_settings"
    __table_args__ = (
        UniqueConstraint("tenant_id"),
        Index("ix_messaging_settings_digest", "next_digest_at"),
    )

    mail_on: Mapped[bool] = mapped_column(default=True)
    from_name: Mapped[str | None]
    from_address: Mapped[str | None]
    reply_to: Mapped[str | None]
    sms_on: Mapped[bool] = mapped_column(default=False)
    sms_url: Mapped[str | None]
    sms_header: Mapped[str | None]
    sms_secret: Mapped[str | None]
    whatsapp_on: Mapped[bool] = mapped_column(default=False)
    whatsapp_url: Mapped[str | None]
    whatsapp_header: Mapped[str | None]
    whatsapp_secret: Mapped[str | None]
    quiet_from: Mapped[time] = mapped_column(default=QUIET_FROM)
    quiet_until: Mapped[time] = mapped_column(default=QUIET_UNTIL)
    digest_on: Mapped[bool] = mapped_column(default=True)
    digest_at: Mapped[time] = mapped_column(default=DIGEST_AT)
    next_digest_at: Mapped[datetime | None]


class Notice(TenantScoped, Base):
    """One message to one person over one channel. Its id is derived from what it tells: told once."""

    __tablename__ = "notice"
    __table_args__ = (
        references("complaint_id", "complaint"),
        references("officer_id", "officer"),
        CheckConstraint("recipient_kind IN ('reporter','officer')", name="recipient_kind"),
        CheckConstraint("channel IN ('email','sms','whatsapp')", name="channel"),
        CheckConstraint("state IN ('queued','sent','failed','cancelled','skipped')", name="state"),
        Index("ix_notice_complaint", "tenant_id", "complaint_id", "created_at"),
        Index("ix_notice_event", "tenant_id", "event_id"),
        UniqueConstraint("tenant_id", "link_digest"),
    )

    complaint_id: Mapped[uuid.UUID | None]  # None: about several cases (the morning's list)
    event_id: Mapped[uuid.UUID | None]
    recipient_kind: Mapped[str]
    officer_id: Mapped[uuid.UUID | None]
    channel: Mapped[str]
    code: Mapped[str]
    hint: Mapped[str]  # masked address
    state: Mapped[str] = mapped_column(default=QUEUED)
    cause: Mapped[str | None]
    link_digest: Mapped[str | None]  # of the secret in a reporter's link
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]


class NoticeText(TenantScoped, Base):
    """The city's own words of a message; without a row the product's hold."""

    __tablename__ = "notice_text"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code", "form"),
        CheckConstraint("form IN ('mail','short')", name="form"),
    )

    code: Mapped[str]
    form: Mapped[str]  # mail | short (SMS and WhatsApp)
    subject: Mapped[str | None]
    body: Mapped[str]


class NoticePreference(TenantScoped, Base):
    """What an officer wants by mail; without a row everything."""

    __tablename__ = "notice_preference"
    __table_args__ = (UniqueConstraint("tenant_id", "officer_id"), references("officer_id", "officer"))

    officer_id: Mapped[uuid.UUID]
    wants_notices: Mapped[bool] = mapped_column(default=True)
    wants_digest: Mapped[bool] = mapped_column(default=True)
