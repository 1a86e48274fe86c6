"""Messages that are each the only one of their subject: written, taken back and put off many at once.

Nothing waits for them and they wait for nothing, so no subject is locked.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.extensions import db
from core.ids import uuid7
from core.outbox.models import PENDING, SKIPPED, OutboxMessage
from core.outbox.relay import FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, MessageQueued, MessageSettled


@dataclass(frozen=True, slots=True)
class Single:
    """A message that is the only one of its subject, so it waits for no other."""

    topic: str
    subject_id: uuid.UUID
    dedupe_key: str
    payload: dict[str, Any]
    delay_seconds: float = 0


def add(messages: Sequence[Single]) -> None:
    """Write messages that are each alone with their subject, in the present transaction. One statement.

    A dedupe key that is there already stays one message.
    """
    if not messages:
        return
    now = clock.now()
    rows = [
        {
            "tenant_id": bound_tenant_id(),
            "id": uuid7(),
            "topic": each.topic,
            "subject_id": each.subject_id,
            "dedupe_key": each.dedupe_key,
            "payload": each.payload,
            "state": PENDING,
            "steps": {},
            "attempts": 0,
            # a microsecond apart: the claim reads the first of an index, not all of one instant
            "due_at": now + timedelta(seconds=each.delay_seconds, microseconds=place),
            "created_at": now,
        }
        for place, each in enumerate(messages)
    ]
    written = db.session.scalars(
        insert(OutboxMessage).values(rows).on_conflict_do_nothing().returning(OutboxMessage.topic)
    ).all()
    for topic in written:
        events.publish(MessageQueued(topic, now))


def cancel(subject_ids: Collection[uuid.UUID]) -> bool:
    """Take singles out that nobody has tried to send. False where one of them was tried or sent."""
    if not subject_ids:
        return True
    own = (OutboxMessage.tenant_id == bound_tenant_id()) & OutboxMessage.subject_id.in_(subject_ids)
    rows = db.session.execute(
        update(OutboxMessage)
        .where(own, OutboxMessage.state == PENDING, OutboxMessage.attempts == 0)
        .values(state=SKIPPED, due_at=None, settled_at=clock.now())
        .returning(OutboxMessage.topic, OutboxMessage.created_at)
        .execution_options(synchronize_session=False)
    ).all()
    for row in rows:
        events.publish(MessageSettled(row.topic, row.created_at))
    return len(rows) == len(subject_ids)


def postpone(topic: str, attempts: int) -> int:
    """Put off all that is due of a topic whose way is down, to just after the message that found it so.

    So one message knocks for all, and its waiting time grows. `attempts` are its own. Returns how many.
    """
    span = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 20))
    now = clock.now()
    with unit_of_work() as session:
        moved = session.scalars(
            update(OutboxMessage)
            .where(
                OutboxMessage.tenant_id == bound_tenant_id(),
                OutboxMessage.topic == topic,
                OutboxMessage.due_at <= now,
            )
            .values(due_at=now + timedelta(seconds=span))
            .returning(OutboxMessage.id)
            .execution_options(synchronize_session=False)
        ).all()
    return len(moved)
