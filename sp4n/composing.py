"""What is sent, put together from the case: texts, files, flags and the ids the other side knows things by.

Invariant: of an anonymous report no name, phone or e-mail leaves, and of no report an internal entry.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from complaints import workflow
from complaints.labels import act_title
from complaints.models import Attachment, Category, Complaint, ComplaintEvent, Reporter
from core.db.transaction import unit_of_work
from core.outbox.relay import DoNotTry, TryLater
from core.storage import StorageError, StorageMissing, store
from sp4n.contract import AddFollowup, CreateComplaint, Institution, NewUser, UploadFile
from sp4n.models import Sp4nMapping
from sp4n.settings import Connection
from tenants.models import Area, Department

#: how a reporter who wants to stay unknown is called there
ANONYMOUS = "Anonim"
TAG_PREFIX = "#SA-"
#: marks a report that only tried the connection; it is no report of anybody
TEST_TAG = "#SA-UJI"
#: acts whose text stands alone; the others are headed with what was done
_PLAIN = (workflow.Act.FOLLOW_UP, workflow.Act.RESPOND)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the case, by its place in the store."""

    name: str
    media_type: str
    key: str


class Unmapped(NamedTuple):
    """A thing of ours nobody has mapped, and the number of the settings that goes in its place."""

    kind: str
    key: str
    number: int


@dataclass(frozen=True, slots=True)
class OutgoingReport:
    """A report ready to be filed there; its files are uploaded before it."""

    complaint: CreateComplaint
    tag: str
    files: tuple[StoredFile, ...]
    unmapped: tuple[Unmapped, ...] = ()

    def naming(self, attachment_ids: tuple[int, ...]) -> CreateComplaint:
        """The report with the numbers its files got there."""
        return replace(self.complaint, attachment_ids=attachment_ids)


@dataclass(frozen=True, slots=True)
class OutgoingAnswer:
    """An act as an answer in the thread. `sender_id` is the department's own number where one is known."""

    content: str = field(repr=False)
    sender_id: int
    is_secret: bool
    files: tuple[StoredFile, ...]
    unmapped: tuple[Unmapped, ...] = ()

    def to(self, external_id: str, user_id: int, files: tuple[UploadFile, ...]) -> AddFollowup:
        """The answer for the thread of the report with this number there."""
        return AddFollowup(
            complaint_id=external_id,
            institution_from_id=self.sender_id,
            content=self.content,
            user_id=user_id,
            is_secret=self.is_secret,
            attachments=files,
        )


@dataclass(frozen=True, slots=True)
class OutgoingDecline:
    """ "Bukan wewenang". `institution_id` is None where nobody has mapped the name yet."""

    institution: str
    institution_id: int | None
    reason: str

    def target(self, institutions: Callable[[], Iterable[Institution]]) -> int:
        """The number of the institution an officer named: mapped by a person, or of exactly that name.

        `institutions` is asked only where it is not mapped. Raises DoNotTry when there is none.
        """
        wanted = " ".join(self.institution.split()).casefold()
        found = self.institution_id or next(
            (each.id for each in institutions() if " ".join(each.name.split()).casefold() == wanted), None
        )
        if found is None:
            raise DoNotTry(f"Instansi “{self.institution}” belum dipetakan ke SP4N")
        return found


def tag_of(number: str) -> str:
    """Our reference in the other side's tags, by which a report is found again."""
    return f"{TAG_PREFIX}{number}"


def report(complaint_id: uuid.UUID, connection: Connection) -> OutgoingReport:
    """The report as filed, with an officer's correction of its text. Raises DoNotTry when it is gone."""
    with unit_of_work() as session:
        case = filed(session, complaint_id)
        complaint = case.complaint
        values = _Values(session)
        return OutgoingReport(
            CreateComplaint(
                title=complaint.title,
                content=content(case, connection.text_sent),
                reporter=_reporter(case),
                channel=connection.channel_id,
                classification_id=values.of(
                    "classification",
                    complaint.classification or complaint.kind,
                    connection.classification_id,
                ),
                category_id=values.of("category", case.category, connection.category_id),
                location_id=connection.location_id,
                disposition_id=connection.institution_id,
                tags=(tag_of(complaint.number),),
                incident_on=complaint.incident_on,
                is_anonymous=complaint.is_anonymous,
                is_secret=complaint.is_confidential,
            ),
            tag_of(complaint.number),
            _files(session, complaint_id, None),
            tuple(values.unmapped),
        )


def answer(event_id: uuid.UUID, connection: Connection) -> OutgoingAnswer:
    """A public act in words. Raises DoNotTry when there is none of this id."""
    with unit_of_work() as session:
        event, complaint = _event(session, event_id)
        department = session.scalar(select(Department.code).where(Department.id == complaint.department_id))
        values, sender = _Values(session), connection.institution_id
        if department:
            sender = values.of("department", department, sender)
        return OutgoingAnswer(
            content_of(event),
            sender,
            complaint.is_confidential,
            _files(session, complaint.id, event_id),
            tuple(values.unmapped),
        )


