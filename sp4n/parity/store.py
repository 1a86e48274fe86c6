"""The stored result of comparing, and the one number made of it.

Invariant: a report is identical only by a comparison that was made; what was not compared is counted as such.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock
from core.db.reading import reading
from core.db.tenancy import bound_tenant_id
from core.ids import uuid7
from sp4n.models import InboundMessage
from sp4n.parity.compare import Comparison, Difference
from sp4n.parity.models import DIFFERENT, IDENTICAL, IGNORED, ONLY_HERE, STATES, UNKNOWN, Parity

#: reports received longer ago are not compared any more
REACH = timedelta(days=366)
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of the last 12 months. `share` is None where nothing was compared.

    It is the identical part of everything there is to compare: what differs, stands on one side only, is
    unknown or was not compared yet all stand against it; what a person decided to ignore counts apart.
    """

    counts: dict[str, int]
    only_there: int
    not_compared: int
    oldest_at: datetime | None
    newest_at: datetime | None

    @property
    def compared(self) -> int:
        """Reports that were compared, whatever came out."""
        return sum(count for state, count in self.counts.items() if state != ONLY_HERE)

    @property
    def share(self) -> float | None:
        """0 to 1; None where nothing was compared."""
        whole = sum(self.counts.values()) - self.counts[IGNORED] + self.only_there + self.not_compared
        return self.counts[IDENTICAL] / whole if whole and self.compared else None


def keep(session: Session, complaint_id: uuid.UUID, found: Comparison) -> str:
    """Store what a comparison found, in the present transaction. Returns the state."""
    before = session.execute(
        select(Parity.ignored).where(Parity.complaint_id == complaint_id).with_for_update()
    ).first()
    decided = {_identity(each): each for each in (before.ignored if before else ())}
    differences, ignored = [], []
    for each in map(_plain, found.differences):
        known = decided.get(_identity(each))
        differences.append(each) if known is None else ignored.append(known)
    state = found.state
    if ignored and not differences:
        state = IGNORED if not found.on_its_way else UNKNOWN
    write(session, complaint_id, state, differences, ignored, [str(name) for name in found.not_told])
    return state


def write(
    session: Session,
    complaint_id: uuid.UUID,
    state: str,
    differences: list[dict[str, Any]],
    ignored: list[dict[str, Any]],
    not_told: list[str],
) -> None:
    """One row a report; `since` moves only when the state does."""
    now = clock.now()
    values = {
        "state": state,
        "compared_at": now,
        "differences": differences,
        "ignored": ignored,
        "not_told": not_told,
    }
    statement = insert(Parity).values(
        tenant_id=bound_tenant_id(), id=uuid7(), complaint_id=complaint_id, since=now, **values
    )
    since = func.coalesce(
        select(Parity.since)
        .where(Parity.complaint_id == complaint_id, Parity.state == state)
        .scalar_subquery(),
        now,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "complaint_id"], set_={**values, "since": since}
        )
    )


_COUNTS = select(
    Parity.state, func.count(), func.min(Parity.compared_at), func.max(Parity.compared_at)
).group_by(Parity.state)
_ONLY_THERE = select(func.count()).where(
    InboundMessage.state.in_(("waiting", "pending")), InboundMessage.kind == "report"
)
_NOT_COMPARED = reading("""
SELECT count(*) FROM complaint
WHERE received_at >= :since
  AND NOT EXISTS (SELECT 1 FROM sp4n_parity p
                  WHERE p.tenant_id = complaint.tenant_id AND p.complaint_id = complaint.id)
""")


def summary(session: Session) -> Summary:
    """The bound city's counts. 3 SQL statements."""
    rows = session.execute(_COUNTS).all()
    compared = [row for row in rows if row[0] != ONLY_HERE]
    return Summary(
        counts=dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in rows},
        only_there=session.scalar(_ONLY_THERE) or 0,
        not_compared=session.scalar(_NOT_COMPARED, {"since": clock.now() - REACH}) or 0,
        oldest_at=min((row[2] for row in compared), default=None),
        newest_at=max((row[3] for row in compared), default=None),
    )


def _plain(each: Difference) -> dict[str, Any]:
    return {
        "aspect": str(each.aspect),
        "kind": str(each.kind),
        "here": each.here and each.here[:LONGEST_TEXT],
        "there": each.there and each.there[:LONGEST_TEXT],
        "ref": each.ref,
    }


def _identity(each: dict[str, Any]) -> tuple[Any, ...]:
    """What makes it the same difference again; a changed text is a new one."""
    return tuple(each.get(name) for name in ("aspect", "kind", "here", "there", "ref"))


__all__ = ["DIFFERENT", "REACH", "Summary", "keep", "summary", "write"]
