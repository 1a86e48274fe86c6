"""The officer's side of a move: one act sends the report off; until it is told, and where it is refused, it
can be taken back.

Invariant: the act and its message are one transaction; the report leaves only after the undo window.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.acts import undo
from complaints.acts.desk import ended_by
from complaints.acts.engine import Actor, Done, Entry, perform
from complaints.events import ActUndone
from complaints.models import Complaint, ComplaintEvent
from complaints.queries.groups import reporters_of
from complaints.queries.moves import Target, target_of
from complaints.statute import Statute
from complaints.workflow import Act
from core import audit
from core.db.transaction import unit_of_work
from core.errors import Conflict, FieldProblem, Forbidden
from core.jobs.queue import wake_after_commit
from core.outbox import relay

TOPIC = "case.move"
DELIVER = "complaints.move"


def transfer(
    complaint_id: uuid.UUID, actor: Actor, *, target: int, reason: str, version: int | None = None
) -> Done:
    """Pass the report on to another city of this deployment (bukan wewenang), with all that belongs to it.

    Raises FieldProblem on `target` where it cannot go there.
    """
    with unit_of_work() as session:
        city = target_of(target)

        def change(session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
            to = _checked(complaint, city)
            ended_by(actor, to.name)(session, complaint, rules, at)

        name = city.name if city is not None else ""
        done = perform(
            complaint_id,
            Act.TRANSFER,
            actor,
            Entry(reason, data={"target_name": name, "institution": name}),
            fields={"target": name, "reason": reason},
            change=change,
            version=version,
        )
        if done.event_id is not None and city is not None:
            _send_off(session, done.event_id, complaint_id, actor, city)
        return done


def _checked(complaint: Complaint, city: Target | None) -> Target:
    if city is None:
        raise FieldProblem("target", "Pilih kota atau kabupaten tujuan")
    together = len(reporters_of(complaint.id)) - 1
    if together:
        raise FieldProblem(
            "target", f"{together} laporan digabung ke laporan ini. Pisahkan dahulu sebelum dipindahkan"
        )
    return city


def _send_off(
    session: Session, event_id: uuid.UUID, complaint_id: uuid.UUID, actor: Actor, city: Target
) -> None:
    complaint = session.scalars(select(Complaint).where(Complaint.id == complaint_id)).one()
    to = {"tenant": city.id, "slug": city.slug, "name": city.name, "event": str(event_id)}
    complaint.moved = {**(complaint.moved or {}), "to": to}
    audit.record(
        "complaint.transfer",
        actor_id=actor.id,
        actor_name=actor.name or actor.label,
        subject_id=complaint_id,
        to=city.slug,
        event=str(event_id),
    )
    hold = undo.window(actor.kind)
    # Its own subject: a message to the national side that cannot be sent must not keep the report here.
    payload = {"complaint_id": str(complaint_id), "target": city.id}
    relay.add(TOPIC, event_id, key_of(event_id), payload, delay_seconds=hold)
    if not hold:
        wake_after_commit(DELIVER)


def key_of(event_id: uuid.UUID | str) -> str:
    """The message's name, from the act that asked for the move."""
    return f"move:{event_id}"


def on_undone(fact: ActUndone) -> None:
    """A move that is taken back in time never leaves."""
    if not relay.cancel(key_of(fact.event_id)):
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
            if to is None or to["event"] != str(event.id) or "arrived_at" in to:
                raise Conflict("Laporan ini tidak sedang dipindahkan.")
            if not relay.withdraw(key_of(event.id)):
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
