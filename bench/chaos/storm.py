"""The weather: faults of the national side, programs killed with -9, waits cut short; and the calm after."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import psycopg

from bench.chaos.ground import Ground
from core import clock
from core.db.tenancy import tenant_scope
from sp4n import settings, upkeep

#: (kind, chance), each drawn where those before it did not strike: 30 % errors before anything is done, 10 %
#: lost answers after it, 30 % of all answers doubled or out of order
FAULTS = (
    ("server_error", 0.12),
    ("html_error", 0.04),
    ("rate_limit", 0.05),
    ("drop", 0.06),
    ("garbage", 0.04),
    ("unauthorized", 0.03),
    ("timeout_after_commit", 0.06),
    ("drop_after_commit", 0.04),
    ("error_after_commit", 0.03),
    ("truncated", 0.02),
    ("doubled", 0.3),
    ("shuffled", 0.3),
)
FAULT_SECONDS = 1.0
LAPSE_SECONDS = 0.5
#: retries and pauses end; a lease in somebody's hands is left alone
_RETRY = (
    "UPDATE sp4n_settings SET paused_until = NULL WHERE paused_until > now()",
    "UPDATE outbox_message SET due_at = now() WHERE due_at > now() AND lease IS NULL AND topic LIKE 'sp4n.%'",
)
#: some cities are read again, and in them some reports
_READ = (
    """
    UPDATE sp4n_settings SET next_poll_at = now()
    WHERE next_poll_at < now() + interval '100 seconds' AND random() < 0.2
    """,
    """
    UPDATE sp4n_link SET next_check_at = now()
    WHERE id IN (SELECT id FROM sp4n_link WHERE next_check_at > now() ORDER BY random() LIMIT 10)
    """,
)
#: leases, once their holders are dead
_LEASES = (
    "UPDATE outbox_message SET due_at = now() WHERE due_at > now() AND lease IS NOT NULL",
    "UPDATE sp4n_settings SET next_poll_at = now() WHERE next_poll_at IS NOT NULL",
)
#: a city that nobody has read since the calm began
_UNREAD = """
UPDATE sp4n_settings SET next_poll_at = now()
WHERE next_poll_at BETWEEN now() AND now() + interval '100 seconds' AND NOT coalesce(polled_until > %s, false)
"""
_UNFINISHED = """
SELECT (SELECT count(*) FROM outbox_message
        WHERE topic LIKE 'sp4n.%%' AND state NOT IN ('delivered', 'skipped'))
     + (SELECT count(*) FROM inbound_message WHERE state = 'pending')
     + (SELECT count(*) FROM sp4n_settings WHERE mode = 'active' AND NOT coalesce(polled_until > %s, false))
"""
_STOPPED = "SELECT count(*) FROM outbox_message WHERE state IN ('rejected', 'given_up')"
#: taken in the last seconds, so that its holder is not one that was killed before
_IN_HAND = """
SELECT count(*) FROM outbox_message
WHERE topic LIKE 'sp4n.%' AND lease IS NOT NULL AND due_at > now() + interval '178 seconds'
"""
#: so long a kill waits for its moment
AIM_SECONDS = 3.0


class Storm:
    """Draws from its own seed when something is killed. `in_hand`: kills that met a message being sent."""

    def __init__(self, ground: Ground, seed: int, events: int) -> None:
        self._ground, self._random = ground, random.Random(seed + 1)
        self.kills: Counter[str] = Counter()
        self.in_hand: Counter[str] = Counter()
        self.tried_again = 0
        kills = max(6, events // 200)
        places = sorted(self._random.sample(range(events), min(kills, events)))
        others = ["worker"] * 5 + ["redis", "postgres"]
        whom = ["worker", "redis", "worker", "postgres", *self._random.choices(others, k=len(places))]
        self._plan = dict(zip(places, whom, strict=False))
        self._lapsed = time.monotonic()

    def rise(self) -> None:
        """Faults begin, and no city's own allowance of calls softens them."""
        for town in self._ground.towns:
            with tenant_scope(town.tenant_id, self._ground.app):
                settings.configure(requests_per_minute=settings.MOST_REQUESTS_A_MINUTE)
        for kind, chance in FAULTS:
            body = {"kind": kind, "chance": chance, "seconds": FAULT_SECONDS}
            self._ground.remote.post("/simulator/faults", json=body).raise_for_status()

    def blow(self, place: int) -> None:
        """After each event: restart the dead, kill who is due, cut waits short now and then."""
        self._ground.supervisor.look()
        if (whom := self._plan.pop(place, None)) is not None:
            self._kill(whom)
        if time.monotonic() - self._lapsed > LAPSE_SECONDS:
            self._lapse(*_RETRY, *_READ)

    def _kill(self, whom: str) -> None:
        """At a moment at which a message is being sent, where one comes soon."""
        name = self._random.choice(self._ground.workers()) if whom == "worker" else whom
        with_children = whom != "worker" or self._random.random() < 0.7
        began = time.monotonic()
        while not (met := self._count(_IN_HAND)) and time.monotonic() - began < AIM_SECONDS:
            self._ground.supervisor.look()
            time.sleep(0.01)
        self._ground.kill(name, with_children=with_children)
        self.kills[whom] += 1
        self.in_hand[whom] += bool(met)

    def calm(self, seconds: float) -> float:
        """Faults end, the last workers are killed, new ones bring everything to its end. Returns seconds."""
        self._ground.remote.delete("/simulator/faults").raise_for_status()
        for name in self._ground.workers():
            self._ground.kill(name, with_children=True)
        self._ground.supervisor.look()
        started, since = time.monotonic(), clock.now()
        self._lapse(*_RETRY, *_LEASES)
        while self._count(_UNFINISHED, since) != 0 and time.monotonic() - started < seconds:
            self._ground.supervisor.look()
            self._lapse(*_RETRY)
            self._lapse(_UNREAD, values=(since,))
            if self._count(_STOPPED):
                self._try_again()
            time.sleep(1)
        return time.monotonic() - started

    def rows(self) -> Iterable[tuple[str, int, int]]:
        """(program, times killed, of which with messages in hand) as the table shows it."""
        return [(name, self.kills[name], self.in_hand[name]) for name in sorted(self.kills)]

    def _try_again(self) -> None:
        """What an operator does with stopped messages once the other side is well."""
        for town in self._ground.towns:
            with tenant_scope(town.tenant_id, self._ground.app):
                self.tried_again += upkeep.retry_stopped()

    def _count(self, statement: str, *values: datetime) -> int | None:
        """None while the database starts again."""
        try:
            with psycopg.connect(self._ground.admin_url, connect_timeout=2) as connection:
                row = connection.execute(statement, values or None).fetchone()
        except psycopg.OperationalError:
            return None
        return int(row[0]) if row is not None else 0

    def _lapse(self, *statements: str, values: tuple[datetime, ...] = ()) -> None:
        self._lapsed = time.monotonic()
        try:
            with psycopg.connect(self._ground.admin_url, autocommit=True, connect_timeout=2) as connection:
                for statement in statements:
                    connection.execute(statement, values or None)
        except psycopg.OperationalError:  # it was killed a moment ago
            return
