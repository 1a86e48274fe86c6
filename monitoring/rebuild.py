"""The operator's repair: the bound tenant's figures counted anew from its rows.

The cells are those of `indicators.cells_of`, in SQL; a test holds the two together. Rows that retention has
removed are no longer counted, so this is for broken figures, not for every day.
"""

from __future__ import annotations

from sqlalchemy import delete, text

from complaints.escalation import PROVINCE_LEVEL
from complaints.workflow import COMPLETED, KINDS, OFFICER_TURN, OPEN_STATUSES
from core import clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.outbox.models import UNFINISHED
from monitoring import figures, indicators
from monitoring.models import Figure

# One statement, hence one snapshot: an act that commits after it keeps its changes for the next fold, and the
# changes of every act before it are dropped with the figures they would have gone into.
_COUNT = text("""
WITH dropped AS (DELETE FROM figure_change WHERE tenant_id = :tenant AND metric <> :parity),
zone AS (SELECT timezone AS name FROM tenant WHERE id = :tenant),
filed AS (
  SELECT array_position(CAST(:kinds AS text[]), kind) - 1 AS kind,
         (received_at AT TIME ZONE zone.name)::date AS received_on,
         (closed_at AT TIME ZONE zone.name)::date AS closed_on,
         date_trunc('minute', due_at AT TIME ZONE 'UTC') AS due,
         COALESCE(COALESCE(responded_at, closed_at) <= complete_due_at, false) AND reopened = 0 AS on_time,
         status, verify_days, answer_days, reopened, escalation_level
  FROM complaint, zone WHERE tenant_id = :tenant
),
unsent AS (
  SELECT date_trunc('minute', created_at AT TIME ZONE 'UTC') AS made
  FROM outbox_message
  WHERE tenant_id = :tenant AND state = ANY(:unfinished) AND topic LIKE :national
),
cells AS (
  SELECT :received, received_on, kind, count(*) FROM filed GROUP BY 2, 3
  UNION ALL
  SELECT :open, :standing, kind, count(*) FROM filed WHERE status = ANY(:open_statuses) GROUP BY 3
  UNION ALL
  SELECT :open_due, due::date, CAST(extract(hour FROM due) * 60 + extract(minute FROM due) AS int), count(*)
  FROM filed WHERE status = ANY(:officer_turn) AND due IS NOT NULL GROUP BY due
  UNION ALL
  SELECT :verified_days, received_on, verify_days, count(*)
  FROM filed WHERE verify_days IS NOT NULL GROUP BY 2, 3
  UNION ALL
  SELECT :answer_days, received_on, answer_days, count(*)
  FROM filed WHERE answer_days IS NOT NULL GROUP BY 2, 3
  UNION ALL
  SELECT :closed, closed_on, CASE WHEN on_time THEN CAST(:on_time AS int) ELSE :late END, count(*)
  FROM filed WHERE status = :completed AND closed_on IS NOT NULL GROUP BY 2, 3
  UNION ALL
  SELECT :reopened, received_on, 0, sum(reopened) FROM filed WHERE reopened > 0 GROUP BY 2
  UNION ALL
  SELECT :rated, (rated_at AT TIME ZONE zone.name)::date, score, count(*)
  FROM rating, zone WHERE tenant_id = :tenant GROUP BY 2, 3
  UNION ALL
  SELECT :at_province, :standing, 0, count(*)
  FROM filed WHERE status = ANY(:officer_turn) AND escalation_level >= :province_level HAVING count(*) > 0
  UNION ALL
  SELECT :escalated, (occurred_at AT TIME ZONE zone.name)::date, 0, count(*)
  FROM complaint_event, zone
  WHERE tenant_id = :tenant AND act = 'escalate' AND (data ->> 'level')::int = :province_level GROUP BY 2
  UNION ALL
  SELECT :unsent, made::date, CAST(extract(hour FROM made) * 60 + extract(minute FROM made) AS int), count(*)
  FROM unsent GROUP BY made
)
SELECT * FROM cells
""")


def rebuild() -> int:
    """Replace the bound tenant's figures by a count of its rows. Returns the number of cells counted.

    Waits for a fold that is running. It reads complaint rows at large, so it may take longer than a page's
    statement is allowed to.
    """
    tenant_id = bound_tenant_id()
    with unit_of_work() as session:
        session.execute(text("SET LOCAL statement_timeout = '15min'"))
        figures.lock(session, wait=True)
        at = clock.now()
        counted = session.execute(_COUNT, _values(tenant_id)).all()
        # How the two sides compare is told by those who compare them; no row here says it.
        session.execute(
            delete(Figure)
            .where(Figure.tenant_id == tenant_id, Figure.metric != indicators.PARITY)
            .execution_options(synchronize_session=False)
        )
        cells = figures.add(session, (((metric, on, bucket), int(n)) for metric, on, bucket, n in counted))
        figures.stamp(session, at)
    return cells


def _values(tenant_id: int) -> dict[str, object]:
    return {
        "tenant": tenant_id,
        "kinds": list(KINDS),
        "open_statuses": list(OPEN_STATUSES),
        "officer_turn": list(OFFICER_TURN),
        "completed": COMPLETED,
        "unfinished": list(UNFINISHED),
        "national": f"{figures.NATIONAL}%",
        "standing": indicators.STANDING,
        "on_time": indicators.ON_TIME,
        "late": indicators.LATE,
        "received": indicators.RECEIVED,
        "open": indicators.OPEN,
        "open_due": indicators.OPEN_DUE,
        "verified_days": indicators.VERIFIED_DAYS,
        "answer_days": indicators.ANSWER_DAYS,
        "closed": indicators.CLOSED,
        "reopened": indicators.REOPENED,
        "rated": indicators.RATED,
        "escalated": indicators.ESCALATED,
        "at_province": indicators.AT_PROVINCE,
        "province_level": PROVINCE_LEVEL,
        "unsent": indicators.UNSENT,
        "parity": indicators.PARITY,
    }
