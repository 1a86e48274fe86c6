"""How soon a linked report is read again: soon after a change, ever more rarely while there is none. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

#: the wait is this part of the time for which nothing has changed
PART = 4
#: where the list tells what changed, or the report is ended, each report is read no more often than this
LEAST_WATCHED = timedelta(hours=1)
#: and no more rarely than this, while it is open and when it is ended
MOST_OPEN, MOST_ENDED = timedelta(hours=3), timedelta(hours=24)
#: ended reports are still watched this long: the national side may close or answer later
WATCH_ENDED = timedelta(days=30)


def wait(own: timedelta, quiet: timedelta, *, has_list: bool, is_ended: bool) -> timedelta:
    """Until the next reading. `own`: the city's interval; `quiet`: since the last change on either side."""
    least = max(own, LEAST_WATCHED) if has_list or is_ended else own
    return max(least, min(quiet / PART, MOST_ENDED if is_ended else MOST_OPEN))


def is_past(ended_at: datetime | None, now: datetime) -> bool:
    """Whether an ended report is watched no longer."""
    return ended_at is not None and ended_at < now - WATCH_ENDED
