"""From facts to messages: what the national side must learn is queued in the fact's own transaction.

Only while the city's mode is `active`: in any other mode nothing is written, and what happens then is not
sent later by itself (`flask sp4n backfill` queues the open cases). Internal entries never leave.
"""

from __future__ import annotations

import uuid

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from complaints.events import (
    ActRecorded,
    ActUndone,
    ComplaintMovedIn,
    ComplaintMovedOut,
    ComplaintSubmitted,
)
from complaints.models import Complaint
from complaints.workflow import Act
from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.errors import Conflict
from core.extensions import db
from core.ids import uuid7
from core.jobs.queue import wake_after_commit
from core.outbox import relay
from core.outbox.models import SKIPPED, OutboxMessage
from sp4n import settings
from sp4n.models import Sp4nLink

CREATE, FOLLOW_UP, DECLINE = "sp4n.create", "sp4n.follow_up", "sp4n.decline"
TOPICS = (CREATE, FOLLOW_UP, DECLINE)
#: the two kinds of background work
DELIVER, POLL = "sp4n.deliver", "sp4n.poll"
#: channel of reports that were filed on the national side
NATIONAL_CHANNEL = "sp4n"


def subscribe() -> None:
    """Listen to what is filed and done."""
    events.subscribe(ComplaintSubmitted, _on_submitted)
    events.subscribe(ActRecorded, _on_act)
    events.subscribe(ActUndone, _on_undone)
    events.subscribe(ComplaintMovedOut, _on_moved_out)
    events.subscribe(ComplaintMovedIn, _on_moved_in)


def queue_report(complaint_id: uuid.UUID) -> None:
    """Queue the report itself, in the present transaction; once, however often it is asked for."""
    payload = {"complaint_id": str(complaint_id)}
    relay.add(CREATE, complaint_id, f"create:{complaint_id}", payload)
    wake_after_commit(DELIVER)


def _on_submitted(fact: ComplaintSubmitted) -> None:
    if fact.channel != NATIONAL_CHANNEL and _may_go(fact.complaint_id):
        queue_report(fact.complaint_id)


def _may_go(complaint_id: uuid.UUID) -> bool:
    """Whether the city sends reports like this one."""
    rules = settings.sending()
    if not rules.is_on or (rules.anonymous and rules.confidential):
        return rules.is_on
    row = db.session.execute(
        select(Complaint.is_anonymous, Complaint.is_confidential).where(Complaint.id == complaint_id)
    ).one()
    return rules.allows(is_anonymous=row.is_anonymous, is_confidential=row.is_confidential)


def _on_act(fact: ActRecorded) -> None:
    if (
        not (fact.syncs and fact.is_public)
        or not settings.sending().is_on
        or not _is_shared(fact.complaint_id)
    ):
        return
    if fact.act == Act.TRANSFER:
        return  # told once the other city has it: else it would find it there as a new one
    topic = DECLINE if fact.act == Act.DECLINE_JURISDICTION else FOLLOW_UP
    payload = {"complaint_id": str(fact.complaint_id), "event_id": str(fact.event_id)}
    relay.add(topic, fact.complaint_id, _key_of(fact.event_id), payload, delay_seconds=fact.hold_seconds)
    if not fact.hold_seconds:  # else the sweep finds it when its time has come
        wake_after_commit(DELIVER)


def _on_moved_out(fact: ComplaintMovedOut) -> None:
    """The national side learns whose report it is now."""
    if settings.sending().is_on and _is_shared(fact.complaint_id):
        payload = {"complaint_id": str(fact.complaint_id), "event_id": str(fact.event_id)}
        relay.add(DECLINE, fact.complaint_id, _key_of(fact.event_id), payload)
        wake_after_commit(DELIVER)


def _on_moved_in(fact: ComplaintMovedIn) -> None:
    """The report is known by its number there, so that reading the national side does not file it again."""
    if fact.national_number is not None:
        session, now = db.session(), clock.now()
        session.execute(
            insert(Sp4nLink)
            .values(
                tenant_id=bound_tenant_id(),
                id=uuid7(),
                complaint_id=fact.complaint_id,
                external_id=fact.national_number,
                origin="national",
                status_unmapped=False,
                linked_at=now,
                next_check_at=now,
            )
            .on_conflict_do_nothing()
        )


def _on_undone(fact: ActUndone) -> None:
    if not relay.cancel(_key_of(fact.event_id)):
        raise Conflict("Tindakan ini sudah sampai di SP4N-LAPOR! dan tidak dapat diurungkan lagi.")


def _key_of(event_id: uuid.UUID) -> str:
    return f"act:{event_id}"


def _is_shared(complaint_id: uuid.UUID) -> bool:
    """Whether the national side has the report or is about to get it; else there is no thread there."""
    link = select(Sp4nLink.id).where(Sp4nLink.complaint_id == complaint_id)
    message = select(OutboxMessage.id).where(
        OutboxMessage.dedupe_key == f"create:{complaint_id}", OutboxMessage.state != SKIPPED
    )
    return bool(db.session.scalar(select(or_(link.exists(), message.exists()))))
