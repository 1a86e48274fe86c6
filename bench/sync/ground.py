"""The deployment that is measured: the storm's ground without the storm, and what is asked of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, ClassVar

import psycopg

from bench.chaos import ground
from bench.chaos.ground import Town
from core.db.tenancy import tenant_scope
from core.jobs.queue import QUEUES
from sp4n import settings

_DELAYS = """
SELECT extract(epoch FROM settled_at - created_at) FROM outbox_message
WHERE topic LIKE 'sp4n.%%' AND state = 'delivered' AND created_at >= %s AND tenant_id = ANY(%s)
"""
_OPEN = """
SELECT count(*) FROM outbox_message
WHERE topic LIKE 'sp4n.%%' AND state NOT IN ('delivered', 'skipped') AND tenant_id = ANY(%s)
"""


class Ground(ground.Ground):
    """Cities as they are by default, but for an officer's minute to undo and the rate of calls."""

    told: ClassVar[dict[str, str]] = {"UNDO_SECONDS": "0", "SWEEP_SECONDS": "5"}

    def configure(self, town: Town, **values: Any) -> None:
        with tenant_scope(town.tenant_id, self.app):
            settings.configure(**values)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Rows of all cities, as a superuser."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            return connection.execute(statement, values).fetchall()

    def change(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement, values)

    def delays(self, since: datetime, towns: Sequence[Town]) -> list[float]:
        """Seconds from an act to its record that the national side has it."""
        ids = [town.tenant_id for town in towns]
        return [float(row[0]) for row in self.rows(_DELAYS, since, ids)]

    def undelivered(self, towns: Sequence[Town]) -> int:
        return int(self.rows(_OPEN, [town.tenant_id for town in towns])[0][0])

    def waiting_jobs(self) -> int:
        """Wake-ups in the queues."""
        jobs = self.app.extensions["jobs"]
        return sum(len(jobs.queue(name)) for name in QUEUES)

    def forget(self, *patterns: str) -> None:
        """What Redis holds under these names."""
        redis = self.app.extensions["jobs"].redis
        for pattern in patterns:
            for key in redis.scan_iter(pattern):
                redis.delete(key)

    def calls_of(self, town: Town, endpoint: str, after: int) -> list[tuple[int, datetime]]:
        """Number and moment of each call of the town's account at the national side."""
        asked: dict[str, str | int] = {"endpoint": endpoint, "client_id": town.client_id, "after": after}
        answer = self.remote.get("/simulator/requests", params=asked).raise_for_status().json()
        return [(int(each["id"]), datetime.fromisoformat(each["at"])) for each in answer["requests"]]


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.2) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < end:
        time.sleep(pause)
    return holds


def percentile(values: Collection[float], percent: int) -> float:
    """What this many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
