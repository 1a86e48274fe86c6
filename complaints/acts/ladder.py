"""The city's ladder of escalation as its administrator sets it.

Invariant: no level lies before the one below it, and open cases follow the new ladder at once: each that may
climb earlier than it was to is looked at again by the sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, text

from complaints import escalation
from complaints.acts.engine import Actor
from complaints.escalation import LEVELS
from complaints.models import EscalationRule
from complaints.permissions import Permission
from complaints.workflow import OFFICER_TURN
from core import audit
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, Forbidden
from core.extensions import db

CHANGED = "escalation.changed"


@dataclass(frozen=True, slots=True)
class Setting:
    """One level: working minutes after the deadline (before it where negative), and whether it is in use."""

    minutes: int
    is_active: bool


#: So much working time takes at least as long by the clock: this instant cannot be too late. A rung
#: before the deadline is looked for two months back.
_LOOK_AGAIN = text("""
UPDATE complaint SET escalate_at = due_at + rung.earliest
FROM unnest(CAST(:levels AS int[]), CAST(:minutes AS int[])) AS given (level, minutes),
     LATERAL (SELECT make_interval(mins => CASE WHEN given.minutes < 0 THEN -86400 ELSE given.minutes END))
       AS rung (earliest)
WHERE complaint.tenant_id = :tenant AND escalation_level = given.level AND due_at IS NOT NULL
  AND status = ANY(:statuses) AND (escalate_at IS NULL OR escalate_at > due_at + rung.earliest)
""")


def current() -> dict[int, Setting]:
    """The bound city's levels. A level without a row is not in use."""
    rows = db.session.scalars(select(EscalationRule)).all()
    stored = {row.level: Setting(row.after_working_minutes, row.is_active) for row in rows}
    return {level: stored.get(level, Setting(0, False)) for level in LEVELS}


def change(wanted: Mapping[int, Setting], actor: Actor) -> bool:
    """Set the whole ladder. Returns whether anything changed.

    Raises Forbidden, and FieldProblem naming `hours_<level>`.
    """
    if Permission.CONFIGURE not in actor.grants:
        raise Forbidden()
    _check(wanted)
    with unit_of_work() as session:
        rows = {row.level: row for row in session.scalars(select(EscalationRule).with_for_update())}
        before = {level: Setting(row.after_working_minutes, row.is_active) for level, row in rows.items()}
        if before == dict(wanted):
            return False
        for level, setting in wanted.items():
            row = rows.get(level)
            if row is None:
                session.add(row := EscalationRule(level=level))
            row.after_working_minutes, row.is_active = setting.minutes, setting.is_active
        session.flush()
        _look_again(wanted)
        audit.record(
            CHANGED, actor_id=actor.id, actor_name=actor.name, before=_plain(before), after=_plain(wanted)
        )
    return True


def _check(wanted: Mapping[int, Setting]) -> None:
    latest, below = None, 0
    for level in LEVELS:
        setting = wanted[level]
        lowest = escalation.EARLIEST if level == 1 else 0
        if not lowest <= setting.minutes <= escalation.LATEST:
            raise FieldProblem(
                f"hours_{level}", f"Isi antara {lowest // 60} dan {escalation.LATEST // 60} jam kerja"
            )
        if not setting.is_active:
            continue
        if latest is not None and setting.minutes < latest:
            raise FieldProblem(
                f"hours_{level}", f"Tingkat {level} tidak boleh lebih awal daripada tingkat {below}"
            )
        latest, below = setting.minutes, level


def _look_again(wanted: Mapping[int, Setting]) -> None:
    """Let the sweep look at every case whose next rung may now come earlier."""
    rungs = escalation.ladder_of((level, each.minutes) for level, each in wanted.items() if each.is_active)
    following = {
        level: next((rung.after_working_minutes for rung in rungs if rung.level > level), None)
        for level in range(LEVELS[-1])
    }
    known = {level: minutes for level, minutes in following.items() if minutes is not None}
    db.session.execute(
        _LOOK_AGAIN,
        {
            "levels": list(known),
            "minutes": list(known.values()),
            "tenant": bound_tenant_id(),
            "statuses": list(OFFICER_TURN),
        },
    )


def _plain(ladder: Mapping[int, Setting]) -> dict[str, int | None]:
    """Minutes by level, None for a level that is not in use."""
    return {str(level): each.minutes if each.is_active else None for level, each in sorted(ladder.items())}
