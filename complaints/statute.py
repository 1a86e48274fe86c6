"""The bound tenant's calendar and statutory periods, from their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from complaints.deadlines import Calendar, SlaRules, Step
from complaints.models import SlaRule
from core import clock
from core.db.tenancy import bound_tenant_id
from core.extensions import db
from tenants.models import LocalHoliday, NationalHoliday, Tenant, WorkWeek

_RESOLUTION = Step.RESOLUTION.value


@dataclass(frozen=True, slots=True)
class Statute:
    """Calendar and periods in force, ready to count with."""

    calendar: Calendar
    rules: SlaRules
    legal_basis: str

    def deadline(self, step: Step, start: datetime, classification: str | None = None) -> datetime:
        """End of a step's period that begins at `start`."""
        return self.calendar.deadline_at(start, self.rules.working_days_for(step, classification))

    def on(self, at: datetime) -> date:
        """Local date of an instant."""
        return self.calendar.local_date(at)


def load(since: datetime) -> Statute:
    """Calendar from a month before `since` to 400 days ahead, and the rules in force today.

    Three short queries.
    """
    session = db.session()
    row = session.execute(
        select(Tenant.timezone, WorkWeek.days, WorkWeek.closes_at)
        .outerjoin(WorkWeek, WorkWeek.tenant_id == Tenant.id)
        .where(Tenant.id == bound_tenant_id())
    ).one()
    zone = ZoneInfo(row.timezone)
    first, last = (
        clock.local_date(zone, since) - timedelta(days=31),
        clock.local_date(zone) + timedelta(days=400),
    )
    days_off = dict(
        session.execute(
            select(NationalHoliday.on, NationalHoliday.name)
            .where(NationalHoliday.on.between(first, last))
            .union_all(select(LocalHoliday.on, LocalHoliday.name).where(LocalHoliday.on.between(first, last)))
        ).all()
    )
    calendar = (
        Calendar(zone, frozenset(int(day) for day in row.days), row.closes_at, days_off)
        if row.days
        else Calendar(zone, holidays=days_off)
    )
    rules, basis = _rules(clock.local_date(zone))
    return Statute(calendar, rules, basis)


def _rules(today: date) -> tuple[SlaRules, str]:
    rows = db.session.execute(
        select(SlaRule.step, SlaRule.classification, SlaRule.working_days, SlaRule.legal_basis)
        .where(SlaRule.effective_from <= today)
        .order_by(SlaRule.effective_from)
    ).all()
    found = {(row.classification if row.step == _RESOLUTION else row.step): row.working_days for row in rows}
    return SlaRules(**found), rows[-1].legal_basis if rows else ""
