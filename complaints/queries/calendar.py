"""The city's calendar and periods as its settings pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from complaints.models import Recount
from core.extensions import db
from tenants.models import LocalHoliday, NationalHoliday


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day off. `category` is empty for one of the city's own."""

    on: date
    name: str
    category: str = ""


@dataclass(frozen=True, slots=True)
class LastRecount:
    """The newest walk over the open cases: still going on without `finished_at`."""

    causes: list[str]
    moved: int
    finished_at: datetime | None


def local_holidays() -> list[Holiday]:
    """All of the city's own, newest first."""
    rows = db.session.execute(
        select(LocalHoliday.on, LocalHoliday.name).order_by(LocalHoliday.on.desc()).limit(500)
    )
    return [Holiday(row.on, row.name) for row in rows]


def national_holidays(year: int) -> list[Holiday]:
    """Those of a year."""
    rows = db.session.execute(
        select(NationalHoliday.on, NationalHoliday.name, NationalHoliday.category)
        .where(NationalHoliday.on.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(NationalHoliday.on)
    )
    return [Holiday(*row) for row in rows]


def last_recount() -> LastRecount | None:
    """What was counted anew last, or None."""
    row = db.session.execute(
        select(Recount.causes, Recount.moved, Recount.finished_at)
        .order_by(Recount.requested_at.desc())
        .limit(1)
    ).first()
    return None if row is None else LastRecount(*row)
