"""What is due, late, stopped and paused in all cities at once.

Read as the relay role, which sees times, states and topics and no content; what a cause says is read city by
city, in its own scope.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app, g
from redis.exceptions import RedisError
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.jobs import turns
from core.jobs.queue import registry
from core.jobs.sweeping import relay_engine
from core.outbox.models import OutboxMessage
from sp4n.models import Sp4nSettings
from tenants.models import Tenant

#: stopped messages on a page, and cities with something to tell
SIZE = 50
#: work that is due longer than this is late
LATE_SECONDS = 60

WAITING = """
SELECT tenant_id, count(*) AS waiting, count(*) FILTER (WHERE due_at <= now()) AS due,
       min(due_at) FILTER (WHERE due_at <= now()) AS oldest
FROM outbox_message WHERE due_at IS NOT NULL GROUP BY tenant_id
"""
STOPPED = """
SELECT tenant_id, count(*) AS stopped FROM outbox_message
WHERE state IN ('rejected', 'given_up') GROUP BY tenant_id
"""
CIRCUITS = "SELECT tenant_id, mode, paused_until FROM sp4n_settings"
_STOPPED_ONES = """
SELECT tenant_id, id, topic, state, attempts, created_at FROM outbox_message
WHERE state IN ('rejected', 'given_up')"""
_ORDER = " ORDER BY created_at, id LIMIT :most"
STOPPED_FIRST = _STOPPED_ONES + _ORDER
STOPPED_NEXT = f"{_STOPPED_ONES} AND (created_at, id) > (:at, :id){_ORDER}"
STOPPED_OF_ONE = f"{_STOPPED_ONES} AND tenant_id = :one{_ORDER}"


@dataclass(frozen=True, slots=True)
class Served:
    """A tenant as the operator names it."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class CityState:
    """One tenant's share of the work. `lag_seconds`: how long its oldest due message has waited.

    `mode` is its connection's to the national side, None without one. `has_turn`, `is_slow`: None while
    Redis is away. `cause`: why calls are paused, where it was read.
    """

    tenant: Served
    waiting: int
    due: int
    lag_seconds: float | None
    stopped: int
    mode: str | None
    paused_until: datetime | None
    has_turn: bool | None
    is_slow: bool | None
    cause: str | None = None

    @property
    def needs_a_look(self) -> bool:
        """Whether anything here is not as it should be."""
        late = self.lag_seconds is not None and self.lag_seconds > LATE_SECONDS
        return bool(self.stopped or self.paused_until or self.is_slow or late)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A message that goes on only when a person says so."""

    tenant: Served
    id: uuid.UUID
    topic: str
    state: str
    attempts: int
    created_at: datetime
    cause: str | None


def has_relay() -> bool:
    """Whether this process may read across tenants."""
    return current_app.extensions["settings"].database_relay_url is not None


def served() -> dict[int, Served]:
    """All tenants by id, in the order of their names."""
    with unit_of_work() as session:
        rows = session.execute(select(Tenant.id, Tenant.slug, Tenant.name).order_by(Tenant.name)).all()
    return {row.id: Served(row.id, row.slug, row.name) for row in rows}


def find(slug: str) -> Served | None:
    """The tenant with this slug."""
    with unit_of_work() as session:
        row = session.execute(select(Tenant.id, Tenant.slug, Tenant.name).where(Tenant.slug == slug)).first()
    return None if row is None else Served(row.id, row.slug, row.name)


@contextmanager
def within(tenant_id: int) -> Iterator[Session]:
    """The tenant's own scope, in which the request keeps its id."""
    request_id = g.get("request_id")
    with tenant_scope(tenant_id) as session:
        if request_id is not None:
            g.request_id = request_id
        yield session


def _asked(*statements: str, **values: Any) -> list[list[Any]]:
    """The rows of each statement, over one connection of the relay role."""
    with relay_engine(registry().app).connect() as connection:
        return [list(connection.execute(text(each), values)) for each in statements]


def cities() -> list[CityState]:
    """Every tenant's share, those with something to tell first. Why calls are paused is not read."""
    known = served()
    now = clock.now()
    waiting, stopped, circuits = (
        {row.tenant_id: row for row in rows} for rows in _asked(WAITING, STOPPED, CIRCUITS)
    )
    standing = _standing(list(known))
    found = []
    for tenant in known.values():
        queue, circuit = waiting.get(tenant.id), circuits.get(tenant.id)
        until = circuit.paused_until if circuit is not None and circuit.mode != "off" else None
        is_paused = until is not None and until > now
        has_turn, is_slow = standing.get(tenant.id, (None, None))
        found.append(
            CityState(
                tenant=tenant,
                waiting=queue.waiting if queue else 0,
                due=queue.due if queue else 0,
                lag_seconds=(now - queue.oldest).total_seconds() if queue and queue.oldest else None,
                stopped=stopped[tenant.id].stopped if tenant.id in stopped else 0,
                mode=circuit.mode if circuit else None,
                paused_until=until if is_paused else None,
                has_turn=has_turn,
                is_slow=is_slow,
            )
        )
    return sorted(found, key=lambda each: not each.needs_a_look)


def _standing(tenant_ids: Sequence[int]) -> dict[int, tuple[bool, bool]]:
    try:
        return turns.standing(registry().redis, tenant_ids)
    except RedisError:
        return {}


def with_cause(state: CityState) -> CityState:
    """The same with why its calls are paused, read in the city's own scope where they are."""
    if state.paused_until is None:
        return state
    with within(state.tenant.id), unit_of_work() as session:
        return replace(state, cause=session.scalar(select(Sp4nSettings.last_cause)))


def stopped_messages(
    *, after: tuple[datetime, uuid.UUID] | None = None, of: Served | None = None, most: int | None = None
) -> tuple[list[Stopped], bool]:
    """Messages that stopped, oldest first, from a place on or of one tenant; whether there are more."""
    most = most or SIZE
    if of is not None:
        (rows,) = _asked(STOPPED_OF_ONE, one=of.id, most=most + 1)
    elif after is not None:
        (rows,) = _asked(STOPPED_NEXT, at=after[0], id=after[1], most=most + 1)
    else:
        (rows,) = _asked(STOPPED_FIRST, most=most + 1)
    shown = rows[:most]
    known = served()
    causes: dict[uuid.UUID, str | None] = {}
    for tenant_id in {row.tenant_id for row in shown}:
        causes |= _causes(tenant_id, [row.id for row in shown if row.tenant_id == tenant_id])
    found = [
        Stopped(
            known[row.tenant_id],
            row.id,
            row.topic,
            row.state,
            row.attempts,
            row.created_at,
            causes.get(row.id),
        )
        for row in shown
    ]
    return found, len(rows) > most


def _causes(tenant_id: int, message_ids: list[uuid.UUID]) -> dict[uuid.UUID, str | None]:
    with within(tenant_id), unit_of_work() as session:
        rows = session.execute(
            select(OutboxMessage.id, OutboxMessage.cause).where(OutboxMessage.id.in_(message_ids))
        ).all()
    return {row.id: row.cause for row in rows}
