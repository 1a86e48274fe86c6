"""What the national API accepts: request bodies and files are checked here before anything is written."""

import json
import sqlite3
from typing import Any

from flask import g, request
from werkzeug.datastructures import FileStorage

from . import reports
from .store import Row, insert

IMAGE_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}
DOCUMENT_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_FILES = 5


class InvalidRequestError(Exception):
    """A request the national side refuses with 422; carries the field at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def json_object() -> dict[str, Any]:
    payload = request.get_json(silent=True)
    if not isinstance(payload, dict):
        raise InvalidRequestError("body", "Isi permintaan harus objek JSON.")
    return payload


def text(payload: dict[str, Any], field: str) -> str:
    value = payload.get(field)
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequestError(field, f"{field} wajib diisi.")
    return value


def check_create(db: sqlite3.Connection, payload: dict[str, Any]) -> list[int]:
    """Refuse what the payload lacks; returns the numbers of the uploads it names."""
    for field in ("title", "content"):
        text(payload, field)
    for field in ("channel", "classification_id", "category_id", "location_id"):
        if not isinstance(payload.get(field), int):
            raise InvalidRequestError(field, f"{field} wajib diisi dengan angka.")
    if payload.get("is_new_user_slider") is True:
        text(payload, "nameUser")
    elif not isinstance(payload.get("user_id"), int):
        raise InvalidRequestError("user_id", "user_id wajib diisi.")
    disposition_id = payload.get("disposition_id")
    if disposition_id is not None and reports.institution_name(db, disposition_id) is None:
        raise InvalidRequestError("disposition_id", "Instansi tujuan tidak dikenal.")
    return _upload_ids(db, payload.get("attachments"))


def _upload_ids(db: sqlite3.Connection, value: object) -> list[int]:
    if value is None or value is False:
        return []
    try:
        numbers = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        numbers = None
    if not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
        raise InvalidRequestError("attachments", "attachments harus berupa string seperti [12,13].")
    for number in numbers:
        if (
            db.execute(
                "SELECT 1 FROM uploads WHERE id = ? AND client_id = ?", (number, g.client["id"])
            ).fetchone()
            is None
        ):
            raise InvalidRequestError("attachments", f"Berkas {number} tidak ditemukan.")
    return numbers


def checked_files(files: list[FileStorage]) -> list[tuple[str, str, bytes]]:
    """(file name, extension, content) of each file, refused when too many, too large or of another type."""
    if len(files) > MAX_FILES:
        raise InvalidRequestError("attachments", f"Paling banyak {MAX_FILES} berkas.")
    result = []
    for file in files:
        name = file.filename or ""
        extension = name.rpartition(".")[2].lower()
        content = file.read(MAX_FILE_BYTES + 1)
        if extension not in IMAGE_TYPES and extension not in DOCUMENT_TYPES:
            raise InvalidRequestError("attachments", "Jenis berkas tidak diterima.")
        if len(content) > MAX_FILE_BYTES:
            raise InvalidRequestError("attachments", "Ukuran berkas paling besar 5 MB.")
        result.append((name, extension, content))
    return result


def keep_file(
    db: sqlite3.Connection, file: tuple[str, str, bytes], *, client_id: int, followup_id: int | None = None
) -> Row:
    name, extension, content = file
    is_image = extension in IMAGE_TYPES
    upload_id = insert(
        db,
        "uploads",
        client_id=client_id,
        kind="image" if is_image else "doc",
        file_name=name,
        extension=extension,
        media_type=(IMAGE_TYPES if is_image else DOCUMENT_TYPES)[extension],
        content=content,
        followup_id=followup_id,
    )
    row: Row = db.execute("SELECT * FROM uploads WHERE id = ?", (upload_id,)).fetchone()
    return row
