"""Acts of the department: follow up and respond, with evidence."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from complaints.acts import uploads
from complaints.acts.engine import Actor, Done, Entry, perform
from complaints.models import Complaint
from complaints.statute import Statute
from complaints.workflow import Act
from core.db.transaction import unit_of_work
from core.media import CleanUpload


def follow_up(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    text: str,
    is_public: bool = True,
    files: list[CleanUpload] | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """Tell what was done. The first one that the reporter sees stops the first-answer clock."""
    return _say(
        complaint_id, Act.FOLLOW_UP, actor, Entry(text, is_public, occurred_at=at), files or [], version
    )


def respond(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    text: str,
    files: list[CleanUpload] | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """Answer the reporter; the case then waits for the reporter's judgement."""
    return _say(complaint_id, Act.RESPOND, actor, Entry(text, occurred_at=at), files or [], version)


def _say(
    complaint_id: uuid.UUID,
    act: Act,
    actor: Actor,
    entry: Entry,
    files: list[CleanUpload],
    version: int | None,
) -> Done:
    def change(_session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        if entry.is_public and complaint.first_answered_at is None:
            complaint.first_answered_at = at
            start = complaint.assigned_at or complaint.verified_at or complaint.received_at
            complaint.answer_days = rules.calendar.working_days_between(start, at)
        if act is Act.RESPOND:
            complaint.responded_at = at
        elif complaint.handler_id is None and actor.kind == "officer":
            complaint.handler_id = actor.id

    with uploads.stored(files) as keys, unit_of_work():
        done = perform(
            complaint_id, act, actor, entry, fields={"text": entry.text}, change=change, version=version
        )
        uploads.attach(
            files, keys, complaint_id=complaint_id, event_id=done.event_id, is_public=entry.is_public
        )
        return done
