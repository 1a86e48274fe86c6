"""Time-ordered identifiers: UUID version 7 (RFC 9562, 5.7), made here because PostgreSQL 15 to 17 cannot.

Invariant: within one process every id is greater than the one before it, also within a millisecond and
when the clock steps back.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import UUID

from core import clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_COUNTER_BITS = 42
_TAIL_BITS = 32
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)


class _Sequence:
    """The last timestamp and 42-bit counter given out (RFC 9562, 6.2, method 1)."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the past. A forked child must neither continue its parent's counter nor inherit its lock."""
        self._lock = Lock()
        self._millisecond = -1
        self._counter = 0

    def next(self, millisecond: int) -> tuple[int, int]:
        """Timestamp and counter of the next id, always greater than the pair before."""
        with self._lock:
            if millisecond > self._millisecond:
                self._millisecond = millisecond
                # The top bit starts at zero, so that at least 2**41 ids fit before the counter runs over.
                self._counter = secrets.randbits(_COUNTER_BITS - 1)
            else:
                self._counter += 1
                if self._counter >> _COUNTER_BITS:
                    self._millisecond += 1
                    self._counter = secrets.randbits(_COUNTER_BITS - 1)
            return self._millisecond, self._counter


_sequence = _Sequence()
os.register_at_fork(after_in_child=_sequence.reset)


def uuid7() -> UUID:
    """A new UUID version 7; later calls in this process compare greater."""
    millisecond, counter = _sequence.next((clock.now() - _EPOCH) // _MILLISECOND)
    high, low = counter >> 30, counter & 0x3FFF_FFFF
    value = (millisecond & 0xFFFF_FFFF_FFFF) << 80 | _VERSION_AND_VARIANT | high << 64 | low << _TAIL_BITS
    return UUID(int=value | secrets.randbits(_TAIL_BITS))


def created_at(identifier: UUID) -> datetime:
    """The instant (UTC, milliseconds) inside a version 7 id. Raises ValueError for another version."""
    if identifier.version != 7:
        raise ValueError(f"not a version 7 id: version {identifier.version}")
    return _EPOCH + (identifier.int >> 80) * _MILLISECOND
