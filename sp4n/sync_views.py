"""How reports stand with the national side, as officers read it. One statement for any number of reports."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    Row,
    Uuid,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
    true,
    union_all,
)

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
_ids = func.unnest(bindparam("ids", type_=ARRAY(Uuid)))
_asked = _ids.table_valued(column("id", Uuid)).render_derived(name="asked")
_message = OutboxMessage
#: the message each report waits for: later ones of the same report wait behind it
_first = (
    select(
        _message.id,
        _message.topic,
        _message.state,
        _message.attempts,
        _message.due_at,
        _message.lease,
        _message.cause,
    )
    .where(_message.subject_id == _asked.c.id, _message.topic.in_(TOPICS), _message.state.in_(UNFINISHED))
    .order_by(_message.sequence)
    .limit(literal_column("1"))
    .lateral("message")
)
_SYNC = (
    select(
        Tenant.timezone,
        Sp4nSettings.mode,
        Sp4nSettings.paused_until,
        _asked.c.id.label("complaint_id"),
        Sp4nLink.external_id,
        Sp4nLink.synced_at,
        Sp4nLink.status_raw,
        Sp4nLink.status_unmapped,
        Sp4nLink.problem,
        Parity.compared_at,
        func.jsonb_path_query_array(Parity.differences, text("'$[*].aspect'")).label("aspects"),
        *(each.label(f"message_{each.name}") for each in _first.c),
    )
    .select_from(Tenant)
    .join(_asked, true())
    .outerjoin(Sp4nSettings, Sp4nSettings.tenant_id == Tenant.id)
    .outerjoin(Sp4nLink, (Sp4nLink.tenant_id == Tenant.id) & (Sp4nLink.complaint_id == _asked.c.id))
    .outerjoin(
        Parity,
        (Parity.tenant_id == Sp4nLink.tenant_id)
        & (Parity.complaint_id == Sp4nLink.complaint_id)
        & text("sp4n_parity.state = 'different'"),
    )
    .outerjoin(_first, true())
    .where(Tenant.id == bindparam("tenant"))
)


def sync_of(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, SyncView]:
    """The view of each report. Where nothing is connected only linked reports have one."""
    rows = db.session.execute(_SYNC, {"tenant": bound_tenant_id(), "ids": list(ids)}).all()
    has_links, now = any(row.external_id is not None for row in rows), clock.now()
    found = {}
    for row in rows:
        zone, is_sent = ZoneInfo(row.timezone), row.mode == ACTIVE or has_links
        if row.message_id is not None and is_sent:
            found[row.complaint_id] = _under_way(row, now, zone)
        elif row.external_id is not None:
            found[row.complaint_id] = _linked(row, zone)
        elif row.mode not in (None, OFF):
            found[row.complaint_id] = NOT_SENT
    return found


def find_by_number(number: str) -> uuid.UUID | None:
    """The complaint that bears this number on the national side."""
    return db.session.scalar(select(Sp4nLink.complaint_id).where(Sp4nLink.external_id == number))


def _under_way(row: Row[*tuple[Any, ...]], now: datetime, zone: ZoneInfo) -> SyncView:
    number, due_at = row.external_id, row.message_due_at
    detail = f"{row.message_topic} {row.message_id}"
    if row.message_state in (REJECTED, GIVEN_UP):
        return SyncView("needs_person", NEEDS_PERSON, "lambat", number, None, row.message_cause, detail)
    if row.message_lease is not None and due_at is not None and due_at > now:
        return SyncView("sending", "Sedang dikirim", "info", number, None, None, detail)
    if row.message_cause is None:
        return SyncView("waiting", "Menunggu antrean", "netral", number, None, None, detail)
    again_at = max(each for each in (due_at, row.paused_until, now) if each is not None)
    attempt = f"(percobaan {row.message_attempts + 1})"
    words = f"Gagal, dicoba lagi pukul {formats.time_of_day(again_at, zone)} {attempt}"
    return SyncView("retrying", words, "tunggu", number, again_at, row.message_cause, detail)


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
