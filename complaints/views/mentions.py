"""The page of notes that name the officer."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints.acts import mentioning
from complaints.forms.checks import chosen_id
from complaints.permissions import Permission
from complaints.queries import mentions
from complaints.views.access import officer_actor
from complaints.views.casework import blueprint
from core.web.access import officer_with


@blueprint.get("/petugas/sebutan", endpoint="mentions")
@officer_with(Permission.NOTE)
def mentions_page() -> str:
    """Notes that name the officer, newest first."""
    return render_template("complaints/officer/mentions.html", rows=mentions.of_officer(officer_actor()))


@blueprint.post("/petugas/sebutan", endpoint="mentions_seen")
@officer_with(Permission.NOTE)
def mentions_seen() -> Response:
    """Mark one note, or all of them, as read."""
    one = request.form.get("id")
    count = mentioning.mark_seen(officer_actor(), chosen_id(one) if one is not None else None)
    flash(f"{count} catatan ditandai sudah dibaca.", "selesai")
    return redirect(url_for("casework.mentions"), 303)
