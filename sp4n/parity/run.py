"""Comparing by hand: the reports that are due are read now, within a bound, and the number is told."""

from __future__ import annotations

import time

from core import clock
from core.db.transaction import unit_of_work
from core.errors import DomainError
from sp4n import circuit, inbound, settings
from sp4n.models import OFF
from sp4n.pace import Pace
from sp4n.parity import reconcile, store

MOST_SECONDS = 600.0
#: between two looks while the city's allowance of calls is used up
LONGEST_REST = 5.0


def run(*, everything: bool) -> store.Summary:
    """Read what is due (or all of the last 12 months) and return the counts. Raises DomainError."""
    connection = settings.load()
    if connection is None or connection.mode == OFF:
        raise DomainError("Sambungan ke SP4N belum diaktifkan.", code="not_connected")
    if everything:
        reconcile.start_night()
    started = clock.now()
    while not circuit.is_open() and (clock.now() - started).total_seconds() < MOST_SECONDS:
        inbound.poll_now()
        if not inbound.is_any_due():
            break
        time.sleep(min(Pace(connection.requests_per_minute).wait(), LONGEST_REST))
    with unit_of_work() as session:
        return store.summary(session)
