"""Attachments: served only through here, each with its case's own access check."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from flask import Blueprint, Response, request
from flask_login import current_user

from complaints.acts.uploads import Incoming
from complaints.permissions import Permission
from complaints.queries.history import StoredFile, stored_file
from complaints.views.access import is_granted, officer_actor
from core.errors import NotFound
from core.media import UploadLimits
from core.storage import store
from core.web.access import CITY, PROVINCE, allows, public_page
from core.web.tenant import required_tenant

blueprint = Blueprint("files", __name__)
MOST_FILES_READ = 6


def limits() -> UploadLimits:
    """Limits of an upload on this host."""
    return UploadLimits(camera_zone=required_tenant().zone)


def incoming(field: str = "files") -> list[Incoming]:
    """The files of a form field. An empty file input sends one nameless, empty file: that is none."""
    longest = limits().max_bytes + 1
    found = []
    for place, file in enumerate(request.files.getlist(field)):
        if file.filename and place < MOST_FILES_READ:
            found.append(Incoming(file.filename, file.stream.read(longest)))
        file.close()  # large ones lie in temporary files
    return found


@blueprint.get("/lampiran/<uuid:attachment_id>", endpoint="attachment")
@public_page(CITY, PROVINCE)
def attachment(attachment_id: uuid.UUID) -> Response:
    """The file, or its small picture with `?ukuran=kecil`. 404 for whoever may not see it."""
    file = stored_file(attachment_id)
    if file is None or not _may_see(file):
        raise NotFound()
    small = request.args.get("ukuran") == "kecil" and file.thumbnail_key is not None
    data = store().get(file.thumbnail_key if small and file.thumbnail_key else file.storage_key)
    return _response(data, "image/jpeg" if small else file.media_type, file.name)


def _may_see(file: StoredFile) -> bool:
    if current_user.is_authenticated and allows(current_user.role, Permission.VIEW):
        return officer_actor().reads(file.department_id, file.copied_to)
    return file.is_public and is_granted(file.number)


def _response(data: bytes, media_type: str, name: str) -> Response:
    """Pictures are shown, all else is offered for saving; nothing is ever run or framed."""
    response = Response(data, mimetype=media_type)
    kind = "inline" if media_type.startswith("image/") else "attachment"
    response.headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response
