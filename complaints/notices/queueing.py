"""Writing notices and their outbox messages in the fact's own transaction; taking them back with it.

Invariant: a notice's id is derived from fact, recipient and channel, so the same is never queued twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from complaints.models import Notice
from complaints.models.notices import CANCELLED, CHANNELS, EMAIL, OFFICER, QUEUED, REPORTER
from complaints.notices import masks
from complaints.notices.channels import Channels
from complaints.notices.links import code_of, digest_of
from complaints.notices.recipients import Recipient
from core import clock
from core.db.tenancy import bound_tenant_id
from core.errors import Conflict
from core.extensions import db
from core.jobs.queue import wake_after_commit
from core.outbox import singles

DELIVER = "notices.deliver"
#: a topic a channel: a gateway that is away holds back no mail
TOPICS = {channel: f"notice.{channel}" for channel in CHANNELS}
TOO_LATE = "Pesan tentang tindakan ini sudah dikirim, jadi tindakan ini tidak dapat diurungkan lagi."


@dataclass(frozen=True, slots=True)
class Plan:
    """One message to be. `fact_id` is the history entry, or whatever else it tells of."""

    fact_id: uuid.UUID
    code: str
    recipient_kind: str
    recipient_id: uuid.UUID  # the officer, or the reporter's own report
    channel: str
    address: str
    complaint_id: uuid.UUID | None
    delay_seconds: float = 0.0
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def notice_id(self) -> uuid.UUID:
        """The same for the same message, whenever it is asked."""
        return uuid.uuid5(
            self.fact_id, f"{self.code}:{self.recipient_kind}:{self.recipient_id}:{self.channel}"
        )


def to_reporter(
    fact_id: uuid.UUID,
    code: str,
    complaint_id: uuid.UUID,
    *,
    phone: str | None,
    email: str | None,
    channels: Channels,
    zone: ZoneInfo,
    hold_seconds: float,
    payload: dict[str, Any],
) -> list[Plan]:
    """A reporter's messages, one a channel. What rings a phone waits for the end of the quiet hours."""
    return [
        Plan(
            fact_id,
            code,
            REPORTER,
            complaint_id,
            channel,
            address,
            complaint_id,
            hold_seconds if channel == EMAIL else _after_quiet_hours(channels, zone, hold_seconds),
            payload,
        )
        for channel, address in channels.for_reporter(phone, email)
    ]


def _after_quiet_hours(channels: Channels, zone: ZoneInfo, hold_seconds: float) -> float:
    at: datetime = clock.now() + timedelta(seconds=hold_seconds)
    return hold_seconds + channels.quiet_seconds(at, zone)


def to_officers(
    fact_id: uuid.UUID,
    code: str,
    complaint_id: uuid.UUID | None,
    officers: Sequence[Recipient],
    *,
    hold_seconds: float = 0.0,
    payload: dict[str, Any] | None = None,
) -> list[Plan]:
    """A mail to each."""
    return [
        Plan(fact_id, code, OFFICER, each.id, EMAIL, each.email, complaint_id, hold_seconds, payload or {})
        for each in officers
    ]


def queue(plans: Sequence[Plan]) -> int:
    """Write the notices that are not there yet, with their messages. Two statements. Returns how many."""
    if not plans:
        return 0
    by_id = {plan.notice_id: plan for plan in plans}
    now = clock.now()
    written = db.session.scalars(
        insert(Notice)
        .values([_row(notice_id, plan, now) for notice_id, plan in by_id.items()])
        .on_conflict_do_nothing()
        .returning(Notice.id)
    ).all()
    singles.add(
        [
            singles.Single(
                TOPICS[by_id[notice_id].channel],
                notice_id,
                f"notice:{notice_id}",
                by_id[notice_id].payload,
                by_id[notice_id].delay_seconds,
            )
            for notice_id in written
        ]
    )
    if any(by_id[notice_id].delay_seconds <= 0 for notice_id in written):
        wake_after_commit(DELIVER)  # the others are found by the sweep when their time has come
    return len(written)


def _row(notice_id: uuid.UUID, plan: Plan, now: datetime) -> dict[str, Any]:
    is_reporter = plan.recipient_kind == REPORTER
    return {
        "tenant_id": bound_tenant_id(),
        "id": notice_id,
        "complaint_id": plan.complaint_id,
        "event_id": plan.fact_id,
        "recipient_kind": plan.recipient_kind,
        "officer_id": None if is_reporter else plan.recipient_id,
        "channel": plan.channel,
        "code": plan.code,
        "hint": masks.mail(plan.address) if plan.channel == EMAIL else masks.phone(plan.address),
        "state": QUEUED,
        "link_digest": digest_of(code_of(notice_id)) if is_reporter else None,
        "created_at": now,
    }


def withdraw(event_id: uuid.UUID) -> None:
    """Cancel what tells of an act that is taken back. Raises Conflict where one is under way or out."""
    waiting = db.session.scalars(
        select(Notice.id).where(Notice.event_id == event_id, Notice.state != CANCELLED)
    ).all()
    if not singles.cancel(waiting):
        raise Conflict(TOO_LATE)
    if waiting:
        db.session.execute(
            update(Notice)
            .where(Notice.tenant_id == bound_tenant_id(), Notice.id.in_(waiting))
            .values(state=CANCELLED, cause="Tindakannya diurungkan")
            .execution_options(synchronize_session=False)
        )
