"""What one request costs, measured inside the process through the WSGI callable.

CPU is that of the whole process (user and system): it counts neither what the database server does nor the
time that other programs took; wall time counts both.
"""

from __future__ import annotations

import gc
import gzip
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

Environ = dict[str, Any]
Wsgi = Callable[..., Iterable[bytes]]


class UnexpectedAnswer(RuntimeError):
    """A measured request was not answered as it should: there would be nothing to measure."""


@dataclass(slots=True)
class Sample:
    """Costs of many requests of one kind. Seconds; bytes of one body as sent and unpacked."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    sent: int = 0
    unpacked: int = 0
    statements: int = 0

    @property
    def cpu_median(self) -> float:
        """Median CPU a request, seconds."""
        return statistics.median(self.cpu)

    @property
    def cpu_mean(self) -> float:
        """Mean CPU a request, seconds; garbage collection included."""
        return statistics.fmean(self.cpu)

    def wall_at(self, percent: int) -> float:
        """Wall time that this many percent of the requests do not exceed, seconds."""
        ordered = sorted(self.wall)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def reference() -> float:
    """CPU seconds of a fixed piece of work, the median of five: how fast this Python and machine are now.

    Rates of runs of which this differs say nothing about the application.
    """
    seen = []
    for _ in range(5):
        start, kept = time.process_time(), {}
        for number in range(300_000):
            kept[number % 1000] = str(number)
        seen.append(time.process_time() - start)
    return statistics.median(seen)


def call(app: Wsgi, environ: Environ) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and headers of one request."""
    answer: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        answer[:] = [int(status[:3]), headers]
        return lambda data: None

    parts = app(environ, start)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return answer[0], body, answer[1]


def measure(app: Wsgi, environs: Iterable[Environ], expected: int, *, warmup: int = 5) -> Sample:
    """Run every request; the first `warmup` are not counted. Raises UnexpectedAnswer."""
    sample = Sample()
    gc.collect()
    for number, environ in enumerate(environs):
        wall, cpu = time.perf_counter(), time.process_time()
        status, body, headers = call(app, environ)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if status != expected:
            raise UnexpectedAnswer(
                f"{environ['PATH_INFO']}: {status}, not {expected}: {_readable(body)[:600]!r}"
            )
        if number >= warmup:
            sample.cpu.append(cpu)
            sample.wall.append(wall)
            sample.sent = len(body)
            sample.unpacked = len(_unpacked(body, headers))
    return sample


def _unpacked(body: bytes, headers: list[tuple[str, str]]) -> bytes:
    return gzip.decompress(body) if ("Content-Encoding", "gzip") in headers else body


def _readable(body: bytes) -> str:
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode(errors="replace")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements sent to the database inside the block, SET LOCAL included."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
