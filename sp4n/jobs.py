"""The kinds of background work with the national side, and how their due cities are found."""

from __future__ import annotations

from core.jobs.queue import INBOUND, SYNC, UPKEEP, TenantJob
from sp4n.delivery import deliver_due
from sp4n.inbound import poll
from sp4n.parity import reconcile
from sp4n.subscribers import DELIVER, POLL
from sp4n.tasks import reminders

#: Cities with due messages, but not those that would be sent home at once: paused, or not sending. Whoever
#: waits longest is woken first.
_DUE_DELIVERIES = """
SELECT m.tenant_id FROM outbox_message m
WHERE m.due_at <= now() AND m.topic LIKE 'sp4n.%' AND EXISTS (
  SELECT 1 FROM sp4n_settings s
  WHERE s.tenant_id = m.tenant_id AND s.mode = 'active' AND s.sends
    AND (s.paused_until IS NULL OR s.paused_until <= now()))
GROUP BY m.tenant_id ORDER BY min(m.due_at)
"""
_DUE_POLLS = """
SELECT tenant_id FROM sp4n_settings WHERE next_poll_at <= now() AND receives ORDER BY next_poll_at
"""

JOBS = (
    TenantJob(reconcile.RECONCILE, UPKEEP, reconcile.start_night, reconcile.DUE_SQL),
    TenantJob(DELIVER, SYNC, deliver_due, _DUE_DELIVERIES, calls_out=True),
    TenantJob(POLL, INBOUND, poll, _DUE_POLLS, calls_out=True),
    TenantJob(reminders.REMIND, UPKEEP, reminders.send_due, reminders.DUE_SQL),
)
