"""The officer's side of a move: one act sends the report off; until it is told, and where it is refused, it
can be taken back.

Invariant: the act and its message are one transaction; the report leaves only after the undo window.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import workflow
from complaints.acts import undo
from complaints.acts.desk import ended_by
from complaints.acts.engine import Actor, Done, Entry, perform
from complaints.events import ActUndone
from complaints.models import Complaint, ComplaintEvent
from complaints.queries.groups import reporters_of
from complaints.queries.moves import Target, key_of, target_of
from complaints.statute import Statute
from complaints.workflow import Act
from core import audit
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import Conflict, FieldProblem, Forbidden
from core.extensions import db
from core.ids import uuid7
from core.jobs.queue import wake_after_commit
from core.outbox import relay, singles
from core.outbox.singles import Single

TOPIC = "case.move"
DELIVER = "complaints.move"


def transfer(
    complaint_id: uuid.UUID, actor: Actor, *, target: int, reason: str, version: int | None = None
) -> Done:
    """Pass the report on to another city of this deployment (bukan wewenang), with all that belongs to it.

    Raises FieldProblem on `target` where it cannot go there.
    """
    move = uuid7()
    with unit_of_work():
        city = target_of(target)
        name = city.name if city is not None else ""

        def change(session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
            to = _checked(session, complaint, city)
            ended_by(actor, to.name)(session, complaint, rules, at)
            going = {"tenant": to.id, "slug": to.slug, "name": to.name, "move": str(move)}
            complaint.moved = {**(complaint.moved or {}), "to": going}

        done = perform(
            complaint_id,
            Act.TRANSFER,
            actor,
            Entry(reason, data={"target_name": name, "institution": name, "move": str(move)}),
            fields={"target": name, "reason": reason},
            change=change,
            version=version,
        )
        if done.event_id is not None and city is not None:
            _send_off(move, complaint_id, city, undo.window(actor.kind))
        return done


def _checked(session: Session, complaint: Complaint, city: Target | None) -> Target:
    if city is None:
        raise FieldProblem("target", "Pilih kota atau kabupaten tujuan")
    with session.no_autoflush:  # the case is written once, by the act
        together = len(reporters_of(complaint.id)) - 1
    if together:
        raise FieldProblem(
            "target", f"{together} laporan digabung ke laporan ini. Pisahkan dahulu sebelum dipindahkan"
        )
    return city


def _send_off(move: uuid.UUID, complaint_id: uuid.UUID, city: Target, hold: float) -> None:
    # Alone with its subject: what cannot be sent to the national side must not keep the report here.
    payload = {"complaint_id": str(complaint_id), "target": city.id}
    singles.add([Single(TOPIC, move, key_of(move), payload, hold)])
    if not hold:
        wake_after_commit(DELIVER)


def on_undone(fact: ActUndone) -> None:
    """A move that is taken back in time never leaves."""
    complaint = db.session.get(Complaint, (bound_tenant_id(), fact.complaint_id))  # locked by who takes back
    if complaint is None or complaint.status != workflow.DECLINED:
        return
    to = (complaint.moved or {}).get("to")
    if to is not None and not singles.cancel([uuid.UUID(to["move"])]):
        raise Conflict("Laporan ini sudah dipindahkan dan tidak dapat ditarik kembali.")


def call_back(complaint_id: uuid.UUID, actor: Actor, *, version: int | None = None) -> Done:
    """Take the report back that the other city could not take: it stands where it stood.

    Raises Forbidden, Conflict where the report is there already or is still on its way.
    """
    if f"complaint.{Act.TRANSFER}" not in actor.grants:
        raise Forbidden()
    with unit_of_work() as session:
        event = _last_transfer(session, complaint_id)
        if event is None or event.from_status is None:
            raise Conflict("Laporan ini tidak sedang dipindahkan.")

        def change(_session: Session, complaint: Complaint, _rules: Statute, _at: datetime) -> None:
            moved = complaint.moved or {}
            to = moved.get("to")
            if to is None or "arrived_at" in to:
                raise Conflict("Laporan ini tidak sedang dipindahkan.")
            if not relay.withdraw(key_of(to["move"])):
                raise Conflict("Laporan ini masih dikirim. Coba lagi sebentar.")
            complaint.moved = {name: value for name, value in moved.items() if name != "to"} or None
            complaint.closed_at = complaint.closed_by = complaint.outcome = None

        done = perform(
            complaint_id,
            Act.UNDO,
            actor,
            Entry(is_public=False, data={"undoes": str(event.id)}),
            change=change,
            version=version,
            previous=event.from_status,
        )
        audit.record(
            "complaint.transfer_called_back",
            actor_id=actor.id,
            actor_name=actor.name or actor.label,
            subject_id=complaint_id,
        )
        return done


def _last_transfer(session: Session, complaint_id: uuid.UUID) -> ComplaintEvent | None:
    return session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id == complaint_id, ComplaintEvent.act == Act.TRANSFER)
        .order_by(ComplaintEvent.sequence.desc())
        .limit(1)
    ).first()
