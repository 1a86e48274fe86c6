"""The officer's own page: who is signed in, and how the inbox is worked with."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from complaints.permissions import Permission
from complaints.views.casework import blueprint
from core.web.access import officer_with
from tenants.officers import preferences


@blueprint.get("/petugas/profil", endpoint="profile")
@officer_with(Permission.VIEW)
def profile_page() -> str:
    """Name, role, unit and preferences."""
    return render_template("complaints/officer/profile.html", person=current_user)


@blueprint.post("/petugas/profil", endpoint="save_profile")
@officer_with(Permission.VIEW)
def save_profile_page() -> Response:
    """Keep the preferences."""
    wanted = request.form.get("has_shortcuts") == "y"
    preferences.set_shortcuts(current_user.id, wanted)
    flash("Pintasan papan tombol dinyalakan." if wanted else "Pintasan papan tombol dimatikan.", "selesai")
    return redirect(url_for("casework.profile"), 303)
