"""The clockwork: RQ's own cron, with JSON jobs. What runs when is one list in `app.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rq.cron import CronScheduler

from core.jobs.queue import job_id

if TYPE_CHECKING:
    from flask import Flask

    from core.jobs.queue import JobRegistry


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the schedule: a function by dotted path, every `seconds`, on a queue."""

    function: str
    seconds: int
    queue: str


class _JsonCron(CronScheduler):
    """RQ's cron hands jobs over as pickles; ours are enqueued through the registry's JSON queues."""

    def __init__(self, jobs: JobRegistry) -> None:
        super().__init__(jobs.redis, logging_level="WARNING")
        self._jobs = jobs

    def enqueue_jobs(self) -> list[Any]:
        from rq.utils import now

        due = [job for job in self.get_jobs() if job.should_run()]
        for job in due:
            self._jobs.queue(job.queue_name).enqueue_call(
                job.name,
                job_id=job_id(job.name),
                timeout=60,
                result_ttl=0,
                failure_ttl=3600,
                ttl=60,
            )
            job.set_enqueue_time(now())
        return due


def prepared(app: Flask, entries: tuple[Entry, ...]) -> CronScheduler:
    """The schedule, not yet running."""
    cron = _JsonCron(app.extensions["jobs"])
    for entry in entries:
        cron.register(_by_name, entry.queue, interval=entry.seconds, name=entry.function)
    return cron


def run(app: Flask, entries: tuple[Entry, ...]) -> None:
    """Run the schedule until told to stop. Several at once only mean more frequent, harmless sweeps."""
    cron = prepared(app, entries)
    cron.start()  # type: ignore[no-untyped-call] # RQ's own


def _by_name() -> None:
    """Stands in RQ's registration; the job enqueued is the one the entry names."""
