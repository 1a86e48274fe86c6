"""How every act is done, by whom and from wherever it comes: lock, check, write history, change, publish.

Invariant: an act that is refused changes nothing; an act already done is a no-op.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from complaints import escalation, statute, workflow
from complaints.acts import timekeeping, undo
from complaints.acts.substitution import stands_in_for
from complaints.events import ActRecorded, Snapshot
from complaints.labels import status_label
from complaints.models import Complaint, ComplaintEvent
from complaints.statute import Statute
from complaints.workflow import Act
from core import audit, clock, events
from core.errors import Conflict, FieldProblem, Forbidden, InvalidTransition, NotFound
from core.extensions import db
from core.ids import uuid7


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `label` is what the reporter reads; `department_id` limits the view of unit officers."""

    kind: str  # reporter | officer | system | sp4n
    label: str
    id: uuid.UUID | None = None
    name: str = ""
    grants: frozenset[str] = frozenset()
    department_id: uuid.UUID | None = None
    own_department_only: bool = False

    def works_on(self, department_id: uuid.UUID | None) -> bool:
        """Whether a case of this department is the actor's to work on."""
        return not self.own_department_only or self.department_id == department_id

    def reads(self, department_id: uuid.UUID | None, copied_to: Collection[str]) -> bool:
        """Whether the actor may read a case: one to work on, or one copied to the actor's department."""
        return self.works_on(department_id) or str(self.department_id) in copied_to


REPORTER = Actor("reporter", "Pelapor")
SYSTEM = Actor("system", "Sistem")
SP4N = Actor("sp4n", "SP4N-LAPOR!")


