"""The complaint and what belongs to it. Contact data of the reporter is kept apart, so that it can be
erased alone.

Invariant: `status`, the deadlines and `version` change only through an act of `complaints.acts`.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from complaints.workflow import CLASSIFICATIONS, KINDS, OPEN_STATUSES, STATUSES
from core import clock
from core.db.base import Base, TenantScoped, references


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


_NULLABLE = JSONB(none_as_null=True)
OPEN_SQL = _one_of("status", OPEN_STATUSES)


class Complaint(TenantScoped, Base):
    """One report. `due_at` is the deadline of the step the case waits for; the inbox sorts by it."""

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "form_key"),
        CheckConstraint(_one_of("status", STATUSES), name="status"),
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint(_one_of("classification", CLASSIFICATIONS), name="classification"),
        references("category_id", "category"),
        references("district_id", "area"),
        references("village_id", "area"),
        references("department_id", "department"),
        references("handler_id", "officer"),
        references("merged_into_id", "complaint"),
        references("parent_id", "complaint"),
        Index(
            "ix_complaint_inbox",
            "tenant_id",
            "due_at",
            "id",
            postgresql_include=["status", "department_id"],
            postgresql_where=text(OPEN_SQL),
        ),
        Index("ix_complaint_status", "tenant_id", "status", "due_at", "id"),
        Index("ix_complaint_department", "tenant_id", "department_id", "status", "due_at", "id"),
        Index("ix_complaint_received", "tenant_id", "received_at", "id"),
        Index(
            "ix_complaint_closed",
            "tenant_id",
            "closed_at",
            "id",
            postgresql_where=text("status = 'completed'"),
        ),
        Index(
            "ix_complaint_closed_by_unit",
            "tenant_id",
            "department_id",
            "closed_at",
            "id",
            postgresql_where=text("status = 'completed'"),
        ),
        Index(
            "ix_complaint_reporters_turn",
            "due_at",
            "tenant_id",
            postgresql_where=text("status IN ('deferred', 'responded')"),
        ),
        Index(
            "ix_complaint_merged",
            "tenant_id",
            "merged_into_id",
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        Index(
            "ix_complaint_parent", "tenant_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")
        ),
        Index(
            "ix_complaint_handler",
            "tenant_id",
            "handler_id",
            "due_at",
            "id",
            postgresql_where=text(f"handler_id IS NOT NULL AND {OPEN_SQL}"),
        ),
        Index(
            "ix_complaint_village", "tenant_id", "village_id", "due_at", "id", postgresql_where=text(OPEN_SQL)
        ),
        Index(
            "ix_complaint_escalated",
            "tenant_id",
            "due_at",
            "id",
            postgresql_where=text(f"escalation_level >= 1 AND {OPEN_SQL}"),
        ),
        Index(
            "ix_complaint_answer_print",
            "tenant_id",
            "answer_print",
            postgresql_where=text("answer_print IS NOT NULL"),
        ),
        Index(
            "ix_complaint_escalation",
            "escalate_at",
            "tenant_id",
            postgresql_where=text("escalate_at IS NOT NULL"),
        ),
        Index(
            "ix_complaint_regional_head",
            "tenant_id",
            "due_at",
            "id",
            postgresql_include=["status", "department_id"],
            postgresql_where=text("escalation_level >= 4"),
        ),
        Index(
            "ix_complaint_area_point", "tenant_id", "quadkey", postgresql_where=text("quadkey IS NOT NULL")
        ),
    )

    number: Mapped[str]
    form_key: Mapped[uuid.UUID]
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[str]
    kind: Mapped[str]
    classification: Mapped[str | None]
    channel: Mapped[str] = mapped_column(default="web")
    title: Mapped[str]
    body: Mapped[str]
    final_body: Mapped[str | None]  # the text as edited by an officer; `body` stays the citizen's own
    category_id: Mapped[uuid.UUID]
    incident_on: Mapped[date]
    district_id: Mapped[uuid.UUID | None]  # None: the report came from outside and does not say
    village_id: Mapped[uuid.UUID | None]
    landmark: Mapped[str]
    quadkey: Mapped[int | None] = mapped_column(BigInteger)
    is_anonymous: Mapped[bool] = mapped_column(default=False)
    is_confidential: Mapped[bool] = mapped_column(default=False)
    department_id: Mapped[uuid.UUID | None]
    handler_id: Mapped[uuid.UUID | None]
    copied_to: Mapped[list[str]] = mapped_column(default=list)  # ids of departments that may read
    merged_into_id: Mapped[uuid.UUID | None]
    parent_id: Mapped[uuid.UUID | None]  # the report whose instructions this one shares
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    verified_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]  # by the department that has it now
    first_answered_at: Mapped[datetime | None]
    responded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]  # officer | system | reporter
    outcome: Mapped[str | None]  # reason of archiving, declining, closing
    verify_due_at: Mapped[datetime]
    answer_due_at: Mapped[datetime | None]
    complete_due_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    internal_due_at: Mapped[datetime | None]  # set with the disposition, never later than the statutory one
    resolution_from: Mapped[datetime | None]  # reopened: the completion period began anew then
    intervals: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # pauses and extensions
    escalation_level: Mapped[int] = mapped_column(SmallInteger, default=0)
    escalate_at: Mapped[datetime | None]
    verify_days: Mapped[int | None] = mapped_column(SmallInteger)  # working days it took
    answer_days: Mapped[int | None] = mapped_column(SmallInteger)
    complete_days: Mapped[int | None] = mapped_column(Integer)
    reopened: Mapped[int] = mapped_column(SmallInteger, default=0)
    last_event: Mapped[int] = mapped_column(default=0)
    last_hash: Mapped[str] = mapped_column(default="")
    proposal: Mapped[dict[str, Any] | None] = mapped_column(
        _NULLABLE
    )  # the answer that waits for the head's approval
    answer_print: Mapped[str | None]  # fingerprint of the last answer's words
    moved: Mapped[dict[str, Any] | None] = mapped_column(
        _NULLABLE
    )  # to or from another tenant of this deployment
    #: the last act's before-image, while it can be undone
    undo: Mapped[dict[str, Any] | None] = mapped_column(_NULLABLE, deferred=True)
    external: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # facts of an outside system, as told by it


class Reporter(TenantScoped, Base):
    """Who reported: one row a complaint, visible only to those who may see identities."""

    __tablename__ = "reporter"
    __table_args__ = (
        UniqueConstraint("tenant_id", "complaint_id"),
        references("complaint_id", "complaint"),
        Index(
            "ix_reporter_words",
            "words",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 512},
        ),
        Index("ix_reporter_phone", "tenant_id", "phone", postgresql_where=text("phone IS NOT NULL")),
        Index("ix_reporter_email", "tenant_id", "email", postgresql_where=text("email IS NOT NULL")),
    )

    complaint_id: Mapped[uuid.UUID]
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    #: of the name, kept by a trigger of the database
    words: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True)


class TrackingAccess(TenantScoped, Base):
    """The secret a reporter tracks with, as a keyed digest, and the count of wrong tries."""

    __tablename__ = "tracking_access"
    __table_args__ = (UniqueConstraint("tenant_id", "complaint_id"), references("complaint_id", "complaint"))

    complaint_id: Mapped[uuid.UUID]
    pin_digest: Mapped[str]
    #: the tenant that issued the PIN, where the report came from another one: the digest is bound to it
    issuer_id: Mapped[int | None]
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    locked_until: Mapped[datetime | None]


class Attachment(TenantScoped, Base):
    """A cleaned photo or PDF.

    Before the report is sent it hangs on the form key alone, afterwards on the complaint.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        references("complaint_id", "complaint"),
        CheckConstraint("stage IN ('before','after')", name="stage"),
        Index("ix_attachment_complaint", "tenant_id", "complaint_id"),
        Index(
            "ix_attachment_unsent", "created_at", "tenant_id", postgresql_where=text("complaint_id IS NULL")
        ),
        Index(
            "ix_attachment_original",
            "tenant_id",
            "original_sha256",
            postgresql_where=text("original_sha256 IS NOT NULL"),
        ),
        CheckConstraint("seen_how IN ('same','alike')", name="seen_how"),
        Index("ix_attachment_form", "tenant_id", "form_key", postgresql_where=text("complaint_id IS NULL")),
    )

    complaint_id: Mapped[uuid.UUID | None]
    form_key: Mapped[uuid.UUID | None]
    event_id: Mapped[uuid.UUID | None]
    is_public: Mapped[bool] = mapped_column(default=True)  # may the reporter see it
    stage: Mapped[str | None]  # a photo taken before | after the work
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    storage_key: Mapped[str]
    thumbnail_key: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    captured_at: Mapped[datetime | None]
    original_sha256: Mapped[str | None]  # of a photo's bytes as they came
    look: Mapped[int | None] = mapped_column(BigInteger)  # 64 bits, nearly the same for nearly the same photo
    seen_in: Mapped[str | None]  # number of the report that had this photo before
    seen_how: Mapped[str | None]  # same | alike
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Disposition(TenantScoped, Base):
    """The paper form in data: to whom, how urgent, with which instruction."""

    __tablename__ = "disposition"
    __table_args__ = (
        references("complaint_id", "complaint"),
        references("department_id", "department"),
        CheckConstraint("urgency IN ('normal','urgent','very_urgent')", name="urgency"),
        Index(
            "ix_disposition_copy",
            "tenant_id",
            "department_id",
            "complaint_id",
            postgresql_where=text("is_copy"),
        ),
        Index("ix_disposition_complaint", "tenant_id", "complaint_id"),
        Index(
            "ix_disposition_department",
            "tenant_id",
            "department_id",
            "assigned_at",
            postgresql_where=text("NOT is_copy"),
        ),
    )

    complaint_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID | None]
    department_id: Mapped[uuid.UUID]
    is_copy: Mapped[bool] = mapped_column(default=False)  # tembusan: to read, not to handle
    urgency: Mapped[str]
    instructions: Mapped[list[str]]
    note: Mapped[str | None]
    internal_due_on: Mapped[date | None]
    assigned_by: Mapped[uuid.UUID | None]
    assigned_at: Mapped[datetime] = mapped_column(default=clock.now)


class Rating(TenantScoped, Base):
    """The reporter's judgement, once a closing. Silence is never a rating."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("tenant_id", "complaint_id", "round"),
        references("complaint_id", "complaint"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        CheckConstraint("solved IN ('yes','partly','no')", name="solved"),
    )

    complaint_id: Mapped[uuid.UUID]
    round: Mapped[int] = mapped_column(SmallInteger, default=0)  # the count of reopenings at that time
    score: Mapped[int] = mapped_column(SmallInteger)
    solved: Mapped[str]
    comment: Mapped[str | None]
    rated_at: Mapped[datetime] = mapped_column(default=clock.now)
