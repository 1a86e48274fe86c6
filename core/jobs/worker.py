"""What a worker runs: one entry point for tenant work, one for the sweep that finds due tenants.

The sweep reads (tenant id, due time) as the relay role, which may see nothing else across tenants.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import structlog
from flask import Flask, current_app
from rq import Worker
from rq.serializers import JSONSerializer
from rq.worker import DequeueStrategy
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from core.db.roles import guard
from core.db.tenancy import tenant_scope
from core.jobs import stopping, turns
from core.jobs.queue import QUEUES, registry
from core.logging import bound_log

if TYPE_CHECKING:
    from rq.job import Job
    from rq.queue import Queue

_log = structlog.get_logger(__name__)


class TenantWorker(Worker):
    """An RQ worker whose forked horse works inside the application.

    The parent never opens a database connection.
    """

    flask_app: Flask

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        stopping.heed()
        with self.flask_app.app_context():
            super().main_work_horse(job, queue)

    def handle_warm_shutdown_request(self) -> None:
        """Asked to stop: the child ends after the step at hand, not after all of its work."""
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call] # RQ's own
        if self.horse_pid:
            with contextlib.suppress(ProcessLookupError):  # it ended this moment
                os.kill(self.horse_pid, stopping.ASK)


def run_tenant_job(name: str, tenant_id: int) -> None:
    """Run one kind of work for one tenant in a scope of its own. An unknown name or no tenant is an error."""
    jobs = registry()
    job = jobs.jobs[name]
    jobs.started(name, tenant_id)
    with bound_log(tenant_id=tenant_id, job=name), tenant_scope(tenant_id):
        if not job.calls_out:
            job.run()
            return
        with turns.turn(jobs.redis, tenant_id, jobs.workers()) as is_ours:
            if is_ours:
                job.run()
            else:
                jobs.put_aside(name, tenant_id)
        if is_ours:
            jobs.take_up(tenant_id)


def relay_engine(app: Flask) -> Engine:
    """Engine of the relay role, one connection per sweep."""
    url = app.extensions["settings"].database_relay_url
    if url is None:
        raise RuntimeError(
            "DATABASE_RELAY_URL belum diisi: pekerja tidak dapat menemukan pekerjaan yang jatuh tempo"
        )
    engine = create_engine(url, poolclass=NullPool)
    guard(engine)
    return engine


def due_tenants(engine: Engine, sql: str) -> list[int]:
    """Tenants with due work of one kind, by the relay's own query."""
    with engine.connect() as connection:
        return [int(row[0]) for row in connection.execute(text(sql))]


def run_sweep() -> int:
    """Wake every tenant that has due work: retries, lost wake-ups, polls. Returns how many were woken."""
    jobs = registry()
    engine = relay_engine(jobs.app)
    woken = 0
    with engine.connect() as connection:
        for job in jobs.jobs.values():
            if job.due_sql is None:
                continue
            for row in connection.execute(text(job.due_sql)):
                woken += jobs.wake(job.name, int(row[0]))
    return woken


def work(app: Flask, *, burst: bool = False) -> None:
    """Serve all queues until told to stop; queues take turns so that none starves another."""
    jobs = app.extensions["jobs"]
    worker = TenantWorker(
        [jobs.queue(name) for name in QUEUES], connection=jobs.redis, serializer=JSONSerializer
    )
    worker.flask_app = app
    worker.work(burst=burst, logging_level="WARNING", dequeue_strategy=DequeueStrategy.ROUND_ROBIN)


def current() -> Flask:
    """The application behind the present context."""
    found: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # LocalProxy
    return found
