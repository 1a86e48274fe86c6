"""From facts to figures: subscribers append changes in the fact's transaction, the fold adds them up later.

Invariant: a change is inserted once and deleted in the transaction that adds it, so that no act waits for a
counter and none is counted twice or lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from complaints.escalation import PROVINCE_LEVEL
from complaints.events import (
    ActRecorded,
    CasesTakenOver,
    ComplaintRated,
    DeadlineMoved,
    Escalated,
    SidesCompared,
)
from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.extensions import db
from core.ids import uuid7
from core.outbox.relay import MessageQueued, MessageSettled
from monitoring import indicators
from monitoring.indicators import DAY, ESCALATED, GAUGES, MONTH, PARITY, RATED, UNSENT, Cell
from monitoring.models import FigureChange
from tenants.provisioning import TenantProvisioned

#: the kind of background work
FOLD = "figures.fold"
#: outbox topics of messages to the national system
NATIONAL = "sp4n."
BATCH = 2_000
MOST_BATCHES = 50

#: a figure's key within its tenant: (grain, metric, first day, bucket)
Key = tuple[str, str, date, int]

#: Tenants with changes to add, and once a day those without. How far the figures of a quiet city are, the
#: sweep that passed over it tells. Steps along the key from tenant to tenant, whatever waits.
DUE_SQL = """
WITH RECURSIVE changed AS (
  (SELECT tenant_id FROM figure_change ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT c.tenant_id FROM figure_change c
          WHERE c.tenant_id > p.tenant_id ORDER BY c.tenant_id LIMIT 1)
  FROM changed p WHERE p.tenant_id IS NOT NULL
)
SELECT tenant_id FROM changed WHERE tenant_id IS NOT NULL
UNION
SELECT tenant_id FROM figure_state WHERE folded_at < now() - interval '1 day'
"""

#: every act writes some: one statement, whatever their number
_APPEND = text("""
INSERT INTO figure_change (tenant_id, id, metric, figure_on, bucket, delta)
SELECT :tenant, change.*
FROM unnest(CAST(:ids AS uuid[]), CAST(:metrics AS text[]), CAST(:days AS date[]), CAST(:buckets AS int[]),
            CAST(:deltas AS int[])) AS change
""")

_ADD = text("""
MERGE INTO figure f
USING unnest(
  CAST(:grains AS text[]), CAST(:metrics AS text[]), CAST(:days AS date[]), CAST(:buckets AS int[]),
  CAST(:deltas AS bigint[])
) AS s (grain, metric, figure_on, bucket, delta)
ON f.tenant_id = :tenant AND f.grain = s.grain AND f.metric = s.metric AND f.figure_on = s.figure_on
   AND f.bucket = s.bucket
WHEN MATCHED AND f.value + s.delta = 0 THEN DELETE
WHEN MATCHED THEN UPDATE SET value = f.value + s.delta
WHEN NOT MATCHED THEN
  INSERT (tenant_id, province_id, grain, metric, figure_on, bucket, value)
  VALUES (:tenant, (SELECT province_id FROM tenant WHERE id = :tenant),
          s.grain, s.metric, s.figure_on, s.bucket, s.delta)
