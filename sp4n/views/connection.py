"""Sambungan: the city's own settings of its connection, and the test of it. Secrets go in and never out."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from core import formats
from core.errors import DomainError, FieldProblem
from core.web.access import CITY, officer_with
from core.web.requests import own_csrf
from core.web.tenant import required_tenant
from sp4n import settings, trying
from sp4n.forms import ConnectionForm
from sp4n.permissions import Sp4nPermission
from sp4n.views.blueprint import blueprint, navigation

_NEW = {
    "mode": "off",
    "auth_header": "Authorization",
    "auth_format": "{secret}",
    "token_header": "token",
    "sends": True,
    "receives": True,
    "lists_incoming": True,
    "text_sent": "final",
    "send_anonymous": "without_identity",
    "send_confidential": True,
    "poll_seconds": "300",
    "requests_per_minute": "300",
    "timezone": "Asia/Jakarta",
    "channel_id": "13",
    "classification_id": "6",
    "category_id": "1",
    "location_id": "34",
}


@blueprint.get("/sambungan", endpoint="connection")
@officer_with(Sp4nPermission.CONFIGURE, CITY)
def connection_page() -> str:
    """The settings as they are; secrets only by when they were set."""
    return _render(ConnectionForm(formdata=None, **_present()))


@blueprint.post("/sambungan", endpoint="save_connection")
@own_csrf
@officer_with(Sp4nPermission.CONFIGURE, CITY)
def save_page() -> Response | tuple[str, int]:
    """Keep them; recorded without the secrets."""
    form = ConnectionForm()
    if form.validate():
        try:
            settings.configure(actor_name=current_user.name, actor_id=current_user.id, **form.values())
        except FieldProblem as problem:
            if problem.field in form:
                form[problem.field].errors = [problem.message]
            else:
                form.form_errors.append(problem.message)
        else:
            flash("Sambungan SP4N disimpan.", "selesai")
            return redirect(url_for("sp4n.connection"), 303)
    return _render(form), 422


@blueprint.post("/sambungan/uji", endpoint="try_connection")
@officer_with(Sp4nPermission.CONFIGURE, CITY)
def try_page() -> str | tuple[str, int]:
    """Try the stored connection step by step."""
    form = ConnectionForm(formdata=None, **_present())
    try:
        results = trying.try_connection(with_report="laporan" in request.form)
    except DomainError as refusal:
        form.form_errors.append(refusal.message)
        return _render(form), 422
    return _render(form, results)


def _present() -> dict[str, Any]:
    found = settings.shown()
    if found is None:
        return dict(_NEW)
    return {name: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
            for name, value in found.items()}  # fmt: skip


def _render(form: ConnectionForm, results: list[trying.StepResult] | None = None) -> str:
    found = settings.shown()
    zone = required_tenant().zone
    secrets = {
        name: f"Tersimpan, diubah {formats.short_datetime(at, zone)}. Kosongkan bila tidak diganti."
        for name, at in (found or {}).get("changed", {}).items()
        if at is not None
    }
    return render_template(
        "sp4n/connection.html",
        navigation=navigation(),
        form=form,
        secrets=secrets,
        is_configured=found is not None,
        results=results,
        all_passed=results is not None and trying.passed(results),
    )
