"""Which version of a report was read last, so that a routine reading may ask for it only if it changed.

Kept in Redis and nowhere else: where it is lost, the report is read in full. Invariant: a version counts only
for the routine reading it was kept for. One that was asked for (by the list, a call, the night, a delivery, a
person) is in full, and so is one after an act here, one of a report that differs, and one every TRUSTED.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select

from complaints.models import ComplaintEvent
from core import clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.jobs.queue import registry
from sp4n.models import Sp4nLink
from sp4n.parity.models import IDENTICAL, IGNORED, Parity
from sp4n.session import Version

#: what the other side calls unchanged is believed this long
TRUSTED = timedelta(hours=6)
#: an act recorded this shortly before the reading may have been too late for its comparison
_MARGIN = timedelta(minutes=1)

_log = structlog.get_logger(__name__)


def version_of(external_id: str) -> Version | None:
    """The version to name in the reading that is due now; None where the report is to be read in full."""
    try:
        kept = registry().redis.get(_key(external_id))
    except RedisError:
        return None
    if kept is None:
        return None
    header, value, read, due = json.loads(kept)
    read_at = datetime.fromisoformat(read)
    is_believed = clock.now() - read_at < TRUSTED
    if not is_believed or not _is_routine(external_id, read_at, datetime.fromisoformat(due)):
        return None
    return Version(header, value)


def keep(external_id: str, version: Version | None, due_at: datetime | None) -> None:
    """After the report was read in full, and what it said is stored."""
    if version is not None and due_at is not None:
        _store(external_id, [*version, clock.now().isoformat(), due_at.isoformat()])


def renew(external_id: str, due_at: datetime | None) -> None:
    """After the other side said that it still is this version."""
    try:
        kept = registry().redis.get(_key(external_id))
    except RedisError:
        return
    if kept is not None and due_at is not None:
        _store(external_id, [*json.loads(kept)[:3], due_at.isoformat()])


def _store(external_id: str, values: list[str]) -> None:
    try:
        registry().redis.set(_key(external_id), json.dumps(values), ex=TRUSTED)
    except RedisError:
        _log.warning("sp4n_version_not_kept", report=external_id)


def _is_routine(external_id: str, read_at: datetime, due_at: datetime) -> bool:
    with unit_of_work() as session:
        acted = select(ComplaintEvent.id).where(
            ComplaintEvent.complaint_id == Sp4nLink.complaint_id,
            ComplaintEvent.recorded_at > read_at - _MARGIN,
        )
        found = session.scalar(
            select(Sp4nLink.id)
            .join(Parity, Parity.complaint_id == Sp4nLink.complaint_id)
            .where(
                Sp4nLink.external_id == external_id,
                Sp4nLink.next_check_at == due_at,
                Parity.state.in_((IDENTICAL, IGNORED)),
                ~acted.exists(),
            )
        )
        return found is not None


def _key(external_id: str) -> str:
    return f"tenant:{bound_tenant_id()}:sp4n-seen:{external_id}"
