"""Taking a report in at the other city, in one transaction of that city and exactly once.

Invariant: number, receipt, reporter, PIN and history are those of the sending city; the history goes on where
it ended, and its hashes stay what they were.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import statute, workflow
from complaints.acts.engine import SYSTEM, Entry, digest, entered, set_due, snapshot
from complaints.acts.moves.parcel import Parcel, Row
from complaints.events import ActRecorded, ComplaintMovedIn, Snapshot
from complaints.models import (
    Attachment,
    Category,
    Complaint,
    ComplaintEvent,
    Rating,
    Reporter,
    TrackingAccess,
)
from core import audit, clock, events
from core.errors import DomainError
from core.storage import own_key

#: the act of the entry that tells where a report came from
MOVED_IN = "moved_in"
#: codes of categories that take what no other does, in this order
_CATCH_ALL = ("lain", "lainnya", "lain-lain")
#: what a report keeps of itself wherever it is handled; all else begins anew
_CARRIED = (
    "kind", "channel", "title", "body", "final_body", "incident_on", "quadkey", "is_anonymous",
    "is_confidential", "received_at", "resolution_from", "intervals", "reopened", "external",
)  # fmt: skip
_BEGUN_ANEW: Row = {
    "status": workflow.RECEIVED,
    "classification": None,
    "department_id": None,
    "handler_id": None,
    "copied_to": [],
    "merged_into_id": None,
    "parent_id": None,
    "verified_at": None,
    "assigned_at": None,
    "accepted_at": None,
    "first_answered_at": None,
    "responded_at": None,
    "closed_at": None,
    "closed_by": None,
    "outcome": None,
    "internal_due_at": None,
    "escalation_level": 0,
    "verify_days": None,
    "answer_days": None,
    "complete_days": None,
    "proposal": None,
    "undo": None,
}


def receive(session: Session, parcel: Parcel) -> None:
    """Take the report in, in the present transaction of the bound city. The same parcel again: nothing."""
    here = session.scalars(
        select(Complaint)
        .where(Complaint.id == parcel.complaint["id"])
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if here is not None and _origin(here).get("move") == str(parcel.move):
        return
    rules = statute.load(parcel.complaint["received_at"])
    before = snapshot(here, rules) if here is not None else None
    complaint = _arrived(session, parcel) if here is None else _returned(session, here, parcel)
    complaint.moved = {"from": {**parcel.source, "move": str(parcel.move)}}
    set_due(complaint, rules)
    _tell(session, complaint, parcel, before, snapshot(complaint, rules))


def _origin(complaint: Complaint) -> Row:
    found: Row = (complaint.moved or {}).get("from", {})
    return found


def _arrived(session: Session, parcel: Parcel) -> Complaint:
    """A report this city has never had."""
    said = parcel.complaint
    complaint = Complaint(
        id=said["id"],
        number=said["number"],
        form_key=said["form_key"],
        version=said["version"] + 1,
        category_id=_category(session, parcel.category_code),
        landmark=parcel.place,
        last_event=said["last_event"],
        last_hash=said["last_hash"],
        verify_due_at=said["verify_due_at"],
        **{name: said[name] for name in _CARRIED},
        **_BEGUN_ANEW,
    )
    session.add(complaint)
    session.flush()
    session.add_all(ComplaintEvent(**row) for row in parcel.events)
    session.add(Reporter(**parcel.reporter))
    issuer = parcel.access["issuer_id"] or parcel.source["tenant"]
    session.add(TrackingAccess(**{**parcel.access, "issuer_id": issuer}))
    _add_belongings(session, parcel)
    return complaint


def _returned(session: Session, here: Complaint, parcel: Parcel) -> Complaint:
    """A report that was here before: its own place is kept, its history goes on."""
    for name in _CARRIED:
        setattr(here, name, parcel.complaint[name])
    for name, value in _BEGUN_ANEW.items():
        setattr(here, name, value)
    here.version = max(here.version, parcel.complaint["version"]) + 1
    _go_on(session, here, parcel.events)
    _add_belongings(session, parcel)
    return here


def _go_on(session: Session, here: Complaint, told: list[Row]) -> None:
    """Add the entries written elsewhere.

    Where something was noted here meanwhile they follow it in a chain of their own hashes; what they were
    chained by there is kept in their data.
    """
    known = dict(
        session.execute(
            select(ComplaintEvent.sequence, ComplaintEvent.hash).where(ComplaintEvent.complaint_id == here.id)
        ).all()
    )
    common = next(
        (place for place, row in enumerate(told) if known.get(row["sequence"]) != row["hash"]), len(told)
    )
    is_straight = here.last_event == common
    for row in told[common:]:
        event = ComplaintEvent(**row) if is_straight else _chained_anew(here, row)
        here.last_event, here.last_hash = event.sequence, event.hash
        session.add(event)


def _chained_anew(here: Complaint, row: Row) -> ComplaintEvent:
    original = {name: row[name] for name in ("sequence", "previous_hash", "hash")}
    event = ComplaintEvent(
        **{
            **row,
            "sequence": here.last_event + 1,
            "previous_hash": here.last_hash,
            "data": {**row["data"], "original": original},
        }
    )
    event.hash = digest(event)
    return event


def _add_belongings(session: Session, parcel: Parcel) -> None:
    """Files and ratings that are not here yet. The bytes lie under the same name as at the sending city."""
    for row in _unknown(session, Attachment, parcel.attachments):
        thumbnail = row["thumbnail_key"]
        keys = {
            "storage_key": own_key(row["storage_key"]),
            "thumbnail_key": own_key(thumbnail) if thumbnail else None,
        }
        session.add(Attachment(**{**row, **keys}))
    session.add_all(Rating(**row) for row in _unknown(session, Rating, parcel.ratings))


def _unknown(session: Session, model: Any, rows: list[Row]) -> list[Row]:
    ids = [row["id"] for row in rows]
    known = set(session.scalars(select(model.id).where(model.id.in_(ids)))) if ids else set()
    return [row for row in rows if row["id"] not in known]


def _category(session: Session, code: str) -> uuid.UUID:
    """The category of the same code; else the one for everything else; else the last."""
    found = session.execute(
        select(Category.code, Category.id).where(Category.is_active).order_by(Category.sort, Category.code)
    ).all()
    by_code = {row.code: row.id for row in found}
    if not found:
        raise DomainError("Kota tujuan belum punya kategori.", code="no_category")
    last: uuid.UUID = found[-1].id
    return next((by_code[each] for each in (code, *_CATCH_ALL) if each in by_code), last)


def _tell(
    session: Session, complaint: Complaint, parcel: Parcel, before: Snapshot | None, after: Snapshot
) -> None:
    """The entry of the arrival, the audit, and the facts for the packages above."""
    entry = Entry(data={"source_name": parcel.source["name"], "move": str(parcel.move)})
    event = entered(complaint, MOVED_IN, SYSTEM, entry, workflow.DECLINED, clock.now())
    session.add(event)
    session.flush()
    audit.record(
        "complaint.moved_in",
        actor_id=None,
        actor_name=f"{parcel.actor_name}, {parcel.source['name']}",
        subject_id=complaint.id,
        source=parcel.source["slug"],
        move=str(parcel.move),
    )
    events.publish(ActRecorded(complaint.id, event.id, MOVED_IN, SYSTEM.kind, True, False, before, after))
    events.publish(ComplaintMovedIn(complaint.id, parcel.national_number))
