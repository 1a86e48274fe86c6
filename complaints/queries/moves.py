"""Where a report can move to, and how a move stands."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from complaints.models import Complaint
from core.db.tenancy import bound_tenant_id
from core.extensions import db
from core.outbox.models import GIVEN_UP, REJECTED, OutboxMessage
from tenants.models import ACTIVE, Tenant

WAITING, REFUSED, ARRIVED = "waiting", "refused", "arrived"


@dataclass(frozen=True, slots=True)
class Target:
    """A tenant that can take a report."""

    id: int
    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class MoveView:
    """A move as the sending city sees it. `url` is the report's tracking page there, once it has arrived."""

    name: str
    state: str  # waiting | refused | arrived
    cause: str | None
    arrived_at: datetime | None
    url: str | None


_own = aliased(Tenant)


def _is_open() -> ColumnElement[bool]:
    """Other live cities of this deployment, and the own province."""
    own_province = select(_own.province_id).where(_own.id == bindparam("own")).scalar_subquery()
    reachable = or_(Tenant.kind != "province", Tenant.id == own_province)
    return and_(Tenant.status == ACTIVE, Tenant.id != bindparam("own"), reachable)


_TARGETS = select(Tenant.id, Tenant.name, Tenant.slug).where(_is_open()).order_by(Tenant.name)
_TARGET = select(Tenant.id, Tenant.name, Tenant.slug).where(_is_open(), Tenant.id == bindparam("target"))


def targets() -> list[Target]:
    """Whom a report can be passed on to, by name."""
    return [Target(*row) for row in db.session.execute(_TARGETS, {"own": bound_tenant_id()})]


def target_of(tenant_id: int) -> Target | None:
    """One of `targets`, or None."""
    row = db.session.execute(_TARGET, {"own": bound_tenant_id(), "target": tenant_id}).first()
    return None if row is None else Target(*row)


_MESSAGE = select(OutboxMessage.state, OutboxMessage.cause).where(
    OutboxMessage.dedupe_key == bindparam("key")
)


def key_of(move: uuid.UUID | str) -> str:
    """The name of a move's message."""
    return f"move:{move}"


def move_of(complaint: Complaint) -> MoveView | None:
    """The move of a report that was passed on from here; None for any other. At most one statement."""
    to = (complaint.moved or {}).get("to")
    if to is None:
        return None
    if "arrived_at" in to:
        url = f"{current_app.extensions['settings'].url_of(to['slug'])}/lacak/{complaint.number}"
        return MoveView(to["name"], ARRIVED, None, datetime.fromisoformat(to["arrived_at"]), url)
    message = db.session.execute(_MESSAGE, {"key": key_of(to["move"])}).first()
    is_refused = message is not None and message.state in (REJECTED, GIVEN_UP)
    state = REFUSED if is_refused else WAITING
    return MoveView(to["name"], state, message.cause if message else None, None, None)


def origin_of(complaint: Complaint) -> str | None:
    """The name of the city this report came from, or None."""
    found = (complaint.moved or {}).get("from")
    return None if found is None else str(found["name"])
