"""The bound tenant's calendar and statutory periods, from their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from complaints import escalation
from complaints.deadlines import Calendar, SlaRules, Step
from complaints.escalation import Ladder
from core import clock
from core.db.tenancy import bound_tenant_id
from core.extensions import db

_RESOLUTION = Step.RESOLUTION.value


@dataclass(frozen=True, slots=True)
class Statute:
    """Calendar and periods in force, ready to count with."""

    calendar: Calendar
    rules: SlaRules
    legal_basis: str
    ladder: Ladder = ()

    def deadline(self, step: Step, start: datetime, classification: str | None = None) -> datetime:
        """End of a step's period that begins at `start`."""
        return self.calendar.deadline_at(start, self.rules.working_days_for(step, classification))

    def on(self, at: datetime) -> date:
        """Local date of an instant."""
        return self.calendar.local_date(at)


# Nearly every page and act counts with it: one statement in place of three.
_LOAD = text("""
SELECT tenant.timezone, work_week.days, work_week.closes_at,
       (SELECT jsonb_agg(jsonb_build_array(off.holiday_on, off.name))
        FROM (SELECT holiday_on, name FROM national_holiday
              UNION ALL SELECT holiday_on, name FROM local_holiday) AS off
        WHERE off.holiday_on BETWEEN (CAST(:since AS timestamptz) AT TIME ZONE tenant.timezone)::date - 31
                                 AND (CAST(:now AS timestamptz) AT TIME ZONE tenant.timezone)::date + 400),
       (SELECT jsonb_agg(jsonb_build_array(step, classification, working_days, legal_basis)
                         ORDER BY effective_from)
        FROM sla_rule
        WHERE effective_from <= (CAST(:now AS timestamptz) AT TIME ZONE tenant.timezone)::date),
       (SELECT jsonb_agg(jsonb_build_array(level, after_working_minutes))
        FROM escalation_rule WHERE is_active)
FROM tenant LEFT JOIN work_week ON work_week.tenant_id = tenant.id
WHERE tenant.id = :tenant
""")


def load(since: datetime) -> Statute:
    """Calendar from a month before `since` to 400 days ahead, and the rules in force today. One statement."""
    timezone, days, closes_at, days_off, rules, rungs = db.session.execute(
        _LOAD, {"since": since, "now": clock.now(), "tenant": bound_tenant_id()}
    ).one()
    zone = ZoneInfo(timezone)
    holidays = {date.fromisoformat(day): name for day, name in days_off or ()}
    calendar = (
        Calendar(zone, frozenset(int(day) for day in days), closes_at, holidays)
        if days
        else Calendar(zone, holidays=holidays)
    )
    return Statute(calendar, *_rules(rules or []), escalation.ladder_of(rungs or ()))


def _rules(rows: list[tuple[str, str, int, str]]) -> tuple[SlaRules, str]:
    """Periods by step and classification; a later row replaces an earlier one."""
    found = {
        (classification if step == _RESOLUTION else step): days for step, classification, days, _ in rows
    }
    return SlaRules(**found), rows[-1][3] if rows else ""
