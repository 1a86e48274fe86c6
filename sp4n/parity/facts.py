"""A report as this side holds it, in the other side's terms, read in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Set

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.models import Attachment, Complaint, ComplaintEvent
from complaints.workflow import TRANSITIONS, Act
from core.outbox.models import PENDING, OutboxMessage
from sp4n import composing
from sp4n.models import Sp4nFollowUp, Sp4nLink, Sp4nMapping
from sp4n.parity.compare import LocalEntry, LocalSide
from sp4n.settings import Connection
from sp4n.subscribers import FOLLOW_UP

#: acts that travel as an answer in the thread; handing a report on has a call of its own
TOLD = {str(act) for (_, act), row in TRANSITIONS.items() if row.syncs} - {
    Act.DECLINE_JURISDICTION,
    Act.TRANSFER,
}


def local_side(session: Session, link: Sp4nLink, connection: Connection) -> LocalSide:
    """Everything of the linked case that the two sides should share. Raises DoNotTry when it is gone."""
    filed = composing.filed(session, link.complaint_id)
    case = filed.complaint
    mapped = _numbers(session)
    is_ours = link.origin == "local"
    heard = dict(
        session.execute(
            select(Sp4nFollowUp.external_id, Sp4nFollowUp.event_id).where(
                Sp4nFollowUp.complaint_id == case.id
            )
        ).all()
    )
    return LocalSide(
        title=case.title,
        content=composing.content(filed, connection.text_sent) if is_ours else case.body,
        status=case.status,
        classification_id=mapped.get(("classification", case.classification or case.kind)),
        category_id=mapped.get(("category", filed.category)),
        institutions=frozenset(
            {
                connection.institution_id,
                *(number for (kind, _), number in mapped.items() if kind == "department"),
            }
        ),
        is_anonymous=case.is_anonymous,
        is_secret=case.is_confidential,
        entries=_entries(session, case, heard),
        heard=frozenset(heard),
        files=_files(session, case.id).get(None, ()),
    )


def _numbers(session: Session) -> dict[tuple[str, str], int]:
    rows = session.execute(
        select(Sp4nMapping.kind, Sp4nMapping.local_key, Sp4nMapping.remote_id).where(
            Sp4nMapping.kind.in_(("classification", "category", "department"))
        )
    )
    return {(kind, key): int(number) for kind, key, number in rows if number.isdigit()}


def public_acts(session: Session, complaint_id: uuid.UUID, acts: Set[str]) -> list[ComplaintEvent]:
    """The public entries of these acts that were made here and not undone, oldest first."""
    events = session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id == complaint_id)
        .order_by(ComplaintEvent.sequence)
        .execution_options(populate_existing=True)
    ).all()
    undone = {event.data.get("undoes") for event in events if event.act == Act.UNDO}
    return [
        event
        for event in events
        if event.act in acts
        and event.visibility == "public"
        and event.actor_kind != "sp4n"
        and str(event.id) not in undone
    ]


def _entries(session: Session, case: Complaint, heard: dict[str, uuid.UUID | None]) -> tuple[LocalEntry, ...]:
    keys = {event_id: key for key, event_id in heard.items()}
    waiting = set(
        session.scalars(
            select(OutboxMessage.dedupe_key).where(
                OutboxMessage.subject_id == case.id,
                OutboxMessage.topic == FOLLOW_UP,
                OutboxMessage.state == PENDING,
            )
        )
    )
    files = _files(session, case.id)
    return tuple(
        LocalEntry(
            event_id=str(event.id),
            content=composing.content_of(event),
            key=keys.get(event.id),
            is_on_its_way=f"act:{event.id}" in waiting,
            files=files.get(event.id, ()),
        )
        for event in public_acts(session, case.id, TOLD)
    )


def _files(session: Session, complaint_id: uuid.UUID) -> dict[uuid.UUID | None, tuple[str, ...]]:
    rows = session.execute(
        select(Attachment.event_id, Attachment.name).where(
            Attachment.complaint_id == complaint_id, Attachment.is_public
        )
    )
    found: dict[uuid.UUID | None, tuple[str, ...]] = {}
    for event_id, name in rows:
        found[event_id] = (*found.get(event_id, ()), name)
    return found
