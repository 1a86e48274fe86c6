"""Messages over HTTP: the short link of a reporter's message, and another try of a failed one."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from complaints.notices import delivery, links
from complaints.permissions import Permission
from complaints.queries import casefile
from complaints.views.access import grant, officer_actor
from core.errors import NotFound
from core.web.access import CITY, PROVINCE, officer_with, public_page
from core.web.limits import limiter

blueprint = Blueprint("messaging", __name__)


@blueprint.get("/l/<string:secret>", endpoint="link")
@public_page(CITY, PROVINCE)
@limiter.limit("60 per minute")
def link_page(secret: str) -> Response:
    """The link of a message: proves the browser, then shows the address without the secret."""
    number = links.number_behind(secret)
    if number is None:
        raise NotFound()
    grant(number)
    return redirect(url_for("complaints.track", number=number), 303)


@blueprint.post("/petugas/laporan/<string:number>/pesan/<uuid:notice_id>/ulang", endpoint="retry")
@officer_with(Permission.NOTE)
def retry(number: str, notice_id: uuid.UUID) -> Response:
    """Send a failed message once more."""
    case_id = casefile.find(number, officer_actor())
    if case_id is None or not delivery.try_again(case_id, notice_id):
        raise NotFound()
    flash("Pesan dikirim sekali lagi.", "selesai")
    return redirect(url_for("casework.case", number=number) + "#pesan", 303)
