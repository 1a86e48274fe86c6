"""Which officers a message goes to: handler, unit, head or desk, and substitutes while they stand in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from complaints.models import Delegation, NoticePreference
from complaints.notices.catalogue import ADMINISTRATOR, DESK, HANDLER, HEAD, REGIONAL, UNIT
from core.extensions import db
from tenants.models import Officer
from tenants.officers.roles import Role


@dataclass(frozen=True, slots=True)
class Recipient:
    """An officer with an address."""

    id: uuid.UUID
    name: str
    email: str


_substitute = aliased(Officer)
_wish, _substitutes_wish = aliased(NoticePreference), aliased(NoticePreference)
_OFFICERS = (
    select(
        Officer.id,
        Officer.name,
        Officer.email,
        Officer.role,
        Officer.department_id,
        func.coalesce(_wish.wants_notices, True).label("wants"),
        _substitute.id.label("other_id"),
        _substitute.name.label("other_name"),
        _substitute.email.label("other_email"),
        func.coalesce(_substitutes_wish.wants_notices, True).label("other_wants"),
    )
    .outerjoin(_wish, and_(_wish.tenant_id == Officer.tenant_id, _wish.officer_id == Officer.id))
    .outerjoin(
        Delegation,
        and_(
            Delegation.tenant_id == Officer.tenant_id,
            Delegation.officer_id == Officer.id,
            Delegation.starts_on <= bindparam("on"),
            Delegation.ends_on >= bindparam("on"),
            Delegation.ended_at.is_(None),
        ),
    )
    .outerjoin(
        _substitute,
        and_(
            _substitute.tenant_id == Officer.tenant_id,
            _substitute.id == Delegation.substitute_id,
            _substitute.is_active,
        ),
    )
    .outerjoin(
        _substitutes_wish,
        and_(
            _substitutes_wish.tenant_id == Officer.tenant_id,
            _substitutes_wish.officer_id == _substitute.id,
        ),
    )
    .where(
        Officer.is_active,
        or_(
            Officer.id.in_(bindparam("ids", expanding=True)),
            Officer.department_id == bindparam("department"),
            Officer.role.in_(bindparam("roles", expanding=True)),
        ),
    )
    .order_by(Officer.name, Officer.id)
)
_DESK_ROLES = {
    DESK: (Role.VERIFIER, Role.CITY_ADMINISTRATOR),
    ADMINISTRATOR: (Role.CITY_ADMINISTRATOR,),
    REGIONAL: (Role.OBSERVER,),
}


def find(
    who: str,
    *,
    on: date,
    handler_id: uuid.UUID | None = None,
    department_id: uuid.UUID | None = None,
    named: Iterable[uuid.UUID] = (),
    but_not: uuid.UUID | None = None,
) -> list[Recipient]:
    """The officers of a group on a local day, or those `named`, without the one who acted. One statement."""
    ids = list(named) or ([handler_id] if handler_id and who in (HANDLER, UNIT) else [])
    unit = department_id if who in (HANDLER, UNIT, HEAD) and not named else None
    if not ids and unit is None and who not in _DESK_ROLES:
        who = DESK  # the case is with nobody yet
    roles = [str(role) for role in _DESK_ROLES.get(who, ())] if not ids else []
    rows = db.session.execute(_OFFICERS, {"ids": ids, "department": unit, "roles": roles, "on": on}).all()
    found: dict[uuid.UUID, Recipient] = {}
    for row in _chosen(who, rows, ids, unit):
        recipient = _reached(row)
        if recipient is not None and recipient.id != but_not:
            found[recipient.id] = recipient
    return list(found.values())


def _chosen(
    who: str, rows: Iterable[Row[*tuple[Any, ...]]], ids: list[uuid.UUID], unit: uuid.UUID | None
) -> list[Row[*tuple[Any, ...]]]:
    """The group itself, or whoever answers for it: a unit without liaison officer is told as a whole."""
    everybody = list(rows)
    named = [row for row in everybody if row.id in ids]
    if named:
        return named
    own = [row for row in everybody if unit is not None and row.department_id == unit]
    if own:
        wanted = Role.DEPARTMENT_HEAD if who == HEAD else Role.LIAISON_OFFICER
        return [row for row in own if row.role == wanted] or own
    desk = [row for row in everybody if row.role in _DESK_ROLES.get(who, ())]
    return [row for row in desk if row.role == Role.VERIFIER] or desk


def _reached(row: Row[*tuple[Any, ...]]) -> Recipient | None:
    if row.other_id is not None:
        return Recipient(row.other_id, row.other_name, row.other_email) if row.other_wants else None
    return Recipient(row.id, row.name, row.email) if row.wants else None
