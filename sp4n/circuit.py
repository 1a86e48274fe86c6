"""One city's circuit to the national side: after a failure nobody calls for a while, longer each time.

It is kept in the city's own row, so that all workers see it and no other city is touched.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.crypto import SecretUnreadable
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.extensions import db
from core.http import Refused, Unreachable
from core.jobs import lanes
from core.outbox import relay
from sp4n.contract import ContractError
from sp4n.models import Sp4nSettings
from sp4n.session import READ_SECONDS, SUBMIT_SECONDS, DoNotTry, Sp4nError, TryLater

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
#: a wait the other side asked for is kept up to this
LONGEST_WAIT_SECONDS = 3600.0
#: a success is written down at most this often
NOTE_EVERY = timedelta(seconds=30)
#: after a call that may still be under way there, before anybody looks whether it arrived
SETTLE_SECONDS = 30.0
#: how long a call may take after one failure; after each further one it is so much longer
KNOCK_SECONDS = 15.0

_MOST_FAILURES = 1000
_BAD_SECRETS = "Kredensial SP4N tersimpan tidak dapat dibaca, isi kembali"


def paused_until() -> datetime | None:
    """Until when nobody may call, or None while the circuit is closed. Short transaction of its own."""
    with unit_of_work() as session:
        until: datetime | None = session.scalar(select(Sp4nSettings.paused_until))
    return until if until is not None and until > clock.now() else None


def failed(failure: relay.TryLater | relay.DoNotTry) -> None:
    """Note a failure; one that time may heal also pauses the city's calls. Transaction of its own."""
    with unit_of_work() as session:
        row = session.scalars(
            select(Sp4nSettings).with_for_update().execution_options(populate_existing=True)
        ).first()
        if row is None:
            return
        row.last_cause = failure.cause[:500]
        if isinstance(failure, relay.DoNotTry):
            return
        row.failures = min(row.failures + 1, _MOST_FAILURES)
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(row.failures - 1, 20))
        pause = max(pause, min(failure.retry_after or 0, LONGEST_WAIT_SECONDS))
        row.paused_until = clock.now() + timedelta(seconds=pause)


def closed(session: Session) -> None:
    """Note a success inside the present transaction; a no-op while all is well."""
    now = clock.now()
    session.execute(
        update(Sp4nSettings)
        .where(
            Sp4nSettings.tenant_id == bound_tenant_id(),
            or_(
                Sp4nSettings.failures > 0,
                Sp4nSettings.last_success_at.is_(None),
                Sp4nSettings.last_success_at < now - NOTE_EVERY,
            ),
        )
        .values(failures=0, paused_until=None, last_cause=None, last_success_at=now)
        .execution_options(synchronize_session=False)
    )


def translated(error: Sp4nError | SecretUnreadable) -> relay.TryLater | relay.DoNotTry:
    """The client's failure in the relay's terms: the one place where the two families meet.

    What is wrong with the account or its address (credentials, redirects, forbidden hosts) is no fault of a
    message: every message would be stopped by it, so they wait for the person who mends the connection. Nor
    is an answer that is no JSON at all: the page of a system under maintenance.
    """
    if isinstance(error, SecretUnreadable):
        return relay.TryLater(_BAD_SECRETS, LONGEST_PAUSE_SECONDS)
    if isinstance(error, TryLater):
        wait = error.retry_after
        if isinstance(error.__cause__, Unreachable) and error.__cause__.cause in ("timeout", "dropped"):
            wait = max(wait or 0, SETTLE_SECONDS)
        return relay.TryLater(error.cause, wait)
    if isinstance(error, DoNotTry) and _is_no_fault_of_the_message(error):
        return relay.TryLater(error.cause, LONGEST_PAUSE_SECONDS)
    return relay.DoNotTry(error.cause)


def _is_no_fault_of_the_message(error: DoNotTry) -> bool:
    if isinstance(error.__cause__, Refused):
        return error.__cause__.rule in ("address", "scheme", "header")
    if isinstance(error.__cause__, ContractError) and isinstance(error.__cause__.__cause__, ValueError):
        return True
    return error.status in (401, 403) or (
        error.status is not None and 300 <= error.status < 400 and error.status != 304
    )


def is_open() -> bool:
    """Whether calls are paused now."""
    return paused_until() is not None


def limits() -> dict[str, float]:
    """Seconds per call for the city's client: after a failure it knocks, and does not wait long to be let in.

    Each failure gives the next try more, so that a side that is only slow is not lost; but never much where
    other cities wait. What may be under way there all the same is looked for before it is sent again.
    Transaction of its own.
    """
    with unit_of_work() as session:
        failures = session.scalar(select(Sp4nSettings.failures)) or 0
    patience = KNOCK_SECONDS * failures if failures else SUBMIT_SECONDS
    whole = {"read_seconds": READ_SECONDS, "submit_seconds": SUBMIT_SECONDS}
    return {name: lanes.bounded(min(seconds, patience)) for name, seconds in whole.items()}


def end_pause() -> None:
    """A person asks for another try at once. Transaction of its own."""
    with unit_of_work():
        db.session.execute(
            update(Sp4nSettings)
            .where(Sp4nSettings.tenant_id == bound_tenant_id())
            .values(paused_until=None)
            .execution_options(synchronize_session=False)
        )
