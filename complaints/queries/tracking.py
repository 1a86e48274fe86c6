"""One report as its reporter sees it; without the PIN only where it stands."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, select

from complaints import due, statute, workflow
from complaints.acts.reporter import reopen_until
from complaints.due import DeadlineView
from complaints.escalation import DEPARTMENT_HEAD_LEVEL, REGIONAL_HEAD_LEVEL
from complaints.labels import KINDS, SOLVED, StatusView, place_of, status_view
from complaints.models import Complaint, ComplaintEvent, Rating
from complaints.ports import sync_of
from complaints.queries.elsewhere import Elsewhere, elsewhere_of
from complaints.queries.history import AttachmentView, TimelineEntry, attachments_of, timeline
from complaints.queries.rows import named_case
from complaints.statute import Statute
from complaints.workflow import Act
from core import clock, formats
from core.extensions import db

STEPS = (
    "Laporan diterima",
    "Diperiksa dan diteruskan",
    "Ditindaklanjuti",
    "Ditanggapi",
    "Selesai",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five steps, with the day it was reached."""

    label: str
    at: datetime | None
    state: str  # done | now | next
    hint: str | None


@dataclass(frozen=True, slots=True)
class RatingView:
    """What the reporter gave."""

    score: int
    solved: str
    comment: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TrackedReport:
    """Everything the tracking page shows.

    Where `is_full` is false only number, status, steps and deadline are filled.
    """

    id: uuid.UUID
    number: str
    title: str
    body: str
    kind_label: str
    category: str
    place: str
    received_at: datetime
    status: StatusView
    steps: list[Step]
    deadline: DeadlineView
    escalated: str | None  # whom a late report was passed on to, and when, in a sentence
    elsewhere: Elsewhere | None  # merged into another report, or moved to another city
    timeline: list[TimelineEntry]
    attachments: list[AttachmentView]
    sp4n_number: str | None
    is_full: bool
    can_rate: bool
    can_reopen: bool
    can_provide_info: bool
    reopen_until: datetime | None
    rating: RatingView | None


@dataclass(frozen=True, slots=True)
class FiledReport:
    """What the receipt tells beside number and PIN."""

    title: str
    received_at: datetime
    verify_by: datetime


def filed(complaint_id: uuid.UUID) -> FiledReport:
    """A report that is known to be there. One query."""
    columns = Complaint.title, Complaint.received_at, Complaint.verify_due_at
    return FiledReport(*db.session.execute(select(*columns).where(Complaint.id == complaint_id)).one())


def tracked(number: str, *, full: bool) -> TrackedReport | None:
    """The report with this number in the bound city, or None."""
    row = _row(number)
    if row is None:
        return None
    complaint: Complaint = row[0]
    rules = statute.load(complaint.received_at)
    now = clock.now()
    common: dict[str, Any] = {
        "id": complaint.id,
        "number": complaint.number,
        "received_at": complaint.received_at,
        "status": status_view(complaint.status, department=row.department),
        "steps": steps_of(complaint),
        "deadline": due.view(complaint.status, complaint.due_at, now, rules.calendar),
        "escalated": _escalated(complaint, rules.calendar.tz, now),
        "elsewhere": elsewhere_of(complaint, full=full),
        "is_full": full,
    }
    details = _details(complaint, row, rules, now) if full else _NOTHING
    return TrackedReport(**common, **details)


#: levels whose step the reporter may know of: below them the officer in charge is reminded, which is no news;
#: above them the province counts the report and does not read it
TOLD = range(DEPARTMENT_HEAD_LEVEL, REGIONAL_HEAD_LEVEL + 1)
_STEPS = (
    select(ComplaintEvent.data, ComplaintEvent.occurred_at)
    .where(ComplaintEvent.complaint_id == bindparam("complaint_id"), ComplaintEvent.act == Act.ESCALATE)
    .order_by(ComplaintEvent.sequence.desc())
    .limit(len(TOLD) + 1)
)


def _escalated(complaint: Complaint, zone: ZoneInfo, now: datetime) -> str | None:
    is_late = complaint.due_at is not None and complaint.due_at < now
    if not is_late or complaint.escalation_level < DEPARTMENT_HEAD_LEVEL:
        return None
    steps = db.session.execute(_STEPS, {"complaint_id": complaint.id})
    step = next((each for each in steps if each.data["level"] in TOLD), None)
    if step is None:
        return None
    on = formats.long_date(step.occurred_at, zone)
    return f"Laporan ini sudah diteruskan kepada {step.data['target_name']} pada {on}."


_REPORT = named_case()


def _row(number: str) -> Row[*tuple[Any, ...]] | None:
    return db.session.execute(_REPORT, {"number": number}).first()


_NOTHING: dict[str, Any] = {
    "title": "",
    "body": "",
    "kind_label": "",
    "category": "",
    "place": "",
    "timeline": [],
    "attachments": [],
    "sp4n_number": None,
    "can_rate": False,
    "can_reopen": False,
    "can_provide_info": False,
    "reopen_until": None,
    "rating": None,
}


def _details(
    complaint: Complaint, row: Row[*tuple[Any, ...]], rules: Statute, now: datetime
) -> dict[str, Any]:
    files = attachments_of(complaint.id, public_only=True)
    rating = _rating(complaint)
    until = reopen_until(complaint, rules)
    sync = sync_of([complaint.id]).get(complaint.id)
    return {
        "title": complaint.title,
        "body": complaint.body,
        "kind_label": KINDS[complaint.kind],
        "category": row.category,
        "place": place_of(complaint.landmark, row.village, row.district),
        "timeline": timeline(complaint.id, files, public_only=True),
        "attachments": files.get(None, []),
        "sp4n_number": sync.number if sync else None,
        "can_rate": rating is None and workflow.transition(complaint.status, Act.RATE) is not None,
        "can_reopen": until is not None and now <= until,
        "can_provide_info": workflow.transition(complaint.status, Act.PROVIDE_INFO) is not None,
        "reopen_until": until,
        "rating": rating,
    }


_RATING = select(Rating).where(
    Rating.complaint_id == bindparam("complaint"), Rating.round == bindparam("round")
)


def _rating(complaint: Complaint) -> RatingView | None:
    asked = {"complaint": complaint.id, "round": complaint.reopened}
    row = db.session.scalars(_RATING, asked).first()
    return None if row is None else RatingView(row.score, SOLVED[row.solved], row.comment, row.rated_at)


def steps_of(complaint: Complaint) -> list[Step]:
    """The five steps with what is done, what goes on and what comes."""
    reached = (
        complaint.received_at,
        complaint.assigned_at or complaint.verified_at,
        complaint.first_answered_at,
        complaint.responded_at,
        complaint.closed_at if complaint.status == workflow.COMPLETED else None,
    )
    current = status_view(complaint.status).step
    steps = []
    for place, (label, at) in enumerate(zip(STEPS, reached, strict=True), start=1):
        if current is None:
            state = "done" if at is not None else "next"
        elif complaint.status == workflow.COMPLETED or place < current:
            state = "done"
        else:
            state = "now" if place == current else "next"
        steps.append(Step(label, at if state != "next" else None, state, None))
    return steps
