"""Claim → deliver → record. No transaction is open while a handler talks to the outside.

A claim is a lease: the message's due time moves into the future, and only the holder of the lease token may
record.
A worker that dies lets the lease run out; the message is then tried again and its finished steps are not
repeated.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from rq.timeouts import BaseTimeoutException
from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.extensions import db
from core.jobs import stopping
from core.outbox import poison
from core.outbox.models import DELIVERED, GIVEN_UP, PENDING, REJECTED, SKIPPED, UNFINISHED, OutboxMessage

LEASE = timedelta(seconds=180)
FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 900.0
#: with the longest delay between them about four days: maintenance on the other side is normal
MOST_ATTEMPTS = 500

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MessageQueued(events.Event):
    """A message was written; it is not sent yet."""

    topic: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MessageSettled(events.Event):
    """A message reached its end: delivered or skipped."""

    topic: str
    created_at: datetime


class TryLater(Exception):
    """The outside cannot take it now. `retry_after` in seconds when the other side named a time."""

    def __init__(self, cause: str, retry_after: float | None = None) -> None:
        super().__init__(cause)
        self.cause, self.retry_after = cause, retry_after


class DoNotTry(Exception):
    """The outside refuses it; a person must look. `cause` is one Indonesian sentence."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class LeaseLost(RuntimeError):
    """Another worker holds the message now; this one must stop without recording."""


@dataclass(slots=True)
class Delivery:
    """One claimed message in the hands of a handler."""

    id: uuid.UUID
    topic: str
    subject_id: uuid.UUID
    payload: dict[str, Any]
    steps: dict[str, Any]
    attempts: int
    lease: uuid.UUID

    def keep(self, step: str, result: Any) -> None:
        """Store the result of a finished step before the next one begins, and renew the lease."""
        self.steps = {**self.steps, step: result}
        with unit_of_work() as session:
            _owned(session, self, steps=self.steps, due_at=clock.now() + LEASE)


Handler = Callable[[Delivery], None]


