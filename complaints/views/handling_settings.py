"""Settings page "Penanganan": approval by heads, the window and the count of reopening."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from complaints import casework_rules
from complaints.acts import configuring
from complaints.casework_rules import CaseworkRules
from complaints.forms.rules import HandlingRulesForm
from complaints.permissions import Permission
from complaints.views.access import officer_actor
from core.web.access import officer_with
from core.web.requests import own_csrf

blueprint = Blueprint("handling_settings", __name__)


@blueprint.get("/petugas/pengaturan/penanganan", endpoint="page")
@officer_with(Permission.CONFIGURE)
def show() -> str:
    """The rules as they are."""
    rules = casework_rules.load()
    form = HandlingRulesForm(
        formdata=None,
        needs_approval=rules.needs_approval,
        reopen_working_days=str(rules.reopen_working_days),
        most_reopenings=str(rules.most_reopenings),
    )
    return render_template("complaints/officer/handling_settings.html", form=form)


@blueprint.post("/petugas/pengaturan/penanganan", endpoint="save")
@own_csrf
@officer_with(Permission.CONFIGURE)
def save() -> Response | tuple[str, int]:
    """Keep them; recorded."""
    form = HandlingRulesForm()
    if not form.validate():
        return render_template("complaints/officer/handling_settings.html", form=form), 422
    rules = CaseworkRules(
        form.needs_approval.data, int(form.reopen_working_days.data), int(form.most_reopenings.data)
    )
    changed = configuring.set_rules(rules, officer_actor())
    flash("Pengaturan penanganan disimpan." if changed else "Tidak ada yang berubah.", "selesai")
    return redirect(url_for("handling_settings.page"), 303)
