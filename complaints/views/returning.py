"""The way back: a case opened from a list knows the list, its row there, and the report that follows.

The list travels as `asal`, a canonical query string that is checked anew at each request and can lead nowhere
but to the inbox; `posisi` is the place the report had when it was opened.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import flash, has_request_context, redirect, request, url_for
from werkzeug.wrappers import Response

from complaints.permissions import Permission
from complaints.queries import filters, inbox, paging
from complaints.queries.filters import Asked
from complaints.views.access import officer_sight
from complaints.views.casework import blueprint
from core.web.access import officer_with

_CARRYING = frozenset({"casework.case", "casework.act", "casework.contact", "casework.undo"})


def list_of_request() -> Asked | None:
    """The list this request came from."""
    return filters.read_query(request.args.get("asal"))


def list_url(asked: Asked | None, number: str | None = None) -> str:
    """The list, at the row of a report."""
    address = url_for("casework.inbox")
    if asked is not None:
        address += f"?{asked.as_text()}"
    return f"{address}#l-{number}" if number else address


def row_suffix(asked: Asked) -> str:
    """What follows the address of every case in a list, up to the row's own place."""
    return f"?asal={quote(asked.as_text(), safe='')}&posisi="


@blueprint.url_defaults
def _keep_list(endpoint: str, values: dict[str, Any]) -> None:
    """Pages and acts of a case carry the list on."""
    if endpoint in _CARRYING and "asal" not in values and has_request_context() and "asal" in request.args:
        asked = list_of_request()
        if asked is not None:
            values["asal"] = asked.as_text()
            place = request.args.get("posisi")
            if paging.read_cursor(place):
                values["posisi"] = place


@blueprint.context_processor
def _ways() -> dict[str, Any]:
    """`back_url` and `next_url` of the case of this request."""
    number = (request.view_args or {}).get("number")
    if number is None:
        return {}
    asked = list_of_request()
    return {"back_url": list_url(asked, number), "next_url": following_url(number)}


def following_url(number: str) -> str | None:
    """The address that opens the report after this one in the list it was opened from."""
    asked, place = list_of_request(), request.args.get("posisi")
    if asked is None or not paging.read_cursor(place):
        return None
    return url_for("casework.following", asal=asked.as_text(), posisi=place, lewat=number)


@blueprint.get("/petugas/berikutnya", endpoint="following")
@officer_with(Permission.VIEW)
def following_page() -> Response:
    """On to the next report of the list; at its end back to the list."""
    asked = list_of_request() or Asked()
    passed = request.args.get("lewat", "")
    sight, place = officer_sight(), request.args.get("posisi")
    found: inbox.Next | inbox.InboxRow | None = None
    if paging.read_cursor(place) and not asked.words:
        found = inbox.next_in(asked.view, place, but=passed, filters=asked.filters, sight=sight)
    elif asked.words:
        page = inbox.load_asked(asked, sight, after=place, size=filters.SIZES[0])
        found = next((row for row in page.rows if row.number != passed), None)
    if found is None:
        flash("Tidak ada laporan berikutnya dalam daftar ini.", "info")
        return redirect(list_url(asked), 303)
    return redirect(f"{url_for('casework.case', number=found.number)}{row_suffix(asked)}{found.place}", 303)
