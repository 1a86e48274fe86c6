"""What happens to a report at the national side. Every change writes a log entry and moves `updated_at`."""

import json
import sqlite3
from typing import Any

from .moments import stamp
from .store import NATIONAL_NAME, Row, insert

REPORTER_NAME = "Pelapor"

# The labels are those seen in public data; the numbers are made up, the real ones are not public.
STATUSES = {
    "Belum Terverifikasi": 1,
    "Terverifikasi": 2,
    "Belum ditindaklanjuti": 3,
    "Sedang proses": 4,
    "Ditanggapi oleh Pelapor": 5,
    "Ditutup oleh Admin": 6,
    "Ditutup oleh Sistem": 7,
    "Diarsipkan oleh Admin": 8,
    "Diarsipkan oleh Sistem": 9,
    "Tertunda": 10,
}
UNKNOWN_STATUS_CODE = 99
REPLIED = "Ditanggapi oleh Pelapor"
#: an answer of the institution takes the report on from here
UNANSWERED = ("Belum Terverifikasi", "Terverifikasi", "Belum ditindaklanjuti", REPLIED)


class UnknownReportError(Exception):
    """No report has this number."""


def find(db: sqlite3.Connection, complaint_id: int) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM complaints WHERE id = ?", (complaint_id,)).fetchone()
    return row


def institution_name(db: sqlite3.Connection, institution_id: int | None) -> str | None:
    row = db.execute("SELECT name FROM institutions WHERE id = ?", (institution_id,)).fetchone()
    return str(row["name"]) if row else None


def is_visible_to(db: sqlite3.Connection, complaint_id: int, institution_id: int) -> bool:
    """An institution sees what it filed, holds or once held, and what the offices under it hold."""
    found = db.execute(
        "SELECT 1 FROM parties p JOIN institutions i ON i.id = p.institution_id"
        " WHERE p.complaint_id = ? AND (i.id = ? OR i.parent_id = ?)",
        (complaint_id, institution_id, institution_id),
    ).fetchone()
    return found is not None


def create(db: sqlite3.Connection, payload: dict[str, Any], *, client: Row | None = None) -> int:
    """File one report from a checked payload; returns its number. The same payload twice is two reports."""
    now = stamp()
    disposition_id = payload.get("disposition_id")
    complaint_id = insert(
        db,
        "complaints",
        client_id=client["id"] if client else None,
        payload=json.dumps(payload, ensure_ascii=False),
        title=payload["title"],
        content=payload["content"],
        channel=payload.get("channel"),
        classification_id=payload.get("classification_id"),
        category_id=payload.get("category_id"),
        location_id=payload.get("location_id"),
        disposition_id=disposition_id,
        status_code=STATUSES["Belum Terverifikasi"],
        status_name="Belum Terverifikasi",
        date_of_incident=payload.get("date_of_incident"),
        is_anonymous=int(bool(payload.get("is_anonymous"))),
        is_secret=int(bool(payload.get("is_secret"))),
        tags_raw=payload.get("tags_raw") or "",
        reporter_name=payload.get("nameUser") or "",
        reporter_email=payload.get("emailUser") or "",
        reporter_phone=payload.get("phoneUser") or "",
        created_at=now,
        updated_at=now,
    )
    for institution_id in {disposition_id, client["institution_id"] if client else None} - {None}:
        _join(db, complaint_id, institution_id)
    _log(
        db,
        complaint_id,
        "Laporan diterima dan diteruskan ke {{institution_to}}",
        note="Laporan diterima",
        from_name=client["name"] if client else NATIONAL_NAME,
        to_id=disposition_id,
        old=None,
        new="Belum Terverifikasi",
    )
    return complaint_id


def set_status(
    db: sqlite3.Connection,
    complaint_id: int,
    status_name: str,
    *,
    note: str = "",
    disposition_id: int | None = None,
    from_name: str = NATIONAL_NAME,
) -> None:
    """Change the status, and with `disposition_id` the institution that holds the report."""
    row = _require(db, complaint_id)
    target = disposition_id if disposition_id is not None else row["disposition_id"]
    db.execute(
        "UPDATE complaints SET status_name = ?, status_code = ?, disposition_id = ?, updated_at = ?"
        " WHERE id = ?",
        (status_name, STATUSES.get(status_name, UNKNOWN_STATUS_CODE), target, stamp(), complaint_id),
    )
    moved = target != row["disposition_id"]
    if moved:
        _join(db, complaint_id, target)
    words = (
        "Laporan diteruskan dari {{institution_from}} ke {{institution_to}}"
        if moved
        else "Status berubah dari {{status_old}} menjadi {{status_new}}"
    )
    _log(
        db,
        complaint_id,
        words,
        note=note or status_name,
        from_name=from_name,
        to_id=target if moved else None,
        old=row["status_name"],
        new=status_name,
    )


