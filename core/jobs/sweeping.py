"""The sweep wakes tenants with work due; it looks as the relay role, which sees nothing else of tenants."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from core import clock
from core.db import liveness
from core.db.roles import guard

if TYPE_CHECKING:
    from flask import Flask

    from core.jobs.queue import JobRegistry

_log = structlog.get_logger(__name__)
#: what a sweep found is of use for so long
_KEPT_SECONDS = 86_400


def relay_engine(app: Flask, *, keeps: bool = False) -> Engine:
    """Engine of the relay role: one connection for each use, or one that it `keeps`."""
    url = app.extensions["settings"].database_relay_url
    if url is None:
        raise RuntimeError(
            "DATABASE_RELAY_URL belum diisi: penjadwal tidak dapat menemukan pekerjaan yang jatuh tempo"
        )
    if keeps:
        engine = create_engine(url, pool_size=1, max_overflow=0)
        liveness.install(engine)
    else:
        engine = create_engine(url, poolclass=NullPool)
    guard(engine)
    return engine


def due_tenants(engine: Engine, sql: str) -> list[int]:
    """Tenants with due work of one kind, by the relay's own query."""
    with engine.connect() as connection:
        return _due(connection, sql)


def _due(connection: Connection, sql: str) -> list[int]:
    return [int(row[0]) for row in connection.execute(text(sql))]


class Sweep:
    """Wakes every tenant that has due work: retries, lost wake-ups, polls. Keeps its connection."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._engine: Engine | None = None

    def __call__(self) -> int:
        """How many were woken. Raises RedisError where nobody can be."""
        jobs: JobRegistry = self._app.extensions["jobs"]
        jobs.redis.ping()
        if self._engine is None:
            self._engine = relay_engine(self._app, keeps=True)
        with self._engine.connect() as connection:
            return sum(self._wake(jobs, connection, name) for name in jobs.jobs)

    def close(self) -> None:
        """Let go of the connection."""
        if self._engine is not None:
            self._engine.dispose()

    def _wake(self, jobs: JobRegistry, connection: Connection, name: str) -> int:
        job, at = jobs.jobs[name], clock.now()  # before it looks: what was committed by now, it sees
        if job.due_sql is None:
            return 0
        due = _due(connection, job.due_sql)
        if job.is_noted:
            note(jobs, name, at, due)
        return sum(jobs.wake(name, tenant_id) for tenant_id in due)


@dataclass(frozen=True, slots=True)
class Swept:
    """What the last sweep found of one kind of work."""

    at: datetime
    due: frozenset[int]

    def done_until(self, tenant_id: int, done_at: datetime | None) -> datetime | None:
        """Until when the tenant's work is done that was done at `done_at`: until now where none was due."""
        return done_at if done_at is None or tenant_id in self.due else max(self.at, done_at)


def note(jobs: JobRegistry, name: str, at: datetime, due: Sequence[int]) -> None:
    """Keep what a sweep found. Raises RedisError."""
    jobs.redis.set(_key(name), json.dumps({"at": at.isoformat(), "due": list(due)}), ex=_KEPT_SECONDS)


def last(jobs: JobRegistry, name: str, now: datetime) -> Swept | None:
    """What the last sweep until `now` found, or None where nobody knows."""
    try:
        kept = jobs.redis.get(_key(name))
    except RedisError:
        _log.warning("queue_unreachable", job=name)
        return None
    if kept is None:
        return None
    found = json.loads(kept)
    at = datetime.fromisoformat(found["at"])
    return Swept(at, frozenset(found["due"])) if at <= now else None


def _key(name: str) -> str:
    return f"sweep:{name}"
