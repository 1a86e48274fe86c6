"""The clockwork: what runs when is one list in `app.py`; it runs in this process itself."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the schedule: what to call every `seconds`."""

    name: str
    run: Callable[[], object]
    seconds: int


def run(entries: Sequence[Entry]) -> None:
    """Run the schedule until told to stop. Several at once only mean more frequent, harmless sweeps."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    keep(entries, stop)


def keep(entries: Sequence[Entry], stop: threading.Event) -> None:
    """Call each entry at once and then every so often. An engine that is away is waited for."""
    due = dict.fromkeys(entries, time.monotonic())
    while not stop.is_set():
        for entry in entries:
            if time.monotonic() >= due[entry]:
                _call(entry)
                due[entry] = time.monotonic() + entry.seconds
        stop.wait(max(0.0, min(due.values()) - time.monotonic()))


def _call(entry: Entry) -> None:
    try:
        entry.run()
    except (OperationalError, RedisError):
        _log.warning("schedule_waits", entry=entry.name, exc_info=True)
