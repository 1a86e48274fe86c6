"""Taking an officer's act back within its window: the case is what it was, the history tells both."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import delete, select, update

from complaints import statute
from complaints.acts import undo
from complaints.acts.engine import Actor, Done, Entry, append, set_due, snapshot
from complaints.events import ActRecorded, ActUndone
from complaints.models import Attachment, Complaint, Disposition
from complaints.workflow import Act
from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import Conflict, Forbidden, NotFound
from core.extensions import db

TOO_LATE = "Tindakan ini tidak dapat diurungkan lagi."


def take_back(complaint_id: uuid.UUID, event_id: uuid.UUID, actor: Actor) -> Done:
    """Undo one's own last act. Raises NotFound, Forbidden, Conflict (too late, or somebody acted since)."""
    if f"complaint.{Act.UNDO}" not in actor.grants:
        raise Forbidden()
    with unit_of_work() as session:
        # by the slot and not by the department: the act to undo may have taken the case out of sight
        complaint = session.scalars(
            select(Complaint).where(Complaint.id == complaint_id).with_for_update()
        ).first()
        slot = complaint.undo if complaint is not None else None
        if complaint is None or (slot and slot["officer"] != str(actor.id)):
            raise NotFound()
        if slot is None or slot["event"] != str(event_id) or _is_over(slot["until"]):
            raise Conflict(TOO_LATE)
        rules = statute.load(complaint.received_at)
        now, before, from_status = clock.now(), snapshot(complaint, rules), complaint.status
        events.publish(ActUndone(complaint.id, event_id))
        due_at, level, climbs_at = complaint.due_at, complaint.escalation_level, complaint.escalate_at
        undo.restore(complaint, slot["before"])
        if complaint.due_at == due_at:  # a step of the ladder that time took meanwhile stays taken
            complaint.escalation_level, complaint.escalate_at = level, climbs_at
        set_due(complaint, rules)  # the calendar may have changed since the image was taken
        complaint.undo = None
        complaint.version += 1
        entry = Entry(is_public=False, data={"undoes": str(event_id)})
        undone = append(session, complaint, Act.UNDO, actor, entry, from_status, now)
        _withdraw(event_id)
        session.flush()
        after = snapshot(complaint, rules)
        events.publish(ActRecorded(complaint.id, undone, Act.UNDO, actor.kind, False, False, before, after))
        return Done(complaint.id, complaint.number, complaint.status, undone)


def _is_over(until: str) -> bool:
    return datetime.fromisoformat(until) <= clock.now()


def _withdraw(event_id: uuid.UUID) -> None:
    """Rows the act wrote beside the case: its disposition goes, its files are no longer shown."""
    session = db.session()
    mine = (Disposition.tenant_id == bound_tenant_id()) & (Disposition.event_id == event_id)
    session.execute(delete(Disposition).where(mine))
    files = (Attachment.tenant_id == bound_tenant_id()) & (Attachment.event_id == event_id)
    session.execute(update(Attachment).where(files).values(is_public=False, stage=None))
