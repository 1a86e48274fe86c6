"""Whether the worker was asked to stop: work in bounded steps looks here between two of them.

The worker's parent passes its own stop signal on as SIGUSR1, which only asks; the step at hand is finished.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

ASK = signal.SIGUSR1
_asked = threading.Event()


def heed() -> None:
    """From now on the signal asks this process to stop at the next step."""
    _asked.clear()
    signal.signal(ASK, _on_signal)


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    _asked.set()


def is_asked() -> bool:
    return _asked.is_set()
