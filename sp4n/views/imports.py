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
from sp4n.excel.models import APPLYING, CHANGED, NEW, QUEUED, READING, READY, UNDER_WAY, Sp4nImport
from sp4n.permissions import Sp4nPermission
from sp4n.views.blueprint import PAGES, SectionPage, blueprint, navigation

PAGES.append(SectionPage("sp4n.imports", "Impor", Sp4nPermission.SETTLE))
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
    kind = request.args.get("jenis", "")
    kind = kind if kind in queries.LISTS else _first_with_rows(found)
    after = request.args.get("setelah", "")
    position = int(after) if after.isascii() and after.isdigit() and len(after) < 8 else 0
    page = queries.rows(found.id, queries.LISTS[kind][0], position)
    return render_template(
        "sp4n/import.html",
        navigation=navigation(),
        found=found,
        state=queries.STATES[found.state],
        progress=_progress(found),
        can_apply=found.state == READY,
        can_cancel=found.state in UNDER_WAY,
        to_apply=found.counts.get(NEW, 0) + found.counts.get(CHANGED, 0),
        lists=[_list_link(found, key, kind) for key in queries.LISTS],
        label=queries.LISTS[kind][1],
        rows=page.rows,
        next_url=url_for("sp4n.import", import_id=found.id, jenis=kind, setelah=page.next) + "#daftar"
        if page.next
        else None,
    )


def _first_with_rows(found: Sp4nImport) -> str:
    return next((key for key, (kind, _) in queries.LISTS.items() if found.counts.get(kind)), _FIRST)


def _list_link(found: Sp4nImport, key: str, current: str) -> dict[str, Any]:
    kind, label = queries.LISTS[key]
    return {
        "label": label,
        "count": found.counts.get(kind, 0),
        "url": url_for("sp4n.import", import_id=found.id, jenis=key) + "#daftar",
        "is_current": key == current,
    }


def _progress(found: Sp4nImport) -> dict[str, int] | None:
    """Done and to be done while a worker is at it."""
    if found.state in (QUEUED, READING):
        return {"done": found.read, "most": max(found.expected, found.read, 1)}
    if found.state == APPLYING:
        most = found.counts.get(NEW, 0) + found.counts.get(CHANGED, 0)
        return {"done": found.applied + found.failed, "most": max(most, 1)}
    return None


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
