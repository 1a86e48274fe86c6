"""One case as officers see it. Whoever may not see the case gets None, as if it were not there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Row, Select, Text, bindparam, func, select
from sqlalchemy.orm import aliased

from complaints import due, statute, workflow
from complaints.acts.engine import Actor
from complaints.acts.timekeeping import facts_of, taken
from complaints.deadlines import Step
from complaints.due import DeadlineView
from complaints.explaining import Basis, Part, explain
from complaints.labels import CHANNELS, CLASSIFICATIONS, KINDS, StatusView, place_of, status_view
from complaints.models import Category, Complaint
from complaints.ports import NOT_CONNECTED, SyncView, sync_of
from complaints.queries.history import AttachmentView, TimelineEntry, attachments_of, timeline
from complaints.queries.rows import named_case
from complaints.queries.unit_card import UnitCard, card
from complaints.reckoning import reckon, turned
from complaints.statute import Statute
from complaints.workflow import Act
from core import clock
from core.extensions import db
from tenants.models import Officer

Ts = TypeVarTuple("Ts")

FILTERS = {
    "semua": ("Semua", None),
    "publik": ("Publik", ("public",)),
    "internal": ("Internal", ("internal",)),
    "sistem": ("Sistem", ("system",)),
    "sp4n": ("SP4N", ("sp4n",)),
}


@dataclass(frozen=True, slots=True)
class CaseView:
    """The case with everything of its page but forms."""

    id: uuid.UUID
    number: str
    title: str
    body: str
    kind: str
    kind_label: str
    classification_label: str | None
    category_id: uuid.UUID
    category: str
    default_department_id: uuid.UUID | None
    place: str
    incident_on: date
    received_at: datetime
    channel: str
    status: StatusView
    deadlines: list[DeadlineView]
    is_anonymous: bool
    is_confidential: bool
    department: str | None
    handler: str | None
    attachments: list[AttachmentView]
    version: int
    explain: list[Part]
    timeline: list[TimelineEntry]
    sync: SyncView
    verify_by: dict[str, datetime]  # classification → completion date if verified so
    needs_approval: bool  # the city's answers wait for the department head
    unit: UnitCard
    is_copy: bool  # the actor's department may read it and leave notes, nothing else
    children: int  # how many reports follow this one
    rules: Statute
    row: Complaint  # as stored, for whoever offers acts; pages print none of it


def _in_sight(statement: Select[*Ts]) -> dict[bool, Select[*Ts]]:
    """The statement for the case of a number where the actor may see it, by `own_department_only`."""
    statement = statement.where(Complaint.number == bindparam("number"))
    own = Complaint.department_id == bindparam("department")
    copied = func.jsonb_exists(Complaint.copied_to, bindparam("copied", type_=Text))
    return {False: statement, True: statement.where(own | copied)}


_FOUND = _in_sight(select(Complaint.id))


def find(number: str, actor: Actor) -> uuid.UUID | None:
    """The id behind a tracking number, if this actor may see the case."""
    return db.session.scalar(_FOUND[actor.own_department_only], _asked(number, actor))


def find_comparing(number: str, actor: Actor, answer: str) -> tuple[uuid.UUID | None, str | None]:
    """As `find`, and with it the number of another report whose last answer has this fingerprint."""
    asked = {**_asked(number, actor), "answer": answer}
    row = db.session.execute(_COMPARED[actor.own_department_only], asked).first()
    return (None, None) if row is None else (row.id, row.same)


_other = aliased(Complaint)
_same = (
    select(_other.number)
    .where(_other.answer_print == bindparam("answer"), _other.id != Complaint.id)
    .limit(1)
)
_COMPARED = _in_sight(select(Complaint.id, _same.scalar_subquery().label("same")))


def find_own(number: str, actor: Actor) -> uuid.UUID | None:
    """As `find`; also a case that the actor's own last act took out of sight, so that it can be undone."""
    visible = find(number, actor)
    if visible is not None or actor.id is None:
        return visible
    row = db.session.execute(_LAST_ACT, {"number": number}).first()
    return row.id if row is not None and (row.undo or {}).get("officer") == str(actor.id) else None


_LAST_ACT = select(Complaint.id, Complaint.undo).where(Complaint.number == bindparam("number"))


def _asked(number: str, actor: Actor) -> dict[str, Any]:
    return {"number": number, "department": actor.department_id, "copied": str(actor.department_id)}


