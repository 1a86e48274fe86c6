"""Plausible instants: citizens by day and evening, officers in office hours of working days; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from complaints.deadlines import Calendar

#: local hours in which citizens write
WAKING = range(7, 22)
_MORNING = (time(7, 40), time(11, 55))
_AFTERNOON = (time(13, 5), time(15, 50))
_FRIDAY_MORNING = (time(7, 40), time(11, 25))
_THINKING = timedelta(minutes=12)


def in_office(at: datetime, calendar: Calendar) -> bool:
    """Whether officers are at their desks."""
    local = at.astimezone(calendar.tz)
    morning = _FRIDAY_MORNING if local.weekday() == 4 else _MORNING
    spans = (morning, _AFTERNOON)
    return calendar.is_working_day(local.date()) and any(begin <= local.time() <= end for begin, end in spans)


class Moments:
    """Draws instants (UTC) of one office from one stream of random numbers."""

    def __init__(self, calendar: Calendar, rng: Random, hour_weights: Sequence[float]) -> None:
        self.calendar = calendar
        self.rng = rng
        self._hours = [hour_weights[hour] for hour in WAKING]

    def office(self, after: datetime, working_days: int) -> datetime:
        """An officer's moment that many working days after `after`; on the same day only if time is left."""
        day = self.calendar.local_date(after)
        if working_days:
            return self._office_on(self.calendar.add_working_days(day, working_days), after)
        if self.calendar.is_working_day(day) and self._spans(day, after + _THINKING):
            return self._office_on(day, after + _THINKING)
        return self._office_on(self.calendar.add_working_days(day, 1), after)

    def citizen_on(self, day: date) -> datetime:
        """A citizen's moment of that local day."""
        hour = self.rng.choices(WAKING, self._hours)[0]
        return self._at(day, time(hour, self.rng.randrange(60), self.rng.randrange(60)))

    def citizen(self, after: datetime, days: int) -> datetime:
        """A citizen's moment about that many calendar days after `after`, and always after it."""
        day = self.calendar.local_date(after) + timedelta(days=days)
        for _ in range(6):
            moment = self.citizen_on(day)
            if moment > after + _THINKING:
                return moment
        return self.citizen_on(day + timedelta(days=1))

    def _office_on(self, day: date, after: datetime) -> datetime:
        spans = self._spans(day, after)
        start, end = self.rng.choices(spans, [(end - start).total_seconds() for start, end in spans])[0]
        seconds = int((end - start).total_seconds())
        return (start + timedelta(seconds=self.rng.randrange(max(1, seconds)))).astimezone(UTC)

    def _spans(self, day: date, after: datetime) -> list[tuple[datetime, datetime]]:
        """Office hours of that day, what lies before `after` cut off."""
        morning = _FRIDAY_MORNING if day.weekday() == 4 else _MORNING
        spans = [(self._at(day, begin), self._at(day, end)) for begin, end in (morning, _AFTERNOON)]
        return [(max(begin, after), end) for begin, end in spans if end > after]

    def _at(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.calendar.tz).astimezone(UTC)
