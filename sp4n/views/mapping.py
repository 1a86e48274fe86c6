"""Pemetaan: our words and theirs, side by side, confirmed by a person; what waits for it stands on top."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from core.errors import FieldProblem
from core.web.access import CITY, officer_with
from sp4n import mapping_page, upkeep
from sp4n.permissions import Sp4nPermission
from sp4n.views.blueprint import blueprint, navigation

MOST_ROWS = 500
LONGEST = 200


@blueprint.get("/pemetaan", endpoint="mapping")
@officer_with(Sp4nPermission.CONFIGURE, CITY)
def mapping_page_view() -> str:
    """All pairs."""
    return _render()


def _render(errors: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> str:
    return render_template(
        "sp4n/mapping.html",
        navigation=navigation(),
        maps=mapping_page.load(),
        states=mapping_page.STATES,
        errors=errors or {},
        typed=typed or {},
    )


@blueprint.post("/pemetaan", endpoint="save_mapping")
@officer_with(Sp4nPermission.CONFIGURE, CITY)
def save_page() -> Response | tuple[str, int]:
    """Keep one section's pairs: every field is named `<kind>|<our key>` and holds their number or state."""
    rows = [
        (name, value.strip()[:LONGEST])
        for name, value in request.form.items()
        if "|" in name and len(name) <= LONGEST
    ][:MOST_ROWS]
    errors: dict[str, str] = {}
    changed = 0
    for name, value in rows:
        kind, _, key = name.partition("|")
        try:
            changed += upkeep.map_value(
                kind, key, value, actor_name=current_user.name, actor_id=current_user.id
            )
        except FieldProblem as problem:
            errors[name] = problem.message
    if errors:
        return _render(errors, dict(rows)), 422
    if changed:
        upkeep.take_up_waiting()
    flash(f"{changed} pemetaan disimpan." if changed else "Tidak ada yang berubah.", "selesai")
    return redirect(url_for("sp4n.mapping"), 303)


@blueprint.post("/pemetaan/daftar", endpoint="sync_masters")
@officer_with(Sp4nPermission.CONFIGURE, CITY)
def sync_page() -> Response:
    """Read the lists of institutions and templates at the next poll, which begins now."""
    upkeep.read_masters_soon()
    flash("Daftar instansi dan templat sedang diperbarui. Muat ulang halaman ini sebentar lagi.", "info")
    return redirect(url_for("sp4n.mapping"), 303)