def _lock_subject(session: Session, subject_id: uuid.UUID) -> None:
    """Serialise "is an older one unfinished?" with "this one is finished" for one subject."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"outbox:{bound_tenant_id()}:{subject_id}"},
    )


def add(
    topic: str, subject_id: uuid.UUID, dedupe_key: str, payload: dict[str, Any], *, delay_seconds: float = 0
) -> None:
    """Write a message in the present transaction. The same dedupe key twice is one message."""
    session = db.session()
    _lock_subject(session, subject_id)
    if session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)) is not None:
        return
    blocked = session.scalar(
        select(OutboxMessage.id)
        .where(OutboxMessage.subject_id == subject_id, OutboxMessage.state.in_(UNFINISHED))
        .limit(1)
    )
    now = clock.now()
    held_until = now + timedelta(seconds=delay_seconds)
    message = OutboxMessage(
        topic=topic,
        subject_id=subject_id,
        dedupe_key=dedupe_key,
        payload=payload,
        created_at=now,
        due_at=None if blocked else held_until,
        held_until=held_until if delay_seconds else None,
    )
    session.add(message)
    session.flush()
    events.publish(MessageQueued(topic, now))


def cancel(dedupe_key: str) -> bool:
    """Take a message out that nobody has tried to send yet, in the present transaction.

    Returns False where it was tried or sent: then it is too late. No such message counts as taken out.
    """
    message = _locked(OutboxMessage.dedupe_key == dedupe_key)
    if message is None:
        return True
    if message.state != PENDING or message.attempts:
        return False
    return _take_out(message)


def withdraw(dedupe_key: str) -> bool:
    """Take a stopped message out for good, in the present transaction.

    Returns False where it is not stopped: nobody has tried it yet, somebody does so now, or it was sent.
    """
    message = _locked(OutboxMessage.dedupe_key == dedupe_key)
    if message is None or message.state not in (REJECTED, GIVEN_UP):
        return False
    return _take_out(message)


def skip(message_id: uuid.UUID) -> bool:
    """A person leaves an unfinished message out, in the present transaction; the next one has its turn.

    Returns False where it is finished, or somebody tries to send it right now.
    """
    message = _locked(OutboxMessage.id == message_id)
    if message is None or message.state not in UNFINISHED or _is_held(message):
        return False
    return _take_out(message)


def _locked(which: ColumnElement[bool]) -> OutboxMessage | None:
    session = db.session()
    subject = session.scalar(select(OutboxMessage.subject_id).where(which))
    if subject is None:
        return None
    _lock_subject(session, subject)
    return session.scalars(
        select(OutboxMessage).where(which).with_for_update().execution_options(populate_existing=True)
    ).one()


def _is_held(message: OutboxMessage) -> bool:
    """Whether a worker has it in hand."""
    return message.lease is not None and message.due_at is not None and message.due_at > clock.now()


def _take_out(message: OutboxMessage) -> bool:
    session = db.session()
    message.state, message.due_at, message.settled_at, message.lease = SKIPPED, None, clock.now(), None
    session.flush()
    release_next(session, message.subject_id)
    events.publish(MessageSettled(message.topic, message.created_at))
    return True


def send_again(topic: str, subject_id: uuid.UUID, dedupe_key: str, payload: dict[str, Any]) -> None:
    """Put a settled message back in its queue, in the present transaction; one that never was is added.

    Its finished steps are forgotten but for that it was begun: whoever delivers it looks there first.
    """
    session = db.session()
    _lock_subject(session, subject_id)
    message = session.scalars(
        select(OutboxMessage).where(OutboxMessage.dedupe_key == dedupe_key).with_for_update()
    ).first()
    if message is None:
        add(topic, subject_id, dedupe_key, payload)
        return
    if message.state == PENDING:
        return
    message.state, message.due_at, message.settled_at = PENDING, None, None
    message.attempts, message.cause, message.steps = 0, None, {"begun": True}
    session.flush()
    release_next(session, subject_id)
    events.publish(MessageQueued(message.topic, message.created_at))


def claim(topics: tuple[str, ...]) -> Delivery | None:
    """Take the message that is due longest, or None. Short transaction of its own."""
    while True:
        with unit_of_work() as session:
            message = session.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.due_at <= clock.now(), OutboxMessage.topic.in_(topics))
                .order_by(OutboxMessage.due_at, OutboxMessage.sequence)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            if message is None:
                return None
            if message.lease is not None:  # whoever had it never told how it ended
                message.steps = poison.counted(message.steps, poison.LOST)
            if not poison.is_too_often(message.steps):
                return _taken(message)
            _log.error("outbox_poisoned", message_id=str(message.id), topic=message.topic)
            message.state, message.due_at, message.lease = GIVEN_UP, None, None
            message.cause = poison.LOST_CAUSE


def _taken(message: OutboxMessage) -> Delivery:
    message.lease = uuid.uuid4()
    message.attempts += 1
    message.due_at = clock.now() + LEASE
    return Delivery(
        message.id,
        message.topic,
        message.subject_id,
        dict(message.payload),
        dict(message.steps),
        message.attempts,
        message.lease,
    )


def _owned(session: Session, delivery: Delivery, **values: Any) -> datetime:
    created = session.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.tenant_id == bound_tenant_id(),
            OutboxMessage.id == delivery.id,
            OutboxMessage.lease == delivery.lease,
        )
        .values(**values)
        .returning(OutboxMessage.created_at)
        .execution_options(synchronize_session=False)
    )
    if created is None:
        raise LeaseLost(str(delivery.id))
    return created


def record_delivered(delivery: Delivery, also: Callable[[Session], None] | None = None) -> None:
    """Close the message; `also` writes rows (the link to the outside id) in the same transaction."""
    with unit_of_work() as session:
        _lock_subject(session, delivery.subject_id)
        created = _owned(
            session, delivery, state=DELIVERED, settled_at=clock.now(), due_at=None, lease=None, cause=None
        )
        if also is not None:
            also(session)
        release_next(session, delivery.subject_id)
        events.publish(MessageSettled(delivery.topic, created))


def release_next(session: Session, subject_id: uuid.UUID) -> None:
    """Make the subject's oldest unfinished message due, if it is one that waits for its turn."""
    oldest = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.subject_id == subject_id, OutboxMessage.state.in_(UNFINISHED))
        .order_by(OutboxMessage.sequence)
        .limit(1)
    ).first()
    if oldest is not None and oldest.state == PENDING and oldest.due_at is None:
        oldest.due_at = max(clock.now(), oldest.held_until or clock.now())


