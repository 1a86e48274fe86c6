"""Impor: the national side's Excel export, seen row by row before anything is applied."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from core.errors import Conflict, FieldProblem, NotFound
from core.web.access import CITY, officer_with
from core.web.requests import takes_up_to
from sp4n.excel import guard, importing, queries
from sp4n.excel.importing import By
from sp4n.permissions import Sp4nPermission
from sp4n.views.blueprint import blueprint, navigation

#: the file, and what a form adds to it
MOST_BYTES = guard.MOST_BYTES + 100_000
_FIRST = next(iter(queries.LISTS))


@blueprint.get("/impor", endpoint="imports")
@officer_with(Sp4nPermission.SETTLE, CITY)
def imports_page() -> str:
    """The form and the imports there were."""
    return _list()


def _list(error: str | None = None) -> str:
    return render_template(
        "sp4n/imports.html",
        navigation=navigation(),
        error=error,
        under_way=queries.under_way(),
        history=queries.history(),
        states=queries.STATES,
        most_megabytes=guard.MOST_BYTES // 1_000_000,
    )


@blueprint.post("/impor", endpoint="start_import")
@takes_up_to(MOST_BYTES)
@officer_with(Sp4nPermission.SETTLE, CITY)
def start_page() -> Response | tuple[str, int]:
    """Take the file; a worker reads it."""
    file = request.files.get("file")
    name, data = (file.filename or "", file.read()) if file else ("", b"")
    try:
        made = importing.start(name, data, _by())
    except FieldProblem as problem:
        return _list(problem.message), 422
    return redirect(url_for("sp4n.import", import_id=made), 303)


@blueprint.get("/impor/<uuid:import_id>", endpoint="import")
@officer_with(Sp4nPermission.SETTLE, CITY)
def import_page(import_id: uuid.UUID) -> str:
    """How far it is, what it would change, what it changed."""
    found = queries.one(import_id)
    if found is None:
        raise NotFound()
    counts = queries.lists(found)
    kind = request.args.get("jenis", "")
    if kind not in counts:
        kind = next((key for key, count in counts.items() if count), _FIRST)
    after = request.args.get("setelah", "")
    position = int(after) if after.isascii() and after.isdigit() and len(after) < 8 else 0
    page = queries.rows(found.id, queries.LISTS[kind][0], position)
    return render_template(
        "sp4n/import.html",
        navigation=navigation(),
        found=found,
        state=queries.STATES[found.state],
        lists=[_list_link(import_id, key, count, kind) for key, count in counts.items()],
        label=queries.LISTS[kind][1],
        rows=page.rows,
        next_url=url_for("sp4n.import", import_id=found.id, jenis=kind, setelah=page.next) + "#daftar"
        if page.next
        else None,
    )


def _list_link(import_id: uuid.UUID, key: str, count: int, current: str) -> dict[str, Any]:
    return {
        "label": queries.LISTS[key][1],
        "count": count,
        "url": url_for("sp4n.import", import_id=import_id, jenis=key) + "#daftar",
        "is_current": key == current,
    }


@blueprint.post("/impor/<uuid:import_id>/terapkan", endpoint="approve_import")
@officer_with(Sp4nPermission.SETTLE, CITY)
def approve_page(import_id: uuid.UUID) -> Response:
    """Apply what the preview shows."""
    try:
        importing.approve(import_id, _by())
    except Conflict as conflict:
        flash(conflict.message, "lambat")
    return redirect(url_for("sp4n.import", import_id=import_id), 303)


@blueprint.post("/impor/<uuid:import_id>/batal", endpoint="cancel_import")
@officer_with(Sp4nPermission.SETTLE, CITY)
def cancel_page(import_id: uuid.UUID) -> Response:
    """End it; nothing more is applied."""
    try:
        importing.cancel(import_id, _by())
    except Conflict as conflict:
        flash(conflict.message, "lambat")
    else:
        flash("Impor dibatalkan.", "info")
    return redirect(url_for("sp4n.import", import_id=import_id), 303)


def _by() -> By:
    return By(current_user.name, current_user.id)