def load(number: str, actor: Actor, kinds: str) -> CaseView | None:
    """The whole case, or None. At most 8 SQL statements."""
    row = visible_case(number, actor)
    if row is None:
        return None
    complaint: Complaint = row[0]
    rules = statute.load(complaint.received_at)
    files = attachments_of(complaint.id, public_only=False, case=complaint)
    return CaseView(
        id=complaint.id,
        number=complaint.number,
        title=complaint.title,
        body=complaint.body,
        kind=complaint.kind,
        kind_label=KINDS[complaint.kind],
        classification_label=CLASSIFICATIONS.get(complaint.classification or ""),
        category_id=complaint.category_id,
        category=row.category,
        default_department_id=row.default_department_id,
        place=place_of(complaint.landmark, row.village, row.district),
        incident_on=complaint.incident_on,
        received_at=complaint.received_at,
        channel=CHANNELS.get(complaint.channel, complaint.channel),
        status=status_view(complaint.status, department=row.department, staff=True),
        deadlines=deadlines(complaint, rules, clock.now()),
        is_anonymous=complaint.is_anonymous,
        is_confidential=complaint.is_confidential,
        department=row.department,
        handler=row.handler,
        attachments=files.get(None, []),
        version=complaint.version,
        explain=_explain(complaint, rules, clock.now()),
        timeline=timeline(complaint.id, files, public_only=False, kinds=FILTERS[kinds][1]),
        sync=sync_of([complaint.id]).get(complaint.id, NOT_CONNECTED),
        verify_by=_verify_by(complaint, rules, clock.now()),
        needs_approval=rules.needs_approval,
        unit=card(complaint, rules),
        is_copy=not actor.works_on(complaint.department_id),
        children=row.children,
        rules=rules,
        row=complaint,
    )


_child = aliased(Complaint)
_children = select(func.count()).where(
    _child.tenant_id == Complaint.tenant_id, _child.parent_id == Complaint.id
)
_CASE = _in_sight(
    named_case(
        Category.department_id.label("default_department_id"),
        Officer.name.label("handler"),
        _children.scalar_subquery().label("children"),
    ).outerjoin(Officer, (Officer.tenant_id == Complaint.tenant_id) & (Officer.id == Complaint.handler_id))
)


def visible_case(number: str, actor: Actor) -> Row[*tuple[Any, ...]] | None:
    """The stored case first, then the names of what it refers to; None for whoever may not read it."""
    return db.session.execute(_CASE[actor.own_department_only], _asked(number, actor)).first()


def _verify_by(complaint: Complaint, rules: Statute, now: datetime) -> dict[str, datetime]:
    """When the case would have to be completed, were it verified now as each klasifikasi."""
    if workflow.transition(complaint.status, Act.VERIFY) is None:
        return {}
    facts = facts_of(complaint)
    facts = replace(facts, intervals=turned(complaint.intervals, workflow.VERIFIED, None, now))
    found = {
        each: reckon(replace(facts, classification=each), rules.calendar, rules.rules).complete
        for each in CLASSIFICATIONS
    }
    return {each: at for each, at in found.items() if at is not None}


def deadlines(complaint: Complaint, rules: Statute, now: datetime) -> list[DeadlineView]:
    """Badges of verification, answer and completion: done, running or late."""
    calendar, names = rules.calendar, due.STEP_NAMES
    ended = complaint.status in workflow.ENDED_STATUSES
    found: list[DeadlineView] = []
    if complaint.status == workflow.DEFERRED:
        return [due.view(complaint.status, complaint.due_at, now, calendar)]
    if complaint.verify_days is not None and complaint.verified_at is not None:
        on_time = complaint.verified_at <= complaint.verify_due_at
        found.append(due.met(names[Step.VERIFICATION], complaint.verify_days, on_time))
    elif not ended:
        found.append(due.running(complaint.verify_due_at, now, calendar, names[Step.VERIFICATION]))
    if complaint.answer_days is not None and complaint.first_answered_at and complaint.answer_due_at:
        on_time = complaint.first_answered_at <= complaint.answer_due_at
        found.append(due.met(names[Step.FIRST_RESPONSE], complaint.answer_days, on_time))
    elif complaint.answer_due_at is not None and not ended:
        found.append(due.running(complaint.answer_due_at, now, calendar, names[Step.FIRST_RESPONSE]))
    if complaint.complete_due_at is not None:
        answered = complaint.responded_at or complaint.closed_at
        step = names[Step.RESOLUTION]
        if answered is not None and (complaint.status == workflow.RESPONDED or ended):
            start = complaint.resolution_from or complaint.received_at
            days = taken(complaint, rules, start, answered)
            found.append(due.met(step, days, answered <= complaint.complete_due_at))
        elif not ended:
            found.append(due.running(complaint.complete_due_at, now, calendar, step))
    return found


def _explain(complaint: Complaint, rules: Statute, now: datetime) -> list[Part]:
    """Start, every day on the way and result of each clock, for whoever has to account for a date."""
    received_on = rules.on(complaint.received_at)
    chosen = statute.in_force(rules.sets, received_on)
    since = None if chosen is statute.UNTIL_THE_FIRST else chosen.effective_from
    basis = Basis(rules.legal_basis, since, CLASSIFICATIONS.get(complaint.classification or "", ""))
    is_over = complaint.status == workflow.RESPONDED or complaint.status in workflow.ENDED_STATUSES
    until = (complaint.responded_at or complaint.closed_at) if is_over else None
    return explain(facts_of(complaint), rules.calendar, rules.rules, basis, until=until or now)
