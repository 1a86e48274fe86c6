"""Filing a report: one transaction writes the case, its reporter, its files, its first history entry and
its message out.

The form's key makes it safe to send twice: the second time finds the first report.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import IntegrityError

from complaints import numbering, statute, workflow
from complaints.acts.engine import REPORTER, SP4N, Actor, Entry, entered, set_due, snapshot
from complaints.acts.uploads import MOST_FILES
from complaints.events import ActRecorded, ComplaintSubmitted
from complaints.models import Category, Complaint, ComplaintEvent, Reporter, TrackingAccess
from complaints.statute import Statute
from complaints.workflow import Act
from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import FieldProblem
from core.extensions import db
from core.ids import uuid7
from tenants.models import Area, Tenant

_NUMBER_TRIES = 6
Draw = Callable[[int], int]
#: a statement on the table itself: no file of the form is an object of this session
_ADOPT_FILES = text(
    # a form sent twice at once brings its files twice
    "UPDATE attachment SET complaint_id = :complaint WHERE id IN (SELECT id FROM ("
    "SELECT DISTINCT ON (sha256) id, created_at FROM attachment"
    " WHERE form_key = :key AND complaint_id IS NULL ORDER BY sha256, created_at, id"
    ") AS each ORDER BY created_at, id LIMIT :most)"
)


@dataclass(frozen=True, slots=True)
class Submission:
    """A report as the form gives it, already checked for shape. Phone in E.164."""

    form_key: uuid.UUID
    kind: str
    title: str
    body: str
    category_id: uuid.UUID
    incident_on: date
    village_id: uuid.UUID | None  # None only for what the national side does not place
    landmark: str
    name: str
    phone: str | None
    email: str | None
    is_anonymous: bool
    is_confidential: bool
    channel: str = "web"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter gets. The PIN can be made again from the form key, and only from it."""

    complaint_id: uuid.UUID
    number: str
    pin: str


def pin_key() -> bytes:
    """The deployment's key for PINs."""
    key: bytes = current_app.extensions["pin_key"]
    return key


def submit(submission: Submission, *, randbelow: Draw = secrets.randbelow) -> Receipt:
    """File the report, or find the one already filed with this form. Raises FieldProblem.

    `randbelow` draws the number; anything but the default is for sample data that must come out the same.
    """
    for _ in range(_NUMBER_TRIES):
        try:
            with unit_of_work():
                complaint = create(submission, REPORTER, randbelow=randbelow)
            return _receipt(complaint.id, complaint.number, submission.form_key)
        except IntegrityError as clash:
            if "uq_complaint" not in str(clash.orig):
                raise
            existing = _already_filed(submission.form_key)
            if existing is not None:
                return existing
    raise RuntimeError("no free tracking number was found")


def create(
    submission: Submission,
    actor: Actor,
    *,
    received_at: datetime | None = None,
    randbelow: Draw = secrets.randbelow,
) -> Complaint:
    """Write the case in the present transaction.

    Used by the form and by what comes from the national side.
    """
    session = db.session()
    letters, district_id = _surroundings(submission)
    at = received_at or clock.now()
    rules = statute.load(at)
    number = numbering.tracking_number(letters, rules.on(at), randbelow)
    complaint, event = composed(submission, actor, number, district_id, rules, at)
    session.add(complaint)
    session.flush()
    session.add_all([event, *secrets_of(complaint, submission)])
    files = {"complaint": complaint.id, "key": submission.form_key, "most": MOST_FILES}
    session.execute(_ADOPT_FILES, files)
    session.flush()
    if actor is not SP4N:
        events.publish(ComplaintSubmitted(complaint.id, complaint.channel))
    after = snapshot(complaint, rules)
    events.publish(ActRecorded(complaint.id, event.id, Act.SUBMIT, actor.kind, True, False, None, after))
    return complaint