def retry_delay(attempts: int) -> float:
    """Seconds until the next try: doubling from 5 s to 15 min, with full jitter on the upper half."""
    span = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 20))
    return span / 2 + random.uniform(0, span / 2)  # noqa: S311 - jitter, not a secret


def record_failure(delivery: Delivery, failure: TryLater | DoNotTry) -> None:
    """Keep the cause; put the message off, or stop it where a person can see it."""
    if isinstance(failure, DoNotTry):
        state, due = REJECTED, None
    elif delivery.attempts >= MOST_ATTEMPTS or poison.is_too_often(delivery.steps):
        state, due = GIVEN_UP, None
    else:
        delay = max(failure.retry_after or 0, retry_delay(delivery.attempts))
        state, due = PENDING, clock.now() + timedelta(seconds=delay)
    values = {"state": state, "due_at": due, "lease": None, "cause": failure.cause[:500]}
    with unit_of_work() as session:
        _owned(session, delivery, steps=delivery.steps, **values)


def drain(
    handlers: dict[str, Handler],
    *,
    most: int = 100,
    seconds: float = 20.0,
    may_go_on: Callable[[], bool] = lambda: True,
) -> tuple[int, bool]:
    """Deliver what is due for the bound tenant, within bounds so that other tenants get their turn.

    Returns (messages delivered, whether the other side failed). Stops at the first TryLater: a dead remote is
    not hammered with the rest of the queue. Stops between two messages when the worker is asked to, or when
    `may_go_on` says no.
    """
    started = clock.now()
    topics = tuple(handlers)
    done = 0
    while (
        done < most
        and not stopping.is_asked()
        and (clock.now() - started).total_seconds() < seconds
        and may_go_on()
        and (delivery := claim(topics)) is not None
    ):
        try:
            handlers[delivery.topic](delivery)
        except LeaseLost:
            _log.warning("outbox_lease_lost", message_id=str(delivery.id), topic=delivery.topic)
        except (TryLater, DoNotTry) as failure:
            _record(delivery, failure)
            if isinstance(failure, TryLater):
                return done, True
        except (BaseTimeoutException, OperationalError):
            raise  # the job's time is up, or the database is away: the lease runs out, another takes it up
        except Exception as error:
            _log.exception("outbox_handler_failed", message_id=str(delivery.id), topic=delivery.topic)
            delivery.steps = poison.counted(delivery.steps, poison.ERRORS)
            _record(delivery, TryLater(poison.cause_of(error)))
        else:
            done += 1
    return done, False


def _record(delivery: Delivery, failure: TryLater | DoNotTry) -> None:
    told = {"message_id": str(delivery.id), "topic": delivery.topic}
    try:
        record_failure(delivery, failure)
    except LeaseLost:  # it took so long that another worker has the message now
        _log.warning("outbox_lease_lost", **told)
    _log.info("outbox_not_delivered", cause=failure.cause, **told)


def try_again(message_id: uuid.UUID) -> bool:
    """A person asks for another try of an unfinished message. Returns whether there was one to try.

    False too where somebody tries right now: a second one beside it might send it twice.
    """
    with unit_of_work() as session:
        message = _locked(OutboxMessage.id == message_id)
        if message is None or message.state not in UNFINISHED or _is_held(message):
            return False
        message.state, message.attempts, message.due_at, message.lease = PENDING, 0, None, None
        message.steps = poison.forgiven(message.steps)
        session.flush()
        release_next(session, message.subject_id)
        return True
