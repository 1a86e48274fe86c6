"""The ladder a late case climbs, in working time; pure.

Invariant: the instants of a ladder never fall from one rung to the next, and no rung is skipped but an
inactive one. Basis: UU 25/2009 ps. 36 (the provider's superior answers for complaints left unanswered).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from complaints.workflow import OFFICER_TURN

HANDLER, DEPARTMENT_HEAD, CITY_ADMINISTRATOR = "handler", "department_head", "city_administrator"
REGIONAL_HEAD, PROVINCE = "regional_head", "province"
#: who is told at each level; the first is level 1
TARGETS = (HANDLER, DEPARTMENT_HEAD, CITY_ADMINISTRATOR, REGIONAL_HEAD, PROVINCE)
LEVELS = range(1, len(TARGETS) + 1)
DEPARTMENT_HEAD_LEVEL, REGIONAL_HEAD_LEVEL, PROVINCE_LEVEL = 2, 4, 5
#: working minutes a rung may lie before (below 0) or after the deadline
EARLIEST, LATEST = -2_400, 60_000
#: calendar days back within which `EARLIEST` working minutes surely fit, long holidays included
_SEARCHED_DAYS = 60


class OfficeHours(Protocol):
    """What the ladder needs of a calendar."""

    def add_working_minutes(self, start: datetime, minutes: int) -> datetime:
        """The instant after that much working time."""

    def working_minutes_between(self, start: datetime, end: datetime) -> int:
        """Working time from `start` to `end`."""


@dataclass(frozen=True, slots=True)
class Rung:
    """An active level and the working minutes from the deadline to it (before it where negative)."""

    level: int
    after_working_minutes: int


Ladder = tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Next:
    """The level a case climbs to next, and when."""

    level: int
    at: datetime

    @property
    def target(self) -> str:
        """Who is told."""
        return TARGETS[self.level - 1]


def ladder_of(rows: Iterable[tuple[int, int]]) -> Ladder:
    """Active (level, minutes) in order; a rung never comes before the one below it, whatever is stored."""
    rungs: list[Rung] = []
    for level, minutes in sorted(rows):
        rungs.append(Rung(level, max(minutes, rungs[-1].after_working_minutes) if rungs else minutes))
    return tuple(rungs)


def next_step(
    due_at: datetime | None, status: str, level: int, ladder: Ladder, calendar: OfficeHours
) -> Next | None:
    """The next rung above `level`; None where no officer is awaited or the ladder is done."""
    if due_at is None or status not in OFFICER_TURN:
        return None
    rung = next((each for each in ladder if each.level > level), None)
    return None if rung is None else Next(rung.level, _shifted(due_at, rung.after_working_minutes, calendar))


def level_after(due_before: datetime | None, due_after: datetime | None, level: int) -> int:
    """The level after an act: a deadline that moved later begins the ladder anew."""
    if due_before is not None and due_after is not None and due_after > due_before:
        return 0
    return level


def placed(
    due_before: datetime | None,
    due_at: datetime | None,
    status: str,
    level: int,
    ladder: Ladder,
    calendar: OfficeHours,
) -> tuple[int, datetime | None]:
    """Where a case stands on the ladder once its deadline was set: its level, and when it climbs."""
    level = level_after(due_before, due_at, level)
    following = next_step(due_at, status, level, ladder, calendar)
    return level, following.at if following else None


def _shifted(due_at: datetime, minutes: int, calendar: OfficeHours) -> datetime:
    if minutes > 0:
        return calendar.add_working_minutes(due_at, minutes)
    return due_at if minutes == 0 else _before(due_at, -minutes, calendar)


def _before(due_at: datetime, minutes: int, calendar: OfficeHours) -> datetime:
    """The latest whole minute from which `minutes` of working time are left until the deadline."""
    near, far = 0, _SEARCHED_DAYS * 24 * 60
    while far - near > 1:
        middle = (near + far) // 2
        if calendar.working_minutes_between(due_at - timedelta(minutes=middle), due_at) >= minutes:
            far = middle
        else:
            near = middle
    return due_at - timedelta(minutes=far)
