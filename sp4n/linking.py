"""A person says that a report here is that report there, or that it is not.

Invariant: a number belongs to one report and a report has one number; both acts are audited and stand in the
history for officers. Nothing is linked that was seen to belong to another institution.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from complaints.acts import national
from complaints.acts.engine import Actor
from complaints.models import Complaint
from core import audit, clock
from core.crypto import SecretUnreadable
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import Conflict, FieldProblem
from core.extensions import db
from core.outbox import relay
from core.outbox.models import DELIVERED, SKIPPED, OutboxMessage
from sp4n import circuit, news, settings, upkeep
from sp4n.contract import ContractError, RemoteComplaint, identifier
from sp4n.models import InboundMessage, Sp4nFollowUp, Sp4nLink, Sp4nMapping
from sp4n.parity.models import Parity
from sp4n.session import DoNotTry, Sp4nError

MOST_DIGITS = 15
SHORTEST_REASON, LONGEST_REASON = 5, 500
#: an officer waits for it
LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Preview:
    """What the other side says of a number; where it could not be asked only `problem` is filled."""

    number: str
    problem: str | None = None
    title: str | None = None
    content: str | None = None
    status: str | None = None
    institution: str | None = None
    created_at: datetime | None = None


def checked(number: str) -> str:
    """The number as it is kept. Raises FieldProblem."""
    words = number.strip().removeprefix("#").strip()
    try:
        found = identifier(words, "nomor")
    except ContractError as error:
        raise FieldProblem("number", "Nomor SP4N-LAPOR! hanya berisi angka") from error
    if len(found) > MOST_DIGITS:
        raise FieldProblem("number", f"Nomor SP4N-LAPOR! paling banyak {MOST_DIGITS} angka")
    return found


def look(complaint_id: uuid.UUID, number: str) -> Preview:
    """The report of this number as it is there, before anybody links it. Raises FieldProblem, Conflict.

    Where the city is not connected, or the other side is away, it says so and linking stays possible.
    """
    found = checked(number)
    with unit_of_work() as session:
        _check_free(session, complaint_id, found)
    connection = settings.load()
    if connection is None or not connection.is_receiving:
        return Preview(
            found, "Kota ini tidak membaca SP4N-LAPOR!, jadi isi laporan di sana tidak dapat dilihat"
        )
    try:
        client = settings.client_for(connection, read_seconds=LOOK_SECONDS)
        detail = client.get_detail(found)
    except (Sp4nError, SecretUnreadable) as error:
        if isinstance(error, DoNotTry) and error.status == 404:
            raise FieldProblem("number", "SP4N-LAPOR! tidak mengenal nomor ini") from error
        return Preview(found, circuit.translated(error).cause)
    with unit_of_work() as session:
        _check_ours(session, detail, connection.institution_id)
    return Preview(
        found,
        title=detail.title,
        content=detail.content,
        status=news.label_of(detail),
        institution=detail.disposition_name,
        created_at=detail.created.at,
    )


def link(complaint_id: uuid.UUID, number: str, actor: Actor) -> None:
    """The report here is that one there: from now on it is read, and answers go there.

    Raises FieldProblem, Conflict, NotFound.
    """
    found = checked(number)
    with unit_of_work() as session:
        national.remark(
            complaint_id,
            actor,
            f"Dihubungkan dengan laporan SP4N-LAPOR! nomor {found}.",
            data={"linked": found},
        )
        _check_free(session, complaint_id, found)
        _end_sending(complaint_id)
        now = clock.now()
        session.add(
            Sp4nLink(complaint_id=complaint_id, external_id=found, origin="national", next_check_at=now)
        )
        _forget(session, found)
        _note("sp4n.linked", complaint_id, actor, number=found)
    upkeep.take_up_waiting()


def unlink(complaint_id: uuid.UUID, reason: str, actor: Actor) -> str:
    """It was another one. What was told stays in the history. Returns the number that is free now.

    Raises FieldProblem, Conflict, NotFound.
    """
    words = " ".join(reason.split())
    if not SHORTEST_REASON <= len(words) <= LONGEST_REASON:
        raise FieldProblem("reason", f"Tulis alasan {SHORTEST_REASON} sampai {LONGEST_REASON} huruf")
    with unit_of_work() as session:
        present = session.scalars(
            select(Sp4nLink).where(Sp4nLink.complaint_id == complaint_id).with_for_update()
        ).first()
        if present is None:
            raise Conflict("Laporan ini tidak terhubung dengan SP4N-LAPOR!.")
        number = present.external_id
        national.remark(
            complaint_id,
            actor,
            f"Dilepas dari laporan SP4N-LAPOR! nomor {number}: {words}",
            data={"unlinked": number},
        )
        session.delete(present)
        for table in (Sp4nFollowUp, Parity):
            session.execute(
                delete(table).where(table.tenant_id == bound_tenant_id(), table.complaint_id == complaint_id)
            )
        _forget(session, number)
        _note("sp4n.unlinked", complaint_id, actor, number=number, reason=words)
    return number


def _check_free(session: Session, complaint_id: uuid.UUID, number: str) -> None:
    own = session.scalar(select(Sp4nLink.external_id).where(Sp4nLink.complaint_id == complaint_id))
    if own is not None:
        raise Conflict(f"Laporan ini sudah terhubung dengan nomor {own}. Lepaskan dahulu.")
    other = session.scalar(
        select(Complaint.number)
        .join(Sp4nLink, (Sp4nLink.tenant_id == Complaint.tenant_id) & (Sp4nLink.complaint_id == Complaint.id))
        .where(Sp4nLink.external_id == number)
    )
    if other is not None:
        raise FieldProblem("number", f"Nomor ini sudah dihubungkan dengan laporan {other}")


def _check_ours(session: Session, detail: RemoteComplaint, institution_id: int) -> None:
    target = detail.disposition_id
    if target in (None, institution_id):
        return
    mapped = select(Sp4nMapping.id).where(
        Sp4nMapping.kind == "department", Sp4nMapping.remote_id == str(target)
    )
    if session.scalar(mapped) is None:
        name = detail.disposition_name or str(target)
        raise FieldProblem("number", f"Laporan bernomor ini ada pada “{name}”, bukan pada instansi kota ini")


def _end_sending(complaint_id: uuid.UUID) -> None:
    """A report that is there need not be filed there. Raises Conflict while somebody files it."""
    key = f"create:{complaint_id}"
    state = db.session.scalar(select(OutboxMessage.state).where(OutboxMessage.dedupe_key == key))
    if state in (None, DELIVERED, SKIPPED):
        return
    if not (relay.withdraw(key) or relay.cancel(key)):
        raise Conflict("Laporan ini sedang dikirim ke SP4N-LAPOR!. Tunggu sampai selesai, lalu coba lagi.")


def _forget(session: Session, number: str) -> None:
    """What was said about this number is read again, for the report that it belongs to."""
    session.execute(
        delete(InboundMessage).where(
            InboundMessage.tenant_id == bound_tenant_id(),
            InboundMessage.report_id == number,
            InboundMessage.kind.in_(("status", "followup")),
        )
    )


def _note(action: str, complaint_id: uuid.UUID, actor: Actor, **detail: str) -> None:
    audit.record(
        action, actor_id=actor.id, actor_name=actor.name or actor.label, subject_id=complaint_id, **detail
    )