def decline(event_id: uuid.UUID) -> OutgoingDecline:
    """Which institution is competent, and why. Raises DoNotTry when there is no such act."""
    with unit_of_work() as session:
        event, _ = _event(session, event_id)
        name = str(event.data.get("institution") or "")
        return OutgoingDecline(name, _mapped(session, "institution", name), event.text or "")


def content_of(event: ComplaintEvent) -> str:
    """The words of an act as they are sent: those the reporter reads here."""
    if event.act in _PLAIN and event.text:
        return event.text
    title = act_title(event.act, event.data)
    return f"{title}: {event.text}" if event.text else f"{title}."


def read(files: tuple[StoredFile, ...]) -> list[UploadFile]:
    """The files with their bytes; read outside any transaction. Raises DoNotTry when one is lost."""
    try:
        return [UploadFile(file.name, store().get(file.key), file.media_type) for file in files]
    except StorageMissing as error:
        raise DoNotTry("Lampiran tidak ditemukan di penyimpanan") from error
    except StorageError as error:
        raise TryLater("Penyimpanan lampiran sedang tidak dapat dibaca") from error


@dataclass(frozen=True, slots=True)
class Filed:
    """A case with the names that belong to it."""

    complaint: Complaint
    reporter: Reporter
    category: str
    village: str | None
    district: str | None


def filed(session: Session, complaint_id: uuid.UUID) -> Filed:
    """The case as it is in the database now. Raises DoNotTry when it is gone."""
    village, district = aliased(Area), aliased(Area)
    row = session.execute(
        select(Complaint, Reporter, Category.code, village.name, district.name)
        .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
        .join(Reporter, (Reporter.tenant_id == Complaint.tenant_id) & (Reporter.complaint_id == Complaint.id))
        .outerjoin(village, (village.tenant_id == Complaint.tenant_id) & (village.id == Complaint.village_id))
        .outerjoin(
            district, (district.tenant_id == Complaint.tenant_id) & (district.id == Complaint.district_id)
        )
        .where(Complaint.id == complaint_id)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise DoNotTry("Laporan sudah tidak ada")
    return Filed(*row)


def content(case: Filed, text_sent: str = "final") -> str:
    """Body and place: the other side has no field for a place as fine as ours."""
    complaint = case.complaint
    body = (complaint.final_body if text_sent == "final" else None) or complaint.body
    return placed(body, complaint.landmark, case.village, case.district)


def placed(body: str, *parts: str | None) -> str:
    """The text with the place under it, where one is known."""
    place = ", ".join(part for part in parts if part)
    return f"{body}\n\nLokasi kejadian: {place}" if place else body


def _reporter(case: Filed) -> NewUser:
    if case.complaint.is_anonymous:
        return NewUser(ANONYMOUS)
    return NewUser(case.reporter.name, case.reporter.email or "", case.reporter.phone or "")


def _event(session: Session, event_id: uuid.UUID) -> tuple[ComplaintEvent, Complaint]:
    row = session.execute(
        select(ComplaintEvent, Complaint)
        .join(
            Complaint,
            (Complaint.tenant_id == ComplaintEvent.tenant_id) & (Complaint.id == ComplaintEvent.complaint_id),
        )
        .where(ComplaintEvent.id == event_id, ComplaintEvent.visibility == "public")
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise DoNotTry("Tindakan ini tidak ada atau tidak untuk umum")
    return row[0], row[1]


def _files(session: Session, complaint_id: uuid.UUID, event_id: uuid.UUID | None) -> tuple[StoredFile, ...]:
    rows = session.execute(
        select(Attachment.name, Attachment.media_type, Attachment.storage_key)
        .where(
            Attachment.complaint_id == complaint_id,
            Attachment.event_id == event_id,
            Attachment.is_public,
        )
        .order_by(Attachment.id)
    )
    return tuple(StoredFile(*row) for row in rows)


class _Values:
    """Numbers there of our things. What is not mapped takes the one of the settings, and is remembered."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.unmapped: list[Unmapped] = []

    def of(self, kind: str, key: str, otherwise: int) -> int:
        found = _mapped(self._session, kind, key)
        if found is None:
            self.unmapped.append(Unmapped(kind, key, otherwise))
        return found or otherwise


def _mapped(session: Session, kind: str, local_key: str) -> int | None:
    found = session.scalar(
        select(Sp4nMapping.remote_id).where(Sp4nMapping.kind == kind, Sp4nMapping.local_key == local_key)
    )
    return int(found) if found is not None and found.isdigit() else None
