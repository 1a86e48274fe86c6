"""The national API: paths, credentials, field names and refusals as its public clients use them.

Not known from public sources, hence assumptions of this simulator: `GET /complaints` (the reports of an
institution, by `institution_id`, `updated_since` in `d-m-Y H:i:s` WIB, and `tag`), limits of files and the
numbers of statuses. The list is ordered by report number, so that a report changed while somebody pages is
listed twice at worst, never skipped.
"""

import json
import sqlite3

from flask import Blueprint, Response, g, request

from . import checks, reports, shapes
from .moments import from_wire
from .store import SEED_FILE, Row, store

ENDPOINTS = (
    "institutions",
    "templates",
    "upload",
    "create",
    "reject",
    "detail",
    "followups",
    "add_followup",
    "list",
)


api = Blueprint("api", __name__)


@api.errorhandler(checks.InvalidRequestError)
def refuse(error: checks.InvalidRequestError) -> Response:
    return shapes.failure(422, f"Data yang dikirim tidak sesuai: {error}", {error.field: [str(error)]})


@api.get("/masters/institutions/external", endpoint="institutions")
def institutions() -> Response:
    with store().read() as db:
        return shapes.page_of(
            db,
            "SELECT * FROM institutions ORDER BY id",
            (),
            lambda row: {"id": row["id"], "name": row["name"]},
        )


@api.get("/masters/templates", endpoint="templates")
def templates() -> Response:
    return shapes.envelope({"data": _templates(), "current_page": 1, "next_page_url": None})


@api.post("/complaints/complaint/file", endpoint="upload")
def upload() -> Response:
    files = checks.checked_files(request.files.getlist("attachments[]"))
    if not files:
        raise checks.InvalidRequestError("attachments", "Berkas wajib diisi.")
    with store().write(durable=True) as db:
        rows = [checks.keep_file(db, file, client_id=g.client["id"]) for file in files]
    return shapes.envelope(
        {
            "images": [shapes.upload(row) for row in rows if row["kind"] == "image"],
            "docs": [shapes.upload(row) for row in rows if row["kind"] == "doc"],
        }
    )


@api.post("/complaints/complaint", endpoint="create")
def create() -> Response:
    payload = checks.json_object()
    with store().write(durable=True) as db:
        uploads = checks.check_create(db, payload)
        complaint_id = reports.create(db, payload, client=g.client)
        for upload_id in uploads:
            db.execute("UPDATE uploads SET complaint_id = ? WHERE id = ?", (complaint_id, upload_id))
    return shapes.envelope(
        {"complaint": {"id": complaint_id}}, "Laporan berhasil dibuat", complaint_id=complaint_id
    )


@api.post("/complaints/process/<int:complaint_id>/reject", endpoint="reject")
def reject(complaint_id: int) -> Response:
    payload = checks.json_object()
    with store().write(durable=True) as db:
        if _visible(db, complaint_id) is None:
            return _unknown()
        if payload.get("is_request") != 1 or payload.get("not_authority") != 1:
            raise checks.InvalidRequestError("not_authority", "is_request dan not_authority harus 1.")
        target = payload.get("reason")
        if not isinstance(target, int) or reports.institution_name(db, target) is None:
            raise checks.InvalidRequestError("reason", "Instansi tujuan tidak dikenal.")
        reports.reject(db, complaint_id, target, checks.text(payload, "reason_description"), g.client["name"])
    return shapes.envelope({}, "Laporan diteruskan", success=True)


@api.get("/complaints/<int:complaint_id>/complaint", endpoint="detail")
def detail(complaint_id: int) -> Response:
    with store().read() as db:
        row = _visible(db, complaint_id)
        return _unknown() if row is None else shapes.detail(db, row)


@api.get("/complaints/<int:complaint_id>/followups", endpoint="followups")
def followups(complaint_id: int) -> Response:
    with store().read() as db:
        if _visible(db, complaint_id) is None:
            return _unknown()
        return shapes.page_of(
            db,
            "SELECT * FROM followups WHERE complaint_id = ? ORDER BY id",
            (complaint_id,),
            lambda row: shapes.followup(db, row),
        )


