"""Panggilan: the address the national side may call, and the page that turns it on. A call signs itself."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints.views.access import officer_actor
from core.errors import Conflict
from core.web.access import CITY, officer_with, public_page
from core.web.limits import limiter
from core.web.requests import own_csrf, takes_up_to
from sp4n import callback
from sp4n.permissions import Sp4nPermission
from sp4n.views.blueprint import blueprint, navigation

calls = Blueprint("sp4n_calls", __name__)
_STATUS = {
    callback.Answer.OFF: 404,
    callback.Answer.UNSIGNED: 401,
    callback.Answer.UNREADABLE: 422,
    callback.Answer.TAKEN: 202,
}


@calls.post("/sp4n/panggilan", endpoint="take")
@own_csrf
@takes_up_to(callback.MOST_BYTES)
@limiter.limit("120 per minute")
@public_page(CITY)
def take_call() -> Response:
    """A signed call; the answer tells nothing but whether it was taken."""
    if (request.content_length or 0) > callback.MOST_BYTES:
        abort(413)
    body = request.get_data(cache=False)
    headers = request.headers
    found = callback.take(
        headers.get(callback.TIME_HEADER, ""), headers.get(callback.SIGNATURE_HEADER, ""), body
    )
    return Response(status=_STATUS[found])


@blueprint.get("/panggilan", endpoint="callback")
@officer_with(Sp4nPermission.CONFIGURE, CITY)
def callback_page() -> str:
    """Whether calls are taken, and how to sign them."""
    return _render()


@blueprint.post("/panggilan", endpoint="set_callback")
@officer_with(Sp4nPermission.CONFIGURE, CITY)
def set_page() -> Response | str | tuple[str, int]:
    """Turn it on with a new secret, shown this once, or off."""
    try:
        if request.form.get("pilihan") == "buat":
            return _render(secret=callback.renew(officer_actor()))
        callback.stop(officer_actor())
    except Conflict as conflict:
        return _render(error=conflict.message), 422
    flash("Panggilan dari SP4N-LAPOR! dimatikan.", "selesai")
    return redirect(url_for("sp4n.callback"), 303)


def _render(secret: str | None = None, error: str | None = None) -> str:
    return render_template(
        "sp4n/callback.html",
        navigation=navigation(),
        is_on=callback.is_on(),
        secret=secret,
        error=error,
        address=url_for("sp4n_calls.take", _external=True),
        headers=(callback.TIME_HEADER, callback.SIGNATURE_HEADER),
        minutes=callback.WINDOW_SECONDS // 60,
    )
