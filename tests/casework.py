"""Cases in every status, and every act with everything it needs, for tests of casework."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, text

from complaints.acts import desk, handling, reporter
from complaints.acts.engine import Actor, Done
from complaints.models import Complaint, ComplaintEvent, Disposition, Rating
from complaints.permissions import GRANTS
from core.db.transaction import unit_of_work
from core.extensions import db
from core.outbox.models import OutboxMessage
from tests.conftest import City

LONG = "Tulisan yang cukup panjang untuk semua tindakan."
#: what a filled form of verification sends beside category and version
VERIFIED: dict[str, Any] = {
    "classification": "unsupervised",
    "checks": ["clear", "place", "jurisdiction", "single"],
}
#: how a new report gets to each status; no act leads to `merged`
WAYS = {
    "received": [],
    "deferred": ["defer"],
    "verified": ["verify"],
    "assigned": ["verify", "assign"],
    "in_progress": ["verify", "assign", "follow_up"],
    "responded": ["verify", "respond"],
    "reporter_replied": ["verify", "respond", "provide_info"],
    "completed": ["verify", "respond", "close"],
    "reopened": ["verify", "respond", "reopen"],
    "declined": ["decline_jurisdiction"],
    "archived": ["archive"],
    "merged": [],
}
#: acts that `do` knows
ACTS = (
    "verify", "assign", "follow_up", "respond", "close", "decline_jurisdiction", "defer", "archive", "note",
    "provide_info", "rate", "reopen",
)  # fmt: skip
Filing = Callable[..., Any]


def officer_of(city: City, role: str = "city_administrator", *, name: str = "Rina") -> Actor:
    """An officer with the rights of a role, as the views make one."""
    return Actor("officer", f"Petugas {city.slug}", None, name, GRANTS.get(role, frozenset()))


def do(
    act: str, case_id: uuid.UUID, city: City, actor: Actor | None = None, version: int | None = None
) -> Done:
    """The act with all it needs, through the function the views call, in the city that is bound."""
    by = actor or officer_of(city)
    calls: dict[str, Callable[[], Done]] = {
        "verify": lambda: desk.verify(case_id, by, classification="unsupervised", version=version),
        "assign": lambda: desk.assign(case_id, by, department_id=city.departments["pupr"], version=version),
        "follow_up": lambda: handling.follow_up(case_id, by, text=LONG, version=version),
        "respond": lambda: handling.respond(case_id, by, text=LONG, version=version),
        "close": lambda: desk.close(case_id, by, version=version),
        "decline_jurisdiction": lambda: desk.decline_jurisdiction(
            case_id, by, institution="Instansi lain", reason=LONG, version=version
        ),
        "defer": lambda: desk.defer(case_id, by, text=LONG, version=version),
        "archive": lambda: desk.archive(case_id, by, reason="Bukan pengaduan", version=version),
        "note": lambda: desk.note(case_id, by, text=LONG),
        "provide_info": lambda: reporter.provide_info(case_id, text=LONG),
        "rate": lambda: reporter.rate(case_id, score=4, solved="yes"),
        "reopen": lambda: reporter.reopen(case_id, reason=LONG),
    }
    return calls[act]()


def case_in(status: str, city: City, file_report: Filing) -> uuid.UUID:
    """A new case brought to a status by acts."""
    case_id: uuid.UUID = file_report(city).complaint_id
    if status == "merged":
        statement = text("UPDATE complaint SET status = 'merged', due_at = NULL WHERE id = :id")
        with unit_of_work() as session:
            session.execute(statement, {"id": case_id})
    for act in WAYS[status]:
        do(act, case_id, city)
    return case_id


def state_of(case_id: uuid.UUID) -> tuple[Any, ...]:
    """Everything an act may change: the row, and its number of entries, ratings, dispositions, messages."""
    statement = text("SELECT complaint::text FROM complaint WHERE id = :id")
    row = db.session.execute(statement, {"id": case_id}).scalar_one()
    belongings = (
        (ComplaintEvent, ComplaintEvent.complaint_id),
        (Rating, Rating.complaint_id),
        (Disposition, Disposition.complaint_id),
        (OutboxMessage, OutboxMessage.subject_id),
    )
    counts = [
        db.session.scalar(select(func.count()).select_from(model).where(column == case_id))
        for model, column in belongings
    ]
    db.session.rollback()
    return (row, *counts)


def status_of(case_id: uuid.UUID) -> str:
    """The stored status."""
    found = db.session.scalar(select(Complaint.status).where(Complaint.id == case_id))
    db.session.rollback()
    return str(found)


def version_of(case_id: uuid.UUID) -> int:
    """The stored version."""
    version = db.session.scalar(select(Complaint.version).where(Complaint.id == case_id))
    db.session.rollback()
    assert version is not None
    return version
