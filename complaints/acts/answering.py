"""What the city remembers of each answer a reporter got: its fingerprint, unless the answer is undone."""

from __future__ import annotations

import uuid

from sqlalchemy import bindparam, delete, select

from complaints.answers import fingerprint
from complaints.events import ActRecorded, ActUndone
from complaints.models import AnswerPrint, Complaint, ComplaintEvent
from complaints.workflow import Act
from core import events
from core.db.tenancy import bound_tenant_id
from core.extensions import db

_ANSWERS = frozenset({Act.RESPOND, Act.APPROVE})


def subscribe() -> None:
    """Listen to answers that are given and taken back."""
    events.subscribe(ActRecorded, _on_act)
    events.subscribe(ActUndone, _on_undone)


def _on_act(fact: ActRecorded) -> None:
    if fact.act not in _ANSWERS:
        return
    entry = db.session.get_one(ComplaintEvent, (bound_tenant_id(), fact.event_id))
    if entry.text:
        db.session.add(
            AnswerPrint(
                complaint_id=fact.complaint_id, event_id=fact.event_id, fingerprint=fingerprint(entry.text)
            )
        )


def _on_undone(fact: ActUndone) -> None:
    mine = (AnswerPrint.tenant_id == bound_tenant_id()) & (AnswerPrint.event_id == fact.event_id)
    db.session.execute(delete(AnswerPrint).where(mine))


_SAME = (
    select(Complaint.number)
    .join(
        AnswerPrint,
        (AnswerPrint.tenant_id == Complaint.tenant_id) & (AnswerPrint.complaint_id == Complaint.id),
    )
    .where(
        AnswerPrint.fingerprint == bindparam("fingerprint"),
        AnswerPrint.complaint_id != bindparam("complaint_id"),
    )
    .limit(1)
)


def same_answer(text: str, complaint_id: uuid.UUID) -> str | None:
    """Number of another report of this city that was answered with the same words."""
    return db.session.scalar(_SAME, {"fingerprint": fingerprint(text), "complaint_id": complaint_id})
