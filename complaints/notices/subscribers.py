"""From facts to messages: what an act must be told as is queued in the act's own transaction.

Where no channel is there nothing is written. What happened over a day ago is history and told to nobody.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Uuid, bindparam, select
from sqlalchemy.orm import aliased

from complaints import escalation
from complaints.events import ActRecorded, ActUndone, Escalated, OfficersMentioned
from complaints.models import Complaint, ComplaintEvent, MessagingSettings, Reporter
from complaints.models.notices import REPORTER
from complaints.notices import queueing, recipients
from complaints.notices.catalogue import ADMINISTRATOR, HANDLER, HEAD, REGIONAL, Kind, kinds_of
from complaints.notices.channels import Channels, has_mail_server
from complaints.notices.queueing import Plan
from core import clock, events
from core.extensions import db
from tenants.models import Tenant

NEWS_FOR = timedelta(days=1)
#: who is told of a late case, by the ladder's name; the province looks at its own figures
LADDER = {
    escalation.HANDLER: HANDLER,
    escalation.DEPARTMENT_HEAD: HEAD,
    escalation.CITY_ADMINISTRATOR: ADMINISTRATOR,
    escalation.REGIONAL_HEAD: REGIONAL,
}
LEVEL_NAMES = {
    escalation.HANDLER: "penangan",
    escalation.DEPARTMENT_HEAD: "kepala unit",
    escalation.CITY_ADMINISTRATOR: "admin kota",
    escalation.REGIONAL_HEAD: "kepala daerah",
}


def subscribe() -> None:
    """Listen to what is done to cases."""
    events.subscribe(ActRecorded, _on_act)
    events.subscribe(ActUndone, _on_undone)
    events.subscribe(Escalated, _on_escalated)
    events.subscribe(OfficersMentioned, _on_mentioned)


_merged = aliased(Complaint)
_start = select(bindparam("case", type_=Uuid).label("id")).cte("told", recursive=True)
_told = _start.union(select(_merged.id).join(_start, _merged.merged_into_id == _start.c.id))
_columns = (
    Tenant.timezone,
    MessagingSettings.mail_on,
    MessagingSettings.sms_on,
    MessagingSettings.sms_url,
    MessagingSettings.whatsapp_on,
    MessagingSettings.whatsapp_url,
    MessagingSettings.quiet_from,
    MessagingSettings.quiet_until,
    Complaint.handler_id,
    Complaint.department_id,
    Complaint.due_at,
    ComplaintEvent.actor_id,
    ComplaintEvent.occurred_at,
)
_FACTS = (
    select(*_columns)
    .select_from(ComplaintEvent)
    .join(
        Complaint,
        (Complaint.tenant_id == ComplaintEvent.tenant_id) & (Complaint.id == ComplaintEvent.complaint_id),
    )
    .join(Tenant, Tenant.id == ComplaintEvent.tenant_id)
    .outerjoin(MessagingSettings, MessagingSettings.tenant_id == ComplaintEvent.tenant_id)
    .where(ComplaintEvent.id == bindparam("event"))
)
_with_reporters = _FACTS.add_columns(Reporter.complaint_id, Reporter.phone, Reporter.email)
_WITH_OWN_REPORTER = _with_reporters.outerjoin(
    Reporter, (Reporter.tenant_id == Complaint.tenant_id) & (Reporter.complaint_id == Complaint.id)
)
_WITH_ALL_REPORTERS = _with_reporters.outerjoin(
    Reporter,
    (Reporter.tenant_id == Complaint.tenant_id) & Reporter.complaint_id.in_(select(_told.c.id)),
)


def _on_act(fact: ActRecorded) -> None:
    before = fact.before.status if fact.before is not None else None
    kinds = kinds_of(fact.act, fact.actor_kind, before)
    if not has_mail_server():  # officers are told by mail alone
        kinds = [kind for kind in kinds if kind.recipient == REPORTER]
    if not kinds:
        return
    rows = _facts(fact.complaint_id, fact.event_id, kinds)
    first = rows[0]
    channels = Channels.of(first)
    if not (channels.mail or channels.sms or channels.whatsapp) or _is_history(first):
        return
    plans: list[Plan] = []
    for kind in kinds:
        if kind.recipient == REPORTER:
            plans += _reporters(fact, kind, rows, channels)
        elif channels.mail:
            plans += _officers(fact, kind, first)
    queueing.queue(plans)


def _facts(
    complaint_id: uuid.UUID, event_id: uuid.UUID, kinds: Sequence[Kind]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The case, who acted, the channels, and a row for each reporter to be told. One statement."""
    if any(kind.tells_merged for kind in kinds):
        values = {"event": event_id, "case": complaint_id}
        return db.session.execute(_WITH_ALL_REPORTERS, values).all()
    return db.session.execute(_WITH_OWN_REPORTER, {"event": event_id}).all()


def _is_history(row: Row[*tuple[Any, ...]]) -> bool:
    return bool(row.occurred_at < clock.now() - NEWS_FOR)


def _reporters(
    fact: ActRecorded, kind: Kind, rows: Sequence[Row[*tuple[Any, ...]]], channels: Channels
) -> list[Plan]:
    zone = ZoneInfo(rows[0].timezone)
    payload = {"due": rows[0].due_at.isoformat()} if kind.code == "needs_info" and rows[0].due_at else {}
    return [
        plan
        for row in rows
        if row.complaint_id is not None
        for plan in queueing.to_reporter(
            fact.event_id,
            kind.code,
            row.complaint_id,
            phone=row.phone,
            email=row.email,
            channels=channels,
            zone=zone,
            hold_seconds=fact.hold_seconds,
            payload=payload,
        )
    ]


def _officers(fact: ActRecorded, kind: Kind, row: Row[*tuple[Any, ...]]) -> list[Plan]:
    officers = recipients.find(
        kind.who or HANDLER,
        on=clock.now().astimezone(ZoneInfo(row.timezone)).date(),
        handler_id=row.handler_id,
        department_id=row.department_id,
        but_not=row.actor_id,
    )
    return queueing.to_officers(
        fact.event_id, kind.code, fact.complaint_id, officers, hold_seconds=fact.hold_seconds
    )


def _on_undone(fact: ActUndone) -> None:
    queueing.withdraw(fact.event_id)


def _on_escalated(fact: Escalated) -> None:
    who = LADDER.get(fact.target)
    if who is None or not has_mail_server():
        return
    row = _facts(fact.complaint_id, fact.event_id, ())[0]
    if not Channels.of(row).mail:
        return
    officers = recipients.find(who, on=fact.on, handler_id=row.handler_id, department_id=row.department_id)
    payload = {"level": LEVEL_NAMES[fact.target]}
    queueing.queue(
        queueing.to_officers(fact.event_id, "escalated", fact.complaint_id, officers, payload=payload)
    )


def _on_mentioned(fact: OfficersMentioned) -> None:
    if not fact.officer_ids or not has_mail_server():
        return
    row = _facts(fact.complaint_id, fact.event_id, ())[0]
    if not Channels.of(row).mail or _is_history(row):
        return
    officers = recipients.find(
        HANDLER,
        on=clock.now().astimezone(ZoneInfo(row.timezone)).date(),
        named=fact.officer_ids,
        but_not=row.actor_id,
    )
    queueing.queue(queueing.to_officers(fact.event_id, "mentioned", fact.complaint_id, officers))
