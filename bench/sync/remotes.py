"""A city whose national side is dead, in two ways, with a great many reports due."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bench import cities, loading
from bench.chaos.ground import Town
from bench.sync.ground import Ground
from core.jobs.queue import registry
from sp4n.subscribers import CREATE, DELIVER

REFUSED, HUNG = "refuses connections", "accepts and never answers"
KINDS = (REFUSED, HUNG)
#: what Redis keeps of the slow is forgotten, so that each trial has to find out anew
_REMEMBERED = ("tenant:*:slow", "tenant:*:turn", "tenant:*:wake:*")
_QUEUE = """
INSERT INTO outbox_message (tenant_id, id, topic, subject_id, dedupe_key, payload, state, steps, attempts,
                            due_at, created_at)
SELECT tenant_id, gen_random_uuid(), %s, id, 'create:' || id, jsonb_build_object('complaint_id', id),
       'pending', '{}', 0, now(), now()
FROM complaint WHERE tenant_id = %s
"""
_AGAIN = """
UPDATE outbox_message SET state = 'pending', due_at = now(), attempts = 0, lease = NULL, steps = '{}'
WHERE tenant_id = %s AND state = 'pending' AND due_at IS NOT NULL
"""
#: without what a person's change of the settings brings with it, such as a comparison of everything
_SWITCH = """
UPDATE sp4n_settings SET mode = %s, base_url = %s, failures = 0, paused_until = NULL, last_cause = NULL,
                         next_poll_at = now()
WHERE tenant_id = %s
"""


def fill(ground: Ground, town: Town, messages: int) -> None:
    """Reports of the town that all wait to be filed there."""
    app = ground.app
    with loading.connect(ground.product.environment["DATABASE_OWNER_URL"]) as connection:
        place = cities.ground_of(app, town.tenant_id)
        loading.load(connection, place, messages, app.extensions["pin_key"])
        loading.settle(connection)
    ground.change(_QUEUE, CREATE, town.tenant_id)
    ground.change("VACUUM ANALYZE outbox_message")


@contextmanager
def dead(ground: Ground, town: Town, kind: str) -> Iterator[None]:
    """The town's national side is like this for the length of the block; all of its messages are due."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        port = listening.getsockname()[1]
        if kind == REFUSED:
            listening.close()
        ground.change(_AGAIN, town.tenant_id)
        ground.change(_SWITCH, "active", f"http://127.0.0.1:{port}", town.tenant_id)
        with ground.app.app_context():
            registry().wake(DELIVER, town.tenant_id)
        try:
            yield
        finally:
            rest(ground, town)


def rest(ground: Ground, town: Town) -> None:
    """The town sends and reads nothing, and nothing is remembered of it."""
    ground.change(_SWITCH, "off", str(ground.remote.base_url), town.tenant_id)
    ground.forget(*_REMEMBERED)
