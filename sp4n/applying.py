"""Making something of what the national side said: in order, each piece in one transaction with its mark.

Invariant: nothing is guessed. What has no counterpart here waits, visibly, for a person's mapping and
is taken up by itself once there is one.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints.acts import intake, national
from complaints.acts.engine import SP4N
from complaints.models import Complaint, ComplaintEvent
from core import clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import DomainError
from core.outbox.models import UNFINISHED, OutboxMessage
from sp4n import composing
from sp4n.delivery import BEGUN, same_text
from sp4n.mapping import RemoteState, normalised, remote_state
from sp4n.models import InboundMessage, Sp4nFollowUp, Sp4nLink, Sp4nMapping
from sp4n.settings import Connection
from sp4n.submissions import Counterparts, submission
from sp4n.subscribers import CREATE, FOLLOW_UP

IGNORED, WAITING, PENDING = "ignored", "waiting", "pending"
MOST_MESSAGES = 500
_CLASH = "bentrok dengan data lain"
_PERSONAL = ("reporter", "title", "content")

_log = structlog.get_logger(__name__)
#: a message's new state and one sentence on why
Result = tuple[str, str | None]


def apply_pending(connection: Connection, report_id: str | None = None, *, named: str | None = None) -> int:
    """Apply what is stored, oldest first, then what waited for a mapping that is there now; how many.

    Of one report only, or the one piece of this name.
    """
    done = 0
    for message_id in _due(report_id, named):
        try:
            with unit_of_work() as session:
                done += _apply(session, message_id, connection)
        except (DomainError, IntegrityError) as error:
            # Left as it is and tried at the next poll: a clash of numbers passes, missing data is filled in.
            _log.warning("sp4n_news_not_applied", message_id=str(message_id), cause=type(error).__name__)
            _keep_cause(message_id, error.message if isinstance(error, DomainError) else _CLASH)
    return done


def apply_within(session: Session, named: str, connection: Connection) -> None:
    """Apply the one piece of this name in the caller's transaction. Raises what `apply_pending` keeps."""
    found = session.scalar(select(InboundMessage.id).where(InboundMessage.external_id == named))
    if found is not None:
        _apply(session, found, connection)


def _keep_cause(message_id: uuid.UUID, words: str) -> None:
    with unit_of_work() as session:
        session.execute(
            update(InboundMessage)
            .where(
                InboundMessage.tenant_id == bound_tenant_id(),
                InboundMessage.id == message_id,
                InboundMessage.state == PENDING,
            )
            .values(outcome=f"Belum dapat diterapkan: {words}"[:500])
            .execution_options(synchronize_session=False)
        )


def state_of(session: Session, label: str) -> RemoteState | None:
    """Our status for a national label, by the table or the city's own mapping; None: "perlu pemetaan"."""
    return remote_state(label, label, overrides=overrides(session))


def overrides(session: Session) -> dict[str, RemoteState]:
    """The city's own mapping of labels."""
    rows = session.execute(
        select(Sp4nMapping.local_key, Sp4nMapping.remote_id).where(Sp4nMapping.kind == "status")
    )
    return {label: RemoteState(code) for label, code in rows}


def _due(report_id: str | None, named: str | None) -> list[uuid.UUID]:
    with unit_of_work() as session:
        statement = (
            select(InboundMessage.id, InboundMessage.state, InboundMessage.kind, InboundMessage.payload)
            .where(InboundMessage.state.in_((PENDING, WAITING)))
            .order_by(InboundMessage.state, InboundMessage.happened_at, InboundMessage.id)
            .limit(MOST_MESSAGES)
        )
        if report_id is not None:
            statement = statement.where(InboundMessage.report_id == report_id)
        if named is not None:
            statement = statement.where(InboundMessage.external_id == named)
        known = overrides(session)
        return [
            row.id
            for row in session.execute(statement)
            if row.state == PENDING or _may_be_tried(row.kind, row.payload, known)
        ]


def _may_be_tried(kind: str, payload: dict[str, Any], overrides: dict[str, RemoteState]) -> bool:
    if kind == "status":
        return remote_state(payload["status"], payload["status"], overrides=overrides) is not None
    return kind == "report"


