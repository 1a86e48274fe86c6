"""Petugas pengganti: who stands in for whom, from day to day."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from complaints.acts import delegation
from complaints.acts.delegation import Absence
from complaints.acts.engine import Actor
from complaints.forms.checks import choices, chosen_id
from complaints.forms.rules import DelegationForm
from complaints.permissions import Permission
from complaints.queries import delegations, officers
from complaints.views.access import officer_actor
from core import clock
from core.errors import Conflict, FieldProblem
from core.web.access import officer_with
from core.web.requests import own_csrf
from core.web.tenant import required_tenant

blueprint = Blueprint("delegation", __name__)


@blueprint.get("/petugas/pengganti", endpoint="list")
@officer_with(Permission.DELEGATE)
def list_page() -> str:
    """The list and the form."""
    return _page(officer_actor(), DelegationForm(formdata=None, starts_on=_today()))


@blueprint.post("/petugas/pengganti", endpoint="add")
@own_csrf
@officer_with(Permission.DELEGATE)
def add_page() -> Response | tuple[str, int]:
    """Name a substitute."""
    actor, form = officer_actor(), DelegationForm()
    if not form.validate():
        return _page(actor, form), 422
    try:
        delegation.add(_absence(form), actor, today=_today())
    except FieldProblem as problem:
        form[problem.field].errors = [problem.message]
        return _page(actor, form), 422
    flash("Petugas pengganti ditetapkan.", "selesai")
    return redirect(url_for("delegation.list"), 303)


def _absence(form: Any) -> Absence:
    return Absence(
        chosen_id(form.officer.data),
        chosen_id(form.substitute.data),
        form.starts_on.data,
        form.ends_on.data,
        form.reason.data or None,
    )


@blueprint.post("/petugas/pengganti/<uuid:delegation_id>/akhiri", endpoint="end")
@officer_with(Permission.DELEGATE)
def end_page(delegation_id: uuid.UUID) -> Response:
    """End one now."""
    try:
        delegation.end(delegation_id, officer_actor())
    except Conflict as refusal:
        flash(refusal.message, "tunggu")
    else:
        flash("Penggantian diakhiri.", "selesai")
    return redirect(url_for("delegation.list"), 303)


def _page(actor: Actor, form: DelegationForm) -> str:
    unit = actor.department_id if actor.own_department_only else None
    options: dict[str, str | dict[str, str]] = {"": "Pilih petugas"}
    for each in officers.in_departments(unit):
        group = options.setdefault(each.department or "", {})
        if isinstance(group, dict):
            group[each.id] = each.name
    form.officer.choices = choices(options)
    form.substitute.choices = choices(options)
    return render_template(
        "complaints/officer/delegation.html", form=form, delegations=delegations.listed(unit, _today())
    )


def _today() -> date:
    return clock.now().astimezone(required_tenant().zone).date()
