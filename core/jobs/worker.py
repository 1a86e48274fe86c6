"""What a worker runs: one entry point for the work of a tenant."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, current_app
from rq import Worker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import DequeueStrategy

from core.db.tenancy import tenant_scope
from core.jobs import lanes, stopping, turns
from core.jobs.queue import COMMON, INBOUND, QUEUES, SLOW, TenantJob, registry
from core.logging import bound_log

if TYPE_CHECKING:
    from redis.client import Pipeline
    from rq.job import Job
    from rq.queue import Queue

_log = structlog.get_logger(__name__)


#: a worker says so often that it lives; one that was killed is forgotten a minute later
ALIVE_SECONDS = 60


class TenantWorker(Worker):
    """An RQ worker whose forked horse works inside the application.

    The parent never opens a database connection. `beside` are the processes of the other lanes, which this
    worker keeps; `lane` is the one that this process itself is.
    """

    flask_app: Flask
    beside: Sequence[lanes.Beside] = ()
    lane: lanes.Beside | None = None

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        stopping.heed()
        lanes.enter(queue.name)
        with self.flask_app.app_context():
            super().main_work_horse(job, queue)

    def handle_warm_shutdown_request(self) -> None:
        """Asked to stop: the child ends after the step at hand, not after all of its work."""
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call] # RQ's own
        for each in self.beside:
            each.ask()
        if self.horse_pid:
            with contextlib.suppress(ProcessLookupError):  # it ended this moment
                os.kill(self.horse_pid, stopping.ASK)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """The sign of life is also when a worker and the processes beside it look after each other."""
        super().heartbeat(timeout, pipeline)
        if self.is_horse:
            return
        for each in self.beside:
            each.look()
        if self.lane is not None and self.lane.is_orphan() and not self.horse_pid:
            raise StopRequested


def run_tenant_job(name: str, tenant_id: int) -> None:
    """Run one kind of work for one tenant in a scope of its own. An unknown name or no tenant is an error."""
    jobs = registry()
    job = jobs.jobs[name]
    jobs.started(name, tenant_id)
    with bound_log(tenant_id=tenant_id, job=name), tenant_scope(tenant_id):
        if not job.calls_out:
            job.run()
            return
        if lanes.is_common() and turns.is_slow(jobs.redis, tenant_id):
            jobs.wake(name, tenant_id)  # it was found slow after this wake-up: now it goes to the slow lane
            return
        try:
            with turns.turn(jobs.redis, tenant_id) as is_ours:
                if is_ours:
                    _call_out(job, tenant_id)
                else:
                    jobs.put_aside(name, tenant_id)
        finally:
            if not turns.is_taken(jobs.redis, tenant_id):  # another's may have ended just before
                jobs.take_up(tenant_id)


def _call_out(job: TenantJob, tenant_id: int) -> None:
    """Run it; one that did something and was not slow ends the suspicion."""
    began = time.monotonic()
    did = job.run()
    if did and time.monotonic() - began < turns.SLOW_SECONDS:
        turns.forget_slow(registry().redis, tenant_id)


def work(app: Flask, *, burst: bool = False) -> None:
    """Serve all queues until told to stop; in a burst alone, else with a process beside for each other lane.

    What is loaded by now stays: no collection of garbage in a child looks at it again, nor copies its memory.
    """
    if burst:
        _worker(app, QUEUES).work(burst=True, **_WAY)
        return

    def serve(lane: lanes.Beside, queue: str) -> None:
        os.nice(lanes.GIVES_WAY)
        worker = _worker(app, (queue,))
        worker.lane = lane
        worker.work(**_WAY)

    gc.collect()
    gc.freeze()
    worker = _worker(app, COMMON)
    worker.beside = [lanes.Beside(partial(serve, queue=queue)) for queue in (INBOUND, SLOW)]
    try:
        worker.work(**_WAY)
    finally:
        for each in worker.beside:
            each.ask()
        for each in worker.beside:
            each.end()


#: queues take turns so that none starves another
_WAY: dict[str, Any] = {"logging_level": "WARNING", "dequeue_strategy": DequeueStrategy.ROUND_ROBIN}


def _worker(app: Flask, queues: tuple[str, ...]) -> TenantWorker:
    jobs = app.extensions["jobs"]
    worker = TenantWorker(
        [jobs.queue(name) for name in queues],
        connection=jobs.redis,
        serializer=JSONSerializer,
        worker_ttl=ALIVE_SECONDS,
    )
    worker.flask_app = app
    return worker


def current() -> Flask:
    """The application behind the present context."""
    found: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # LocalProxy
    return found
