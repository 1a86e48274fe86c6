"""What the national side says of a case: the same acts as an officer's, or an entry of the timeline.

Invariant: a status is never guessed. Where the workflow has no way to it, or the case moved on since, the
history tells it and nothing else changes. All of it runs inside the caller's unit of work.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import statute
from complaints import workflow as w
from complaints.acts.desk import completed_by, ended_by, verified_as
from complaints.acts.engine import (
    SP4N,
    Actor,
    Change,
    Entry,
    append,
    enacted,
    entered,
    lock,
    perform,
    set_due,
    snapshot,
)
from complaints.events import ActRecorded
from complaints.models import Category, Complaint, ComplaintEvent
from complaints.statute import Statute
from complaints.workflow import Act
from core import clock, events
from core.errors import DomainError
from core.extensions import db

APPLIED, NOTED, IGNORED = "applied", "noted", "ignored"
#: the act of history entries that only tell news
NEWS = "sp4n"

_UNDER_WAY = frozenset({w.IN_PROGRESS, w.PROPOSED, w.RESPONDED, w.REPORTER_REPLIED, w.COMPLETED, w.REOPENED})
_CHECKED = _UNDER_WAY | {w.VERIFIED, w.ASSIGNED}
#: status told → the act that leads there, and the statuses of ours that already say as much or more.
#: A national disposition names an office we may not know: it proves the verification, no more.
_WAYS: dict[str, tuple[Act | None, frozenset[str]]] = {
    w.RECEIVED: (None, frozenset(w.STATUSES)),
    w.VERIFIED: (Act.VERIFY, _CHECKED),
    w.ASSIGNED: (Act.VERIFY, _CHECKED),
    w.IN_PROGRESS: (Act.FOLLOW_UP, _UNDER_WAY),
    # The reply itself comes as news of its own: while an officer is at work anyway it changes nothing.
    w.REPORTER_REPLIED: (Act.PROVIDE_INFO, frozenset(w.OFFICER_TURN)),
    w.COMPLETED: (Act.CLOSE, frozenset({w.COMPLETED})),
    w.ARCHIVED: (Act.ARCHIVE, frozenset({w.ARCHIVED, w.DECLINED})),
    w.DEFERRED: (Act.DEFER, frozenset({w.DEFERRED})),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A status the national side tells, one of our own codes, in words for the timeline."""

    status: str
    text: str
    occurred_at: datetime
    data: dict[str, Any]


def record_news(
    complaint_id: uuid.UUID,
    text: str,
    *,
    occurred_at: datetime | None = None,
    data: dict[str, Any] | None = None,
) -> uuid.UUID:
    """Tell something on the timeline that the reporter reads; nothing else changes. Returns the entry's id.

    `version` stays as it is: what an officer is writing does not conflict with it. Raises NotFound.
    """
    session = db.session()
    complaint = lock(session, complaint_id, SP4N)
    rules = statute.load(complaint.received_at)
    unchanged = snapshot(complaint, rules)
    at = _not_later_than_now(occurred_at)
    entry = Entry(text, data=dict(data or {}))
    event_id = append(session, complaint, NEWS, SP4N, entry, complaint.status, at)
    session.flush()
    events.publish(ActRecorded(complaint.id, event_id, NEWS, SP4N.kind, True, False, unchanged, unchanged))
    return event_id


def apply_status(
    complaint_id: uuid.UUID,
    status: str,
    *,
    text: str,
    occurred_at: datetime | None = None,
    data: dict[str, Any] | None = None,
) -> str:
    """Bring the case to a status the national side tells, one of our own codes.

    Returns `applied`, `noted` (timeline only) or `ignored` (the case says as much already). Raises NotFound.
    """
    session = db.session()
    complaint = lock(session, complaint_id, SP4N)
    act, covering = _WAYS[status]
    if act is None or complaint.status in covering:
        return IGNORED
    at = _not_later_than_now(occurred_at)
    if w.transition(complaint.status, act) is None or _moved_on_since(session, complaint_id, at):
        record_news(complaint_id, text, occurred_at=at, data=data)
        return NOTED
    classification = complaint.classification or _usual_classification(complaint)
    perform(
        complaint_id,
        act,
        SP4N,
        Entry(text, data=dict(data or {}), occurred_at=at),
        fields={"text": text, "reason": text, "classification": classification},
        change=_change(act, classification, text),
    )
    return APPLIED


