"""Notes that name an officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Uuid, bindparam, func, literal_column, select

from complaints.acts.engine import Actor
from complaints.models import Complaint, ComplaintEvent, Mention
from core.extensions import db

MOST_SHOWN = 50
MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class MentionView:
    """A note that names the officer. Without `number` the case is no longer the officer's to read."""

    id: str
    event_id: str
    number: str | None
    title: str
    text: str
    by: str
    at: datetime
    is_new: bool


_MINE = (
    select(
        Mention.id,
        Mention.event_id,
        Mention.created_at,
        Mention.seen_at,
        Complaint.number,
        Complaint.title,
        Complaint.department_id,
        Complaint.copied_to,
        ComplaintEvent.text,
        ComplaintEvent.actor_label,
        ComplaintEvent.data,
    )
    .join(Complaint, (Complaint.tenant_id == Mention.tenant_id) & (Complaint.id == Mention.complaint_id))
    .join(
        ComplaintEvent,
        (ComplaintEvent.tenant_id == Mention.tenant_id) & (ComplaintEvent.id == Mention.event_id),
    )
    .where(Mention.officer_id == bindparam("officer"))
    .order_by(Mention.created_at.desc(), Mention.id.desc())
    .limit(MOST_SHOWN)
)
#: how many notes name the `officer` that were not read yet, at most 99
UNSEEN = (
    select(func.count())
    .select_from(
        select(Mention.id)
        .where(Mention.officer_id == bindparam("officer", type_=Uuid), Mention.seen_at.is_(None))
        .limit(literal_column(str(MOST_COUNTED)))
        .subquery()
    )
    .scalar_subquery()
)


def of_officer(actor: Actor) -> list[MentionView]:
    """The newest notes that name this officer. One query."""
    found = []
    for row in db.session.execute(_MINE, {"officer": actor.id}):
        is_readable = actor.reads(row.department_id, row.copied_to)
        found.append(
            MentionView(
                id=str(row.id),
                event_id=str(row.event_id),
                number=row.number if is_readable else None,
                title=row.title if is_readable else "",
                text=(row.text or "") if is_readable else "",
                by=row.data.get("actor_name") or row.actor_label,
                at=row.created_at,
                is_new=row.seen_at is None,
            )
        )
    return found
