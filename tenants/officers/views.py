"""Sign in and out on the tenant's own host."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from core import formats
from core.web import unsent
from core.web.access import CITY, PROVINCE, officer_with, public_page
from core.web.limits import limiter
from core.web.requests import own_csrf
from core.web.tenant import required_tenant
from tenants.officers import accounts, asking
from tenants.officers.forms import SignInForm
from tenants.officers.roles import OfficerPermission

blueprint = Blueprint("officers", __name__)


@blueprint.route("/petugas/masuk", methods=["GET", "POST"], endpoint="sign_in")
@own_csrf
@public_page()
@limiter.limit("30 per minute", methods=["POST"])
def sign_in() -> Response | str | tuple[str, int]:
    """The sign-in page; a signed-in officer goes straight on."""
    form = SignInForm(next=request.args.get("next"))
    if current_user.is_authenticated:
        return _go_on(form)
    if not form.validate_on_submit():
        return asking.page(form), 422 if form.is_submitted() else 200
    try:
        officer = accounts.sign_in(form.email.data, form.password.data)
    except accounts.SignInRefused as refusal:
        until = refusal.locked_until
        form.email.errors = [
            f"Akun dikunci sementara sampai {formats.time_of_day(until, required_tenant().zone)}."
            if until
            else refusal.message
        ]
        return asking.page(form), 422
    session.clear()
    g.pop("csrf_token", None)  # made for the session that just ended
    login_user(officer)
    return _go_on(form)


@blueprint.post("/petugas/keluar", endpoint="sign_out")
@officer_with(OfficerPermission.SIGN_OUT, CITY, PROVINCE)
def sign_out() -> Response:
    """End the session."""
    accounts.sign_out(current_user)
    logout_user()
    session.clear()
    flash("Anda sudah keluar.", "info")
    return redirect(url_for("officers.sign_in"), 303)


def _go_on(form: SignInForm) -> Response | str:
    """Back to what was typed when the session had ended, else to where the officer wanted to go."""
    typed = unsent.unseal(form.unsent.data)
    page = typed.page() if typed is not None else None
    return page if page is not None else redirect(_destination(form.next.data), 303)


def _destination(wanted: str | None) -> str:
    """A path of this host only; anything else becomes the officer's first page."""
    home = url_for("monitoring.dashboard" if required_tenant().is_province else "casework.inbox")
    if not wanted or not wanted.isprintable():  # a line's end has no place in a header
        return home
    parts = urlsplit(wanted)
    safe = (
        not parts.scheme
        and not parts.netloc
        and wanted.startswith("/")
        and not wanted.startswith(("//", "/\\"))
    )
    return wanted if safe and "\\" not in wanted else home
