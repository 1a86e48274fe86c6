"""Who stands in for whom today. Both are named where the substitute acts on the absent colleague's case."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from complaints.models import Delegation
from core.extensions import db
from tenants.models import Officer

_absent, _substitute = aliased(Officer), aliased(Officer)
_RUNNING = (
    select(Delegation.id)
    .where(
        Delegation.starts_on <= bindparam("on"),
        Delegation.ends_on >= bindparam("on"),
        Delegation.ended_at.is_(None),
    )
    .join(_absent, (_absent.tenant_id == Delegation.tenant_id) & (_absent.id == Delegation.officer_id))
    .join(
        _substitute,
        (_substitute.tenant_id == Delegation.tenant_id) & (_substitute.id == Delegation.substitute_id),
    )
)
_ABSENT_NAME = _RUNNING.with_only_columns(_absent.name).where(
    Delegation.officer_id == bindparam("officer"), Delegation.substitute_id == bindparam("substitute")
)
_SUBSTITUTES = _RUNNING.with_only_columns(
    Delegation.officer_id, Delegation.substitute_id, _substitute.name, Delegation.ends_on
).where(Delegation.officer_id.in_(bindparam("officers", expanding=True)))


@dataclass(frozen=True, slots=True)
class Substitute:
    """A colleague who takes over, up to and including a local day."""

    officer_id: uuid.UUID
    name: str
    until: date


def stands_in_for(actor_id: uuid.UUID | None, handler_id: uuid.UUID | None, on: date) -> str | None:
    """Name of the case's absent handler where the actor is the substitute on this local day."""
    if actor_id is None or handler_id is None or actor_id == handler_id:
        return None
    values = {"officer": handler_id, "substitute": actor_id, "on": on}
    name: str | None = db.session.scalar(_ABSENT_NAME, values)
    return name


def substitutes_of(officer_ids: Collection[uuid.UUID], on: date) -> dict[uuid.UUID, Substitute]:
    """By absent officer: who stands in on this local day."""
    if not officer_ids:
        return {}
    rows = db.session.execute(_SUBSTITUTES, {"officers": list(officer_ids), "on": on})
    return {
        officer_id: Substitute(substitute_id, name, until) for officer_id, substitute_id, name, until in rows
    }
