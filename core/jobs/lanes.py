"""Three lanes of a worker, a process each: the common one, one for reading, one for tenants that are slow.

Who waits for somebody outside for long so keeps nobody else waiting. Where all wait patience is short: whose
answer takes longer goes to the slow lane, where there is time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import structlog

from core.jobs.queue import SLOW

#: how long a call, and how long work in steps, may take where all wait; just enough to be found slow
COMMON_SECONDS = 5.0

#: how far the processes beside a worker stand back where the processor is short (see `os.nice`)
GIVES_WAY = 5

_log = structlog.get_logger(__name__)
_queue: str | None = None


def enter(queue: str) -> None:
    """This process does a job of this queue."""
    global _queue
    _queue = queue


def is_common() -> bool:
    """Whether this process does a job where every tenant waits."""
    return _queue is not None and _queue != SLOW


def bounded(seconds: float) -> float:
    """So many seconds, or fewer where every tenant waits."""
    return min(seconds, COMMON_SECONDS) if is_common() else seconds


class Beside:
    """A process beside a worker that does `serve`; started again when it ends, ended with the worker."""

    def __init__(self, serve: Callable[[Beside], None]) -> None:
        self._serve, self._pid, self._parent = serve, 0, os.getpid()
        self._is_asked = False

    def look(self) -> None:
        """Start it where it does not run. Does nothing in a child of the worker."""
        if os.getpid() != self._parent or self._is_asked:
            return
        if self._pid and os.waitpid(self._pid, os.WNOHANG)[0] == 0:
            return
        self._pid = os.fork()
        if self._pid == 0:
            try:
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_DFL)
                self._serve(self)
            except Exception:
                _log.exception("lane_failed")
            finally:
                os._exit(0)

    def is_orphan(self) -> bool:
        """Asked in the process beside: whether its worker is gone."""
        return os.getppid() != self._parent

    def ask(self) -> None:
        """Let it end after the step at hand."""
        if self._pid and not self._is_asked:
            self._is_asked = True
            os.kill(self._pid, signal.SIGTERM)

    def end(self) -> None:
        """Ask, and wait until it has ended; where the wait is broken off, it ends at once."""
        self.ask()
        if self._pid:
            try:
                os.waitpid(self._pid, 0)
            except BaseException:
                os.kill(self._pid, signal.SIGTERM)
                raise
