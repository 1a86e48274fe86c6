"""JSON for tests and demos: what the simulator holds, new institutions, acts of the national side, faults."""

import json
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from . import export, faults, reports
from .api import ENDPOINTS
from .moments import to_wire
from .store import NATIONAL_NAME, Row, add_client, insert, store

THREADS = {
    "followups": "SELECT * FROM followups WHERE complaint_id = ? ORDER BY id",
    "logs": "SELECT * FROM logs WHERE complaint_id = ? ORDER BY id",
    "uploads": (
        "SELECT u.id, u.kind, u.file_name, u.media_type, length(u.content) AS size, u.followup_id"
        " FROM uploads u LEFT JOIN followups f ON f.id = u.followup_id"
        " WHERE ?1 IN (u.complaint_id, f.complaint_id) ORDER BY u.id"
    ),
}

control = Blueprint("control", __name__, url_prefix="/simulator")


@control.errorhandler(ValueError)
def refuse(error: ValueError) -> tuple[Response, int]:
    return jsonify({"message": str(error)}), 422


@control.get("/health")
def health() -> Response:
    return jsonify({"status": "ok"})


@control.get("/institutions")
def list_institutions() -> Response:
    """All institutions; those with an API account show its credentials."""
    with store().read() as db:
        rows = db.execute(
            "SELECT i.*, c.id AS client_id, c.secret, c.token FROM institutions i"
            " LEFT JOIN clients c ON c.institution_id = i.id ORDER BY i.id"
        ).fetchall()
    return jsonify([dict(row) for row in rows])


@control.post("/institutions")
def add_institution() -> tuple[Response, int]:
    """`{"name", "parent_id"?, "id"?}` → the institution and the credentials of its new account."""
    body = _body()
    name = _required(body, "name")
    with store().write() as db:
        values = {"name": name, "parent_id": body.get("parent_id")}
        if body.get("id") is not None:
            values["id"] = int(body["id"])
        institution_id = insert(db, "institutions", **values)
        client = add_client(db, institution_id, name)
    return jsonify(
        {
            "id": institution_id,
            "name": name,
            "client_id": client["id"],
            "secret": client["secret"],
            "token": client["token"],
        }
    ), 201


@control.get("/complaints")
def list_complaints() -> Response:
    """`?institution_id=` or `?tag=`; every report with its payload, followups and uploads."""
    sql, values = "SELECT * FROM complaints WHERE 1", []
    if "institution_id" in request.args:
        sql += " AND disposition_id = ?"
        values.append(request.args["institution_id"])
    if "tag" in request.args:
        sql += " AND instr(' ' || tags_raw || ' ', ?) > 0"
        values.append(f" {request.args['tag']} ")
    with store().read() as db:
        items = [_complaint(row) for row in db.execute(sql + " ORDER BY id", values)]
        for item in items:
            for name, query in THREADS.items():
                item[name] = [dict(row) for row in db.execute(query, (item["id"],))]
    return jsonify({"count": len(items), "complaints": items})


@control.post("/complaints")
def add_complaint() -> tuple[Response, int]:
    """A report filed nationally: `{"institution_id", "title", "content", …}`, with the API's field names."""
    body = _body()
    institution_id = body.pop("institution_id", None)
    for field in ("title", "content"):
        _required(body, field)
    with store().write() as db:
        if reports.institution_name(db, institution_id) is None:
            raise ValueError("institution_id is unknown")
        complaint_id = reports.create(db, {**body, "disposition_id": institution_id})
    return jsonify({"complaint_id": str(complaint_id)}), 201


@control.post("/complaints/<int:complaint_id>/status")
def set_status(complaint_id: int) -> Response:
    """`{"status_name", "note"?, "disposition_id"?}`; any status name, known to this simulator or not."""
    body = _body()
    with store().write() as db:
        reports.set_status(
            db,
            complaint_id,
            _required(body, "status_name"),
            note=str(body.get("note") or ""),
            disposition_id=body.get("disposition_id"),
        )
    return jsonify({"complaint_id": str(complaint_id)})


@control.post("/complaints/<int:complaint_id>/followups")
def add_followup(complaint_id: int) -> tuple[Response, int]:
    """`{"content", "from_name"?}`; "Pelapor" is the reporter, the default is the national desk."""
    body = _body()
    with store().write() as db:
        followup_id = reports.add_followup(
            db,
            complaint_id,
            content=_required(body, "content"),
            from_name=str(body.get("from_name") or NATIONAL_NAME),
        )
    return jsonify({"id": followup_id}), 201


