"""What an operator does about work that stopped: try again, or leave out with a reason.

A message of the national exchange goes through the city's own door, so that its task ends as if the city had
done it. Each act is audited in the tenant, with the operator's name.
"""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.acts.engine import Actor
from complaints.acts.moves import sending
from complaints.notices import delivery, queueing
from core import audit
from core.db.transaction import unit_of_work
from core.errors import Conflict, DomainError, NotFound
from core.jobs.queue import registry
from core.outbox import relay
from core.outbox.models import OutboxMessage
from operating import workers
from operating.explaining import MOVE, NO_MESSAGE
from operating.overview import Served, served, within
from sp4n.subscribers import DELIVER as DELIVER_NATIONAL
from sp4n.subscribers import TOPICS as NATIONAL
from sp4n.tasks import handling

UNDER_WAY = "Kiriman ini sedang dicoba, sudah terkirim, atau sudah dilewati."
NOT_FAILED = "Pekerjaan itu tidak ada lagi di antara yang gagal."
_NOTICES = tuple(queueing.TOPICS.values())
#: topic → the kind of work that sends it
JOB_OF = {
    **dict.fromkeys(NATIONAL, DELIVER_NATIONAL),
    **dict.fromkeys(_NOTICES, queueing.DELIVER),
    sending.TOPIC: sending.DELIVER,
}

_log = structlog.get_logger(__name__)


def operator(name: str) -> Actor:
    """Whoever works for the deployment, by the name they give."""
    return Actor("system", "Operator", name=name)


def retry(tenant: Served, message_id: uuid.UUID, actor: Actor) -> None:
    """Have an unfinished message tried again now. Raises NotFound, Conflict."""
    with within(tenant.id):
        topic = _topic(message_id)
        task = handling.open_of(message_id) if topic in NATIONAL else None
        if task is not None:
            done = handling.retry([task], actor).again == 1
        else:
            done = _try_again(message_id, topic, actor)
        if not done:
            raise Conflict(UNDER_WAY)
        if topic in JOB_OF:
            registry().wake(JOB_OF[topic], tenant.id)


def _try_again(message_id: uuid.UUID, topic: str, actor: Actor) -> bool:
    if not relay.try_again(message_id):
        return False
    with unit_of_work() as session:
        if topic in _NOTICES:
            delivery.mark_again(session, _subject(session, message_id))
        _record("outbox.retried", message_id, actor, topic=topic)
    return True


def skip(tenant: Served, message_id: uuid.UUID, reason: str, actor: Actor) -> int:
    """Leave a stopped message out for good. Returns how many went: later ones may go with it.

    Raises NotFound, Conflict, or DomainError where the reason is missing or it cannot be left out.
    """
    words = handling.checked_reason(reason)
    with within(tenant.id):
        topic = _topic(message_id)
        if topic == MOVE:
            raise DomainError(
                "Perpindahan tidak dapat dilewati; petugas kota menariknya kembali di halaman laporan.",
                code="cannot_skip",
            )
        if topic not in NATIONAL:
            return _leave_out(message_id, topic, words, actor)
        task = handling.open_of(message_id)
        if task is None:
            raise Conflict("Kiriman ini tidak berhenti: masih dicoba sendiri, atau sudah selesai.")
        return handling.skip(task, words, actor)


def _leave_out(message_id: uuid.UUID, topic: str, reason: str, actor: Actor) -> int:
    with unit_of_work() as session:
        if not relay.skip(message_id):
            raise Conflict(UNDER_WAY)
        if topic in _NOTICES:
            delivery.mark_left_out(session, _subject(session, message_id), reason)
        _record("outbox.skipped", message_id, actor, topic=topic, reason=reason)
    return 1


def retry_job(job_id: str, actor: Actor) -> workers.FailedJob:
    """Run a failed job again. Raises NotFound, RedisError."""
    job = workers.find_failed(job_id)
    if job is None or not workers.run_again(job):
        raise NotFound(NOT_FAILED)
    _log.warning("job_retried", job=job.kind, job_id=job.id, tenant_id=job.tenant_id, by=actor.name)
    if job.tenant_id in served():
        with within(job.tenant_id), unit_of_work():
            _record("jobs.retried", None, actor, job=job.kind, job_id=job.id)
    return job


def _topic(message_id: uuid.UUID) -> str:
    with unit_of_work() as session:
        topic = session.scalar(select(OutboxMessage.topic).where(OutboxMessage.id == message_id))
    if topic is None:
        raise NotFound(NO_MESSAGE)
    return topic


def _subject(session: Session, message_id: uuid.UUID) -> uuid.UUID:
    return session.scalars(select(OutboxMessage.subject_id).where(OutboxMessage.id == message_id)).one()


def _record(action: str, subject_id: uuid.UUID | None, actor: Actor, **detail: Any) -> None:
    audit.record(action, actor_id=None, actor_name=actor.name, subject_id=subject_id, **detail)
