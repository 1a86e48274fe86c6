"""Working days of one office and the deadlines counted in them; pure.

Invariant: the local day of receipt is never counted, and a deadline ends at the office's closing time on a
working day. The default limits are the published SP4N-LAPOR! periods (3, 5, 14, 60 and 10 working days).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MONDAY_TO_FRIDAY = frozenset(range(5))
MAX_WORKING_DAYS = 366


class Step(StrEnum):
    """What a clock runs for."""

    VERIFICATION = "verification"
    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"
    CLARIFICATION = "clarification"
    AUTO_CLOSE = "auto_close"


@dataclass(frozen=True, slots=True)
class SlaRules:
    """Limits of one tenant in working days; each from 1 to 366, otherwise ValueError.

    `first_response` runs from the disposition, `clarification` from the question to the reporter,
    `auto_close` from the last answer; the others from receipt.
    """

    verification: int = 3
    first_response: int = 5
    clarification: int = 10
    auto_close: int = 10
    information_request: int = 5
    aspiration: int = 5
    unsupervised: int = 14
    supervised: int = 60

    def __post_init__(self) -> None:
        for each in fields(self):
            if not 1 <= getattr(self, each.name) <= MAX_WORKING_DAYS:
                raise ValueError(f"{each.name} must be 1 to {MAX_WORKING_DAYS} working days")

    def working_days_for(self, step: Step, classification: str | None = None) -> int:
        """Limit of `step` in working days; only the resolution depends on the classification.

        Raises ValueError for a resolution whose classification is unknown or not yet set.
        """
        if step is not Step.RESOLUTION:
            return {
                Step.VERIFICATION: self.verification,
                Step.FIRST_RESPONSE: self.first_response,
                Step.CLARIFICATION: self.clarification,
                Step.AUTO_CLOSE: self.auto_close,
            }[step]
        limits = {
            "information_request": self.information_request,
            "aspiration": self.aspiration,
            "unsupervised": self.unsupervised,
            "supervised": self.supervised,
        }
        if classification not in limits:
            raise ValueError(f"no limit for classification {classification!r}")
        return limits[classification]


class DueState(StrEnum):
    """How near a deadline is, seen from the office's calendar day."""

    RUNNING = "running"
    DUE_TOMORROW = "due_tomorrow"
    DUE_TODAY = "due_today"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Remaining:
    """Working days until the deadline, or since it when late (0: it passed earlier today or on a day off)."""

    state: DueState
    working_days: int


@dataclass(frozen=True, slots=True)
class Line:
    """One calendar day of the explanation; `counts` where it took one working day from the limit."""

    date: date
    text: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """When an office works: local zone, weekdays (Monday = 0), closing time and days off by name.

    Raises ValueError without any weekday, or with one outside 0 to 6.
    """

    tz: ZoneInfo
    work_days: frozenset[int] = MONDAY_TO_FRIDAY
    closes_at: time = time(16)
    holidays: Mapping[date, str] = field(default_factory=dict)
    _days_off: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.work_days or not self.work_days <= frozenset(range(7)):
            raise ValueError("work_days needs at least one weekday from 0 (Monday) to 6 (Sunday)")
        lost = sorted(day.toordinal() for day in self.holidays if day.weekday() in self.work_days)
        object.__setattr__(self, "_days_off", tuple(lost))

    def is_working_day(self, day: date) -> bool:
        """Whether the office is open on `day`."""
        return day.weekday() in self.work_days and day not in self.holidays

    def add_working_days(self, start: date, working_days: int) -> date:
        """The nth working day after `start`, which is not counted; `start` for 0. ValueError below 0."""
        if working_days < 0:
            raise ValueError("working days are counted forward only")
        day = start
        while working_days:
            day += timedelta(days=1)
            working_days -= self.is_working_day(day)
        return day

    def deadline_at(self, received: datetime, working_days: int) -> datetime:
        """End of office (UTC) of the nth working day after the local date of receipt, whatever its hour."""
        last = self.add_working_days(self.local_date(received), working_days)
        return datetime.combine(last, self.closes_at, self.tz).astimezone(UTC)

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """Working days after the local date of `start`, up to and including that of `end`.

        0 on the same local day, and also when `end` is earlier (clocks of two systems may disagree).
        """
        return max(0, self._worked_until(self.local_date(end)) - self._worked_until(self.local_date(start)))

    def remaining(self, deadline: datetime, now: datetime) -> Remaining:
        """Distance from `now` to `deadline`, as an officer at the office would say it."""
        if now > deadline:
            return Remaining(DueState.LATE, self.working_days_between(deadline, now))
        today, last = self.local_date(now), self.local_date(deadline)
        state = {0: DueState.DUE_TODAY, 1: DueState.DUE_TOMORROW}.get((last - today).days, DueState.RUNNING)
        return Remaining(state, self.working_days_between(now, deadline))

    def explain(self, received: datetime, working_days: int) -> list[Line]:
        """Every calendar day from receipt to the deadline, with what it is (Indonesian)."""
        first = self.local_date(received)
        return [Line(first, "Hari laporan diterima, tidak dihitung", False), *self._days(first, working_days)]

    def local_date(self, at: datetime) -> date:
        """Calendar date of an aware instant at the office. Raises ValueError for a naive one."""
        if at.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return at.astimezone(self.tz).date()

    def _days(self, first: date, working_days: int) -> Iterator[Line]:
        day, counted = first, 0
        while counted < working_days:
            day += timedelta(days=1)
            if not self.is_working_day(day):
                yield Line(day, self._why_closed(day), False)
                continue
            counted += 1
            ending = f", batas waktu pukul {self.closes_at:%H.%M}" if counted == working_days else ""
            yield Line(day, f"Hari kerja ke-{counted}{ending}", True)

    def _why_closed(self, day: date) -> str:
        name = self.holidays.get(day)
        return f"Libur: {name}" if name else "Bukan hari kerja"

    def _worked_until(self, day: date) -> int:
        """Working days from 1 January of year 1, a Monday, to `day`: no walk over years of an old case."""
        weeks, rest = divmod(day.toordinal(), 7)
        weekdays = weeks * len(self.work_days) + sum(weekday in self.work_days for weekday in range(rest))
        return weekdays - bisect_right(self._days_off, day.toordinal())
