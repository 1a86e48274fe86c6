"""Acts of the city's desk: verify, assign, defer, decline jurisdiction, archive, close, note."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.acts.engine import Actor, Change, Done, Entry, perform
from complaints.acts.intake import check_category
from complaints.deadlines import Step
from complaints.models import Complaint, Disposition
from complaints.statute import Statute
from complaints.workflow import CLASSIFICATIONS, Act
from core import clock
from core.db.transaction import unit_of_work
from core.errors import FieldProblem
from tenants.models import Department

Version = int | None


def verify(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    classification: str,
    category_id: uuid.UUID | None = None,
    text: str | None = None,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Take the report as valid and set its klasifikasi, hence its statutory periods."""
    if classification not in CLASSIFICATIONS:
        raise FieldProblem("classification", "Pilih klasifikasi")
    with unit_of_work():
        if category_id is not None:
            check_category(category_id)
        return perform(
            complaint_id,
            Act.VERIFY,
            actor,
            Entry(text=text, data={"classification": classification}, occurred_at=at),
            fields={"classification": classification},
            change=verified_as(classification, category_id),
            version=version,
        )


def verified_as(classification: str, category_id: uuid.UUID | None = None) -> Change:
    """The change of a case that is verified: its klasifikasi sets the periods."""

    def change(_session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        complaint.classification = classification
        if category_id is not None:
            complaint.category_id = category_id
        complaint.verified_at = at
        complaint.verify_days = rules.calendar.working_days_between(complaint.received_at, at)
        complaint.complete_due_at = rules.deadline(Step.RESOLUTION, complaint.received_at, classification)
        complaint.answer_due_at = rules.deadline(Step.FIRST_RESPONSE, at)

    return change


def assign(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    department_id: uuid.UUID,
    urgency: str = "normal",
    instructions: Sequence[str] = (),
    note: str | None = None,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Pass the case to a department with an instruction (disposisi); again: pass it on (re-disposisi)."""
    with unit_of_work() as session:
        department = session.execute(
            select(Department.name, Department.is_active).where(Department.id == department_id)
        ).first()
        if department is None or not department.is_active:
            raise FieldProblem("department", "Pilih unit tujuan")

        def change(_session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
            complaint.department_id, complaint.handler_id = department_id, None
            complaint.assigned_at = complaint.assigned_at or at
            if complaint.first_answered_at is None:
                complaint.answer_due_at = rules.deadline(Step.FIRST_RESPONSE, complaint.assigned_at)

        data = {
            "department_id": str(department_id),
            "department_name": department.name,
            "urgency": urgency,
            "instructions": list(instructions),
            "note": note,
        }
        done = perform(
            complaint_id,
            Act.ASSIGN,
            actor,
            Entry(data=data, occurred_at=at),
            fields={"department_id": department_id},
            change=change,
            version=version,
        )
        session.add(
            Disposition(
                complaint_id=complaint_id,
                event_id=done.event_id,
                department_id=department_id,
                urgency=urgency,
                instructions=list(instructions),
                note=note,
                assigned_by=actor.id,
                assigned_at=at or clock.now(),
            )
        )
        return done


def defer(
    complaint_id: uuid.UUID, actor: Actor, *, text: str, version: Version = None, at: datetime | None = None
) -> Done:
    """Ask the reporter for what is missing (tunda); without an answer the report is archived later."""
    with unit_of_work():
        return perform(
            complaint_id,
            Act.DEFER,
            actor,
            Entry(text=text, occurred_at=at),
            fields={"text": text},
            version=version,
        )


def decline_jurisdiction(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    institution: str,
    reason: str,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Say that another institution is competent (bukan wewenang), and which."""
    return _end(
        complaint_id, Act.DECLINE_JURISDICTION, actor, reason, {"institution": institution}, version, at
    )


def archive(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    reason: str,
    text: str | None = None,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """End a report that cannot be processed, with the reason."""
    return _end(complaint_id, Act.ARCHIVE, actor, text or reason, {"reason": reason}, version, at)


def _end(
    complaint_id: uuid.UUID,
    act: Act,
    actor: Actor,
    text: str,
    data: dict[str, str],
    version: Version,
    at: datetime | None,
) -> Done:
    with unit_of_work():
        return perform(
            complaint_id,
            act,
            actor,
            Entry(text=text, data=dict(data), occurred_at=at),
            fields={**data, "reason": text},
            change=ended_by(actor, data.get("institution") or data.get("reason")),
            version=version,
        )


def ended_by(actor: Actor, outcome: str | None) -> Change:
    """The change of a case that ends without an answer: archived or declined."""

    def change(_session: Session, complaint: Complaint, _rules: Statute, at: datetime) -> None:
        complaint.closed_at, complaint.closed_by = at, actor.kind
        complaint.outcome = outcome

    return change


def close(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    text: str | None = None,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """End an answered case without waiting for the reporter's rating."""
    with unit_of_work():
        return perform(
            complaint_id,
            Act.CLOSE,
            actor,
            Entry(text=text, occurred_at=at),
            change=completed_by(actor),
            version=version,
        )


def completed_by(actor: Actor) -> Change:
    """The change of a case that is completed by this actor."""

    def change(_session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        complaint.closed_at, complaint.closed_by = at, actor.kind
        complaint.complete_days = rules.calendar.working_days_between(complaint.received_at, at)

    return change


def note(
    complaint_id: uuid.UUID, actor: Actor, *, text: str, version: Version = None, at: datetime | None = None
) -> Done:
    """Leave an internal note; the reporter never sees it."""
    with unit_of_work():
        return perform(
            complaint_id,
            Act.NOTE,
            actor,
            Entry(text=text, is_public=False, occurred_at=at),
            fields={"text": text},
        )
