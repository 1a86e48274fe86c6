"""Each morning, while something needs a person, the desk is told: how many and the oldest causes.

Invariant: one message an officer and day. Nobody's day passes with an open task and no reminder set.
"""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from sqlalchemy import select

from complaints.models import MessagingSettings
from complaints.notices import queueing, recipients
from complaints.notices.catalogue import DESK
from complaints.notices.channels import Channels
from core import audit, clock, formats
from core.db.transaction import unit_of_work
from core.extensions import db
from sp4n.models import Sp4nSettings
from sp4n.tasks import finding
from sp4n.tasks.models import OPEN, Sp4nTask

REMIND = "sp4n.remind"
DUE_SQL = "SELECT tenant_id FROM sp4n_settings WHERE next_reminder_at <= now()"
CODE = "sp4n_waiting"
MOST_LISTED = 5
#: names the reminders of a day
_SPACE = uuid.UUID("0b7f6d0e-58b7-5b0f-8f4e-0d6d9b1c1c55")


def send_due() -> int:
    """Remind the bound city where it is due, and set the next time. Returns how many messages are queued."""
    with unit_of_work() as session:
        row = session.scalars(select(Sp4nSettings).with_for_update()).first()
        if row is None or row.next_reminder_at is None or row.next_reminder_at > clock.now():
            return 0
        finding.refresh_in(session)
        count = finding.open_count(session)
        if not count:
            row.next_reminder_at = None
            return 0
        finding.set_reminder(session)
        queued = _queue(count, ZoneInfo(row.timezone))
        audit.record(
            "sp4n.tasks_reminded",
            actor_id=None,
            actor_name="sistem",
            subject_id=row.id,
            open=count,
            sent=queued,
        )
        return queued


def _queue(count: int, zone: ZoneInfo) -> int:
    channels = db.session.scalars(select(MessagingSettings)).first()
    if not Channels.of(channels or MessagingSettings()).mail:
        return 0
    today = clock.now().astimezone(zone).date()
    oldest = db.session.scalars(
        select(Sp4nTask)
        .where(Sp4nTask.state == OPEN)
        .order_by(Sp4nTask.opened_at, Sp4nTask.id)
        .limit(MOST_LISTED)
    ).all()
    lines = [f"{formats.short_date(task.opened_at, zone)}: {task.cause}" for task in oldest]
    if count > len(lines):
        lines.append(f"dan {formats.number(count - len(lines))} lagi")
    return queueing.queue(
        queueing.to_officers(
            uuid.uuid5(_SPACE, today.isoformat()),
            CODE,
            None,
            recipients.find(DESK, on=today),
            payload={"summary": f"{formats.number(count)} perlu tindakan", "lines": lines},
        )
    )
