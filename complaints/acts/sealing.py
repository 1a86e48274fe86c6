"""Seals what was written into histories: an entry of the city's audit over every entry since the last seal.

Invariant: seals follow on each other without a gap. A history's own chain shows a change inside it; the seal
also shows that a whole tail, or a whole case, was taken away or rewritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import bindparam, select, text

from complaints.models import ComplaintEvent
from core import audit, clock
from core.audit.models import AuditHead
from core.db.transaction import unit_of_work

ACTION = "history.sealed"
EVERY = timedelta(minutes=2)
#: entries under one seal: the head is locked while they are read
MOST_AT_ONCE = 50_000
DUE_SQL = (
    "SELECT h.tenant_id FROM audit_head h WHERE h.seal_due_at <= now() AND EXISTS ("
    "SELECT 1 FROM complaint_event e WHERE e.tenant_id = h.tenant_id AND e.ordinal > h.sealed_ordinal)"
)
#: entries of a range in order, as the digest takes them
RANGE = (
    select(ComplaintEvent.ordinal, ComplaintEvent.id, ComplaintEvent.recorded_at, ComplaintEvent.hash)
    .where(ComplaintEvent.ordinal > bindparam("low"), ComplaintEvent.ordinal <= bindparam("high"))
    .order_by(ComplaintEvent.ordinal)
    .limit(bindparam("most"))
)
_RUNNING = text(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,"
    " pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next"
)
_NEWEST = (
    select(ComplaintEvent.ordinal)
    .where(ComplaintEvent.ordinal > bindparam("low"))
    .order_by(ComplaintEvent.ordinal.desc())
    .limit(1)
)


def seal() -> int:
    """Seal what the run before noted, and note how far the next one goes. Returns how many entries.

    Two runs, because a number is taken before its entry is committed: what was noted is complete once every
    transaction of that moment has ended.
    """
    with unit_of_work() as session:
        head = audit.lock_head(session)
        running = session.execute(_RUNNING).one()
        sealed = _seal_noted(session, head, running.oldest)
        if head.noted_ordinal is None or (head.noted_xid or 0) > running.next:
            # nothing noted, or noted in another cluster whose transactions are none of ours
            head.noted_ordinal = session.scalar(_NEWEST, {"low": head.sealed_ordinal})
            head.noted_xid = session.execute(_RUNNING).one().next
        head.seal_due_at = clock.now() + (EVERY if sealed < MOST_AT_ONCE else timedelta())
    return sealed


def _seal_noted(session: Any, head: AuditHead, oldest_running: int) -> int:
    low, high = head.sealed_ordinal, head.noted_ordinal
    if high is None or head.noted_xid is None or head.noted_xid > oldest_running:
        return 0
    rows = session.execute(RANGE, {"low": low, "high": high, "most": MOST_AT_ONCE}).all()
    if len(rows) == MOST_AT_ONCE:
        high = rows[-1].ordinal
    else:
        head.noted_ordinal = head.noted_xid = None
    head.sealed_ordinal = high
    made = Digest()
    made.take(rows)
    audit.record(ACTION, actor_id=None, actor_name="Sistem", **made.detail(low, high))
    return len(rows)


class Digest:
    """SHA-256 over entries in order, and their number."""

    def __init__(self) -> None:
        self.count, self._hash = 0, hashlib.sha256()

    def take(self, rows: Iterable[Any]) -> None:
        """Entries with ordinal, id, recorded_at, hash."""
        for row in rows:
            at = row.recorded_at.astimezone(UTC).isoformat(timespec="microseconds")
            self._hash.update(f"{row.ordinal}|{row.id}|{at}|{row.hash}\n".encode())
            self.count += 1

    def detail(self, low: int, high: int) -> dict[str, Any]:
        """What a seal says: entries above `low` up to `high`."""
        return {"above": low, "up_to": high, "count": self.count, "digest": self._hash.hexdigest()}
