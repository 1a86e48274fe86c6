"""The bound tenant's calendar and statutory periods, from their rows.

Invariant: a case is judged by the rule set in force on the local date of its receipt, whatever came later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from complaints import escalation
from complaints.deadlines import Calendar, SlaRules, Span, Step
from complaints.escalation import Ladder
from core import clock
from core.db.reading import reading
from core.db.tenancy import bound_tenant_id
from core.extensions import db

_RESOLUTION = Step.RESOLUTION.value


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Periods that hold for reports received from a local day on, and the text they rest on."""

    effective_from: date
    rules: SlaRules
    legal_basis: str


#: before a city's first set, and for a city without any
UNTIL_THE_FIRST = RuleSet(date.min, SlaRules(), "")


@dataclass(frozen=True, slots=True)
class Statute:
    """Calendar and periods in force, ready to count with. `sets` holds all of the city's, oldest first.

    With them come the city's own conditions of an answer: every act loads this, so they cost no statement.
    """

    calendar: Calendar
    rules: SlaRules
    legal_basis: str
    ladder: Ladder = ()
    sets: tuple[RuleSet, ...] = ()
    needs_approval: bool = False  # heads approve answers
    asks_photo: frozenset[str] = frozenset()  # categories that are answered with a photo of the result

    def received(self, at: datetime) -> Statute:
        """The same calendar with the rule set in force on the local date of `at`."""
        chosen = in_force(self.sets, self.calendar.local_date(at))
        if chosen.legal_basis == self.legal_basis and chosen.rules == self.rules:
            return self
        return replace(self, rules=chosen.rules, legal_basis=chosen.legal_basis)

    def deadline(self, step: Step, start: datetime, classification: str | None = None) -> datetime:
        """End of a step's period that begins at `start`."""
        return self.calendar.deadline_at(start, self.rules.working_days_for(step, classification))

    def on(self, at: datetime) -> date:
        """Local date of an instant."""
        return self.calendar.local_date(at)


# Nearly every page and act counts with it: one statement in place of three.
_LOAD = reading("""
SELECT tenant.timezone, work_week.days, work_week.closes_at, work_week.hours,
       (SELECT jsonb_agg(jsonb_build_array(off.holiday_on, off.name))
        FROM (SELECT holiday_on, name FROM national_holiday
              UNION ALL SELECT holiday_on, name FROM local_holiday) AS off
        WHERE off.holiday_on BETWEEN (CAST(:since AS timestamptz) AT TIME ZONE tenant.timezone)::date - 31
                                 AND (CAST(:now AS timestamptz) AT TIME ZONE tenant.timezone)::date + 400),
       (SELECT jsonb_agg(jsonb_build_array(effective_from, step, classification, working_days, legal_basis)
                         ORDER BY effective_from)
        FROM sla_rule),
       (SELECT jsonb_agg(jsonb_build_array(level, after_working_minutes))
        FROM escalation_rule WHERE is_active),
       (SELECT needs_approval FROM casework_settings),
       (SELECT jsonb_agg(id) FROM category WHERE needs_after_photo)
FROM tenant LEFT JOIN work_week ON work_week.tenant_id = tenant.id
WHERE tenant.id = :tenant
""")


def load(since: datetime) -> Statute:
    """Calendar from a month before `since` to 400 days ahead, and the rules for what is received then.

    One statement.
    """
    timezone, days, closes_at, hours, days_off, rules, rungs, approval, photo = db.session.execute(
        _LOAD, {"since": since, "now": clock.now(), "tenant": bound_tenant_id()}
    ).one()
    zone = ZoneInfo(timezone)
    holidays = {date.fromisoformat(day): name for day, name in days_off or ()}
    calendar = (
        Calendar(zone, frozenset(int(day) for day in days), closes_at, holidays, spans(hours or {}))
        if days
        else Calendar(zone, holidays=holidays)
    )
    sets = _sets(rules or [])
    chosen = in_force(sets, calendar.local_date(since))
    ladder = escalation.ladder_of(rungs or ())
    asks_photo = frozenset(photo or ())
    return Statute(calendar, chosen.rules, chosen.legal_basis, ladder, sets, bool(approval), asks_photo)


def spans(stored: dict[str, list[list[str]]]) -> dict[int, tuple[Span, ...]]:
    """Office hours as stored: weekday → [["07:30", "12:00"], …], as a calendar takes them."""
    return {
        int(weekday): tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in each)
        for weekday, each in stored.items()
    }


def in_force(sets: tuple[RuleSet, ...], day: date) -> RuleSet:
    """The newest set that holds on `day`."""
    return next((each for each in reversed(sets) if each.effective_from <= day), UNTIL_THE_FIRST)


def _sets(rows: list[tuple[str, str, str, int, str]]) -> tuple[RuleSet, ...]:
    """Sets, oldest first. What a set does not say stays as it was before."""
    found: list[RuleSet] = []
    periods: dict[str, Any] = {}
    for effective_from, group in groupby(rows, key=lambda row: row[0]):
        lines = list(group)
        for _, step, classification, days, _ in lines:
            periods[classification if step == _RESOLUTION else step] = days
        found.append(RuleSet(date.fromisoformat(effective_from), SlaRules(**periods), lines[-1][4]))
    return tuple(found)