@dataclass(slots=True)
class Entry:
    """What goes into the history beside status and actor."""

    text: str | None = None
    is_public: bool = True
    data: dict[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The act's result. `event_id` is None where the act had already been done."""

    complaint_id: uuid.UUID
    number: str
    status: str
    event_id: uuid.UUID | None


Change = Callable[[Session, Complaint, Statute, datetime], None]


def perform(
    complaint_id: uuid.UUID,
    act: Act,
    actor: Actor,
    entry: Entry,
    *,
    fields: Mapping[str, Any] | None = None,
    change: Change | None = None,
    version: int | None = None,
    previous: str | None = None,
) -> Done:
    """Do one act inside the present unit of work.

    `fields` holds the values the workflow row may require; `version` is the one the officer saw; `previous`
    is the status an act leads to that takes the case back (the row says `workflow.PREVIOUS`).
    Raises NotFound, Forbidden, Conflict, InvalidTransition, FieldProblem.
    """
    session = db.session()
    complaint = lock(session, complaint_id, actor, remark=act is Act.NOTE)
    step = workflow.transition(complaint.status, act)
    _check_permission(actor, act, step)
    if workflow.ALREADY.get(act) == complaint.status and step is None:
        return Done(complaint.id, complaint.number, complaint.status, None)
    if version is not None and version != complaint.version:
        raise _conflict(session, complaint)
    if step is None:
        raise InvalidTransition(
            complaint.status,
            act,
            f"Tindakan ini tidak dapat dilakukan pada laporan berstatus “{status_label(complaint.status)}”.",
        )
    _check_required(step, fields or {})
    return _carry_out(session, complaint, act, actor, entry, step, change, previous)


def _carry_out(
    session: Session,
    complaint: Complaint,
    act: Act,
    actor: Actor,
    entry: Entry,
    step: workflow.Transition,
    change: Change | None,
    previous: str | None,
) -> Done:
    """The act itself, on a locked case that allows it."""
    at = entry.occurred_at or clock.now()
    rules = statute.load(complaint.received_at)
    before = snapshot(complaint, rules)
    hold = undo.window(actor.kind) if act not in workflow.REMARKS else 0
    image = undo.image(complaint) if hold else None
    if actor.kind == "officer":
        _name_the_absent(complaint, actor, entry, rules)
    event = enacted(session, complaint, act, actor, entry, step, change, rules, at, previous)
    session.add(event)
    if act not in workflow.REMARKS:
        complaint.undo = undo.slot(image, event.id, actor.id, hold)
    session.flush()
    syncs = step.syncs and actor.kind != "sp4n"
    after = snapshot(complaint, rules)
    events.publish(
        ActRecorded(complaint.id, event.id, act, actor.kind, entry.is_public, syncs, before, after, hold)
    )
    return Done(complaint.id, complaint.number, complaint.status, event.id)


def enacted(
    session: Session,
    complaint: Complaint,
    act: Act,
    actor: Actor,
    entry: Entry,
    step: workflow.Transition,
    change: Change | None,
    rules: Statute,
    at: datetime,
    previous: str | None = None,
) -> ComplaintEvent:
    """What an act makes of the case, and the entry that tells it, not added yet. Nothing is checked here."""
    from_status, complaint.status = complaint.status, _leads_to(step, previous)
    if change is not None:
        change(session, complaint, rules, at)
    if act is not Act.ESCALATE:  # time's own step leaves what an officer is typing valid
        complaint.version += 1
    event = entered(complaint, act, actor, entry, from_status, at)
    timekeeping.move_clock(complaint, event.id, at)
    set_due(complaint, rules)
    return event


def _name_the_absent(complaint: Complaint, actor: Actor, entry: Entry, rules: Statute) -> None:
    """A substitute's entry names the colleague whose case it is."""
    if absent := stands_in_for(actor.id, complaint.handler_id, rules.on(clock.now())):
        entry.data["substitute_for"] = absent


def _leads_to(step: workflow.Transition, previous: str | None) -> str:
    if step.to != workflow.PREVIOUS:
        return step.to
    if previous not in workflow.STATUSES:
        raise ValueError("an act that takes the case back needs to know where to")
    return previous


_LOCKED = (
    select(Complaint)
    .where(Complaint.id == bindparam("id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock(session: Session, complaint_id: uuid.UUID, actor: Actor, *, remark: bool = False) -> Complaint:
    """The locked row, if it exists for this actor; for a remark it is enough to read the case.

    Raises NotFound otherwise.
    """
    complaint = session.scalars(_LOCKED, {"id": complaint_id}).first()
    if complaint is None:
        raise NotFound()
    there = actor.reads(complaint.department_id, complaint.copied_to if remark else ())
    if not there:
        raise NotFound()
    return complaint


def _check_permission(actor: Actor, act: Act, step: workflow.Transition | None) -> None:
    if actor.kind in ("sp4n", "system"):
        return
    needed = {row.permission for (_, each), row in workflow.TRANSITIONS.items() if each is act}
    if step is not None:
        needed = {step.permission}
    if actor.kind == "reporter":
        if needed != {None}:
            raise Forbidden()
        return
    if None in needed or not needed <= actor.grants:
        raise Forbidden()


def _check_required(step: workflow.Transition, fields: Mapping[str, Any]) -> None:
    for name in step.required:
        if fields.get(name) in (None, "", ()):
            raise FieldProblem(name, "Isian ini diperlukan")


def _conflict(session: Session, complaint: Complaint) -> Conflict:
    last = session.execute(
        select(ComplaintEvent.actor_label, ComplaintEvent.recorded_at, ComplaintEvent.data)
        .where(ComplaintEvent.complaint_id == complaint.id)
        .order_by(ComplaintEvent.sequence.desc())
        .limit(1)
    ).one()
    return Conflict("Laporan ini sudah diubah.", who=last.data.get("actor_name") or last.actor_label)


def append(
    session: Session,
    complaint: Complaint,
    act: str,
    actor: Actor,
    entry: Entry,
    from_status: str | None,
    at: datetime,
) -> uuid.UUID:
    """Add an entry to the history, chained by hash to the one before."""
    event = entered(complaint, act, actor, entry, from_status, at)
    session.add(event)
    return event.id


def entered(
    complaint: Complaint, act: str, actor: Actor, entry: Entry, from_status: str | None, at: datetime
) -> ComplaintEvent:
    """The next entry of the history, not added yet; the case already ends its chain with it."""
    complaint.last_event += 1
    data = dict(entry.data)
    if actor.name:
        data["actor_name"] = actor.name
    address, request_id = audit.origin()
    if address and actor.kind == "officer":
        data["from"] = {"address": address, "request": request_id}
    event = ComplaintEvent(
        id=uuid7(),
        complaint_id=complaint.id,
        sequence=complaint.last_event,
        act=str(act),
        from_status=from_status,
        to_status=complaint.status,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        visibility="public" if entry.is_public else "internal",
        text=entry.text,
        data=data,
        occurred_at=at,
        recorded_at=clock.now(),
        previous_hash=complaint.last_hash,
        hash="",
    )
    event.hash = complaint.last_hash = digest(event)
    return event


def digest(event: Any) -> str:
    """SHA-256 over the entry's content and the hash of its predecessor; of a ComplaintEvent or its row."""
    content = {
        "previous": event.previous_hash,
        "complaint": str(event.complaint_id),
        "id": str(event.id),
        "sequence": event.sequence,
        "act": event.act,
        "from": event.from_status,
        "to": event.to_status,
        "actor": [event.actor_kind, str(event.actor_id or ""), event.actor_label],
        "visibility": event.visibility,
        "text": event.text,
        "data": event.data,
        "occurred": event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "recorded": event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def set_due(complaint: Complaint, rules: Statute) -> None:
    """The dates that follow from the case's facts, and where it stands on the ladder.

    `rules` are those in force at receipt, with the calendar of today.
    """
    due_before = complaint.due_at
    timekeeping.set_dates(complaint, rules)
    complaint.escalation_level, complaint.escalate_at = escalation.placed(
        due_before,
        complaint.due_at,
        complaint.status,
        complaint.escalation_level or 0,
        rules.ladder,
        rules.calendar,
    )


def snapshot(complaint: Complaint, rules: Statute) -> Snapshot:
    """What figures need of the case now."""
    answered = complaint.responded_at or complaint.closed_at
    completed = complaint.status == workflow.COMPLETED
    return Snapshot(
        status=complaint.status,
        kind=complaint.kind,
        received_on=rules.on(complaint.received_at),
        due_at=complaint.due_at if complaint.status in workflow.OFFICER_TURN else None,
        verify_days=complaint.verify_days,
        answer_days=complaint.answer_days,
        closed_on=rules.on(complaint.closed_at) if completed and complaint.closed_at else None,
        was_on_time=(
            bool(answered and complaint.complete_due_at and answered <= complaint.complete_due_at)
            if completed
            else None
        ),
        reopened=complaint.reopened,
        escalation_level=complaint.escalation_level or 0,
    )
