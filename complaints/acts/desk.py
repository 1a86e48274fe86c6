"""Acts of the city's desk: verify, assign, defer, decline jurisdiction, archive, close, note."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.acts import photos
from complaints.acts.disposing import Paper, assigned_by
from complaints.acts.engine import Actor, Change, Done, Entry, perform
from complaints.acts.intake import check_category
from complaints.acts.mentioning import note as note
from complaints.acts.timekeeping import taken
from complaints.models import Complaint
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
    checks: Sequence[str] = (),
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Take the report as valid and set its klasifikasi, hence its statutory periods.

    `checks` are the questions the officer ticked before; the history keeps them.
    """
    if classification not in CLASSIFICATIONS:
        raise FieldProblem("classification", "Pilih klasifikasi")
    data: dict[str, Any] = {"classification": classification}
    if checks:
        data["checks"] = list(checks)
    with unit_of_work():
        if category_id is not None:
            check_category(category_id)
        return perform(
            complaint_id,
            Act.VERIFY,
            actor,
            Entry(text=text, data=data, occurred_at=at),
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
        complaint.verify_days = taken(complaint, rules, complaint.received_at, at)

    return change


def assign(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    department_id: uuid.UUID,
    copies: Sequence[uuid.UUID] = (),
    urgency: str = "normal",
    instructions: Sequence[str] = (),
    internal_due_on: date | None = None,
    note: str | None = None,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Pass the case to a department with an instruction (disposisi); again: pass it on (re-disposisi).

    `copies` are departments that may read the case and leave notes; the main one among them is left out.
    `internal_due_on` is a local working day, from today to the statutory completion date.
    Raises FieldProblem for a department that is not there and for a day out of range.
    """
    copied = [each for each in dict.fromkeys(copies) if each != department_id]
    with unit_of_work() as session:
        names = _departments(session, department_id, copied)
        paper = Paper(department_id, tuple(copied), urgency, tuple(instructions), internal_due_on, note)
        done = perform(
            complaint_id,
            Act.ASSIGN,
            actor,
            Entry(data=paper.data(names), occurred_at=at),
            fields={"department_id": department_id},
            change=assigned_by(paper),
            version=version,
        )
        session.add_all(paper.rows(complaint_id, done.event_id, actor.id, at or clock.now()))
        return done


def _departments(session: Session, main: uuid.UUID, copies: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names of the active departments among these. Raises FieldProblem where one is missing."""
    names: dict[uuid.UUID, str] = {
        row.id: row.name
        for row in session.execute(
            select(Department.id, Department.name).where(
                Department.id.in_([main, *copies]), Department.is_active
            )
        )
    }
    if main not in names:
        raise FieldProblem("department", "Pilih unit tujuan")
    if any(each not in names for each in copies):
        raise FieldProblem("copies", "Pilih unit tembusan dari daftar")
    return names


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

    def change(session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        photos.require_after_photo(complaint, actor, rules)
        completed_by(actor)(session, complaint, rules, at)

    with unit_of_work():
        return perform(
            complaint_id,
            Act.CLOSE,
            actor,
            Entry(text=text, occurred_at=at),
            change=change,
            version=version,
        )


def completed_by(actor: Actor) -> Change:
    """The change of a case that is completed by this actor."""

    def change(_session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        complaint.closed_at, complaint.closed_by = at, actor.kind
        start, answered = complaint.resolution_from or complaint.received_at, complaint.responded_at or at
        complaint.complete_days = taken(complaint, rules, start, answered)

    return change
