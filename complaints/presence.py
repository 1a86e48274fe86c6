"""Who has a case open just now: a courtesy in Redis for three minutes, never a lock.

Invariant: without Redis nothing is shown and nothing fails; a page waits at most a few hundredths of a second
for it, and then not again for a while.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from redis.exceptions import RedisError

from core import clock
from core.db.tenancy import bound_tenant_id
from core.extensions import hasty_redis

_log = structlog.get_logger(__name__)
SECONDS = 180
MOST = 5
#: for how long a server that did not answer is left alone
REST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Opener:
    """A colleague who has the case open."""

    officer_id: str
    name: str
    at: datetime

    @property
    def ago(self) -> str:
        """How long ago it was opened, in words."""
        minutes = int((clock.now() - self.at).total_seconds() // 60)
        return f"{minutes} menit lalu" if minutes > 0 else "baru saja"


class Presence:
    """The deployment's memory of open cases."""

    def __init__(self, redis_url: str) -> None:
        self.redis = hasty_redis(redis_url)
        self.rests_until = 0.0

    def ask(self, call: Any) -> Any:
        """The call's answer, or None where Redis is away."""
        if time.monotonic() < self.rests_until:
            return None
        try:
            return call(self.redis)
        except RedisError:
            self.rests_until = time.monotonic() + REST_SECONDS
            _log.warning("presence_unreachable")
            return None


def _presence() -> Presence:
    found: Presence = current_app.extensions["presence"]
    return found


def _key(case_id: uuid.UUID) -> str:
    return f"tenant:{bound_tenant_id()}:open:{case_id.hex}"


def opened(case_id: uuid.UUID, officer_id: uuid.UUID | None, name: str) -> list[Opener]:
    """Note that this officer opened the case; returns the others who have it open, the latest first."""
    key = _key(case_id)
    others = [
        each
        for each in _read(_presence().ask(lambda redis: redis.get(key)))
        if each.officer_id != str(officer_id)
    ]
    here = [Opener(str(officer_id), name, clock.now()), *others][:MOST]
    value = json.dumps([[each.officer_id, each.name, each.at.isoformat()] for each in here])
    _presence().ask(lambda redis: redis.set(key, value, ex=SECONDS))
    return others


def others_at(case_ids: Sequence[uuid.UUID], officer_id: uuid.UUID) -> dict[uuid.UUID, Opener]:
    """The colleague who opened each case last, of those opened now. One question for the whole list."""
    keys = [_key(case_id) for case_id in case_ids]
    values = _presence().ask(lambda redis: redis.mget(keys)) if keys else None
    found = {}
    for case_id, value in zip(case_ids, values or (), strict=False):
        colleague = next((each for each in _read(value) if each.officer_id != str(officer_id)), None)
        if colleague is not None:
            found[case_id] = colleague
    return found


def _read(value: bytes | None) -> list[Opener]:
    """Who is still there; each for three minutes from opening."""
    if not value:
        return []
    oldest = clock.now() - timedelta(seconds=SECONDS)
    found = [Opener(id_, name, datetime.fromisoformat(at)) for id_, name, at in json.loads(value)]
    return [each for each in found if each.at >= oldest]
