"""One message, explained: what it is, how far it came, what holds it and what can be done."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.db.transaction import unit_of_work
from core.errors import NotFound
from core.outbox.models import GIVEN_UP, PENDING, REJECTED, UNFINISHED, OutboxMessage
from core.outbox.poison import ERRORS, LOST
from operating import words
from operating.overview import Served, within
from sp4n.models import ACTIVE, Sp4nSettings
from sp4n.subscribers import TOPICS as NATIONAL
from sp4n.tasks.advice import advise
from sp4n.tasks.models import MESSAGE

MOVE = "case.move"
NO_MESSAGE = "tidak ada kiriman dengan nomor itu di kota ini"
_NOTHING = "Tidak ada yang perlu dilakukan."
_WAITS = "Tidak ada: dikirim sendiri bila tiba gilirannya."


@dataclass(frozen=True, slots=True)
class Explained:
    """A message in words. `behind`: the message of the same subject it waits for; `next_at`: the next try."""

    tenant: Served
    id: uuid.UUID
    topic: str
    what: str
    state: str
    is_stopped: bool
    can_skip: bool
    created_at: datetime
    settled_at: datetime | None
    attempts: int
    steps: list[str]
    errors: int
    lost: int
    cause: str | None
    next_at: datetime | None
    behind: uuid.UUID | None
    todo: str


def explain(tenant: Served, message_id: uuid.UUID) -> Explained:
    """Read in the tenant's own scope. Raises NotFound."""
    with within(tenant.id), unit_of_work() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.id == message_id)).first()
        if message is None:
            raise NotFound(NO_MESSAGE)
        connection = _connection(session, message)
        behind = _behind(session, message)
    is_stopped = message.state in (REJECTED, GIVEN_UP)
    crashes = {ERRORS, LOST}
    return Explained(
        tenant=tenant,
        id=message.id,
        topic=message.topic,
        what=words.TOPICS.get(message.topic, message.topic),
        state=_state(message),
        is_stopped=is_stopped,
        can_skip=is_stopped and message.topic != MOVE,
        created_at=message.created_at,
        settled_at=message.settled_at,
        attempts=message.attempts,
        steps=[words.STEPS.get(name, name) for name in message.steps if name not in crashes],
        errors=int(message.steps.get(ERRORS, 0)),
        lost=int(message.steps.get(LOST, 0)),
        cause=message.cause,
        next_at=_next(message, connection),
        behind=behind,
        todo=_todo(message, connection, behind),
    )


def _connection(session: Session, message: OutboxMessage) -> Sp4nSettings | None:
    return session.scalars(select(Sp4nSettings)).first() if message.topic in NATIONAL else None


def _behind(session: Session, message: OutboxMessage) -> uuid.UUID | None:
    if message.state != PENDING or message.due_at is not None:
        return None
    return session.scalar(
        select(OutboxMessage.id)
        .where(
            OutboxMessage.subject_id == message.subject_id,
            OutboxMessage.state.in_(UNFINISHED),
            OutboxMessage.sequence < message.sequence,
        )
        .order_by(OutboxMessage.sequence)
        .limit(1)
    )


def _state(message: OutboxMessage) -> str:
    if message.state != PENDING:
        return words.STATES[message.state]
    if message.due_at is None:
        return "menunggu kiriman sebelumnya dari laporan yang sama"
    if message.due_at <= clock.now():
        return "jatuh tempo, menunggu pekerja"
    if message.lease is not None:
        return "sedang dikerjakan"
    return "menunggu dicoba lagi" if message.attempts else "ditahan selama masih dapat diurungkan"


def _next(message: OutboxMessage, connection: Sp4nSettings | None) -> datetime | None:
    if message.due_at is None:
        return None
    pause = connection.paused_until if connection is not None else None
    return message.due_at if pause is None else max(message.due_at, pause)


def _todo(message: OutboxMessage, connection: Sp4nSettings | None, behind: uuid.UUID | None) -> str:
    if message.state not in UNFINISHED:
        return _NOTHING
    if behind is not None:
        return f"Selesaikan dahulu kiriman {behind}; yang ini lalu mendapat gilirannya."
    if message.topic in NATIONAL and (connection is None or connection.mode != ACTIVE):
        return "Sambungan kota ini ke SP4N-LAPOR! tidak aktif; kiriman menunggu sampai diaktifkan."
    if message.cause is None:
        return _WAITS
    if message.topic in NATIONAL:
        return advise(MESSAGE, message.cause).words
    if message.topic == MOVE:
        return "Coba lagi, atau minta petugas kota menarik kembali laporan itu di halamannya."
    return "Minta kota memeriksa alamat penerima dan Pengaturan, Pesan, lalu coba lagi, atau lewati."
