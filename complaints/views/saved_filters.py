"""Saved filters ("Saringan saya"): lists under a name, one's own and those of colleagues."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from complaints.acts import saving
from complaints.forms.saving import SavedFilterForm
from complaints.permissions import Permission
from complaints.queries import filters, saved
from complaints.views.access import officer_actor
from complaints.views.casework import blueprint
from core.errors import FieldProblem
from core.web.access import officer_with
from core.web.requests import own_csrf


@blueprint.get("/petugas/saringan", endpoint="saved_filters")
@officer_with(Permission.VIEW)
def saved_filters_page() -> str:
    """All lists this officer sees."""
    return _page(None, None)


@blueprint.post("/petugas/saringan", endpoint="save_filter")
@own_csrf
@officer_with(Permission.VIEW)
def save_filter_page() -> Response | tuple[str, int]:
    """Keep the list the officer looks at."""
    form = SavedFilterForm()
    asked = filters.read_query(form.asked.data)
    if asked is None:
        return redirect(url_for("casework.inbox"), 303)
    query = asked.as_text(with_page=False)
    if not form.validate():
        return _page(form, None), 422
    try:
        saving.save(officer_actor(), name=form.name.data, query=query, is_shared=form.is_shared.data)
    except FieldProblem as problem:
        form.name.errors = [problem.message]
        return _page(form, None), 422
    flash(f"Saringan “{form.name.data}” disimpan.", "selesai")
    return redirect(f"{url_for('casework.inbox')}?{query}", 303)


@blueprint.post("/petugas/saringan/<uuid:filter_id>", endpoint="change_filter")
@own_csrf
@officer_with(Permission.VIEW)
def change_filter_page(filter_id: uuid.UUID) -> Response | tuple[str, int]:
    """Rename, share or stop sharing one's own list."""
    saving.check_own(filter_id, officer_actor())
    form = SavedFilterForm()
    if not form.validate():
        return _page(form, filter_id), 422
    try:
        saving.change(filter_id, officer_actor(), name=form.name.data, is_shared=form.is_shared.data)
    except FieldProblem as problem:
        form.name.errors = [problem.message]
        return _page(form, filter_id), 422
    flash(f"Saringan “{form.name.data}” diubah.", "selesai")
    return redirect(url_for("casework.saved_filters"), 303)


@blueprint.post("/petugas/saringan/<uuid:filter_id>/hapus", endpoint="remove_filter")
@officer_with(Permission.VIEW)
def remove_filter_page(filter_id: uuid.UUID) -> Response:
    """Remove one's own list."""
    name = saving.remove(filter_id, officer_actor())
    flash(f"Saringan “{name}” dihapus.", "selesai")
    return redirect(url_for("casework.saved_filters"), 303)


def _page(refused: SavedFilterForm | None, refused_id: uuid.UUID | None) -> str:
    """The list; a refused form stands where it belongs, with its words."""
    actor = officer_actor()
    seen = saved.seen_by(actor.id) if actor.id is not None else []
    own = [each for each in seen if each.is_mine]
    forms = {
        each.id: refused
        if refused is not None and each.id == refused_id
        else SavedFilterForm(formdata=None, name=each.name, is_shared=each.is_shared, asked=each.asked)
        for each in own
    }
    return render_template(
        "complaints/officer/saved_filters.html",
        own=own,
        others=[each for each in seen if not each.is_mine],
        forms=forms,
        new=refused if refused_id is None else None,
    )
