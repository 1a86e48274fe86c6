"""Cases in every status, and every act with everything it needs, for tests of casework."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, text, update

from complaints.acts import clock_acts, desk, groups, handling, intake, reporter, sorting, units
from complaints.acts.engine import SYSTEM, Actor, Done, Entry, perform
from complaints.acts.moves import sending
from complaints.models import Category, Complaint, ComplaintEvent, Disposition, Rating
from complaints.permissions import GRANTS
from complaints.workflow import Act
from core.db.transaction import unit_of_work
from core.extensions import db
from core.outbox.models import OutboxMessage
from tenants.models import Officer, Tenant
from tests.conftest import City, submission

LONG = "Tulisan yang cukup panjang untuk semua tindakan."
#: what a filled form of verification sends beside category and version
VERIFIED: dict[str, Any] = {
    "classification": "unsupervised",
    "checks": ["clear", "place", "jurisdiction", "single"],
}
#: how a new report gets to each status
WAYS = {
    "received": [],
    "deferred": ["defer"],
    "verified": ["verify"],
    "assigned": ["verify", "assign"],
    "in_progress": ["verify", "assign", "follow_up"],
    "proposed": ["verify", "assign", "propose"],
    "responded": ["verify", "respond"],
    "reporter_replied": ["verify", "respond", "provide_info"],
    "completed": ["verify", "respond", "close"],
    "reopened": ["verify", "respond", "reopen"],
    "declined": ["decline_jurisdiction"],
    "archived": ["archive"],
    "merged": ["merge"],
}
#: acts that `do` knows: every one but undo, which takes back another act
ACTS = (
    "verify", "recategorise", "mark_confidential", "assign", "accept", "hand_over", "return", "follow_up",
    "propose", "approve", "send_back", "respond", "close", "extend", "escalate", "decline_jurisdiction",
    "transfer", "defer", "resume", "archive", "merge", "unmerge", "link_parent", "unlink_parent", "note",
    "provide_info", "rate", "reopen",
)  # fmt: skip
#: who does what the administrator does not
BY_UNIT = frozenset({"accept", "return", "propose"})
Filing = Callable[..., Any]


def officer_of(city: City, role: str = "city_administrator", *, name: str = "Rina") -> Actor:
    """An officer with the rights of a role, as the views make one."""
    return Actor("officer", f"Petugas {city.slug}", None, name, GRANTS.get(role, frozenset()))


def usual_actor(act: str, city: City) -> Actor:
    """Somebody who may do the act."""
    if act == "escalate":
        return SYSTEM
    return officer_of(city, "liaison_officer" if act in BY_UNIT else "city_administrator")


def do(
    act: str, case_id: uuid.UUID, city: City, actor: Actor | None = None, version: int | None = None
) -> Done:
    """The act with all it needs, through the function the views call, in the city that is bound.

    What it needs beside the case is found or filed here: a main report, a colleague, another city.
    """
    return _CALLS[act](case_id, city, actor or usual_actor(act, city), version)


def _escalate(case_id: uuid.UUID, actor: Actor, version: int | None) -> Done:
    entry = Entry(is_public=False, data={"level": 1, "target_name": "kepala unit"})
    with unit_of_work():
        return perform(case_id, Act.ESCALATE, actor, entry, fields={"level": 1}, version=version)


def _other_category(case_id: uuid.UUID) -> uuid.UUID:
    own = select(Complaint.category_id).where(Complaint.id == case_id).scalar_subquery()
    return _one(select(Category.id).where(Category.id != own, Category.is_active).limit(1))


def _colleague(city: City) -> uuid.UUID:
    return _one(select(Officer.id).where(Officer.email == city.officers["handler"]))


def _another_city(city: City) -> int:
    query = select(Tenant.id).where(
        Tenant.id != city.id, Tenant.kind != "province", Tenant.status == "active"
    )
    return int(_one(query.limit(1)))


def _another_case() -> uuid.UUID:
    return intake.submit(submission()).complaint_id


def _one(query: Any) -> Any:
    found = db.session.scalar(query)
    db.session.rollback()
    assert found is not None, "nothing to do the act with"
    return found


Call = Callable[[uuid.UUID, City, Actor, int | None], Done]
_CALLS: dict[str, Call] = {
    "verify": lambda c, _, by, v: desk.verify(c, by, classification="unsupervised", version=v),
    "recategorise": lambda c, _, by, v: sorting.recategorise(
        c, by, category_id=_other_category(c), version=v
    ),
    "mark_confidential": lambda c, _, by, v: sorting.mark_confidential(c, by, reason=LONG, version=v),
    "assign": lambda c, city, by, v: desk.assign(c, by, department_id=city.departments["pupr"], version=v),
    "accept": lambda c, _, by, v: units.accept(c, by, version=v),
    "hand_over": lambda c, city, by, v: units.hand_over(c, by, handler_id=_colleague(city), version=v),
    "return": lambda c, _, by, v: units.return_to_desk(c, by, reason=LONG, version=v),
    "follow_up": lambda c, _, by, v: handling.follow_up(c, by, text=LONG, version=v),
    "propose": lambda c, _, by, v: units.propose(c, by, text=LONG, version=v),
    "approve": lambda c, _, by, v: units.approve(c, by, text=LONG, version=v),
    "send_back": lambda c, _, by, v: units.send_back(c, by, reason=LONG, version=v),
    "respond": lambda c, _, by, v: handling.respond(c, by, text=LONG, version=v),
    "close": lambda c, _, by, v: desk.close(c, by, version=v),
    "extend": lambda c, _, by, v: clock_acts.extend(c, by, working_days=5, reason=LONG, version=v),
    "escalate": lambda c, _, by, v: _escalate(c, by, v),
    "decline_jurisdiction": lambda c, _, by, v: desk.decline_jurisdiction(
        c, by, institution="Instansi lain", reason=LONG, version=v
    ),
    "transfer": lambda c, city, by, v: sending.transfer(
        c, by, target=_another_city(city), reason=LONG, version=v
    ),
    "defer": lambda c, _, by, v: desk.defer(c, by, text=LONG, version=v),
    "resume": lambda c, _, by, v: clock_acts.resume(c, by, reason=LONG, version=v),
    "archive": lambda c, _, by, v: desk.archive(c, by, reason="Bukan pengaduan", version=v),
    "merge": lambda c, _, by, v: groups.merge(c, by, main=_another_case(), version=v),
    "unmerge": lambda c, _, by, v: groups.unmerge(c, by, reason=LONG, version=v),
    "link_parent": lambda c, _, by, v: groups.link_parent(c, by, parent=_another_case(), version=v),
    "unlink_parent": lambda c, _, by, v: groups.unlink_parent(c, by, version=v),
    "note": lambda c, _, by, _v: desk.note(c, by, text=LONG),
    "provide_info": lambda c, *_: reporter.provide_info(c, text=LONG),
    "rate": lambda c, *_: reporter.rate(c, score=4, solved="yes"),
    "reopen": lambda c, *_: reporter.reopen(c, reason=LONG),
}


def case_in(status: str, city: City, file_report: Filing) -> uuid.UUID:
    """A new case brought to a status by acts."""
    case_id: uuid.UUID = file_report(city).complaint_id
    for act in WAYS[status]:
        do(act, case_id, city)
    return case_id


def ready_for(act: str, case_id: uuid.UUID, city: City) -> None:
    """What an act needs of the case itself beyond its status, whatever that status is."""
    if act == "hand_over":
        _set(case_id, department_id=city.departments["pupr"])
    if act == "unlink_parent":
        _set(case_id, parent_id=_another_case())


def _set(case_id: uuid.UUID, **values: Any) -> None:
    with unit_of_work() as session:
        session.execute(update(Complaint).where(Complaint.id == case_id).values(**values))


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
