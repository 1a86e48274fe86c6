"""The weather: faults of the national side, programs killed with -9, waits cut short; and the calm after."""

from __future__ import annotations

import random
import time
from collections import Counter

import psycopg

from bench.chaos.ground import Ground
from core.db.tenancy import tenant_scope
from sp4n import upkeep

#: (kind, chance, seconds): 30 % errors before anything is written, 15 % lost answers after it, the rest:
#: lists that come doubled or out of order
FAULTS = (
    ("server_error", 0.12, 1.0),
    ("html_error", 0.04, 1.0),
    ("rate_limit", 0.05, 1.0),
    ("drop", 0.06, 1.0),
    ("garbage", 0.04, 1.0),
    ("unauthorized", 0.03, 1.0),
    ("timeout_after_commit", 0.06, 1.0),
    ("drop_after_commit", 0.04, 1.0),
    ("error_after_commit", 0.03, 1.0),
    ("truncated", 0.02, 1.0),
    ("doubled", 0.2, 1.0),
    ("shuffled", 0.2, 1.0),
)
LAPSE_SECONDS = 0.5
#: retries and pauses end; a lease in somebody's hands is left alone
_LAPSE = (
    "UPDATE sp4n_settings SET paused_until = NULL WHERE paused_until > now()",
    "UPDATE outbox_message SET due_at = now() WHERE due_at > now() AND lease IS NULL AND topic LIKE 'sp4n.%'",
    "UPDATE sp4n_settings SET next_poll_at = now() WHERE next_poll_at < now() + interval '100 seconds'",
    "UPDATE sp4n_link SET next_check_at = now() WHERE next_check_at > now() AND random() < 0.1",
)
#: the same once their holders are dead
_LEASES = (
    "UPDATE outbox_message SET due_at = now() WHERE due_at > now() AND lease IS NOT NULL",
    "UPDATE sp4n_settings SET next_poll_at = now() WHERE next_poll_at IS NOT NULL",
)
_UNFINISHED = """
SELECT (SELECT count(*) FROM outbox_message
        WHERE topic LIKE 'sp4n.%' AND state NOT IN ('delivered', 'skipped')),
       (SELECT count(*) FROM inbound_message WHERE state = 'pending'),
       (SELECT count(*) FROM outbox_message WHERE state IN ('rejected', 'given_up'))
"""


class Storm:
    """Draws from its own seed when something is killed."""

    def __init__(self, ground: Ground, seed: int, events: int) -> None:
        self._ground, self._random = ground, random.Random(seed + 1)
        self.kills: Counter[str] = Counter()
        self.tried_again = 0
        kills = max(6, events // 200)
        places = sorted(self._random.sample(range(events), min(kills, events)))
        others = ["worker"] * 5 + ["redis", "postgres"]
        whom = ["worker", "redis", "worker", "postgres", *self._random.choices(others, k=len(places))]
        self._plan = dict(zip(places, whom, strict=False))
        self._lapsed = time.monotonic()

    def rise(self) -> None:
        for kind, chance, seconds in FAULTS:
            body = {"kind": kind, "chance": chance, "seconds": seconds}
            self._ground.remote.post("/simulator/faults", json=body).raise_for_status()

    def blow(self, place: int) -> None:
        """After each event: restart the dead, kill who is due, cut waits short now and then."""
        self._ground.supervisor.look()
        if (whom := self._plan.get(place)) is not None:
            name = self._random.choice(self._ground.workers()) if whom == "worker" else whom
            self._ground.kill(name, with_children=whom != "worker" or self._random.random() < 0.5)
            self.kills[whom] += 1
        if time.monotonic() - self._lapsed > LAPSE_SECONDS:
            self._lapse(*_LAPSE)

    def calm(self, seconds: float) -> float:
        """Faults end, the last workers are killed, new ones bring everything to its end. Returns seconds."""
        self._ground.remote.delete("/simulator/faults").raise_for_status()
        for name in self._ground.workers():
            self._ground.kill(name, with_children=True)
        self._ground.supervisor.look()
        started = time.monotonic()
        self._lapse(*_LAPSE, *_LEASES)
        while (left := self._unfinished()) != (0, 0, 0) and time.monotonic() - started < seconds:
            self._ground.supervisor.look()
            self._lapse(*_LAPSE)
            if left[2]:
                self._try_again()
            time.sleep(1)
        return time.monotonic() - started

    def _try_again(self) -> None:
        """What an operator does with stopped messages once the other side is well."""
        for town in self._ground.towns:
            with tenant_scope(town.tenant_id, self._ground.app):
                self.tried_again += upkeep.retry_stopped()

    def _unfinished(self) -> tuple[int, int, int]:
        with psycopg.connect(self._ground.admin_url) as connection:
            row = connection.execute(_UNFINISHED).fetchone()
        assert row is not None
        return (int(row[0]), int(row[1]), int(row[2]))

    def _lapse(self, *statements: str) -> None:
        self._lapsed = time.monotonic()
        try:
            with psycopg.connect(self._ground.admin_url, autocommit=True, connect_timeout=2) as connection:
                for statement in statements:
                    connection.execute(statement)
        except psycopg.OperationalError:  # it was killed a moment ago
            return
