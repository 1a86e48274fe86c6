"""Mode uji: what would be sent of each report, call by call, and what would stop it. Nothing is sent."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from complaints.queries import casefile
from complaints.views.access import officer_actor
from core.errors import DomainError
from core.web.access import CITY, officer_with
from sp4n import settings
from sp4n.permissions import Sp4nPermission
from sp4n.preview import compose, listing
from sp4n.preview.words import KINDS
from sp4n.views.blueprint import blueprint, may, navigation

LONGEST_NUMBER = 40


def preview_page(number: str) -> str | None:
    """Where this officer sees what is sent of a report; None for one who may not. Asked by the case page."""
    if not may(Sp4nPermission.SETTLE):
        return None
    return url_for("sp4n.preview", nomor=number)


@blueprint.get("/uji", endpoint="preview")
@officer_with(Sp4nPermission.SETTLE, CITY)
def preview_view() -> str | tuple[str, int]:
    """The newest reports of which something would be sent, or one of them in full."""
    number = request.args.get("nomor", "").strip()[:LONGEST_NUMBER]
    if not number:
        return _render()
    complaint_id = casefile.find(number, officer_actor())
    if complaint_id is None:
        return _render(typed=number, error="Tidak ada laporan dengan nomor itu."), 422
    try:
        return _render(typed=number, found=compose.of_case(complaint_id))
    except DomainError as refusal:
        return _render(typed=number, error=refusal.message), 422


def _render(*, typed: str = "", found: compose.Preview | None = None, error: str | None = None) -> str:
    connection = settings.shown()
    context: dict[str, Any] = {
        "navigation": navigation(),
        "typed": typed,
        "found": found,
        "error": error,
        "mode": connection["mode"] if connection else None,
        "kinds": KINDS,
        "mapping_url": url_for("sp4n.mapping") if may(Sp4nPermission.CONFIGURE) else None,
        "rows": listing.newest() if found is None and connection else [],
    }
    return render_template("sp4n/preview.html", **context)
