"""Wake-ups: an RQ job that says "tenant T has work of kind K". The rows are the truth; a lost wake-up only
costs time.

Jobs carry names and ids, never objects (JSON). The names are registered by `app.py`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, current_app
from redis.exceptions import RedisError

from core.db.tenancy import bound_tenant_id
from core.db.transaction import after_commit
from core.extensions import redis_client
from core.jobs import turns

if TYPE_CHECKING:
    from rq import Queue

_log = structlog.get_logger(__name__)

SYNC, NOTICES, FIGURES, UPKEEP = "sync", "notices", "figures", "upkeep"
#: reading what others have: many cities come due together, and nothing else is to wait for it
INBOUND = "inbound"
#: calls of tenants that are slow lately, whatever their kind: they wait for each other only
SLOW = "slow"
COMMON = (SYNC, NOTICES, FIGURES, UPKEEP)
QUEUES = (*COMMON, INBOUND, SLOW)
#: seconds for which one wake-up, waiting, stands for all of the same kind and tenant; then it is void
DEBOUNCE_SECONDS = 60
JOB_TIMEOUT_SECONDS = 170
ENTRY_POINT = "core.jobs.worker.run_tenant_job"


@dataclass(frozen=True, slots=True)
class TenantJob:
    """A kind of work of one tenant.

    `due_sql`, run as the relay role, lists the tenants (tenant_id) that have some. `calls_out`: it may wait
    for somebody outside, so a tenant has one worker at a time for it; what it returns is true where it did
    something. `is_noted`: what the sweep finds is kept, for pages that tell how far it is.
    """

    name: str
    queue: str
    run: Callable[[], Any]
    due_sql: str | None = None
    calls_out: bool = False
    is_noted: bool = False


class JobRegistry:
    """The deployment's kinds of work, by name."""

    def __init__(self, app: Flask, redis_url: str) -> None:
        self.app = app
        self.redis = redis_client(redis_url)
        self.jobs: dict[str, TenantJob] = {}

    def add(self, job: TenantJob) -> None:
        """Register a kind of work. A name is used once."""
        if job.name in self.jobs:
            raise ValueError(f"job {job.name} is registered twice")
        self.jobs[job.name] = job

    def queue(self, name: str) -> Queue:
        """The RQ queue of this name, JSON on the wire (RQ's own default is pickle)."""
        from rq import Queue
        from rq.serializers import JSONSerializer

        return Queue(name, connection=self.redis, serializer=JSONSerializer)

    def wake(self, name: str, tenant_id: int) -> bool:
        """Enqueue a wake-up unless one is waiting.

        Returns whether it was enqueued; Redis being away is no error.
        """
        job = self.jobs[name]
        try:
            if not self.redis.set(_key(name, tenant_id), 1, nx=True, ex=DEBOUNCE_SECONDS):
                return False
            is_slow = job.calls_out and turns.is_slow(self.redis, tenant_id)
            self.queue(SLOW if is_slow else job.queue).enqueue_call(
                ENTRY_POINT,
                args=(name, tenant_id),
                job_id=job_id(name, tenant_id),
                timeout=JOB_TIMEOUT_SECONDS,
                result_ttl=0,
                failure_ttl=86_400,
                ttl=DEBOUNCE_SECONDS,
            )
        except RedisError:
            _log.warning("queue_unreachable", job=name, tenant_id=tenant_id)
            return False
        return True

    def started(self, name: str, tenant_id: int) -> None:
        """A worker begins: work that appears from now on needs a wake-up of its own."""
        try:
            self.redis.delete(_key(name, tenant_id))
        except RedisError:
            _log.warning("queue_unreachable", job=name, tenant_id=tenant_id)

    def put_aside(self, name: str, tenant_id: int) -> None:
        """It is not the tenant's turn: whoever has the turn wakes this kind of work when it ends."""
        try:
            self.redis.set(_aside(name, tenant_id), 1, ex=300)
        except RedisError:
            _log.warning("queue_unreachable", job=name, tenant_id=tenant_id)

    def is_put_aside(self, name: str, tenant_id: int) -> bool:
        """Whether this kind of the tenant's work waits for the turn to end."""
        try:
            return bool(self.redis.exists(_aside(name, tenant_id)))
        except RedisError:
            _log.warning("queue_unreachable", job=name, tenant_id=tenant_id)
            return False

    def take_up(self, tenant_id: int) -> None:
        """A turn ends: wake what was put aside meanwhile."""
        for name, job in self.jobs.items():
            try:
                is_waiting = job.calls_out and self.redis.delete(_aside(name, tenant_id))
            except RedisError:
                _log.warning("queue_unreachable", job=name, tenant_id=tenant_id)
                return
            if is_waiting:
                self.wake(name, tenant_id)


def job_id(name: str, *parts: object) -> str:
    """A new id that tells what it is of. RQ takes letters, digits, dashes and underscores only."""
    return "-".join([name.replace(".", "_"), *map(str, parts), uuid.uuid4().hex])


def _key(name: str, tenant_id: int) -> str:
    return f"tenant:{tenant_id}:wake:{name}"


def _aside(name: str, tenant_id: int) -> str:
    return f"{_key(name, tenant_id)}:again"


def registry() -> JobRegistry:
    """The registry of the current application."""
    found: JobRegistry = current_app.extensions["jobs"]
    return found


def wake_after_commit(name: str) -> None:
    """Wake the bound tenant's work of this kind once the present transaction has committed."""
    tenant_id = bound_tenant_id()
    jobs = registry()

    def wake() -> None:
        jobs.wake(name, tenant_id)

    after_commit(wake)
