"""A row of the export as news, in the shapes that polling stores. Pure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from sp4n.excel.rows import ExportRow
from sp4n.mapping import normalised
from sp4n.settings import Connection

_KINDS = {
    "pengaduan": "complaint",
    "aspirasi": "aspiration",
    "permintaan informasi": "information_request",
}


def report_news(said: ExportRow, connection: Connection) -> dict[str, Any]:
    """The row as news of a report. Whose it is was checked before."""
    happened_at = datetime.fromisoformat(said.happened_at).astimezone(UTC)
    return {
        "external_id": f"report:{said.number}",
        "kind": "report",
        "report_id": said.number,
        "happened_at": happened_at,
        "payload": {
            "title": said.title,
            "content": said.initial,
            "incident_on": happened_at.astimezone(connection.zone).date().isoformat(),
            "category_id": said.category_id,
            "classification_id": None,
            "kind": _kind(said.kept.get("classification", "")),
            "place": said.place,
            "disposition_id": connection.institution_id,
            "disposition_name": said.institution,
            "status": said.status,
            "is_anonymous": said.is_anonymous,
            "is_secret": said.is_secret,
            "tags": [],
            "reporter": {"name": said.reporter, "email": None, "phone": None} if said.reporter else {},
        },
    }


def status_news(said: ExportRow, as_of: datetime) -> dict[str, Any]:
    """The row as news of a status that held at this instant; named by both, so that it is news once."""
    key = hashlib.sha256(f"{said.status}|{as_of.isoformat()}".encode()).hexdigest()[:32]
    note = said.kept.get("reason")
    return {
        "external_id": f"status:{said.number}:export:{key}",
        "kind": "status",
        "report_id": said.number,
        "happened_at": as_of,
        "payload": {"status": said.status, "from": None, "to_id": None, "text": None, "note": note},
    }


def _kind(words: str) -> str | None:
    """Ours for theirs, where the words begin with it."""
    label = normalised(words)
    return next((kind for start, kind in _KINDS.items() if label.startswith(start)), None)
