"""Acts inside a department: accept, hand over, return to the desk; propose an answer and decide on it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import workflow
from complaints.acts import photos, uploads
from complaints.acts.engine import Actor, Done, Entry, lock, perform
from complaints.acts.handling import answered, taken_up
from complaints.models import Attachment, Complaint
from complaints.permissions import Permission
from complaints.statute import Statute
from complaints.workflow import Act
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import Conflict, FieldProblem
from core.extensions import db
from core.media import CleanUpload
from tenants.models import Officer

Version = int | None


def accept(
    complaint_id: uuid.UUID, actor: Actor, *, version: Version = None, at: datetime | None = None
) -> Done:
    """Take the case in and work on it. Again by the same officer changes nothing.

    Raises Conflict with the name of the colleague who was faster.
    """
    with unit_of_work() as session:
        complaint = lock(session, complaint_id, actor)
        allowed = workflow.transition(complaint.status, Act.ACCEPT) is not None
        if allowed and complaint.accepted_at is not None and Permission.ACCEPT in actor.grants:
            if complaint.handler_id == actor.id:
                return Done(complaint.id, complaint.number, complaint.status, None)
            raise Conflict("Laporan ini sudah diterima.", who=_name_of(complaint.handler_id))

        def change(_session: Session, complaint: Complaint, _rules: Statute, at: datetime) -> None:
            complaint.accepted_at = at
            complaint.handler_id = actor.id

        entry = Entry(is_public=False, occurred_at=at)
        return perform(complaint_id, Act.ACCEPT, actor, entry, change=change, version=version)


def _name_of(officer_id: uuid.UUID | None) -> str:
    return db.session.scalar(select(Officer.name).where(Officer.id == officer_id)) or "rekan Anda"


def hand_over(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    handler_id: uuid.UUID,
    note: str | None = None,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Set who handles the case: an active officer of the department that has it."""
    with unit_of_work() as session:
        handler = session.execute(
            select(Officer.name, Officer.department_id, Officer.is_active).where(Officer.id == handler_id)
        ).first()

        def change(_session: Session, complaint: Complaint, _rules: Statute, at: datetime) -> None:
            unit = complaint.department_id
            if handler is None or not handler.is_active or unit is None or handler.department_id != unit:
                raise FieldProblem("handler", "Pilih petugas dari unit yang menangani")
            complaint.handler_id = handler_id
            complaint.accepted_at = complaint.accepted_at or at

        data = {"handler_id": str(handler_id), "handler_name": handler.name if handler else ""}
        return perform(
            complaint_id,
            Act.HAND_OVER,
            actor,
            Entry(note, is_public=False, data=data, occurred_at=at),
            fields={"handler_id": handler_id},
            change=change,
            version=version,
        )


def return_to_desk(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    reason: str,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Give the case back to the city's desk. The statutory clock goes on as it was."""
    with unit_of_work():
        return perform(
            complaint_id,
            Act.RETURN,
            actor,
            Entry(reason, is_public=False, occurred_at=at),
            fields={"reason": reason},
            change=given_back,
            version=version,
        )


def given_back(_session: Session, complaint: Complaint, _rules: Statute, _at: datetime) -> None:
    """The change of a case that no department has any more."""
    complaint.department_id = complaint.handler_id = None
    complaint.accepted_at = complaint.internal_due_at = None
    complaint.copied_to = []
    complaint.proposal = None


def propose(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    text: str,
    files: list[CleanUpload] | None = None,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Put an answer to the head of the department; the reporter learns nothing of it yet."""
    cleans = files or []
    proposal = {"text": text, "by": str(actor.id or ""), "by_name": actor.name}

    def change(_session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        photos.require_after_photo(complaint, actor, rules)
        complaint.proposal = proposal
        taken_up(complaint, actor, at)

    with uploads.stored(cleans) as keys, unit_of_work() as session:
        done = perform(
            complaint_id,
            Act.PROPOSE,
            actor,
            Entry(text, is_public=False, occurred_at=at),
            fields={"text": text},
            change=change,
            version=version,
        )
        uploads.attach(cleans, keys, complaint_id=complaint_id, event_id=done.event_id, is_public=False)
        if done.event_id is not None:
            complaint = session.get_one(Complaint, (bound_tenant_id(), complaint_id))
            complaint.proposal = {**proposal, "event": str(done.event_id)}
        return done


def approve(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    text: str,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Send the proposed answer, as it stands or as the head changed it; its files go with it."""
    proposed: list[uuid.UUID] = []

    def change(session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        proposal = complaint.proposal or {}
        if event := proposal.get("event"):
            proposed.append(uuid.UUID(event))
        photos.require_after_photo(complaint, actor, rules)
        answered(complaint, rules, at, text)

    with unit_of_work():
        done = perform(
            complaint_id,
            Act.APPROVE,
            actor,
            Entry(text, occurred_at=at),
            fields={"text": text},
            change=change,
            version=version,
        )
        for event_id in proposed:
            _publish_files(event_id, done.event_id)
        return done


def _publish_files(proposed_with: uuid.UUID, answer_id: uuid.UUID | None) -> None:
    """The proposal's files on the answer, as rows of their own: taking the answer back leaves these."""
    session = db.session()
    for file in session.scalars(select(Attachment).where(Attachment.event_id == proposed_with)).all():
        kept = {
            column.key: getattr(file, column.key)
            for column in Attachment.__table__.columns
            if column.key not in ("tenant_id", "id", "event_id", "is_public")
        }
        session.add(Attachment(**kept, event_id=answer_id, is_public=True))


def send_back(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    reason: str,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Give a proposed answer back to its author, with what should change. The text stays to go on from."""

    def change(_session: Session, complaint: Complaint, _rules: Statute, _at: datetime) -> None:
        complaint.proposal = {**(complaint.proposal or {}), "sent_back": reason}

    with unit_of_work():
        return perform(
            complaint_id,
            Act.SEND_BACK,
            actor,
            Entry(reason, is_public=False, occurred_at=at),
            fields={"reason": reason},
            change=change,
            version=version,
        )