def reject(
    db: sqlite3.Connection, complaint_id: int, institution_id: int, reason: str, from_name: str
) -> None:
    """ "Bukan wewenang": hand the report to another institution, where it waits for verification again."""
    set_status(
        db,
        complaint_id,
        "Belum Terverifikasi",
        note=f"Bukan wewenang: {reason}",
        disposition_id=institution_id,
        from_name=from_name,
    )


def add_followup(
    db: sqlite3.Connection,
    complaint_id: int,
    *,
    content: str,
    from_name: str,
    to_name: str = REPORTER_NAME,
    client: Row | None = None,
    template: dict[str, str] | None = None,
    rating: int | None = None,
    is_secret: bool = False,
) -> int:
    """Append one answer. A reply of the reporter also moves the status, and so does the answer to it or the
    first one.
    """
    row = _require(db, complaint_id)
    followup_id = insert(
        db,
        "followups",
        complaint_id=complaint_id,
        at=stamp(),
        client_id=client["id"] if client else None,
        from_name=from_name,
        to_name=to_name,
        template_code=template["template_code"] if template else None,
        template_content=template["content"] if template else None,
        content=content,
        rating=rating,
        is_secret=int(is_secret),
    )
    if from_name == REPORTER_NAME:
        set_status(db, complaint_id, REPLIED, from_name=from_name)
    elif client is not None and row["status_name"] in UNANSWERED:
        set_status(db, complaint_id, "Sedang proses", from_name=from_name)
    else:
        _touch(db, complaint_id)
    return followup_id


def rate(db: sqlite3.Connection, complaint_id: int, stars: int, words: str = "") -> int:
    """The reporter's judgement, 1 to 5, as an entry of the thread; it moves no status. Raises ValueError."""
    if not 1 <= stars <= 5:
        raise ValueError("stars must be 1 to 5")
    _require(db, complaint_id)
    followup_id = insert(
        db,
        "followups",
        complaint_id=complaint_id,
        at=stamp(),
        from_name=REPORTER_NAME,
        to_name=NATIONAL_NAME,
        content=words or f"Penilaian pelapor: {stars} dari 5",
        rating=stars,
        is_secret=0,
    )
    _touch(db, complaint_id)
    return followup_id


def edit(db: sqlite3.Connection, complaint_id: int, content: str) -> None:
    """The national desk edits the text: the reporter's own stays beside it."""
    row = _require(db, complaint_id)
    db.execute("UPDATE complaints SET final_content = ? WHERE id = ?", (content, complaint_id))
    _touch(db, complaint_id)
    _log(
        db,
        complaint_id,
        "Isi laporan disunting oleh {{institution_from}}",
        note="Isi laporan disunting",
        from_name=NATIONAL_NAME,
        to_id=None,
        old=row["status_name"],
        new=row["status_name"],
    )


def _touch(db: sqlite3.Connection, complaint_id: int) -> None:
    db.execute("UPDATE complaints SET updated_at = ? WHERE id = ?", (stamp(), complaint_id))


def _require(db: sqlite3.Connection, complaint_id: int) -> Row:
    row = find(db, complaint_id)
    if row is None:
        raise UnknownReportError(str(complaint_id))
    return row


def _join(db: sqlite3.Connection, complaint_id: int, institution_id: int | None) -> None:
    db.execute(
        "INSERT OR IGNORE INTO parties (complaint_id, institution_id) VALUES (?, ?)",
        (complaint_id, institution_id),
    )


def _log(
    db: sqlite3.Connection,
    complaint_id: int,
    content: str,
    *,
    note: str,
    from_name: str,
    to_id: int | None,
    old: str | None,
    new: str,
) -> None:
    insert(
        db,
        "logs",
        complaint_id=complaint_id,
        at=stamp(),
        content=content,
        note=note,
        from_name=from_name,
        to_id=to_id,
        to_name=institution_name(db, to_id),
        status_old=old,
        status_new=new,
    )
