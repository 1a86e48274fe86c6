"""What workers and clockwork cost with every city of the country connected and nothing due."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import ClassVar

from bench.sync.figures import Figure
from bench.sync.ground import Ground, wait_until
from core.jobs.sweeping import due_tenants, relay_engine
from scripts.processes import descendants

MOST_PERCENT = 1.0
SETTLE_SECONDS = 1200.0
#: sweeps come one in so many seconds; a job more or less is no work
SLACK = 2
_TICKS = os.sysconf("SC_CLK_TCK")


class Quiet(Ground):
    """Cities that are read once a day."""

    poll_seconds: ClassVar[int] = 86_400


def cpu_seconds(pid: int) -> float:
    """CPU of a program, of what descends from it, and of what did and has ended."""
    return sum(_own(each) for each in (pid, *descendants(pid)))


def _own(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:  # it ended meanwhile; its parent has the sum
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS


class Idle:
    """Waits until nothing is due, then looks at the programs' CPU for a while."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._jobs = ground, ground.app.extensions["jobs"]

    def run(self, seconds: float, windows: int = 10) -> list[Figure]:
        self._settle()
        for _ in range(windows):
            before, done = self._spent(), self._done()
            time.sleep(seconds)
            after, jobs = self._spent(), self._done() - done
            if jobs <= seconds / 5 + SLACK:
                return self._figures(before, after, seconds)
            print(f"{jobs} jobs in {seconds:.0f} s: not idle yet", flush=True)
            self._settle()
        raise RuntimeError("it never came to rest")

    def _figures(self, before: dict[str, float], after: dict[str, float], seconds: float) -> list[Figure]:
        share = {name: (after[name] - before[name]) / seconds * 100 for name in before}
        own = sum(value for name, value in share.items() if name not in ("postgres", "redis"))
        cities = len(self._ground.towns)
        figures = [Figure(f"workers and scheduler, {cities} cities, nothing due", own, "%", MOST_PERCENT)]
        return figures + [Figure(f"of a core: {name}", value, "%") for name, value in share.items()]

    def _spent(self) -> dict[str, float]:
        names = [*self._ground.workers(), "scheduler", "postgres", "redis"]
        processes = {name: self._ground.child(name).process for name in names}
        return {name: cpu_seconds(process.pid) for name, process in processes.items() if process is not None}

    def _done(self) -> int:
        """Jobs that ended well, of all workers."""
        keys = self._jobs.redis.keys("rq:worker:*")
        return sum(
            int(self._jobs.redis.hget(key, "successful_job_count") or 0)
            for key in keys
            if b":exec" not in key
        )

    def _settle(self) -> None:
        if not wait_until(lambda: self._due() == 0, SETTLE_SECONDS, pause=5):
            raise RuntimeError(f"{self._due()} tenants still have something due")

    def _due(self) -> int:
        with self._ground.app.app_context():
            engine = relay_engine(self._ground.app)
            statements = [job.due_sql for job in self._jobs.jobs.values() if job.due_sql]
            return self._ground.waiting_jobs() + sum(len(due_tenants(engine, each)) for each in statements)
