"""Substitutes of a city or of one department, the running and coming ones first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from complaints.models import Delegation
from core.extensions import db
from tenants.models import Department, Officer

MOST = 200
RUNNING, COMING, OVER, ENDED = "Berjalan", "Akan datang", "Selesai", "Diakhiri lebih awal"
_absent, _substitute = aliased(Officer), aliased(Officer)


@dataclass(frozen=True, slots=True)
class DelegationView:
    """One line of the list."""

    id: str
    officer: str
    substitute: str
    department: str | None
    starts_on: date
    ends_on: date
    reason: str | None
    state: str
    can_end: bool
    ended_at: datetime | None


_LIST = (
    select(
        Delegation,
        _absent.name.label("officer"),
        _substitute.name.label("substitute"),
        Department.short_name.label("department"),
    )
    .join(_absent, (_absent.tenant_id == Delegation.tenant_id) & (_absent.id == Delegation.officer_id))
    .join(
        _substitute,
        (_substitute.tenant_id == Delegation.tenant_id) & (_substitute.id == Delegation.substitute_id),
    )
    .outerjoin(
        Department, (Department.tenant_id == _absent.tenant_id) & (Department.id == _absent.department_id)
    )
    .order_by(Delegation.ends_on.desc(), Delegation.id.desc())
    .limit(MOST)
)


def listed(department_id: uuid.UUID | None, today: date) -> list[DelegationView]:
    """Of one department, or of all where it is None; newest end first. One statement."""
    statement = _LIST if department_id is None else _LIST.where(_absent.department_id == department_id)
    found = []
    for row in db.session.execute(statement):
        each: Delegation = row.Delegation
        state = _state(each, today)
        found.append(
            DelegationView(
                str(each.id),
                row.officer,
                row.substitute,
                row.department,
                each.starts_on,
                each.ends_on,
                each.reason,
                state,
                state in (RUNNING, COMING),
                each.ended_at,
            )
        )
    return found


def _state(row: Delegation, today: date) -> str:
    if row.ended_at is not None:
        return ENDED
    if row.ends_on < today:
        return OVER
    return RUNNING if row.starts_on <= today else COMING
