"""The one place that asks the time.

Instants are aware UTC datetimes; tests and the demo seed freeze them here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """The present instant in UTC, or the frozen one."""
    return _frozen.get() or datetime.now(UTC)


def local_date(zone: ZoneInfo, at: datetime | None = None) -> date:
    """The calendar date at `at` (default: now) in `zone`."""
    return (at or now()).astimezone(zone).date()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at an aware instant for the length of the block."""
    if at.tzinfo is None:
        raise ValueError("a frozen clock needs an aware datetime")
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
