"""What the reporter reads where a report is handled elsewhere: in a main report, or by another city.

Invariant: of the main report nothing is told that its own reporter wrote or is, and of a confidential one
only where it stands and what was answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from complaints.labels import StatusView, act_title, status_view
from complaints.models import Complaint, ComplaintEvent
from complaints.queries.groups import top_of
from complaints.queries.history import LONGEST_TIMELINE, TimelineEntry
from complaints.queries.moves import MoveView, move_of
from complaints.workflow import Act
from core.extensions import db

_ANSWERS = frozenset({Act.RESPOND, Act.APPROVE})
#: acts in which a reporter speaks, also where the national side passes the words on
_REPORTERS_WORDS = frozenset({Act.PROVIDE_INFO, Act.RATE, Act.REOPEN})


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where the report is handled. `main_number` is set for a merged one, `move` for one that moved."""

    main_number: str | None
    main_status: StatusView | None
    timeline: list[TimelineEntry]
    move: MoveView | None


def elsewhere_of(complaint: Complaint, *, full: bool) -> Elsewhere | None:
    """None where the report is handled here and by itself. Merges are told only to whom may read in full."""
    move = move_of(complaint)
    if move is not None:
        return Elsewhere(None, None, [], move)
    main = top_of(complaint) if full else None
    if main is None:
        return None
    return Elsewhere(main.number, status_view(main.status), _told_of(main), None)


_PUBLIC = (
    select(ComplaintEvent)
    .where(ComplaintEvent.complaint_id == bindparam("complaint_id"))
    .order_by(ComplaintEvent.sequence.desc())
    .limit(LONGEST_TIMELINE)
)


def _told_of(main: Complaint) -> list[TimelineEntry]:
    found = db.session.scalars(_PUBLIC, {"complaint_id": main.id}).all()
    undone = {event.data.get("undoes") for event in found if event.act == Act.UNDO}
    return [
        TimelineEntry(
            id=str(event.id),
            at=event.occurred_at,
            actor=event.actor_label,
            title=act_title(event.act, event.data),
            text=event.text,
            kind="sp4n" if event.actor_kind == "sp4n" else event.visibility,
            attachments=[],
        )
        for event in found
        if str(event.id) not in undone and _may_be_told(event, main)
    ]


def _may_be_told(event: ComplaintEvent, main: Complaint) -> bool:
    if event.visibility != "public" or event.actor_kind == "reporter" or event.act in _REPORTERS_WORDS:
        return False
    return event.act in _ANSWERS if main.is_confidential else True
