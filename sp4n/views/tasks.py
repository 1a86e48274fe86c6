"""Perlu tindakan: everything of the exchange that needs a person, cause first, with what to do about it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from complaints.views.access import officer_actor
from core import clock, formats
from core.errors import DomainError
from core.web.access import CITY, officer_with
from sp4n.permissions import Sp4nPermission
from sp4n.tasks import advice, handling, queries
from sp4n.views.blueprint import blueprint, may, navigation

_FIRST = next(iter(queries.LISTS))
_FIXES = {
    advice.MAPPING: ("sp4n.mapping", "Buka Pemetaan", Sp4nPermission.CONFIGURE),
    advice.SETTINGS: ("sp4n.connection", "Buka Sambungan", Sp4nPermission.CONFIGURE),
}


def badge() -> tuple[Any, str] | None:
    """(what counts the open tasks, address of their list) for an officer who may see them."""
    return (queries.COUNT, url_for("sp4n.tasks")) if may(Sp4nPermission.VIEW) else None


def report_tasks(complaint_id: uuid.UUID) -> str | None:
    """Where a report's tasks are, for an officer who may see them. Asked by the case page."""
    return url_for("sp4n.tasks", laporan=complaint_id) if may(Sp4nPermission.VIEW) else None


@blueprint.get("/perlu-tindakan", endpoint="tasks")
@officer_with(Sp4nPermission.VIEW, CITY)
def tasks_page() -> str:
    """One of the lists, or what one report needs."""
    return _render()


@blueprint.post("/perlu-tindakan", endpoint="handle_tasks")
@officer_with(Sp4nPermission.SETTLE, CITY)
def handle_page() -> Response | tuple[str, int]:
    """Take on, try again or skip one task (its own button), or try again all that are ticked."""
    how, ids = _chosen()
    try:
        words = _handled(how, ids)
    except DomainError as refusal:
        return _render(refusal.message), 422
    flash(words, "selesai")
    return redirect(url_for("sp4n.tasks", **_place()) + "#daftar", 303)


def _handled(how: str, ids: list[uuid.UUID]) -> str:
    actor = officer_actor()
    if how == "semua":
        ids = handling.open_ids()
    if not ids:
        raise DomainError("Pilih paling sedikit satu baris.", code="none_chosen")
    if how in ("lagi", "semua"):
        tried = handling.retry(ids, actor)
        left = f" {tried.left} tidak dapat dicoba lagi sekarang." if tried.left else ""
        return f"{formats.number(tried.again)} dicoba lagi.{left}"
    if how == "saya":
        handling.claim(ids[0], actor)
        return "Penangan diperbarui."
    if how == "lewati":
        left_out = handling.skip(ids[0], request.form.get(f"alasan-{ids[0]}", ""), actor)
        more = f" {left_out - 1} tindak lanjutnya ikut dilewati." if left_out > 1 else ""
        return f"Dilewati dan dicatat.{more}"
    raise DomainError("Pilih tindakan.", code="no_action")


def _chosen() -> tuple[str, list[uuid.UUID]]:
    how, _, key = request.form.get("satu", "").partition("|")
    if how:
        return how, _ids([key])
    return request.form.get("tindakan", ""), _ids(request.form.getlist("pilih")[: handling.MOST_AT_ONCE])


def _ids(keys: list[str]) -> list[uuid.UUID]:
    found = []
    for key in keys:
        try:
            found.append(uuid.UUID(key))
        except ValueError:
            continue
    return found


def _place() -> dict[str, Any]:
    """Which list the page shows, as it stands in its address."""
    return {name: request.args[name] for name in ("daftar", "laporan") if name in request.args}


def _render(error: str | None = None) -> str:
    key = request.args.get("daftar", _FIRST)
    key = key if key in queries.LISTS else _FIRST
    case_id = next(iter(_ids([request.args.get("laporan", "")])), None)
    rows, cursor = queries.rows(key, request.args.get("setelah"), case_id)
    place: dict[str, Any] = {"laporan": str(case_id)} if case_id is not None else {}
    counts = queries.counts()
    return render_template(
        "sp4n/tasks.html",
        navigation=navigation(),
        error=error,
        lists=[
            {
                "label": label,
                "count": counts[name],
                "url": url_for("sp4n.tasks", daftar=name) + "#daftar",
                "is_current": name == key and case_id is None,
            }
            for name, (_, label) in queries.LISTS.items()
        ],
        rows=[_shown(row) for row in rows],
        next_url=url_for("sp4n.tasks", daftar=key, setelah=cursor, **place) + "#daftar" if cursor else None,
        case_number=queries.number_of(case_id),
        key=key,
        may_settle=may(Sp4nPermission.SETTLE),
        action=url_for("sp4n.handle_tasks", **_place()),
        shortest=handling.SHORTEST_REASON,
        typed=request.form.to_dict() if error else {},
    )


def _age(since: datetime) -> str:
    """How long ago."""
    seconds = (clock.now() - since).total_seconds()
    return formats.span(seconds) if seconds >= 60 else "baru saja"


def _shown(row: queries.TaskRow) -> dict[str, Any]:
    case_url, fix = url_for("casework.case", number=row.number) if row.number else None, None
    if row.advice.fix in _FIXES:
        endpoint, label, permission = _FIXES[row.advice.fix]
        if may(permission):
            fix = (url_for(endpoint), label)
    elif row.advice.fix == advice.CASE and case_url:
        fix = (case_url, "Buka laporan")
    return {
        "task": row,
        "fix": fix,
        "age": _age(row.opened_at),
        "is_own": row.owner_id is not None and row.owner_id == current_user.id,
        "case_url": case_url,
    }
