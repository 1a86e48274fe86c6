"""Files of a report: cleaned, stored under the tenant's key, hung on a form key until the report is sent.

A refused file never takes an accepted one with it: what was accepted stays on the form.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete, select

from complaints.acts import photos
from complaints.models import Attachment
from core import clock
from core.db.transaction import unit_of_work
from core.extensions import db
from core.media import CleanUpload, UploadLimits, UploadRefused, inspect, safe_name
from core.storage import StorageError, key_for, store

#: where a file and its small picture lie
Keys = tuple[str, str | None]
MOST_FILES = 3
#: no sending of a form takes longer
UNDER_WAY = timedelta(seconds=30)
ORPHANS_LIVE = timedelta(hours=48)
UNSENT_SQL = (
    "SELECT DISTINCT tenant_id FROM attachment"
    " WHERE complaint_id IS NULL AND created_at < now() - interval '48 hours'"
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file as it came: its claimed name and all its bytes."""

    name: str
    data: bytes


def accept(form_key: uuid.UUID, files: list[Incoming], limits: UploadLimits) -> list[str]:
    """Clean and keep the files for a form; one it has already is not kept again.

    Returns the sentences for those refused, in order.
    """
    if not files:
        return []
    problems: list[str] = []
    known = {row.sha256 for row in kept(form_key)}
    for file in files:
        try:
            clean = inspect(file.name, file.data, limits)
            if clean.sha256 in known:
                continue
            if len(known) >= MOST_FILES:
                problems.append(f"Paling banyak {MOST_FILES} berkas")
                break
            save(clean, form_key=form_key)
        except UploadRefused as refusal:
            problems.append(refusal.message)
        except StorageError:
            problems.append(f"Berkas {safe_name(file.name)} gagal diunggah, coba lagi")
        else:
            known.add(clean.sha256)
    return problems


def clean_all(files: list[Incoming], limits: UploadLimits) -> list[CleanUpload]:
    """Clean files that belong to an act. Raises UploadRefused for the first that cannot be taken."""
    if len(files) > MOST_FILES:
        raise UploadRefused("too_many", f"Paling banyak {MOST_FILES} berkas")
    return [inspect(file.name, file.data, limits) for file in files]


def save(clean: CleanUpload, *, form_key: uuid.UUID) -> None:
    """Store the bytes, then the row: a row without bytes cannot be. Bytes without a row only cost room."""
    key, thumbnail_key = _store(clean)
    with unit_of_work() as session:
        row = _row(clean, key, thumbnail_key, form_key=form_key)
        session.add(row)
        photos.examine(row, complaint_id=None)


@contextlib.contextmanager
def stored(cleans: list[CleanUpload]) -> Iterator[list[Keys]]:
    """The bytes of several files, stored before the transaction that refers to them.

    Where that fails they are taken away again.
    """
    keys: list[Keys] = []
    try:
        keys.extend(_store(clean) for clean in cleans)
        yield keys
    except BaseException:
        _delete_bytes(keys)
        raise


def attach(
    cleans: list[CleanUpload],
    keys: list[Keys],
    *,
    complaint_id: uuid.UUID,
    event_id: uuid.UUID | None,
    is_public: bool = True,
    stage: str | None = None,
) -> None:
    """Hang stored files on an act's history entry, in the present transaction.

    `stage` before | after says when the photos among them were taken, seen from the work.

    Without an entry the act had been done before, and so had its files.
    """
    if event_id is None:
        return
    for clean, each in zip(cleans, keys, strict=True):
        row = _row(clean, *each, form_key=None)
        row.complaint_id, row.event_id, row.is_public = complaint_id, event_id, is_public
        row.stage = stage if clean.media_type.startswith("image/") else None
        db.session.add(row)
        photos.examine(row, complaint_id=complaint_id)


def _store(clean: CleanUpload) -> Keys:
    target = store()
    key = key_for("lampiran", clean.extension)
    target.put(key, clean.data)
    if clean.thumbnail is None:
        return key, None
    thumbnail_key = key_for("kecil", "jpg")
    target.put(thumbnail_key, clean.thumbnail)
    return key, thumbnail_key


def _row(
    clean: CleanUpload, key: str, thumbnail_key: str | None, *, form_key: uuid.UUID | None
) -> Attachment:
    return Attachment(
        form_key=form_key,
        name=clean.name,
        media_type=clean.media_type,
        size=len(clean.data),
        sha256=clean.sha256,
        storage_key=key,
        thumbnail_key=thumbnail_key,
        width=clean.width,
        height=clean.height,
        captured_at=clean.captured_at,
        original_sha256=clean.original_sha256,
        look=clean.look,
    )


_KEPT = (
    select(Attachment)
    .where(Attachment.form_key == bindparam("key"), Attachment.complaint_id.is_(None))
    .order_by(Attachment.created_at, Attachment.id)
)


def kept(form_key: uuid.UUID) -> list[Attachment]:
    """Files accepted for a form that is not sent yet, oldest first."""
    return list(db.session.scalars(_KEPT, {"key": form_key}))


def kept_files(form_key: uuid.UUID) -> list[CleanUpload]:
    """Files accepted for a form, as an act takes them. Raises StorageError."""
    found = []
    for row in kept(form_key):
        small = store().get(row.thumbnail_key) if row.thumbnail_key else None
        extension = row.storage_key.rsplit(".", 1)[-1]
        found.append(
            CleanUpload(
                row.name,
                store().get(row.storage_key),
                row.media_type,
                extension,
                row.width,
                row.height,
                small,
                row.captured_at,
                row.sha256,
                row.original_sha256,
                row.look,
            )
        )
    return found


def unwanted(form_key: uuid.UUID, ticked: set[str], shown: set[str]) -> set[uuid.UUID]:
    """Files of a form to remove: not ticked on the page that was sent.

    A young one which that page did not show belongs to the same form sent twice: it is on its way.
    """
    young = clock.now() - UNDER_WAY
    return {
        row.id
        for row in kept(form_key)
        if str(row.id) not in ticked and (str(row.id) in shown or row.created_at < young)
    }


def drop(form_key: uuid.UUID, attachment_ids: set[uuid.UUID]) -> None:
    """Remove accepted files from a form, at the person's wish."""
    with unit_of_work() as session:
        rows = [row for row in kept(form_key) if row.id in attachment_ids]
        for row in rows:
            session.delete(row)
    _delete_bytes([(row.storage_key, row.thumbnail_key) for row in rows])


def sweep_orphans() -> int:
    """Remove files of forms that were never sent. Returns how many."""
    with unit_of_work() as session:
        rows = list(
            session.scalars(
                select(Attachment)
                .where(Attachment.complaint_id.is_(None), Attachment.created_at < clock.now() - ORPHANS_LIVE)
                .limit(500)
            )
        )
        if rows:
            session.execute(delete(Attachment).where(Attachment.id.in_([row.id for row in rows])))
    _delete_bytes([(row.storage_key, row.thumbnail_key) for row in rows])
    return len(rows)


def _delete_bytes(pairs: list[Keys]) -> None:
    for pair in pairs:
        for key in pair:
            if key is not None:
                with contextlib.suppress(StorageError):
                    store().delete(key)
