"""What a person does with a task: take it on, ask for another try, or leave it out with a reason.

Invariant: each is audited, and a task that is left out stays listed with who, when and why.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from complaints.acts.engine import Actor
from core import audit, clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import DomainError
from core.extensions import db
from core.jobs.queue import registry, wake_after_commit
from core.outbox import relay
from core.outbox.models import UNFINISHED, OutboxMessage
from sp4n import circuit, upkeep
from sp4n.models import InboundMessage, Sp4nLink
from sp4n.subscribers import CREATE, DELIVER, TOPICS
from sp4n.tasks import finding
from sp4n.tasks.models import CONNECTION, MESSAGE, NEWS, OPEN, REPORT, SKIPPED, Sp4nTask

MOST_AT_ONCE = 200
SHORTEST_REASON, LONGEST_REASON = 5, 500


@dataclass(frozen=True, slots=True)
class Tried:
    """How many tasks are tried again, and how many could not be."""

    again: int
    left: int


def claim(task_id: uuid.UUID, actor: Actor) -> None:
    """The actor takes an open task on; one that is theirs already is given back. Raises DomainError."""
    with unit_of_work():
        task = _locked(task_id)
        is_own = task.owner_id == actor.id
        before = task.owner_name
        task.owner_id, task.owner_name = (None, None) if is_own else (actor.id, actor.name)
        _record("sp4n.task_released" if is_own else "sp4n.task_claimed", task, actor, old=before)


def open_ids(kind: str | None = None) -> list[uuid.UUID]:
    """The oldest open tasks, up to what is tried at once."""
    statement = select(Sp4nTask.id).where(Sp4nTask.state == OPEN)
    if kind is not None:
        statement = statement.where(Sp4nTask.kind == kind)
    return list(db.session.scalars(statement.order_by(Sp4nTask.opened_at, Sp4nTask.id).limit(MOST_AT_ONCE)))


def open_of(ref_id: uuid.UUID) -> uuid.UUID | None:
    """The open task about this, after a look at how things stand now. Transactions of their own."""
    finding.refresh()
    with unit_of_work() as session:
        return session.scalar(select(Sp4nTask.id).where(Sp4nTask.ref_id == ref_id, Sp4nTask.state == OPEN))


def retry(task_ids: Sequence[uuid.UUID], actor: Actor) -> Tried:
    """Try again what these tasks are about. They stay open until it has worked."""
    with unit_of_work() as session:
        tasks = list(
            session.scalars(
                select(Sp4nTask)
                .where(Sp4nTask.id.in_(task_ids[:MOST_AT_ONCE]), Sp4nTask.state == OPEN)
                .order_by(Sp4nTask.opened_at, Sp4nTask.id)
            )
        )
        found = [(task.id, task.kind, task.ref_id) for task in tasks]
    done = [(task_id, kind) for task_id, kind, ref_id in found if _try(kind, ref_id)]
    kinds = {kind for _, kind in done}
    if done:
        circuit.end_pause()
        _wake(kinds)
    with unit_of_work():
        audit.record_many(
            "sp4n.task_retried",
            actor_id=actor.id,
            actor_name=actor.name or actor.label,
            entries=[(task_id, {"kind": kind}) for task_id, kind in done],
        )
    return Tried(len(done), len(task_ids) - len(done))


def _try(kind: str, ref_id: uuid.UUID) -> bool:
    if kind == MESSAGE:
        return relay.try_again(ref_id)
    if kind == REPORT:
        with unit_of_work() as session:
            session.execute(
                update(Sp4nLink)
                .where(Sp4nLink.tenant_id == bound_tenant_id(), Sp4nLink.id == ref_id)
                .values(next_check_at=clock.now())
                .execution_options(synchronize_session=False)
            )
        return True
    if kind == NEWS:
        with unit_of_work() as session:
            said = session.scalar(select(InboundMessage.kind).where(InboundMessage.id == ref_id))
        return said != "unreadable"  # it holds nothing that could be read at another try
    return True


def _wake(kinds: set[str]) -> None:
    if kinds & {MESSAGE, CONNECTION}:
        registry().wake(DELIVER, bound_tenant_id())
    if kinds - {MESSAGE}:
        upkeep.take_up_waiting()


def skip(task_id: uuid.UUID, reason: str, actor: Actor) -> int:
    """Leave out what a task is about; the next message of that report has its turn. Returns how many went.

    With a report that never got there its later messages go too: there is no thread for them. Raises
    DomainError where the reason is missing, or it cannot be left out.
    """
    words = checked_reason(reason)
    with unit_of_work() as session:
        task = _locked(task_id)
        if task.kind == MESSAGE:
            left_out = _skip_messages(task.ref_id)
        elif task.kind == NEWS:
            left_out = _skip_news(task.ref_id, words)
        else:
            raise DomainError(
                "Yang ini tidak dapat dilewati: selesai sendiri bila sudah diperbaiki.", code="cannot_skip"
            )
        ended = list(
            session.scalars(
                select(Sp4nTask).where(
                    Sp4nTask.state == OPEN, (Sp4nTask.id == task.id) | Sp4nTask.ref_id.in_(left_out)
                )
            )
        )
        for each in ended:
            each.state, each.ended_at, each.ended_by, each.reason = (
                SKIPPED,
                clock.now(),
                actor.name or actor.label,
                words,
            )
        _record("sp4n.task_skipped", task, actor, reason=words, messages=[str(each) for each in left_out])
        session.flush()
        finding.refresh_in(session)
        wake_after_commit(DELIVER)
        return len(left_out)


def checked_reason(reason: str) -> str:
    """The reason as it is kept. Raises DomainError where it says too little."""
    words = reason.strip()[:LONGEST_REASON]
    if len(words) < SHORTEST_REASON:
        raise DomainError(f"Tulis alasan paling sedikit {SHORTEST_REASON} huruf.", code="reason_missing")
    return words


def _skip_messages(message_id: uuid.UUID) -> list[uuid.UUID]:
    """The message, and behind a report that is not filed everything that waits for it; newest first."""
    session = db.session()
    message = session.scalars(select(OutboxMessage).where(OutboxMessage.id == message_id)).first()
    if message is None:
        raise DomainError("Kiriman ini sudah tidak ada.", code="gone")
    going = [message_id]
    if message.topic == CREATE:
        later = session.scalars(
            select(OutboxMessage.id)
            .where(
                OutboxMessage.subject_id == message.subject_id,
                OutboxMessage.topic.in_(TOPICS),
                OutboxMessage.state.in_(UNFINISHED),
                OutboxMessage.id != message_id,
            )
            .order_by(OutboxMessage.sequence.desc())
        )
        going = [*later, message_id]  # from the back, so that none of them comes to be due in between
    for each in going:
        if not relay.skip(each):
            raise DomainError(
                "Kiriman ini sedang dicoba atau sudah terkirim. Muat ulang halaman ini.", code="under_way"
            )
    return going


def _skip_news(news_id: uuid.UUID, reason: str) -> list[uuid.UUID]:
    news = db.session.scalars(
        select(InboundMessage)
        .where(InboundMessage.id == news_id, InboundMessage.state.in_(("pending", "waiting")))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if news is None:
        raise DomainError("Kabar ini sudah diterapkan. Muat ulang halaman ini.", code="under_way")
    news.state, news.outcome = "ignored", f"Dilewati: {reason}"
    return [news_id]


def _locked(task_id: uuid.UUID) -> Sp4nTask:
    task = db.session.scalars(
        select(Sp4nTask)
        .where(Sp4nTask.id == task_id, Sp4nTask.state == OPEN)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if task is None:
        raise DomainError("Ini sudah selesai atau dilewati. Muat ulang halaman ini.", code="task_gone")
    return task


def _record(action: str, task: Sp4nTask, actor: Actor, **detail: Any) -> None:
    audit.record(
        action,
        actor_id=actor.id,
        actor_name=actor.name or actor.label,
        subject_id=task.id,
        kind=task.kind,
        ref=str(task.ref_id),
        cause=task.cause,
        **detail,
    )
