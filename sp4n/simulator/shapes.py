"""JSON bodies as the national API writes them: envelope, paging, field names and dates."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, jsonify, request

from .moments import to_wire
from .reports import institution_name
from .store import Row

DEFAULT_PAGE_SIZE = 15
MAX_PAGE_SIZE = 1000


def envelope(results: object, message: str = "Berhasil", **root: object) -> Response:
    return jsonify({**root, "results": results, "message": message})


def failure(status: int, message: str, errors: dict[str, list[str]] | None = None) -> Response:
    body: dict[str, object] = {"results": None, "message": message}
    if errors:
        body["errors"] = errors
    response = jsonify(body)
    response.status_code = status
    return response


def page_of(
    db: sqlite3.Connection, sql: str, values: Sequence[object], shape: Callable[[Row], Any]
) -> Response:
    """One page of `sql` (which carries its own stable order) as the request's `page` and `page_size` ask."""
    page = max(request.args.get("page", 1, type=int), 1)
    size = min(max(request.args.get("page_size", DEFAULT_PAGE_SIZE, type=int), 1), MAX_PAGE_SIZE)
    rows = db.execute(f"{sql} LIMIT ? OFFSET ?", (*values, size + 1, (page - 1) * size)).fetchall()
    following = None
    if len(rows) > size:
        query = {**request.args.to_dict(), "page": page + 1, "page_size": size}
        following = f"{request.base_url}?{urlencode(query)}"
    return envelope(
        {"data": [shape(row) for row in rows[:size]], "current_page": page, "next_page_url": following}
    )


def upload(row: Row) -> dict[str, object]:
    return {
        "id": row["id"],
        "path": f"uploads/{row['id']}/{row['file_name']}",
        "file_name": row["file_name"],
        "extension": row["extension"],
    }


def followup(db: sqlite3.Connection, row: Row) -> dict[str, object]:
    files = db.execute("SELECT * FROM uploads WHERE followup_id = ? ORDER BY id", (row["id"],)).fetchall()
    return {
        "id": row["id"],
        "created_at": to_wire(row["at"]),
        "institution_from_name": row["from_name"],
        "institution_to_name": row["to_name"],
        "template_code": row["template_code"],
        "template_content": row["template_content"],
        "content": row["content"],
        "rating": row["rating"],
        "attachments": [upload(file) for file in files],
    }


def report(db: sqlite3.Connection, row: Row) -> dict[str, object]:
    """The fields of the detail and of the list. Those beyond status and disposition are an assumption."""
    shown = not row["is_anonymous"]
    return {
        "id": row["id"],
        "title": row["title"],
        "content": row["final_content"] or row["content"],
        "created_at": to_wire(row["created_at"]),
        "updated_at": to_wire(row["updated_at"]),
        "status_code": row["status_code"],
        "status_name": row["status_name"],
        "disposition_id": row["disposition_id"],
        "disposition_name": institution_name(db, row["disposition_id"]),
        "channel": row["channel"],
        "classification_id": row["classification_id"],
        "category_id": row["category_id"],
        "location_id": row["location_id"],
        "date_of_incident": row["date_of_incident"],
        "is_anonymous": bool(row["is_anonymous"]),
        "is_secret": bool(row["is_secret"]),
        "tags_raw": row["tags_raw"],
        "nameUser": row["reporter_name"] if shown else None,
        "emailUser": row["reporter_email"] if shown else None,
        "phoneUser": row["reporter_phone"] if shown else None,
    }


def detail(db: sqlite3.Connection, row: Row) -> Response:
    logs = db.execute("SELECT * FROM logs WHERE complaint_id = ? ORDER BY id", (row["id"],)).fetchall()
    files = db.execute("SELECT * FROM uploads WHERE complaint_id = ? ORDER BY id", (row["id"],)).fetchall()
    g.version = row["updated_at"]
    data = report(db, row)
    data["status_logs"] = [{"note": log["note"], "timestamp": to_wire(log["at"])} for log in logs]
    data["attachments"] = [upload(file) for file in files]
    return envelope({"data": data, "data_logs": [_log(log) for log in logs]})


def _log(row: Row) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": row["id"],
        "date": to_wire(row["at"]),
        "content": row["content"],
        "institution_from_name": row["from_name"],
        "status_old": {"name": row["status_old"]} if row["status_old"] else None,
        "status_new": {"name": row["status_new"]},
        "data": json.dumps({"note": row["note"]}, ensure_ascii=False),
    }
    if row["to_id"] is not None:
        # Both spellings occur in public samples; a reader has to know this one too.
        entry["institution_to"] = {"id": row["to_id"], "name": row["to_name"]}
    return entry
