"""Photos against all others of the city: the same bytes, or nearly the same picture, and in which report.

The comparison is made once, when the file comes, and kept with it; it never refuses a file.
"""

from __future__ import annotations

import uuid

from sqlalchemy import bindparam, select

from complaints.acts.engine import Actor
from complaints.evidence import MOST_BITS, bands, distance, is_telling
from complaints.models import Attachment, Complaint, PhotoBand
from complaints.statute import Statute
from core.errors import FieldProblem
from core.extensions import db

#: rows looked at; a band that many photos share tells little
MOST_COMPARED = 400
NEEDS_AFTER_PHOTO = (
    "Kategori ini memerlukan foto sesudah. Simpan tindak lanjut dengan foto sesudah lebih dahulu."
)
_SENT = (Complaint.tenant_id == Attachment.tenant_id) & (Complaint.id == Attachment.complaint_id)
_SAME = (
    select(Complaint.id, Complaint.number)
    .join(Attachment, _SENT)
    .where(Attachment.original_sha256 == bindparam("sha"))
    .limit(20)
)
_ALIKE = (
    select(Complaint.id, Complaint.number, Attachment.look)
    .join(Attachment, _SENT)
    .join(
        PhotoBand,
        (PhotoBand.tenant_id == Attachment.tenant_id) & (PhotoBand.attachment_id == Attachment.id),
    )
    .where(PhotoBand.band.in_(bindparam("bands", expanding=True)))
    .limit(MOST_COMPARED)
)


def examine(row: Attachment, *, complaint_id: uuid.UUID | None) -> None:
    """Say on a new file's row where its picture was before, and remember its look. In the present
    transaction; the row is added already.
    """
    if row.original_sha256 is None or row.look is None:
        return
    found = _first(
        [(id_, number) for id_, number in db.session.execute(_SAME, {"sha": row.original_sha256})],
        complaint_id,
    )
    how = "same"
    if found is None and is_telling(row.look):
        found, how = _alike(row.look, complaint_id), "alike"
    if found is not None:
        row.seen_in, row.seen_how = found, how
    if is_telling(row.look):
        db.session.flush()
        db.session.add_all(PhotoBand(band=band, attachment_id=row.id) for band in bands(row.look))


def _alike(look: int, complaint_id: uuid.UUID | None) -> str | None:
    near = [
        (apart, id_, number)
        for id_, number, other in db.session.execute(_ALIKE, {"bands": bands(look)})
        if other is not None and (apart := distance(look, other)) <= MOST_BITS
    ]
    near.sort(key=lambda each: each[0])
    return _first([(id_, number) for _, id_, number in near], complaint_id)


def _first(found: list[tuple[uuid.UUID, str]], own: uuid.UUID | None) -> str | None:
    """The first number, another report's before the report's own."""
    numbers = [number for id_, number in found if id_ != own] or [number for _, number in found]
    return numbers[0] if numbers else None


_RESULT = (
    select(Attachment.id)
    .where(Attachment.complaint_id == bindparam("complaint"), Attachment.stage == "after")
    .limit(1)
)


def require_after_photo(complaint: Complaint, actor: Actor, rules: Statute) -> None:
    """Raises FieldProblem where the category asks for a photo of the result and no follow-up has one.

    Only officers are asked: what the national side decided is a fact.
    """
    if actor.kind != "officer" or str(complaint.category_id) not in rules.asks_photo:
        return
    with db.session.no_autoflush:
        if db.session.scalar(_RESULT, {"complaint": complaint.id}) is None:
            raise FieldProblem("text", NEEDS_AFTER_PHOTO)
