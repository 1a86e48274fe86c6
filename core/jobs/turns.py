"""A tenant's turn at calling out: one worker at a time, and tenants that are slow share half of the workers.

It is about fairness alone and ends with the process that holds it. That nothing is sent twice rests on the
rows, so without Redis the work goes on.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from redis import Redis

#: a turn whose holder stops renewing it is free after so long
TURN_SECONDS = 15
RENEW_SECONDS = 4.0
#: work that takes this long makes its tenant a slow one, until a run is shorter
SLOW_SECONDS = 8.0
SLOW_FOR_SECONDS = 900

_RENEW = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('expire', KEYS[1], ARGV[2]) end return 0"
)
_FREE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

_log = structlog.get_logger(__name__)


@contextmanager
def turn(redis: Redis, tenant_id: int, workers: int) -> Iterator[bool]:
    """Whether it is this tenant's turn; held to the end of the block. `workers`: how many there are."""
    token = uuid.uuid4().hex
    held: list[str] | None
    try:
        held = _take(redis, tenant_id, token, max(1, workers // 2))
    except RedisError:
        _log.warning("queue_unreachable", tenant_id=tenant_id)
        held = []
    if held is None:
        yield False
        return
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(redis, tenant_id, held, token, ended), daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        ended.set()
        keeper.join()
        _release(redis, held, token)


def _take(redis: Redis, tenant_id: int, token: str, lanes: int) -> list[str] | None:
    own = f"tenant:{tenant_id}:turn"
    if not redis.set(own, token, nx=True, ex=TURN_SECONDS):
        return None
    if not redis.exists(_slow(tenant_id)):
        return [own]
    for number in range(lanes):
        lane = f"jobs:slow:{number}"
        if redis.set(lane, token, nx=True, ex=TURN_SECONDS):
            return [own, lane]
    _release(redis, [own], token)
    return None


def _keep(redis: Redis, tenant_id: int, held: list[str], token: str, ended: threading.Event) -> None:
    """Renew until the work ends; what takes long is told while it still runs."""
    waited = 0.0
    while not ended.wait(RENEW_SECONDS):
        waited += RENEW_SECONDS
        try:
            for key in held:
                redis.eval(_RENEW, 1, key, token, str(TURN_SECONDS))
            if waited >= SLOW_SECONDS:
                redis.set(_slow(tenant_id), 1, ex=SLOW_FOR_SECONDS)
        except RedisError:
            _log.warning("queue_unreachable", tenant_id=tenant_id)
    if waited < SLOW_SECONDS:
        _forget(redis, tenant_id)


def _forget(redis: Redis, tenant_id: int) -> None:
    try:
        redis.delete(_slow(tenant_id))
    except RedisError:
        _log.warning("queue_unreachable", tenant_id=tenant_id)


def _release(redis: Redis, held: list[str], token: str) -> None:
    try:
        for key in held:
            redis.eval(_FREE, 1, key, token)
    except RedisError:
        _log.warning("queue_unreachable", keys=held)


def standing(redis: Redis, tenant_ids: Sequence[int]) -> dict[int, tuple[bool, bool]]:
    """Per tenant: whether a worker has its turn now, and whether it is a slow one. One request."""
    keys = [key for each in tenant_ids for key in (f"tenant:{each}:turn", _slow(each))]
    values: list[Any] = redis.mget(keys) if keys else []
    flags = [value is not None for value in values]
    return dict(zip(tenant_ids, zip(flags[::2], flags[1::2], strict=True), strict=True))


def _slow(tenant_id: int) -> str:
    return f"tenant:{tenant_id}:slow"


def slow_tenants(redis: Redis) -> list[int]:
    """Tenants whose work took long lately."""
    keys: list[Any] = list(redis.scan_iter("tenant:*:slow"))
    return sorted(int((key.decode() if isinstance(key, bytes) else key).split(":")[1]) for key in keys)
