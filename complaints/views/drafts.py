"""Files of an answer that is not sent yet: kept between form and preview, taken along when it is sent.

Invariant: a draft's key is made with the officer, so that nobody sends another one's files. It is not made
with the case: an answer to several reports takes the same files to each.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import request

from complaints.acts import uploads
from complaints.acts.engine import Actor
from complaints.queries.history import AttachmentView, attachment_view
from complaints.views.files import incoming, limits
from core.media import CleanUpload, UploadRefused

TICKED, SHOWN = "kept_uploads", "shown_uploads"


def key_of(actor: Actor, form: Any) -> uuid.UUID | None:
    """The key under which this officer's files for this form lie, or None for a garbled one."""
    if "form_key" not in form:
        return None
    try:
        return uuid.uuid5(uuid.UUID(form.form_key.data or ""), str(actor.id))
    except ValueError:
        return None


def take_in(actor: Actor, form: Any) -> None:
    """Drop files whose tick was taken away, keep the new ones; refusals become the field's errors."""
    key = key_of(actor, form)
    if key is None or ("csrf_token" in form and form.csrf_token.errors):
        return
    ticked, shown = (set(request.form.getlist(name)) for name in (TICKED, SHOWN))
    unwanted = uploads.unwanted(key, ticked, shown) if shown else set()
    if unwanted:
        uploads.drop(key, unwanted)
    problems = uploads.accept(key, incoming(), limits())
    if problems:
        form.files.errors = problems


def kept(actor: Actor, form: Any) -> list[AttachmentView]:
    """Files kept for this form so far."""
    key = key_of(actor, form)
    return [attachment_view(row) for row in uploads.kept(key)] if key else []


def files(actor: Actor, form: Any) -> list[CleanUpload]:
    """All files of the answer: those kept with the draft and those that come with this request.

    Raises UploadRefused, StorageError.
    """
    key = key_of(actor, form) if request.form.getlist(TICKED) else None
    found = uploads.kept_files(key) if key else []
    found += uploads.clean_all(incoming(), limits())
    if len(found) > uploads.MOST_FILES:
        raise UploadRefused("too_many", f"Paling banyak {uploads.MOST_FILES} berkas")
    return found


def clear(actor: Actor, form: Any) -> None:
    """The answer is sent: its draft's files are no longer needed."""
    key = key_of(actor, form) if request.form.getlist(TICKED) else None
    if key:
        uploads.drop(key, {row.id for row in uploads.kept(key)})
