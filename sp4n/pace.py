"""How fast a city calls the national side: a bucket of calls that refills with time, shared by all workers.

In any minute at most `requests_per_minute` calls begin, but for the last piece of work of a minute, which is
finished. It lies in Redis; while that is away, in the city's own row.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select, update

from core import clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.jobs.queue import registry
from sp4n.models import Sp4nSettings

#: a full bucket is this share of a minute's calls; the rest comes back evenly over the minute
BURST = 6
_KEPT_SECONDS = 120

# KEYS[1]: the bucket. ARGV: now, size, calls back a second, calls to take. Answers what is left.
_TAKE = """
local kept = redis.call('hmget', KEYS[1], 'left', 'at')
local now, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local left, at = tonumber(kept[1]) or size, tonumber(kept[2]) or now
left = math.min(size, left + math.max(0, now - at) * tonumber(ARGV[3])) - tonumber(ARGV[4])
redis.call('hset', KEYS[1], 'left', tostring(left), 'at', tostring(math.max(now, at)))
redis.call('expire', KEYS[1], ARGV[5])
return tostring(left)
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """The bound city's bucket. What `gives_way` (reading, comparing) leaves half of it to what is sent."""

    per_minute: int
    gives_way: bool = False

    @property
    def size(self) -> int:
        """Calls of a full bucket."""
        return max(1, self.per_minute // BURST)

    @property
    def per_second(self) -> float:
        """Calls that come back each second, so that a full bucket and a minute of them are `per_minute`."""
        return max(1, self.per_minute - self.size) / 60

    def spend(self) -> None:
        """Note that a call begins. Work once begun is finished, so the bucket may go below nothing."""
        self._take(1)

    def wait(self) -> float:
        """Seconds until another piece of work may begin; 0 where it may now."""
        left, needed = self._take(0), 1 + (self.size // 2 if self.gives_way else 0)
        return 0.0 if left >= needed else (needed - left) / self.per_second

    def _take(self, calls: int) -> float:
        now = clock.now().timestamp()
        try:
            left = registry().redis.eval(
                _TAKE, 1, _key(), repr(now), self.size, repr(self.per_second), calls, _KEPT_SECONDS
            )
            return float(left)
        except RedisError:
            _log.warning("sp4n_pace_without_redis", tenant_id=bound_tenant_id())
            return self._take_from_row(calls)

    def _take_from_row(self, calls: int) -> float:
        with unit_of_work() as session:
            row = session.execute(
                select(Sp4nSettings.rate_left, Sp4nSettings.rate_at).with_for_update()
            ).first()
            if row is None:
                return float(self.size)
            now = clock.now()
            passed = max(0.0, (now - row.rate_at).total_seconds()) if row.rate_at else 0.0
            kept = self.size if row.rate_left is None else row.rate_left
            left = min(float(self.size), kept + passed * self.per_second) - calls
            session.execute(
                update(Sp4nSettings)
                .where(Sp4nSettings.tenant_id == bound_tenant_id())
                .values(rate_left=left, rate_at=now)
                .execution_options(synchronize_session=False)
            )
            return left


def _key() -> str:
    return f"tenant:{bound_tenant_id()}:sp4n_calls"
