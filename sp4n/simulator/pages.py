"""Server-rendered pages on which a person plays the national side. No script needed."""

import sqlite3
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from . import reports
from .moments import to_wire
from .store import NATIONAL_NAME, Row, store

PAGE_SIZE = 20
OTHER_STATUS = "lain"
LIST_SQL = """
SELECT c.*, i.name AS disposition_name,
  (SELECT count(*) FROM followups f WHERE f.complaint_id = c.id) AS followup_count
FROM complaints c LEFT JOIN institutions i ON i.id = c.disposition_id
WHERE :holder IS NULL OR c.disposition_id = :holder
ORDER BY c.id DESC LIMIT :size OFFSET :start
"""
COUNT_SQL = "SELECT count(*) FROM complaints c WHERE :holder IS NULL OR c.disposition_id = :holder"

pages = Blueprint("pages", __name__)
pages.add_app_template_filter(to_wire, "wib")


@pages.before_app_request
def refuse_foreign_forms() -> None:
    """Another site open in the same browser must not press these buttons."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)


@pages.after_app_request
def add_security_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


@pages.get("/")
def home() -> str:
    institution_id = request.args.get("instansi", type=int)
    page = max(request.args.get("halaman", 1, type=int), 1)
    values = {"holder": institution_id, "size": PAGE_SIZE + 1, "start": (page - 1) * PAGE_SIZE}
    with store().read() as db:
        rows = db.execute(LIST_SQL, values).fetchall()
        total = db.execute(COUNT_SQL, values).fetchone()[0]
        institutions = _institutions(db)
    return render_template(
        "list.html",
        rows=rows[:PAGE_SIZE],
        total=total,
        page=page,
        has_next=len(rows) > PAGE_SIZE,
        institutions=institutions,
        institution_id=institution_id,
    )


@pages.get("/laporan/<int:complaint_id>")
def show(complaint_id: int) -> str:
    return _detail(complaint_id)


@pages.post("/laporan/<int:complaint_id>/verifikasi")
def verify(complaint_id: int) -> AnyResponse:
    with store().write() as db:
        reports.set_status(db, complaint_id, "Terverifikasi", note="Laporan diverifikasi")
    return _back(complaint_id)


@pages.post("/laporan/<int:complaint_id>/status")
def change_status(complaint_id: int) -> AnyResponse | tuple[str, int]:
    name = request.form.get("status", "")
    if name == OTHER_STATUS:
        name = request.form.get("status_lain", "").strip()[:100]
    if not name:
        return _detail(complaint_id, ("status_lain", "Tulis nama status")), 422
    with store().write() as db:
        target = request.form.get("instansi", type=int)
        if target is not None and reports.institution_name(db, target) is None:
            abort(422)
        reports.set_status(
            db, complaint_id, name, note=request.form.get("catatan", "").strip()[:1000], disposition_id=target
        )
    return _back(complaint_id)


@pages.post("/laporan/<int:complaint_id>/tindak-lanjut")
def follow_up(complaint_id: int) -> AnyResponse | tuple[str, int]:
    content = request.form.get("isi", "").strip()[:5000]
    if not content:
        return _detail(complaint_id, ("isi", "Tulis isi tindak lanjut")), 422
    sender = reports.REPORTER_NAME if request.form.get("dari") == reports.REPORTER_NAME else NATIONAL_NAME
    with store().write() as db:
        reports.add_followup(db, complaint_id, content=content, from_name=sender)
    return _back(complaint_id)


@pages.post("/laporan/<int:complaint_id>/penilaian")
def rate(complaint_id: int) -> AnyResponse:
    stars = request.form.get("bintang", type=int)
    if stars is None or not 1 <= stars <= 5:
        abort(422)
    with store().write() as db:
        reports.rate(db, complaint_id, stars, request.form.get("ulasan", "").strip()[:1000])
    return _back(complaint_id)


@pages.post("/laporan/<int:complaint_id>/isi")
def edit(complaint_id: int) -> AnyResponse | tuple[str, int]:
    content = request.form.get("isi_akhir", "").strip()[:10_000]
    if not content:
        return _detail(complaint_id, ("isi_akhir", "Tulis isi laporan")), 422
    with store().write() as db:
        reports.edit(db, complaint_id, content)
    return _back(complaint_id)


@pages.route("/laporan/baru", methods=["GET", "POST"])
def new() -> str | AnyResponse | tuple[str, int]:
    form = {
        name: request.form.get(name, "").strip()
        for name in ("judul", "isi", "nama", "surel", "telepon", "tanggal")
    }
    errors = {}
    with store().read() as db:
        institutions = _institutions(db)
    target = request.values.get("instansi", type=int)
    if request.method == "POST":
        labels = {"judul": "Tulis judul laporan", "isi": "Tulis isi laporan", "nama": "Tulis nama pelapor"}
        errors = {name: words for name, words in labels.items() if not form[name]}
        if target not in {row["id"] for row in institutions}:
            errors["instansi"] = "Pilih instansi tujuan"
        if not errors:
            return _create(form, target)
    page = render_template(
        "new.html",
        institutions=institutions,
        form=form,
        errors=errors,
        institution_id=target,
        checked=set(request.form),
    )
    return (page, 422) if errors else page


@pages.get("/lampiran/<int:upload_id>")
def attachment(upload_id: int) -> Response:
    with store().read() as db:
        row = db.execute("SELECT * FROM uploads WHERE id = ?", (upload_id,)).fetchone()
    if row is None:
        abort(404)
    return Response(row["content"], mimetype=row["media_type"])


def _detail(complaint_id: int, error: tuple[str, str] | None = None) -> str:
    with store().read() as db:
        row = reports.find(db, complaint_id)
        if row is None:
            raise reports.UnknownReportError(str(complaint_id))
        logs = db.execute(
            "SELECT * FROM logs WHERE complaint_id = ? ORDER BY id DESC", (complaint_id,)
        ).fetchall()
        followups = db.execute(
            "SELECT * FROM followups WHERE complaint_id = ? ORDER BY id", (complaint_id,)
        ).fetchall()
        uploads = db.execute(
            "SELECT id, kind, file_name, followup_id FROM uploads WHERE complaint_id = ? OR followup_id IN"
            " (SELECT id FROM followups WHERE complaint_id = ?) ORDER BY id",
            (complaint_id, complaint_id),
        ).fetchall()
        return render_template(
            "detail.html",
            row=row,
            logs=[(log, _filled(log)) for log in logs],
            followups=followups,
            uploads=uploads,
            holder=reports.institution_name(db, row["disposition_id"]),
            institutions=_institutions(db),
            error=error,
            statuses=tuple(reports.STATUSES),
            reporter=reports.REPORTER_NAME,
            national=NATIONAL_NAME,
            other=OTHER_STATUS,
        )


def _create(form: dict[str, str], institution_id: int | None) -> AnyResponse:
    payload = {
        "title": form["judul"][:200],
        "content": form["isi"][:10_000],
        "nameUser": form["nama"][:100],
        "emailUser": form["surel"][:100],
        "phoneUser": form["telepon"][:30],
        "date_of_incident": form["tanggal"][:10] or None,
        "disposition_id": institution_id,
        "is_anonymous": "anonim" in request.form,
        "is_secret": "rahasia" in request.form,
    }
    with store().write() as db:
        complaint_id = reports.create(db, payload)
    return _back(complaint_id)


def _back(complaint_id: int) -> AnyResponse:
    return redirect(url_for("pages.show", complaint_id=complaint_id), 303)


def _institutions(db: sqlite3.Connection) -> list[Row]:
    return db.execute("SELECT id, name, parent_id FROM institutions ORDER BY name").fetchall()


def _filled(log: Row) -> str:
    text: str = log["content"]
    for name, value in (
        ("institution_from", log["from_name"]),
        ("institution_to", log["to_name"]),
        ("status_old", log["status_old"]),
        ("status_new", log["status_new"]),
    ):
        text = text.replace("{{" + name + "}}", value or "pusat")
    return text
