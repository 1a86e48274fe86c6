"""From what is stuck to tasks: opened where something waits for a person, ended where it no longer does.

Invariant: a task ends only because what it is about ended, or because a person skipped it with a reason; it
is written from the rows as they stand, so a worker that dies in between loses nothing.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from sp4n.models import Sp4nSettings
from sp4n.tasks.models import OPEN, Sp4nTask

#: a message tried this often in vain is shown, although it is still tried by itself
LONG_TRIED = 8
#: so many failures in a row and the connection itself needs a person
LONG_DOWN = 3
#: local time of the daily reminder
REMIND_AT = time(7, 30)

# Constants in the conditions, not parameters: the planner must see that they lie inside partial indexes.
_STUCK = f"""
SELECT 'message' AS kind, m.id AS ref_id, m.subject_id AS complaint_id,
       coalesce(m.cause, 'Tanpa keterangan') AS cause
FROM outbox_message m
WHERE m.tenant_id = :tenant AND m.topic IN ('sp4n.create', 'sp4n.follow_up', 'sp4n.decline')
  AND (m.state IN ('rejected', 'given_up') OR (m.due_at IS NOT NULL AND m.attempts >= {LONG_TRIED}))
UNION ALL
SELECT 'news', i.id, l.complaint_id, coalesce(i.outcome, 'Tanpa keterangan')
FROM inbound_message i
LEFT JOIN sp4n_link l ON l.tenant_id = i.tenant_id AND l.external_id = i.report_id
WHERE i.tenant_id = :tenant AND (i.state = 'waiting' OR (i.state = 'pending' AND i.outcome IS NOT NULL))
UNION ALL
SELECT 'report', l.id, l.complaint_id, l.problem
FROM sp4n_link l
WHERE l.tenant_id = :tenant AND l.problem IS NOT NULL
UNION ALL
SELECT 'connection', s.id, NULL::uuid,
       coalesce(s.list_problem, s.last_cause, 'SP4N tidak dapat dihubungi')
FROM sp4n_settings s
WHERE s.tenant_id = :tenant AND s.mode <> 'off'
  AND (s.list_problem IS NOT NULL OR s.failures >= {LONG_DOWN})
"""  # noqa: S608 - two constants of this module
_OPEN = text(f"""
INSERT INTO sp4n_task (tenant_id, id, kind, ref_id, complaint_id, cause, state, opened_at)
SELECT :tenant, gen_random_uuid(), stuck.kind, stuck.ref_id, stuck.complaint_id, stuck.cause, 'open', :now
FROM ({_STUCK}) AS stuck
WHERE NOT EXISTS (
  SELECT 1 FROM sp4n_task t WHERE t.tenant_id = :tenant AND t.ref_id = stuck.ref_id
    AND t.state = 'open' AND t.cause = stuck.cause)
ON CONFLICT (tenant_id, ref_id) DO UPDATE SET
  cause = EXCLUDED.cause, complaint_id = EXCLUDED.complaint_id, state = 'open',
  opened_at = CASE WHEN sp4n_task.state = 'open' THEN sp4n_task.opened_at ELSE EXCLUDED.opened_at END,
  owner_id = CASE WHEN sp4n_task.state = 'open' THEN sp4n_task.owner_id END,
  owner_name = CASE WHEN sp4n_task.state = 'open' THEN sp4n_task.owner_name END,
  ended_at = NULL, ended_by = NULL, reason = NULL
""")  # noqa: S608 - constants of this module
_END = text("""
UPDATE sp4n_task t SET state = 'resolved', ended_at = :now
WHERE t.tenant_id = :tenant AND t.state = 'open' AND NOT CASE t.kind
  WHEN 'message' THEN EXISTS (SELECT 1 FROM outbox_message m WHERE m.tenant_id = :tenant
    AND m.id = t.ref_id AND m.state IN ('pending', 'rejected', 'given_up'))
  WHEN 'news' THEN EXISTS (SELECT 1 FROM inbound_message i WHERE i.tenant_id = :tenant
    AND i.id = t.ref_id AND i.state IN ('pending', 'waiting'))
  WHEN 'report' THEN EXISTS (SELECT 1 FROM sp4n_link l WHERE l.tenant_id = :tenant
    AND l.id = t.ref_id AND l.problem IS NOT NULL)
  ELSE EXISTS (SELECT 1 FROM sp4n_settings s WHERE s.tenant_id = :tenant
    AND (s.failures > 0 OR s.list_problem IS NOT NULL))
END
""")


def refresh() -> None:
    """Open and end the bound city's tasks as the rows stand now. Transaction of its own, two statements."""
    with unit_of_work() as session:
        refresh_in(session)


def refresh_in(session: Session) -> None:
    """The same inside the present transaction. The first task sets the time of the next reminder."""
    values = {"tenant": bound_tenant_id(), "now": clock.now()}
    opened = session.connection().execute(_OPEN, values).rowcount
    session.connection().execute(_END, values)
    if opened:
        set_reminder(session, only_if_unset=True)


def open_count(session: Session) -> int:
    """How many tasks are open."""
    counted = select(func.count()).select_from(Sp4nTask).where(text(f"sp4n_task.state = '{OPEN}'"))
    return int(session.scalar(counted) or 0)


def set_reminder(session: Session, *, only_if_unset: bool = False) -> None:
    """Remind the next morning."""
    zone = session.scalar(select(Sp4nSettings.timezone))
    if zone is None:
        return
    statement = update(Sp4nSettings).where(Sp4nSettings.tenant_id == bound_tenant_id())
    if only_if_unset:
        statement = statement.where(Sp4nSettings.next_reminder_at.is_(None))
    session.execute(
        statement.values(next_reminder_at=_next_morning(clock.now(), ZoneInfo(zone))).execution_options(
            synchronize_session=False
        )
    )


def _next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), REMIND_AT, zone)
    return today if today > now else datetime.combine(local.date() + timedelta(days=1), REMIND_AT, zone)
