"""A case's messages as officers see them: what, to whom (masked), which channel, and what became of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import bindparam, select

from complaints.models import Notice
from complaints.models.notices import CANCELLED, EMAIL, FAILED, QUEUED, REPORTER, SENT, SKIPPED, SMS, WHATSAPP
from complaints.notices.catalogue import KINDS
from core.extensions import db
from tenants.models import Officer

MOST_SHOWN = 30
CHANNEL_NAMES = {EMAIL: "Surel", SMS: "SMS", WHATSAPP: "WhatsApp"}


@dataclass(frozen=True, slots=True)
class NoticeView:
    """`token` is the look of the state; `retry_url` is None where nothing can be tried again."""

    what: str
    recipient: str
    channel: str
    state: str
    token: str
    at: datetime
    retry_url: str | None


_OF_CASE = (
    select(
        Notice.id,
        Notice.code,
        Notice.recipient_kind,
        Notice.channel,
        Notice.hint,
        Notice.state,
        Notice.cause,
        Notice.created_at,
        Notice.sent_at,
        Officer.name,
    )
    .outerjoin(Officer, (Officer.tenant_id == Notice.tenant_id) & (Officer.id == Notice.officer_id))
    .where(Notice.complaint_id == bindparam("case"))
    .order_by(Notice.created_at.desc(), Notice.id)
    .limit(MOST_SHOWN)
)


def of_case(complaint_id: uuid.UUID, number: str) -> list[NoticeView]:
    """The case's latest messages, newest first. One statement."""
    return [
        NoticeView(
            what=KINDS[row.code].label,
            recipient=f"Pelapor ({row.hint})" if row.recipient_kind == REPORTER else row.name,
            channel=CHANNEL_NAMES[row.channel],
            state=_words(row.state, row.cause),
            token=_TOKENS[row.state],
            at=row.sent_at or row.created_at,
            retry_url=(
                url_for("messaging.retry", number=number, notice_id=row.id) if row.state == FAILED else None
            ),
        )
        for row in db.session.execute(_OF_CASE, {"case": complaint_id})
    ]


_RECEIPT = (
    select(Notice.hint)
    .where(
        Notice.complaint_id == bindparam("case"),
        Notice.code == "received",
        Notice.state.in_((QUEUED, SENT)),
    )
    .order_by(Notice.channel)
)


def told_at(complaint_id: uuid.UUID) -> str | None:
    """Masked addresses the receipt goes to; None where no channel reaches the reporter. One statement."""
    hints = db.session.scalars(_RECEIPT, {"case": complaint_id}).all()
    return " dan ".join(hints) or None


_TOKENS = {QUEUED: "tunggu", SENT: "selesai", FAILED: "lambat", CANCELLED: "arsip", SKIPPED: "arsip"}
_WORDS = {
    QUEUED: "Menunggu",
    SENT: "Terkirim",
    FAILED: "Gagal",
    CANCELLED: "Dibatalkan",
    SKIPPED: "Tidak dikirim",
}


def _words(state: str, cause: str | None) -> str:
    return f"{_WORDS[state]}: {cause}" if cause else _WORDS[state]