@control.post("/complaints/<int:complaint_id>/rating")
def rate(complaint_id: int) -> tuple[Response, int]:
    """`{"stars", "content"?}`; 1 to 5, from the reporter."""
    body = _body()
    with store().write() as db:
        followup_id = reports.rate(
            db, complaint_id, int(body.get("stars") or 0), str(body.get("content") or "")
        )
    return jsonify({"id": followup_id}), 201


@control.post("/complaints/<int:complaint_id>/content")
def edit(complaint_id: int) -> Response:
    """`{"content"}`; the text as the national desk edits it."""
    with store().write() as db:
        reports.edit(db, complaint_id, _required(_body(), "content"))
    return jsonify({"complaint_id": str(complaint_id)})


@control.get("/institutions/<int:institution_id>/export.xlsx")
def export_reports(institution_id: int) -> Response:
    """The institution's reports as the national site exports them."""
    with store().read() as db:
        content = export.workbook(db, institution_id)
    if content is None:
        abort(404)
    answer = Response(content, mimetype=export.MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="laporan-{institution_id}.xlsx"'
    return answer


@control.get("/faults")
def list_faults() -> Response:
    with store().read() as db:
        return jsonify([dict(row) for row in db.execute("SELECT * FROM faults ORDER BY id")])


@control.post("/faults")
def add_fault() -> tuple[Response, int]:
    """`{"kind", "client_id"?, "endpoint"?, "remaining"?, "seconds"?, "status"?, "chance"?}`.

    Also `from_at` and `until_at` (ISO 8601 with zone), between which it strikes.

    Without `client_id` or `endpoint` it meets every call, without `remaining` until it is removed.
    """
    fault_id = save_fault(_body())
    return jsonify({"id": fault_id}), 201


@control.delete("/faults")
def clear_faults() -> Response:
    with store().write() as db:
        db.execute("DELETE FROM faults")
    return jsonify([])


@control.get("/requests")
def list_requests() -> Response:
    """`?endpoint=&client_id=&complaint_id=&after=`; calls of the national API, oldest first.

    `body` holds what a POST carried: `json`, `fields`, and `files` as (part, name, size).
    """
    sql = "SELECT * FROM requests WHERE id > ?"
    values: list[object] = [request.args.get("after", 0, type=int)]
    for field in ("endpoint", "client_id", "complaint_id"):
        if field in request.args:
            sql += f" AND {field} = ?"
            values.append(request.args[field])
    with store().read() as db:
        rows = [dict(row) for row in db.execute(sql + " ORDER BY id", values)]
    for row in rows:
        row["body"] = json.loads(row["body"]) if row["body"] else None
    return jsonify({"count": len(rows), "requests": rows})


def save_fault(values: dict[str, Any]) -> int:
    """Switch a fault on. ValueError when its kind or endpoint is unknown."""
    kind, endpoint = values.get("kind"), values.get("endpoint") or None
    if kind not in faults.FAULTS:
        raise ValueError(f"kind must be one of {', '.join(faults.FAULTS)}")
    if endpoint is not None and endpoint not in ENDPOINTS:
        raise ValueError(f"endpoint must be one of {', '.join(ENDPOINTS)}")
    remaining = values.get("remaining")
    chance = float(values.get("chance") or 1)
    if not 0 < chance <= 1:
        raise ValueError("chance must be above 0 and at most 1")
    with store().write() as db:
        return insert(
            db,
            "faults",
            kind=kind,
            endpoint=endpoint,
            client_id=values.get("client_id") or None,
            remaining=None if remaining in (None, "") else int(remaining),
            seconds=float(values.get("seconds") or 120),
            status=int(values.get("status") or 503),
            chance=chance,
            from_at=_instant(values.get("from_at")),
            until_at=_instant(values.get("until_at")),
        )


def _instant(value: object) -> str | None:
    """A stored instant of an ISO 8601 one with its zone; without a zone it is refused."""
    if value in (None, ""):
        return None
    at = datetime.fromisoformat(str(value))
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


def _required(body: dict[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{field} is required")
    return value


def _complaint(row: Row) -> dict[str, Any]:
    item = dict(row)
    item["payload"] = json.loads(row["payload"])
    item["created_at_wib"] = to_wire(row["created_at"])
    return item