@api.post("/complaints/followup/add", endpoint="add_followup")
def add_followup() -> Response:
    files = checks.checked_files(
        [file for name, file in request.files.items(multi=True) if name.startswith("attachment")]
    )
    with store().write(durable=True) as db:
        complaint_id = request.form.get("complaint_id", type=int) or 0
        if _visible(db, complaint_id) is None:
            return _unknown()
        followup_id = _add_followup(db, complaint_id)
        for file in files:
            checks.keep_file(db, file, client_id=g.client["id"], followup_id=followup_id)
    return shapes.envelope({"followup": {"id": followup_id}}, "Tindak lanjut disimpan", success=True)


@api.get("/complaints", endpoint="list")
def listing() -> Response:
    with store().read() as db:
        sql, values = _listing_query(db)
        return shapes.page_of(db, sql, values, lambda row: shapes.report(db, row))


def _templates() -> list[dict[str, str]]:
    templates: list[dict[str, str]] = json.loads(SEED_FILE.read_text(encoding="utf-8"))["templates"]
    return templates


def _unknown() -> Response:
    return shapes.failure(404, "Laporan tidak ditemukan")


def _visible(db: sqlite3.Connection, complaint_id: int) -> Row | None:
    row = reports.find(db, complaint_id)
    if row is None or not reports.is_visible_to(db, complaint_id, g.client["institution_id"]):
        return None
    return row


def _add_followup(db: sqlite3.Connection, complaint_id: int) -> int:
    sender_id = request.form.get("institution_from_id", type=int)
    sender = reports.institution_name(db, sender_id)
    own = db.execute(
        "SELECT 1 FROM institutions WHERE id = ? AND (id = ? OR parent_id = ?)",
        (sender_id, g.client["institution_id"], g.client["institution_id"]),
    ).fetchone()
    if sender is None or own is None:
        raise checks.InvalidRequestError("institution_from_id", "Instansi pengirim bukan milik akun ini.")
    code = request.form.get("template_code") or None
    template = next((entry for entry in _templates() if entry["template_code"] == code), None)
    if code and template is None:
        raise checks.InvalidRequestError("template_code", "Templat tidak dikenal.")
    receiver = reports.institution_name(db, request.form.get("institution_to_id", type=int))
    return reports.add_followup(
        db,
        complaint_id,
        content=checks.text(request.form.to_dict(), "content"),
        from_name=sender,
        to_name=receiver or reports.REPORTER_NAME,
        client=g.client,
        template=template,
        rating=request.form.get("rating", type=int),
        is_secret=request.form.get("is_secret") in ("1", "true"),
    )


def _listing_query(db: sqlite3.Connection) -> tuple[str, list[object]]:
    own = g.client["institution_id"]
    institution_id = request.args.get("institution_id", own, type=int)
    allowed = db.execute(
        "SELECT 1 FROM institutions WHERE id = ? AND (id = ? OR parent_id = ?)", (institution_id, own, own)
    ).fetchone()
    if allowed is None:
        raise checks.InvalidRequestError("institution_id", "Instansi bukan milik akun ini.")
    sql = (
        "SELECT c.* FROM complaints c WHERE c.id IN (SELECT p.complaint_id FROM parties p"
        " JOIN institutions i ON i.id = p.institution_id WHERE i.id = ? OR i.parent_id = ?)"
    )
    values: list[object] = [institution_id, institution_id]
    since = request.args.get("updated_since")
    if since:
        try:
            values.append(from_wire(since))
        except ValueError as error:
            raise checks.InvalidRequestError(
                "updated_since", "updated_since harus berformat d-m-Y H:i:s."
            ) from error
        sql += " AND c.updated_at >= ?"
    tag = request.args.get("tag")
    if tag:
        sql += " AND ' ' || c.tags_raw || ' ' LIKE ? ESCAPE '\\'"
        values.append("% " + tag.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + " %")
    return sql + " ORDER BY c.id", values
