"""A city's days off and office hours: every change is audited and told in its own transaction.

Invariant: whoever counts with the calendar learns of a change in the transaction that makes it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import select

from core import audit, events
from core.errors import FieldProblem
from core.extensions import db
from core.formats import long_date
from tenants.models import LocalHoliday, WorkWeek

EARLIEST, LATEST = date(2020, 1, 1), date(2100, 12, 31)
MOST_SPANS = 3
#: weekday (Monday = 0) → its office spans; a weekday without any is no working day
Week = Mapping[int, Sequence[tuple[time, time]]]


@dataclass(frozen=True, slots=True)
class CalendarChanged(events.Event):
    """Days off or office hours of the bound city changed. `cause` says what, for auditors (Indonesian)."""

    cause: str


@dataclass(frozen=True, slots=True)
class By:
    """Who changes the calendar; without an id the operator."""

    id: uuid.UUID | None = None
    name: str = "operator"


def add_local(day: date, name: str, by: By) -> None:
    """A day off of the bound city, in the present transaction. Raises FieldProblem."""
    check_holiday(day, name)
    _check_free(day, "date")
    db.session.add(LocalHoliday(on=day, name=name))
    cause = f"Libur daerah {name} ditambahkan: {long_date(day)}"
    told("calendar.holiday_added", cause, by, date=day.isoformat(), name=name)


def move_local(day: date, to: date, by: By) -> None:
    """The same day off on another date. Raises FieldProblem."""
    row = _local(day)
    check_holiday(to, row.name, "to")
    _check_free(to, "to")
    row.on = to
    cause = f"Libur daerah {row.name} dipindahkan: {long_date(day)} menjadi {long_date(to)}"
    told("calendar.holiday_moved", cause, by, old=day.isoformat(), new=to.isoformat(), name=row.name)


def remove_local(day: date, by: By) -> None:
    """No day off any more. Raises FieldProblem."""
    row = _local(day)
    db.session.delete(row)
    cause = f"Libur daerah {row.name} dihapus: {long_date(day)}"
    told("calendar.holiday_removed", cause, by, date=day.isoformat(), name=row.name)


def save_week(week: Week, by: By) -> bool:
    """Working days and office hours, in the present transaction. Returns whether they changed.

    Raises FieldProblem(weekday) for spans out of order and FieldProblem("week") for a week without a day.
    """
    given = {day: list(spans) for day, spans in sorted(week.items()) if spans}
    if not given:
        raise FieldProblem("week", "Pilih paling sedikit satu hari kerja")
    for day, spans in given.items():
        edges = [edge for span in spans for edge in span]
        if len(spans) > MOST_SPANS or edges != sorted(set(edges)):
            raise FieldProblem(str(day), "Jam kantor harus berurutan dan tidak boleh bertumpuk")
    row = db.session.scalars(select(WorkWeek)).first()
    hours = {str(day): [[f"{a:%H:%M}", f"{b:%H:%M}"] for a, b in spans] for day, spans in given.items()}
    days, closes_at = "".join(hours), max(spans[-1][1] for spans in given.values())
    old = None if row is None else {"days": row.days, "hours": row.hours}
    new: dict[str, Any] = {"days": days, "hours": hours}
    if old == new:
        return False
    if row is None:
        db.session.add(WorkWeek(days=days, hours=hours, closes_at=closes_at))
    else:
        row.days, row.hours, row.closes_at = days, hours, closes_at
    told("calendar.week_changed", "Hari dan jam kerja diubah", by, old=old, new=new)
    return True


def check_holiday(day: date, name: str, field: str = "date") -> None:
    """Raises FieldProblem for a day far off or a name of no use."""
    if not EARLIEST <= day <= LATEST:
        raise FieldProblem(field, f"Tanggal harus dari tahun {EARLIEST.year} sampai {LATEST.year}")
    if not 3 <= len(name) <= 100:
        raise FieldProblem("name", "Nama hari libur 3 sampai 100 huruf")


def told(action: str, cause: str, by: By, **detail: Any) -> None:
    """Audit a change of the bound city's calendar and publish it, in the present transaction."""
    audit.record(action, actor_id=by.id, actor_name=by.name, **detail)
    db.session.flush()
    events.publish(CalendarChanged(cause))


def _local(day: date) -> LocalHoliday:
    row = db.session.scalars(select(LocalHoliday).where(LocalHoliday.on == day).with_for_update()).first()
    if row is None:
        raise FieldProblem("date", f"{long_date(day)} bukan hari libur daerah")
    return row


def _check_free(day: date, field: str) -> None:
    if db.session.scalar(select(LocalHoliday.id).where(LocalHoliday.on == day)) is not None:
        raise FieldProblem(field, f"{long_date(day)} sudah menjadi hari libur daerah")
