"""What Redis tells of the shared workers: who lives and does what, how long the queues are, what failed.

Every function raises RedisError where Redis is away; the rows in PostgreSQL do not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rq import Worker
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from core import clock
from core.jobs.queue import ENTRY_POINT, QUEUES, registry

#: failed jobs shown at once, newest first
MOST_FAILED = 50
#: waiting jobs looked at for the oldest one: those whose time ran out still have their place in the queue
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One living worker. `kind` is the work in hand, None while it waits."""

    name: str
    host: str
    kind: str | None
    tenant_id: int | None
    since: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue. `oldest_seconds`: how long its first wake-up has waited."""

    name: str
    length: int
    oldest_seconds: float | None
    failed: int


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that ended in an error. `error` is the error's own line, `error_kind` its name alone."""

    id: str
    queue: str
    kind: str
    tenant_id: int | None
    failed_at: datetime | None
    error: str
    error_kind: str


@dataclass(frozen=True, slots=True)
class Machines:
    """Workers and queues at one moment."""

    workers: list[WorkerState]
    queues: list[QueueState]

    @property
    def failed(self) -> int:
        """How many failed jobs there are in all."""
        return sum(queue.failed for queue in self.queues)


def look() -> Machines:
    """Workers and queues as they are now. Raises RedisError."""
    redis = registry().redis
    living = Worker.all(connection=redis, serializer=JSONSerializer)
    return Machines(
        sorted((_worker(each) for each in living), key=lambda each: each.name),
        [_queue(name) for name in QUEUES],
    )


def _worker(worker: Any) -> WorkerState:
    execution = worker.execution
    job = _fetched([execution.job_id])[0] if execution else None
    kind, tenant_id = _what(job) if job is not None else (None, None)
    return WorkerState(
        name=worker.name[:12],
        host=worker.hostname or "",
        kind=kind,
        tenant_id=tenant_id,
        since=execution.created_at if execution else None,
        seen_at=_aware(worker.last_heartbeat),
    )


def _queue(name: str) -> QueueState:
    queue = registry().queue(name)
    first = [job for job in _fetched(queue.get_job_ids(0, _LOOKED_AT)) if job is not None]
    since = [at for job in first if (at := _aware(job.enqueued_at)) is not None]
    age = (clock.now() - min(since)).total_seconds() if since else None
    return QueueState(name, queue.count, age, _failed_of(name).get_job_count())


def failed() -> list[FailedJob]:
    """The newest failed jobs of all queues. Raises RedisError."""
    found = [
        _failed(job, name)
        for name in QUEUES
        for job in _fetched(_failed_of(name).get_job_ids(0, MOST_FAILED - 1, desc=True))
        if job is not None
    ]
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda each: each.failed_at or oldest, reverse=True)[:MOST_FAILED]


def find_failed(job_id: str) -> FailedJob | None:
    """One failed job, or None where it is not (or no longer) one. Raises RedisError."""
    job = _fetched([job_id])[0] if job_id else None
    if job is None or job.origin not in QUEUES or job_id not in _failed_of(job.origin):
        return None
    return _failed(job, job.origin)


def run_again(job: FailedJob) -> bool:
    """Put a failed job back in its queue. Returns whether it was still a failed one. Raises RedisError."""
    try:
        _failed_of(job.queue).requeue(job.id)
    except (InvalidJobOperation, NoSuchJobError):
        return False
    return True


def _failed_of(name: str) -> FailedJobRegistry:
    return FailedJobRegistry(queue=registry().queue(name))


def _fetched(job_ids: list[str]) -> list[Job | None]:
    if not job_ids:
        return []
    return Job.fetch_many(job_ids, connection=registry().redis, serializer=JSONSerializer)


def _failed(job: Job, queue: str) -> FailedJob:
    kind, tenant_id = _what(job)
    result = job.latest_result()
    error = error_line((result.exc_string if result else None) or "")
    return FailedJob(
        id=job.id,
        queue=queue,
        kind=kind,
        tenant_id=tenant_id,
        failed_at=_aware(job.ended_at) or (_aware(result.created_at) if result else None),
        error=error,
        error_kind=error.partition(":")[0].rpartition(".")[2][:80],
    )


def _what(job: Job) -> tuple[str, int | None]:
    """(kind of work, its tenant) of a job."""
    if job.func_name == ENTRY_POINT and len(job.args) == 2:
        return str(job.args[0]), int(job.args[1])
    return str(job.func_name), None


def error_line(trace: str) -> str:
    """The line of a traceback that names the error: the first one behind the last frame."""
    lines = trace.rpartition("Traceback (most recent call last):")[2].strip("\n").splitlines()
    return next((line.strip() for line in lines if line and not line[0].isspace()), "")


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