def arrived_as(
    session: Session, complaint: Complaint, told: Told, rules: Statute
) -> tuple[str, ComplaintEvent | None]:
    """Bring a case that is being taken over, not written yet, to the status it has there.

    The outcome as of `apply_status`, and the entry that tells it, where there is one.
    """
    act, covering = _WAYS[told.status]
    if act is None or complaint.status in covering:
        return IGNORED, None
    at = _not_later_than_now(told.occurred_at)
    entry = Entry(told.text, data=dict(told.data), occurred_at=at)
    step = w.transition(complaint.status, act)
    if step is None or at < complaint.received_at.replace(microsecond=0):
        return NOTED, entered(complaint, NEWS, SP4N, entry, complaint.status, at)
    classification = complaint.classification or _usual_classification(complaint)
    change = _change(act, classification, told.text)
    return APPLIED, enacted(session, complaint, act, SP4N, entry, step, change, rules, at)


def adopt(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    final_body: str | None = None,
    classification: str | None = None,
    category: str | None = None,
    is_anonymous: bool | None = None,
    is_confidential: bool | None = None,
) -> uuid.UUID:
    """Make what the national side holds ours, as an officer decided; `category` is our code. The citizen's
    own text stays beside it. Returns the entry's id. Raises NotFound, DomainError.
    """
    session = db.session()
    complaint = lock(session, complaint_id, actor)
    rules = statute.load(complaint.received_at)
    before = snapshot(complaint, rules)
    given: dict[str, Any] = {
        "final_body": final_body,
        "classification": classification,
        "category_id": _category_of(session, category) if category is not None else None,
        "is_anonymous": is_anonymous,
        "is_confidential": is_confidential,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    for name, value in changed.items():
        setattr(complaint, name, value)
    set_due(complaint, rules)
    complaint.version += 1
    complaint.undo = None
    entry = Entry(
        "Nilai dari SP4N-LAPOR! dipakai di sini.", is_public=False, data={"adopted": sorted(changed)}
    )
    event_id = append(session, complaint, NEWS, actor, entry, complaint.status, clock.now())
    session.flush()
    after = snapshot(complaint, rules)
    events.publish(ActRecorded(complaint.id, event_id, NEWS, actor.kind, False, False, before, after))
    return event_id


def remark(complaint_id: uuid.UUID, actor: Actor, text: str, *, data: dict[str, Any]) -> uuid.UUID:
    """What an officer did about the exchange, for officers' eyes; the case stays locked. Returns its id.

    Raises NotFound.
    """
    session = db.session()
    complaint = lock(session, complaint_id, actor)
    unchanged = snapshot(complaint, statute.load(complaint.received_at))
    entry = Entry(text, is_public=False, data=data)
    event_id = append(session, complaint, NEWS, actor, entry, complaint.status, clock.now())
    session.flush()
    events.publish(ActRecorded(complaint.id, event_id, NEWS, actor.kind, False, False, unchanged, unchanged))
    return event_id


def _category_of(session: Session, code: str) -> uuid.UUID:
    found = session.scalar(select(Category.id).where(Category.code == code, Category.is_active))
    if found is None:
        raise DomainError("Kategori ini sudah tidak dipakai.", code="no_category")
    return found


def keep_external(complaint_id: uuid.UUID, facts: dict[str, Any], source: str = "sp4n") -> None:
    """Keep what the national side says of the report, in its own words, beside ours. Raises NotFound.

    `source` tells which way it was read.
    """
    complaint = lock(db.session(), complaint_id, SP4N)
    complaint.external = {**complaint.external, source: facts}


def _change(act: Act, classification: str, text: str) -> Change | None:
    return {
        Act.VERIFY: verified_as(classification),
        Act.CLOSE: completed_by(SP4N),
        Act.ARCHIVE: ended_by(SP4N, text),
    }.get(act)


def _usual_classification(complaint: Complaint) -> str:
    """The national side does not tell ours; the shorter period of the two is the safe one to promise."""
    return w.UNSUPERVISED if complaint.kind == "complaint" else complaint.kind


def _moved_on_since(session: Session, complaint_id: uuid.UUID, at: datetime) -> bool:
    """Whether the reporter has read something newer. The other side tells whole seconds."""
    last: datetime | None = session.scalar(
        select(func.max(ComplaintEvent.occurred_at)).where(
            ComplaintEvent.complaint_id == complaint_id, ComplaintEvent.visibility == "public"
        )
    )
    return last is not None and at < last.replace(microsecond=0)


def _not_later_than_now(at: datetime | None) -> datetime:
    now = clock.now()
    return now if at is None else min(at, now)
