"""What a city knows of the national side: the way there, which report is which, what was said, what maps."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped, references

OFF, TRIAL, ACTIVE = "off", "trial", "active"


class Sp4nSettings(TenantScoped, Base):
    """One city's connection. Both secrets are stored encrypted and never shown, logged or exported.

    mode: off, nothing goes either way; trial, news is read and nothing is sent; active, both.
    """

    __tablename__ = "sp4n_settings"
    __table_args__ = (
        UniqueConstraint("tenant_id"),
        CheckConstraint("mode IN ('off','trial','active')", name="mode"),
        CheckConstraint("text_sent IN ('initial','final')", name="text_sent"),
        CheckConstraint("send_anonymous IN ('no','without_identity')", name="send_anonymous"),
        CheckConstraint("requests_per_minute BETWEEN 1 AND 6000", name="requests_per_minute"),
        Index("ix_sp4n_settings_poll", "next_poll_at"),
    )

    mode: Mapped[str] = mapped_column(default=OFF)
    base_url: Mapped[str]
    auth_header: Mapped[str] = mapped_column(default="Authorization")
    auth_format: Mapped[str] = mapped_column(default="{secret}")  # the header's value around the secret
    auth_secret: Mapped[str]
    auth_changed_at: Mapped[datetime | None]
    token_header: Mapped[str] = mapped_column(default="token")
    token_secret: Mapped[str]
    token_changed_at: Mapped[datetime | None]
    sends: Mapped[bool] = mapped_column(default=True)
    receives: Mapped[bool] = mapped_column(default=True)
    lists_incoming: Mapped[bool] = mapped_column(default=True)  # has the account the list of new reports
    text_sent: Mapped[str] = mapped_column(default="final")
    send_anonymous: Mapped[str] = mapped_column(default="without_identity")
    send_confidential: Mapped[bool] = mapped_column(default=True)
    requests_per_minute: Mapped[int] = mapped_column(default=300)
    callback_secret: Mapped[str | None]  # encrypted; None: no calls from there are taken
    institution_id: Mapped[str]
    institution_name: Mapped[str | None]  # as the national side writes it; learned from its answers
    channel_id: Mapped[int] = mapped_column(default=13)
    classification_id: Mapped[int] = mapped_column(default=6)
    category_id: Mapped[int] = mapped_column(default=1)
    location_id: Mapped[int] = mapped_column(default=34)
    user_id: Mapped[int] = mapped_column(default=1)
    timezone: Mapped[str] = mapped_column(default="Asia/Jakarta")
    poll_seconds: Mapped[int] = mapped_column(default=300)
    next_poll_at: Mapped[datetime | None]
    polled_until: Mapped[datetime | None]
    next_reconcile_at: Mapped[datetime | None]
    masters_synced_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    paused_until: Mapped[datetime | None]  # the circuit: no call before this instant
    last_success_at: Mapped[datetime | None]
    last_cause: Mapped[str | None]
    list_problem: Mapped[str | None]  # why the list of changed reports could not be read
    rate_left: Mapped[float | None]  # calls left, kept here only while Redis is away (sp4n.pace)
    rate_at: Mapped[datetime | None]
    next_reminder_at: Mapped[datetime | None]


class Sp4nLink(TenantScoped, Base):
    """This report here is that report there. Raw remote values are kept as told."""

    __tablename__ = "sp4n_link"
    __table_args__ = (
        UniqueConstraint("tenant_id", "complaint_id"),
        UniqueConstraint("tenant_id", "external_id"),
        references("complaint_id", "complaint"),
        Index("ix_sp4n_link_check", "tenant_id", "next_check_at"),
        Index("ix_sp4n_link_unmapped", "tenant_id", "complaint_id", postgresql_where=text("status_unmapped")),
        Index(
            "ix_sp4n_link_problem", "tenant_id", "complaint_id", postgresql_where=text("problem IS NOT NULL")
        ),
    )

    complaint_id: Mapped[uuid.UUID]
    external_id: Mapped[str]
    origin: Mapped[str] = mapped_column(default="local")  # local: filed here; national: filed there
    status_raw: Mapped[str | None]
    status_unmapped: Mapped[bool] = mapped_column(default=False)
    linked_at: Mapped[datetime] = mapped_column(default=clock.now)
    synced_at: Mapped[datetime | None]  # when the two sides last agreed
    checked_at: Mapped[datetime | None]  # when the report was last read there
    changed_at: Mapped[datetime | None]  # when it was last found changed there
    next_check_at: Mapped[datetime | None]
    problem: Mapped[str | None]  # why it could not be read there last time


class Sp4nFollowUp(TenantScoped, Base):
    """A follow-up known on both sides, so that neither is taken for new again."""

    __tablename__ = "sp4n_follow_up"
    __table_args__ = (
        UniqueConstraint("tenant_id", "external_id"),
        references("complaint_id", "complaint"),
        Index("ix_sp4n_follow_up_complaint", "tenant_id", "complaint_id"),
    )

    complaint_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID | None]
    external_id: Mapped[str]


class InboundMessage(TenantScoped, Base):
    """One thing the national side said, stored once before it is applied."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("tenant_id", "external_id"),
        CheckConstraint("state IN ('pending','applied','noted','ignored','waiting')", name="state"),
        Index("ix_inbound_message_state", "tenant_id", "state", "happened_at"),
    )

    external_id: Mapped[str]  # "status:<report>:<digest>" or "followup:<id>" or "report:<id>"
    kind: Mapped[str]
    report_id: Mapped[str]
    happened_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="pending")
    outcome: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(default=clock.now)


class Sp4nMapping(TenantScoped, Base):
    """A local thing ↔ its counterpart there, confirmed by a person.

    category, department: our code → their id. classification: ours (before verification the kind) → their id.
    institution: the name officers write → their id. status: their label → our status code.
    """

    __tablename__ = "sp4n_mapping"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "local_key"),
        CheckConstraint(
            "kind IN ('category','classification','department','institution','status')", name="kind"
        ),
    )

    kind: Mapped[str]
    local_key: Mapped[str]
    remote_id: Mapped[str]
    remote_name: Mapped[str | None]


class Sp4nInstitution(TenantScoped, Base):
    """An institution as the national side lists it; `gone_at` where it no longer does."""

    __tablename__ = "sp4n_institution"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    number: Mapped[int]
    name: Mapped[str]
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]


class Sp4nTemplate(TenantScoped, Base):
    """A reply template of the national side; `gone_at` where it is no longer told."""

    __tablename__ = "sp4n_template"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    code: Mapped[str]
    content: Mapped[str]
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