""")

_STAMP = text("""
INSERT INTO figure_state (tenant_id, province_id, folded_at)
SELECT id, province_id, :at FROM tenant WHERE id = :tenant
ON CONFLICT (tenant_id) DO UPDATE SET folded_at = excluded.folded_at, province_id = excluded.province_id
""")


def subscribe() -> None:
    """Listen to every fact that changes a figure."""
    events.subscribe(ActRecorded, _on_act)
    events.subscribe(CasesTakenOver, _on_taken_over)
    events.subscribe(DeadlineMoved, _on_moved)
    events.subscribe(ComplaintRated, _on_rated)
    events.subscribe(Escalated, _on_escalated)
    events.subscribe(SidesCompared, _on_compared)
    events.subscribe(MessageQueued, _on_queued)
    events.subscribe(MessageSettled, _on_settled)
    events.subscribe(TenantProvisioned, _on_provisioned)


def _on_act(fact: ActRecorded) -> None:
    _append(indicators.difference(fact.before, fact.after))


def _on_taken_over(fact: CasesTakenOver) -> None:
    cells: Counter[Cell] = Counter()
    for each in fact.after:
        cells.update(indicators.cells_of(each))
    _append(cells)


def _on_moved(fact: DeadlineMoved) -> None:
    _append(indicators.difference(fact.before, fact.after))


def _on_rated(fact: ComplaintRated) -> None:
    _append({(RATED, fact.rated_on, fact.score): 1})


def _on_escalated(fact: Escalated) -> None:
    if fact.level == PROVINCE_LEVEL:
        _append({(ESCALATED, fact.on, 0): 1})


def _on_compared(fact: SidesCompared) -> None:
    _append(
        {
            (PARITY, indicators.STANDING, bucket): delta
            for bucket, state in enumerate(indicators.PARITY_STATES)
            if (delta := fact.after.get(state, 0) - fact.before.get(state, 0))
        }
    )


def _on_queued(fact: MessageQueued) -> None:
    if fact.topic.startswith(NATIONAL):
        _append({indicators.minute_cell(UNSENT, fact.created_at): 1})


def _on_settled(fact: MessageSettled) -> None:
    if fact.topic.startswith(NATIONAL):
        _append({indicators.minute_cell(UNSENT, fact.created_at): -1})


def _on_provisioned(_fact: TenantProvisioned) -> None:
    # From now on the sweep looks after this tenant, even while nothing happens there.
    stamp(db.session(), clock.now())


def _append(cells: Mapping[Cell, int]) -> None:
    if not cells:
        return
    db.session.execute(
        _APPEND,
        {
            "tenant": bound_tenant_id(),
            "ids": [uuid7() for _ in cells],
            "metrics": [metric for metric, _, _ in cells],
            "days": [on for _, on, _ in cells],
            "buckets": [bucket for _, _, bucket in cells],
            "deltas": list(cells.values()),
        },
    )


def fold() -> int:
    """Add the bound tenant's changes to its figures, within bounds. Returns how many were added.

    Each batch is one transaction: killed anywhere, nothing is lost or added twice. While another fold or a
    rebuild of this tenant runs there is nothing to do: it takes the same changes.
    """
    total = 0
    for _ in range(MOST_BATCHES):
        with unit_of_work() as session:
            if not lock(session, wait=False):
                return total
            added = _fold_batch(session)
        total += added
        if added < BATCH:
            break
    return total


def lock(session: Session, *, wait: bool) -> bool:
    """Hold the right to change the bound tenant's figures until the transaction ends; False: it is taken."""
    call = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    key = f"figures:{bound_tenant_id()}"
    held = session.scalar(select(text(f"{call}(hashtextextended(:key, 0))")), {"key": key})
    return wait or bool(held)


def _fold_batch(session: Session) -> int:
    at = clock.now()  # before the statement looks: what was committed by now, it sees
    oldest = select(FigureChange.id).order_by(FigureChange.id).limit(BATCH)
    changes = session.execute(
        delete(FigureChange)
        .where(FigureChange.tenant_id == bound_tenant_id(), FigureChange.id.in_(oldest))
        .returning(FigureChange.metric, FigureChange.on, FigureChange.bucket, FigureChange.delta)
        .execution_options(synchronize_session=False)
    )
    added = add(session, (((metric, on, bucket), delta) for metric, on, bucket, delta in changes))
    if added < BATCH:
        stamp(session, at)
    return added


def add(session: Session, changes: Iterable[tuple[Cell, int]]) -> int:
    """Add changes to the sums by day and, but for gauges, by month. Returns how many changes there were.

    A sum that becomes zero is deleted: gauges leave nothing behind.
    """
    sums: Counter[Key] = Counter()
    count = 0
    for (metric, on, bucket), delta in changes:
        count += 1
        sums[DAY, metric, on, bucket] += delta
        if metric not in GAUGES:
            sums[MONTH, metric, on.replace(day=1), bucket] += delta
    keys = [key for key, delta in sums.items() if delta]
    if keys:
        session.execute(
            _ADD,
            {
                "tenant": bound_tenant_id(),
                "grains": [key[0] for key in keys],
                "metrics": [key[1] for key in keys],
                "days": [key[2] for key in keys],
                "buckets": [key[3] for key in keys],
                "deltas": [sums[key] for key in keys],
            },
        )
    return count


def stamp(session: Session, at: datetime) -> None:
    """Note that everything committed before `at` is in the bound tenant's figures."""
    session.execute(_STAMP, {"tenant": bound_tenant_id(), "at": at})
