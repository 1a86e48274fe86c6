"""The timeline of a case and its attachments, as plain values."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select

from complaints import evidence
from complaints.labels import SCORES, SOLVED, act_title
from complaints.models import Attachment, Complaint, ComplaintEvent
from complaints.workflow import Act
from core import formats
from core.extensions import db

LONGEST_TIMELINE = 500


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file as a page links to it."""

    id: str
    name: str
    url: str
    thumb_url: str | None
    is_image: bool
    size: int
    width: int | None
    height: int | None
    stage: str | None = None  # before | after the work
    fact: str | None = None  # when it was taken; for officers
    warning: str | None = None  # where it was seen before; for officers


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of the timeline, newest first on pages."""

    id: str
    at: datetime
    actor: str
    title: str
    text: str | None
    kind: str  # public | internal | system | sp4n
    attachments: list[AttachmentView]
    is_undone: bool = False


def attachment_view(row: Attachment, case: Complaint | None = None) -> AttachmentView:
    """The page's view of a stored file; with the case also what the photo says about itself, for officers."""
    url = f"/lampiran/{row.id}"
    fact = warning = None
    if case is not None and row.captured_at is not None:
        fact = evidence.when_taken(row.captured_at, case.received_at)
    if case is not None and row.seen_in and row.seen_how:
        warning = evidence.seen_before(row.seen_in, row.seen_how, case.number)
    return AttachmentView(
        id=str(row.id),
        name=row.name,
        url=url,
        thumb_url=f"{url}?ukuran=kecil" if row.thumbnail_key else None,
        is_image=row.media_type.startswith("image/"),
        size=row.size,
        width=row.width,
        height=row.height,
        stage=row.stage,
        fact=fact,
        warning=warning,
    )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file with what its access check needs."""

    name: str
    media_type: str
    storage_key: str
    thumbnail_key: str | None
    is_public: bool
    number: str
    department_id: uuid.UUID | None
    copied_to: list[str]


def stored_file(attachment_id: uuid.UUID) -> StoredFile | None:
    """A file of a sent report of the bound city, or None."""
    row = db.session.execute(
        select(
            Attachment.name,
            Attachment.media_type,
            Attachment.storage_key,
            Attachment.thumbnail_key,
            Attachment.is_public,
            Complaint.number,
            Complaint.department_id,
            Complaint.copied_to,
        )
        .join(
            Complaint,
            (Complaint.tenant_id == Attachment.tenant_id) & (Complaint.id == Attachment.complaint_id),
        )
        .where(Attachment.id == attachment_id)
    ).first()
    return None if row is None else StoredFile(*row)


_FILES = (
    select(Attachment).where(Attachment.complaint_id == bindparam("complaint_id")).order_by(Attachment.id)
)
_PUBLIC_FILES = _FILES.where(Attachment.is_public)
_ENTRIES = (
    select(ComplaintEvent)
    .where(ComplaintEvent.complaint_id == bindparam("complaint_id"))
    .order_by(ComplaintEvent.sequence.desc())
    .limit(LONGEST_TIMELINE)
)


def attachments_of(
    complaint_id: uuid.UUID, *, public_only: bool, case: Complaint | None = None
) -> dict[uuid.UUID | None, list[AttachmentView]]:
    """Files by the history entry they belong to; None: those of the report itself.

    `case` is given for officers, who read what photos say about themselves.
    """
    statement = _PUBLIC_FILES if public_only else _FILES
    found: dict[uuid.UUID | None, list[AttachmentView]] = {}
    for row in db.session.scalars(statement, {"complaint_id": complaint_id}):
        found.setdefault(row.event_id, []).append(attachment_view(row, case))
    return found


def timeline(
    complaint_id: uuid.UUID,
    files: dict[uuid.UUID | None, list[AttachmentView]],
    *,
    public_only: bool,
    kinds: Iterable[str] | None = None,
) -> list[TimelineEntry]:
    """Entries, newest first. The reporter sees public ones and officers by role, never by name."""
    found = db.session.scalars(_ENTRIES, {"complaint_id": complaint_id}).all()
    undone = {event.data.get("undoes") for event in found if event.act == Act.UNDO}
    entries = [
        _entry(event, files, by_name=not public_only, is_undone=str(event.id) in undone)
        for event in found
        if not public_only or (event.visibility == "public" and str(event.id) not in undone)
    ]
    wanted = None if kinds is None else frozenset(kinds)
    return [entry for entry in entries if wanted is None or entry.kind in wanted]


def _entry(
    event: ComplaintEvent,
    files: dict[uuid.UUID | None, list[AttachmentView]],
    *,
    by_name: bool,
    is_undone: bool,
) -> TimelineEntry:
    name = _who(event.data) if by_name else None
    return TimelineEntry(
        id=str(event.id),
        at=event.occurred_at,
        actor=f"{name} ({event.actor_label})" if name else event.actor_label,
        title=act_title(event.act, event.data),
        text=_text(event),
        kind=_kind(event),
        attachments=files.get(event.id, []),
        is_undone=is_undone,
    )


def _who(data: dict[str, Any]) -> str | None:
    """The officer's name; a substitute's with the absent colleague's."""
    name: str | None = data.get("actor_name")
    absent = data.get("substitute_for")
    return f"{name}, pengganti {absent}" if name and absent else name


def _kind(event: ComplaintEvent) -> str:
    if event.actor_kind == "sp4n":
        return "sp4n"
    if event.actor_kind == "system":
        return "system"
    return event.visibility


def _work(data: dict[str, Any]) -> str:
    """Day and progress of a piece of work, where the officer gave them."""
    facts = []
    if worked_on := data.get("worked_on"):
        facts.append(f"Dikerjakan {formats.long_date(date.fromisoformat(worked_on))}.")
    if (progress := data.get("progress")) is not None:
        facts.append(f"Kemajuan {progress}%.")
    return " ".join(facts)


def _text(event: ComplaintEvent) -> str | None:
    if event.act == Act.FOLLOW_UP:
        return "\n".join(part for part in (event.text, _work(event.data)) if part)
    if event.act != "rate":
        return event.text
    score, solved = event.data.get("score"), event.data.get("solved")
    judged = f"{SCORES.get(int(score or 0), '')}. Masalah selesai: {SOLVED.get(str(solved), '').lower()}."
    return f"{judged}\n{event.text}" if event.text else judged