def _apply(session: Session, message_id: uuid.UUID, connection: Connection) -> bool:
    message = session.scalars(
        select(InboundMessage)
        .where(InboundMessage.id == message_id, InboundMessage.state.in_((PENDING, WAITING)))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()
    if message is None:
        return False
    if message.kind == "report":
        state, outcome = _report(session, message, connection)
        if state != WAITING:
            message.payload = without_personal(message.payload)
    elif message.kind == "unreadable":
        state, outcome = WAITING, f"Tidak dapat dibaca: {message.payload['cause']}"[:500]
    else:
        state, outcome = _about_linked(session, message, connection)
    message.state, message.outcome = state, outcome
    return True


def without_personal(payload: dict[str, Any]) -> dict[str, Any]:
    """Identities and texts are kept in one place only, from which they can be erased: with the case."""
    return {name: value for name, value in payload.items() if name not in _PERSONAL}


def _about_linked(session: Session, message: InboundMessage, connection: Connection) -> Result:
    link = session.scalars(
        select(Sp4nLink)
        .where(Sp4nLink.external_id == message.report_id)
        .execution_options(populate_existing=True)
    ).first()
    if link is None:
        return IGNORED, "Laporan tidak tertaut"
    if message.kind == "followup":
        return _answer(session, message, link.complaint_id)
    return _status(session, message, link, connection)


def _answer(session: Session, message: InboundMessage, complaint_id: uuid.UUID) -> Result:
    """An answer in the thread goes on the timeline, unless it is our own coming back."""
    key, content = message.payload["key"], str(message.payload["content"])
    known = select(Sp4nFollowUp.id).where(
        Sp4nFollowUp.external_id == key, Sp4nFollowUp.complaint_id == complaint_id
    )
    if session.scalar(known) is not None or _is_on_its_way(session, complaint_id, key, content):
        return IGNORED, "Tindak lanjut dari sini"
    sender = message.payload.get("from") or SP4N.label
    event_id = national.record_news(
        complaint_id,
        f"{sender}: {content}" if content else f"{sender} menambahkan tindak lanjut tanpa teks.",
        occurred_at=message.happened_at,
        data={"sender": sender, "key": key},
    )
    session.add(Sp4nFollowUp(complaint_id=complaint_id, event_id=event_id, external_id=key))
    return national.NOTED, None


def _is_on_its_way(session: Session, complaint_id: uuid.UUID, key: str, content: str) -> bool:
    """Whether it is an answer of ours whose delivery is not recorded yet, or never learned its number."""
    sent = session.execute(
        select(OutboxMessage.payload, OutboxMessage.steps).where(
            OutboxMessage.subject_id == complaint_id, OutboxMessage.topic == FOLLOW_UP
        )
    ).all()
    if any(row.steps.get("key") == key for row in sent):
        return True
    unaccounted = [
        uuid.UUID(row.payload["event_id"]) for row in sent if BEGUN in row.steps and "key" not in row.steps
    ]
    events = session.scalars(select(ComplaintEvent).where(ComplaintEvent.id.in_(unaccounted)))
    return any(same_text(composing.content_of(event), content) for event in events)


def _status(session: Session, message: InboundMessage, link: Sp4nLink, connection: Connection) -> Result:
    """A change of status: the act it stands for, a note, or nothing where it is the echo of ours."""
    said = message.payload
    label = str(said["status"])
    state = state_of(session, label)
    if state is None:
        return unmapped(label)
    if link.status_raw == label:
        link.status_unmapped = False
    complaint_id = link.complaint_id
    if state in (RemoteState.RECEIVED, RemoteState.IN_PROGRESS) and _is_our_doing(message, link, connection):
        return IGNORED, "Akibat kiriman dari sini"
    data = status_data(said)
    if state is RemoteState.RECEIVED and said.get("to_id") not in (None, connection.institution_id):
        national.record_news(
            complaint_id, said.get("text") or label, occurred_at=message.happened_at, data=data
        )
        return national.NOTED, "Diteruskan oleh SP4N"
    outcome = national.apply_status(
        complaint_id,
        state.value,
        text=status_words(label, said.get("note")),
        occurred_at=message.happened_at,
        data=data,
    )
    return outcome, None


def _is_our_doing(message: InboundMessage, link: Sp4nLink, connection: Connection) -> bool:
    """Whether our own sending caused it. What a national report went through before the link did not."""
    sender = message.payload.get("from")
    since_link = link.origin == "local" or message.happened_at >= link.linked_at.replace(microsecond=0)
    return sender is not None and sender == connection.institution_name and since_link


def unmapped(label: str) -> Result:
    """What becomes of news of a status that nobody has mapped yet."""
    return WAITING, f"Status “{label}” perlu pemetaan"


def status_data(said: dict[str, Any]) -> dict[str, Any]:
    """What the history keeps of news of a status."""
    return {"status": str(said["status"]), "sender": said.get("from")}


def status_words(label: str, note: str | None) -> str:
    """A status told there, for the timeline."""
    words = f"Status di SP4N-LAPOR!: {label}"
    return f"{words}. {note}" if note and normalised(note) != normalised(label) else words


def _report(session: Session, message: InboundMessage, connection: Connection) -> Result:
    """A report filed there becomes a case here, linked at once; one of ours is left to the delivery."""
    said = message.payload
    if session.scalar(select(Sp4nLink.id).where(Sp4nLink.external_id == message.report_id)) is not None:
        return IGNORED, "Sudah tertaut"
    if composing.TEST_TAG in said["tags"]:
        return IGNORED, "Laporan uji sambungan"
    own_numbers = [tag.removeprefix(composing.TAG_PREFIX) for tag in said["tags"]]
    own = session.scalars(select(Complaint).where(Complaint.number.in_(own_numbers)).limit(1)).first()
    if own is not None:
        return _known(session, message, own)
    ended = (RemoteState.COMPLETED, RemoteState.ARCHIVED)
    if said.get("status") and state_of(session, said["status"]) in ended:
        return IGNORED, "Sudah selesai di SP4N"
    if not _is_for_us(session, said.get("disposition_id"), connection):
        return WAITING, f"Instansi “{said.get('disposition_name') or '-'}” perlu pemetaan"
    complaint = intake.create(
        submission(Counterparts(session), message.report_id, message.payload, message.happened_at),
        SP4N,
        received_at=_not_in_future(message),
    )
    session.add(
        Sp4nLink(
            complaint_id=complaint.id,
            external_id=message.report_id,
            origin="national",
            synced_at=clock.now(),
            next_check_at=clock.now(),
        )
    )
    return national.APPLIED, complaint.number


def _known(session: Session, message: InboundMessage, own: Complaint) -> Result:
    """A report we have: linked by its delivery, or, where it moved here from another city, now.

    Which one is ours the delivery tells; any other with our number waits for a person.
    """
    linked = session.scalar(select(Sp4nLink.external_id).where(Sp4nLink.complaint_id == own.id))
    if linked is not None:
        return WAITING, f"Laporan {own.number} ada dua kali di SP4N: {linked} dan {message.report_id}"
    if "from" not in (own.moved or {}):
        sending = select(OutboxMessage.id).where(
            OutboxMessage.subject_id == own.id,
            OutboxMessage.topic == CREATE,
            OutboxMessage.state.in_(UNFINISHED),
        )
        is_sending = session.scalar(select(sending.exists()))
        return (PENDING, None) if is_sending else (IGNORED, "Laporan dari sini")
    session.add(
        Sp4nLink(
            complaint_id=own.id,
            external_id=message.report_id,
            origin="national",
            next_check_at=clock.now(),
        )
    )
    return IGNORED, "Laporan dari kota lain"


def _is_for_us(session: Session, disposition_id: int | None, connection: Connection) -> bool:
    if disposition_id in (None, connection.institution_id):
        return True
    mapped = select(Sp4nMapping.id).where(
        Sp4nMapping.kind == "department", Sp4nMapping.remote_id == str(disposition_id)
    )
    return session.scalar(mapped) is not None


def _not_in_future(message: InboundMessage) -> datetime:
    return min(message.happened_at, clock.now())
