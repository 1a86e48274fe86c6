"""Wrong tries at addresses without an account: counted and locked as an officer's are, so that a lock tells
nobody who works here.

Kept in Redis for a day at most; without Redis nothing is counted and nobody is kept out by it.
"""

from __future__ import annotations

import contextlib
import hashlib
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from core import clock
from core.db.tenancy import bound_tenant_id
from core.jobs.queue import registry

REMEMBERED = timedelta(days=1)


def locked_until(email: str) -> datetime | None:
    """The end of the lock of an address nobody has."""
    with contextlib.suppress(RedisError):
        stored = registry().redis.get(_key("locked", email))
        if isinstance(stored, bytes):
            return datetime.fromisoformat(stored.decode())
    return None


def count_failure(email: str, most: int, lock: timedelta) -> None:
    """One more wrong try; the last of `most` locks the address for `lock`."""
    tries, locked = _key("tries", email), _key("locked", email)
    with contextlib.suppress(RedisError):
        redis = registry().redis
        if redis.incr(tries) < most:
            redis.expire(tries, REMEMBERED)
            return
        redis.delete(tries)
        redis.set(locked, (clock.now() + lock).isoformat(), ex=lock)


def _key(kind: str, email: str) -> str:
    digest = hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()
    return f"tenant:{bound_tenant_id()}:stranger:{kind}:{digest}"
