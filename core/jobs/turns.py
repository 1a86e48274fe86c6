"""A tenant's turn at calling out: one worker at a time; and who was slow lately (see `lanes`).

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
RENEW_SECONDS = 2.0
#: work that takes this long makes its tenant a slow one, until a run that did something is shorter
SLOW_SECONDS = 4.0
SLOW_FOR_SECONDS = 900

_RENEW = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('expire', KEYS[1], ARGV[2]) end return 0"
)
_FREE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

_log = structlog.get_logger(__name__)


@contextmanager
def turn(redis: Redis, tenant_id: int) -> Iterator[bool]:
    """Whether it is this tenant's turn; held to the end of the block."""
    token = uuid.uuid4().hex
    try:
        is_ours = bool(redis.set(_turn(tenant_id), token, nx=True, ex=TURN_SECONDS))
    except RedisError:
        _log.warning("queue_unreachable", tenant_id=tenant_id)
        is_ours = True
    if not is_ours:
        yield False
        return
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(redis, tenant_id, token, ended), daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        ended.set()
        keeper.join()
        _release(redis, tenant_id, token)


def _keep(redis: Redis, tenant_id: int, token: str, ended: threading.Event) -> None:
    """Renew until the work ends; what takes long is told while it still runs."""
    waited = 0.0
    while not ended.wait(RENEW_SECONDS):
        waited += RENEW_SECONDS
        try:
            redis.eval(_RENEW, 1, _turn(tenant_id), token, str(TURN_SECONDS))
            if waited >= SLOW_SECONDS:
                redis.set(_slow(tenant_id), 1, ex=SLOW_FOR_SECONDS)
        except RedisError:
            _log.warning("queue_unreachable", tenant_id=tenant_id)


def _release(redis: Redis, tenant_id: int, token: str) -> None:
    try:
        redis.eval(_FREE, 1, _turn(tenant_id), token)
    except RedisError:
        _log.warning("queue_unreachable", tenant_id=tenant_id)


def is_taken(redis: Redis, tenant_id: int) -> bool:
    """Whether somebody has the tenant's turn now."""
    return _is_set(redis, _turn(tenant_id), tenant_id)


def is_slow(redis: Redis, tenant_id: int) -> bool:
    """Whether the tenant's work took long lately."""
    return _is_set(redis, _slow(tenant_id), tenant_id)


def _is_set(redis: Redis, key: str, tenant_id: int) -> bool:
    try:
        return bool(redis.exists(key))
    except RedisError:
        _log.warning("queue_unreachable", tenant_id=tenant_id)
        return False


def forget_slow(redis: Redis, tenant_id: int) -> None:
    """A run was short again."""
    try:
        redis.delete(_slow(tenant_id))
    except RedisError:
        _log.warning("queue_unreachable", tenant_id=tenant_id)


def standing(redis: Redis, tenant_ids: Sequence[int]) -> dict[int, tuple[bool, bool]]:
    """Per tenant: whether a worker has its turn now, and whether it is a slow one. One request."""
    keys = [key for each in tenant_ids for key in (_turn(each), _slow(each))]
    values: list[Any] = redis.mget(keys) if keys else []
    flags = [value is not None for value in values]
    return dict(zip(tenant_ids, zip(flags[::2], flags[1::2], strict=True), strict=True))


def _turn(tenant_id: int) -> str:
    return f"tenant:{tenant_id}:turn"


def _slow(tenant_id: int) -> str:
    return f"tenant:{tenant_id}:slow"
