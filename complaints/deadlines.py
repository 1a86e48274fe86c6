"""Working days and working minutes of one office, and the deadlines counted in them; pure.

Invariant: the local day of receipt is never counted, and a deadline is the end of the last office span of a
working day. The default limits are the published SP4N-LAPOR! periods (3, 5, 14, 60 and 10 working days).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

MONDAY_TO_FRIDAY = frozenset(range(5))
MAX_WORKING_DAYS = 366
#: where a city says no more than when it closes
OPENS_AT = time(8)
DAY = timedelta(days=1)
CLOSED = "Bukan hari kerja"
#: from and until, local time of the office
Span = tuple[time, time]


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
class Pause:
    """Local days, both included, that no limit takes; `why` in Indonesian."""

    first: date
    last: date
    why: str

    def covers(self, day: date) -> bool:
        """Whether the clock stood still on `day`."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Calendar:
    """When an office works: local zone, weekdays (Monday = 0), office spans and days off by name.

    `hours` holds a weekday's spans in their order; a weekday it does not name is open from 8 to `closes_at`.
    Raises ValueError without any weekday, with one outside 0 to 6, or with spans out of order.
    """

    tz: ZoneInfo
    work_days: frozenset[int] = MONDAY_TO_FRIDAY
    closes_at: time = time(16)
    holidays: Mapping[date, str] = field(default_factory=dict)
    hours: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    _days_off: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.work_days or not self.work_days <= frozenset(range(7)):
            raise ValueError("work_days needs at least one weekday from 0 (Monday) to 6 (Sunday)")
        for spans in self.hours.values():
            edges = [edge for span in spans for edge in span]
            if any(later <= earlier for earlier, later in pairwise(edges)):
                raise ValueError("office spans must follow one another")
        lost = sorted(day.toordinal() for day in self.holidays if day.weekday() in self.work_days)
        object.__setattr__(self, "_days_off", tuple(lost))

    def is_working_day(self, day: date) -> bool:
        """Whether the office is open on `day`."""
        return day.weekday() in self.work_days and day not in self.holidays

    def spans_on(self, day: date) -> Sequence[Span]:
        """When the office is open on `day`: nothing on a day off."""
        return self.spans_of(day.weekday()) if self.is_working_day(day) else ()

    def spans_of(self, weekday: int) -> Sequence[Span]:
        """Office hours of a weekday that is no holiday: nothing where it is no working day."""
        if weekday not in self.work_days:
            return ()
        whole = (OPENS_AT if self.closes_at > OPENS_AT else time(0), self.closes_at)
        return self.hours.get(weekday) or (whole,)

    def closing_time(self, day: date) -> time:
        """When a deadline on this working day ends."""
        spans = self.hours.get(day.weekday())
        return spans[-1][1] if spans else self.closes_at

    def add_working_days(self, start: date, working_days: int, pauses: Sequence[Pause] = ()) -> date:
        """The nth working day after `start` that is not paused; `start` for 0. ValueError below 0."""
        if working_days < 0:
            raise ValueError("working days are counted forward only")
        day = start
        while working_days:
            day += DAY
            if self.is_working_day(day) and not _paused(day, pauses):
                working_days -= 1
        return day

    def deadline_at(self, received: datetime, working_days: int, pauses: Sequence[Pause] = ()) -> datetime:
        """End of office (UTC) of the nth counted day after the local date of receipt, whatever its hour."""
        last = self.add_working_days(self.local_date(received), working_days, pauses)
        return datetime.combine(last, self.closing_time(last), self.tz).astimezone(UTC)

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """Working days after the local date of `start`, up to and including that of `end`.

        0 on the same local day, and also when `end` is earlier (clocks of two systems may disagree).
        """
        return max(0, self._worked_until(self.local_date(end)) - self._worked_until(self.local_date(start)))

    def counted_days(self, start: datetime, end: datetime, pauses: Sequence[Pause]) -> int:
        """Working days between that no pause takes. `pauses` do not overlap."""
        after, last = self.local_date(start), self.local_date(end)
        lost = 0
        for pause in pauses:
            before, until = max(pause.first - DAY, after), min(pause.last, last)
            lost += max(0, self._worked_until(until) - self._worked_until(before))
        return self.working_days_between(start, end) - lost

    def working_minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of office time from `start` to `end`; 0 when `end` is earlier."""
        return max(0, self._seconds_until(end) - self._seconds_until(start)) // 60

    def add_working_minutes(self, start: datetime, minutes: int) -> datetime:
        """The instant (UTC) at which so much office time has passed; `start` for 0. ValueError below 0."""
        if minutes < 0:
            raise ValueError("working minutes are counted forward only")
        left, day = timedelta(minutes=minutes), self.local_date(start)
        while left:
            for opens, closes in self.spans_on(day):
                begins = max(datetime.combine(day, opens, self.tz), start)
                length = datetime.combine(day, closes, self.tz) - begins
                if length >= left:
                    return (begins + left).astimezone(UTC)
                left -= max(length, timedelta())
            day += DAY
        return start.astimezone(UTC)

    def remaining(self, deadline: datetime, now: datetime) -> Remaining:
        """Distance from `now` to `deadline`, as an officer at the office would say it."""
        if now > deadline:
            return Remaining(DueState.LATE, self.working_days_between(deadline, now))
        today, last = self.local_date(now), self.local_date(deadline)
        state = {0: DueState.DUE_TODAY, 1: DueState.DUE_TOMORROW}.get((last - today).days, DueState.RUNNING)
        return Remaining(state, self.working_days_between(now, deadline))

    def explain(self, received: datetime, working_days: int, pauses: Sequence[Pause] = ()) -> list[Line]:
        """Every calendar day from receipt to the deadline, with what it is (Indonesian)."""
        first = self.local_date(received)
        days = self._days(first, working_days, pauses)
        return [Line(first, "Hari laporan diterima, tidak dihitung", False), *days]

    def local_date(self, at: datetime) -> date:
        """Calendar date of an aware instant at the office. Raises ValueError for a naive one."""
        if at.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return at.astimezone(self.tz).date()

    def _days(self, first: date, working_days: int, pauses: Sequence[Pause]) -> Iterator[Line]:
        day, counted = first, 0
        while counted < working_days:
            day += DAY
            paused = _paused(day, pauses)
            if not self.is_working_day(day) or paused is not None:
                yield Line(day, self._why_lost(day, paused), False)
                continue
            counted += 1
            closes = f"{self.closing_time(day):%H.%M}"
            ending = f", batas waktu pukul {closes}" if counted == working_days else ""
            yield Line(day, f"Hari kerja ke-{counted}{ending}", True)

    def _why_lost(self, day: date, paused: Pause | None) -> str:
        if name := self.holidays.get(day):
            return f"Libur: {name}"
        if day.weekday() not in self.work_days or paused is None:
            return CLOSED
        return f"Dijeda: {paused.why}"

    def _worked_until(self, day: date) -> int:
        """Working days from 1 January of year 1, a Monday, to `day`: no walk over years of an old case."""
        weeks, rest = divmod(day.toordinal(), 7)
        weekdays = weeks * len(self.work_days) + sum(weekday in self.work_days for weekday in range(rest))
        return weekdays - bisect_right(self._days_off, day.toordinal())

    def _seconds_until(self, at: datetime) -> int:
        """Office time from 1 January of year 1 to an instant, counted like the days."""
        day = self.local_date(at)
        open_for = [sum(_seconds(span) for span in self.spans_of(weekday)) for weekday in range(7)]
        weeks, rest = divmod(day.toordinal() - 1, 7)
        passed = weeks * sum(open_for) + sum(open_for[:rest])
        # the Monday of ordinal 1 is weekday 0, hence an ordinal's weekday is (ordinal - 1) % 7
        passed -= sum(open_for[(off - 1) % 7] for off in self._days_off if off < day.toordinal())
        clock = at.astimezone(self.tz).time()
        return passed + sum(
            _seconds((opens, min(clock, closes))) for opens, closes in self.spans_on(day) if clock > opens
        )


def _paused(day: date, pauses: Sequence[Pause]) -> Pause | None:
    return next((pause for pause in pauses if pause.covers(day)), None)


def _seconds(span: Span) -> int:
    opens, closes = span
    hours, minutes = closes.hour - opens.hour, closes.minute - opens.minute
    return hours * 3600 + minutes * 60 + closes.second - opens.second