def composed(
    submission: Submission,
    actor: Actor,
    number: str,
    district_id: uuid.UUID | None,
    rules: Statute,
    at: datetime,
) -> tuple[Complaint, ComplaintEvent]:
    """The case of a report received at `at`, and the first entry of its history; nothing is written yet."""
    complaint = Complaint(
        id=uuid7(),
        number=number,
        form_key=submission.form_key,
        status=workflow.RECEIVED,
        kind=submission.kind,
        channel=submission.channel,
        title=submission.title,
        body=submission.body,
        category_id=submission.category_id,
        incident_on=submission.incident_on,
        district_id=district_id,
        village_id=submission.village_id,
        landmark=submission.landmark,
        is_anonymous=submission.is_anonymous,
        is_confidential=submission.is_confidential,
        received_at=at,
        version=1,
        last_event=0,
        last_hash="",
        reopened=0,
        intervals=[],
        external={},
    )
    set_due(complaint, rules)
    return complaint, entered(complaint, Act.SUBMIT, actor, Entry(), None, at)


def secrets_of(complaint: Complaint, submission: Submission) -> tuple[Reporter, TrackingAccess]:
    """Who reported, and what the report is tracked with; not written yet."""
    reporter = Reporter(
        complaint_id=complaint.id, name=submission.name, phone=submission.phone, email=submission.email
    )
    pin = numbering.pin(pin_key(), _seed(submission.form_key))
    digest = numbering.pin_digest(pin_key(), bound_tenant_id(), complaint.id, pin)
    return reporter, TrackingAccess(complaint_id=complaint.id, pin_digest=digest)


def _seed(form_key: uuid.UUID) -> str:
    return f"{bound_tenant_id()}:{form_key}"


def _receipt(complaint_id: uuid.UUID, number: str, form_key: uuid.UUID) -> Receipt:
    return Receipt(complaint_id, number, numbering.pin(pin_key(), _seed(form_key)))


_FILED = select(Complaint.id, Complaint.number).where(Complaint.form_key == bindparam("key"))


def _already_filed(form_key: uuid.UUID) -> Receipt | None:
    row = db.session.execute(_FILED, {"key": form_key}).first()
    return None if row is None else _receipt(row.id, row.number, form_key)


def receipt_for(form_key: uuid.UUID) -> Receipt | None:
    """The receipt of a report filed with this form key, or None."""
    return _already_filed(form_key)


_SURROUNDINGS = (
    select(Tenant.letters, Category.is_active, Area.parent_id)
    .select_from(Tenant)
    .outerjoin(Category, (Category.tenant_id == Tenant.id) & (Category.id == bindparam("category")))
    .outerjoin(Area, (Area.tenant_id == Tenant.id) & (Area.id == bindparam("village")) & (Area.level == 2))
    .where(Tenant.id == bindparam("tenant"))
)


def _surroundings(submission: Submission) -> tuple[str, uuid.UUID | None]:
    """The city's letters and the village's district. Raises FieldProblem."""
    asked = {
        "tenant": bound_tenant_id(),
        "category": submission.category_id,
        "village": submission.village_id,
    }
    letters, category_is_active, district_id = db.session.execute(_SURROUNDINGS, asked).one()
    if submission.village_id is not None and district_id is None:
        raise FieldProblem("village", "Pilih kelurahan atau desa")
    _require_active(category_is_active)
    return letters, district_id


_IS_ACTIVE = select(Category.is_active).where(Category.id == bindparam("category"))


def check_category(category_id: uuid.UUID) -> None:
    """Raises FieldProblem unless it is an active category of the bound city."""
    _require_active(db.session.scalar(_IS_ACTIVE, {"category": category_id}))


def _require_active(is_active: bool | None) -> None:
    if is_active is None:
        raise FieldProblem("category", "Pilih kategori yang paling sesuai")
    if not is_active:
        raise FieldProblem("category", "Kategori ini sudah tidak dipakai, pilih kategori lain")
