"""How reports stand with the national side, as officers read it. Two statements for any number of reports."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, func, select, text, union_all

from complaints.ports import SyncView
from core import clock, formats
from core.db.tenancy import bound_tenant_id
from core.extensions import db
from core.outbox.models import GIVEN_UP, REJECTED, UNFINISHED, OutboxMessage
from sp4n.models import ACTIVE, OFF, Sp4nLink, Sp4nSettings
from sp4n.parity.models import Parity
from sp4n.parity.queries import ASPECTS
from sp4n.subscribers import TOPICS
from tenants.models import Tenant

NOT_SENT = SyncView("off", "Belum dikirim", "arsip")
NEEDS_PERSON = "Gagal, perlu tindakan"


# The ids go as one array: a statement of a hundred parameters would be read anew each time.
_IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
_LINKS = (
    select(
        Tenant.timezone,
        Sp4nSettings.mode,
        Sp4nSettings.paused_until,
        Sp4nLink.complaint_id,
        Sp4nLink.external_id,
        Sp4nLink.synced_at,
        Sp4nLink.status_raw,
        Sp4nLink.status_unmapped,
        Sp4nLink.problem,
        Parity.compared_at,
        func.jsonb_path_query_array(Parity.differences, text("'$[*].aspect'")).label("aspects"),
    )
    .outerjoin(Sp4nSettings, Sp4nSettings.tenant_id == Tenant.id)
    .outerjoin(Sp4nLink, (Sp4nLink.tenant_id == Tenant.id) & (Sp4nLink.complaint_id == _IDS))
    .outerjoin(
        Parity,
        (Parity.tenant_id == Sp4nLink.tenant_id)
        & (Parity.complaint_id == Sp4nLink.complaint_id)
        & text("sp4n_parity.state = 'different'"),
    )
    .where(Tenant.id == bindparam("tenant"))
)


def sync_of(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, SyncView]:
    """The view of each report. Where nothing is connected only linked reports have one."""
    rows = db.session.execute(_LINKS, {"tenant": bound_tenant_id(), "ids": list(ids)}).all()
    first = rows[0]
    links = {row.complaint_id: row for row in rows if row.complaint_id is not None}
    messages = _oldest_unfinished(ids) if first.mode == ACTIVE or links else {}
    zone, now = ZoneInfo(first.timezone), clock.now()
    found = {}
    for complaint_id in ids:
        link, message = links.get(complaint_id), messages.get(complaint_id)
        number = link.external_id if link is not None else None
        if message is not None:
            found[complaint_id] = _under_way(message, number, first.paused_until, now, zone)
        elif link is not None:
            found[complaint_id] = _linked(link, zone)
        elif first.mode not in (None, OFF):
            found[complaint_id] = NOT_SENT
    return found


def find_by_number(number: str) -> uuid.UUID | None:
    """The complaint that bears this number on the national side."""
    return db.session.scalar(select(Sp4nLink.complaint_id).where(Sp4nLink.external_id == number))


_message = OutboxMessage
_first = (
    select(_message.subject_id, func.min(_message.sequence).label("sequence"))
    .where(_message.subject_id == _IDS, _message.topic.in_(TOPICS), _message.state.in_(UNFINISHED))
    .group_by(_message.subject_id)
    .subquery()
)
_UNFINISHED = select(
    _message.id,
    _message.topic,
    _message.subject_id,
    _message.state,
    _message.attempts,
    _message.due_at,
    _message.lease,
    _message.cause,
).join(_first, (_message.subject_id == _first.c.subject_id) & (_message.sequence == _first.c.sequence))


def _oldest_unfinished(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Row[*tuple[Any, ...]]]:
    """The message each report waits for: later ones of the same report wait behind it."""
    rows = db.session.execute(_UNFINISHED, {"ids": list(ids)})
    return {row.subject_id: row for row in rows}


def _under_way(
    message: Row[*tuple[Any, ...]],
    number: str | None,
    paused_until: datetime | None,
    now: datetime,
    zone: ZoneInfo,
) -> SyncView:
    detail = f"{message.topic} {message.id}"
    if message.state in (REJECTED, GIVEN_UP):
        return SyncView("needs_person", NEEDS_PERSON, "lambat", number, None, message.cause, detail)
    if message.lease is not None and message.due_at is not None and message.due_at > now:
        return SyncView("sending", "Sedang dikirim", "info", number, None, None, detail)
    if message.cause is None:
        return SyncView("waiting", "Menunggu antrean", "netral", number, None, None, detail)
    due_at = max(each for each in (message.due_at, paused_until, now) if each is not None)
    words = f"Gagal, dicoba lagi pukul {formats.time_of_day(due_at, zone)} (percobaan {message.attempts + 1})"
    return SyncView("retrying", words, "tunggu", number, due_at, message.cause, detail)


def _linked(link: Row[*tuple[Any, ...]], zone: ZoneInfo) -> SyncView:
    if link.status_unmapped:
        cause = f"Status SP4N “{link.status_raw}” perlu pemetaan"
        return SyncView("needs_person", NEEDS_PERSON, "lambat", link.external_id, link.synced_at, cause)
    if link.problem is not None:
        cause = f"Tidak dapat dibaca di SP4N: {link.problem}"
        return SyncView("needs_person", NEEDS_PERSON, "lambat", link.external_id, link.synced_at, cause)
    if link.aspects:
        names = [label.lower() for aspect, label in ASPECTS.items() if aspect in link.aspects]
        words = f"Berbeda di SP4N: {', '.join(names)}"
        return SyncView("differs", words, "tunggu", link.external_id, link.compared_at)
    at = link.synced_at
    words = f"Tersinkron {formats.short_datetime(at, zone)}" if at is not None else "Tersinkron"
    return SyncView("synced", words, "sinkron", link.external_id, at)


# State and topic are constants: the planner must see that they lie inside the partial index.
_STUCK = select(OutboxMessage.subject_id.label("complaint_id")).where(
    text("outbox_message.state IN ('rejected', 'given_up')"), OutboxMessage.topic.in_(TOPICS)
)
_UNMAPPED = select(Sp4nLink.complaint_id.label("complaint_id")).where(text("sp4n_link.status_unmapped"))
_UNREAD = select(Sp4nLink.complaint_id.label("complaint_id")).where(text("sp4n_link.problem IS NOT NULL"))
#: reports whose exchange waits for a person: a message that stopped, a status nobody mapped, or
#: one that cannot be read there
FAILED = select(union_all(_STUCK, _UNMAPPED, _UNREAD).subquery("stuck").c.complaint_id)
