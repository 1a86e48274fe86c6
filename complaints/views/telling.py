"""What the officer reads after an act: what was done, and the way to take it back while that is possible."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from complaints import workflow
from complaints.acts import undoing
from complaints.acts.engine import Done
from complaints.forms.checks import chosen_id
from complaints.permissions import Permission
from complaints.queries import casefile
from complaints.views.access import officer_actor
from complaints.views.casework import blueprint
from complaints.views.returning import following_url, list_of_request, list_url
from core.errors import Conflict, NotFound
from core.web.access import officer_with


def tell(sentence: str, done: Done, act: str) -> None:
    """Flash the sentence of an act; with [Urungkan] where it can be undone, and the way to the next report of
    the list.
    """
    seconds = int(current_app.extensions["settings"].undo_seconds)
    message: dict[str, Any] = {"text": sentence}
    if seconds and done.event_id is not None and act not in workflow.REMARKS:
        message["undo"] = {
            "url": url_for("casework.undo", number=done.number),
            "event": str(done.event_id),
            "seconds": seconds,
        }
    following = following_url(done.number)
    if following is not None:
        message["following"] = {"url": following, "label": "Laporan berikutnya"}
    flash(message if len(message) > 1 else sentence, "selesai")  # type: ignore[arg-type] # kept as JSON


def after_act(number: str, *, is_in_sight: bool) -> Response:
    """Back to the case, or to the list where the act took the case out of the officer's sight."""
    if is_in_sight:
        return redirect(url_for("casework.case", number=number), 303)
    return redirect(list_url(list_of_request()), 303)


@blueprint.post("/petugas/laporan/<string:number>/urungkan", endpoint="undo")
@officer_with(Permission.UNDO)
def undo_page(number: str) -> Response:
    """Take one's own last act back; too late or overtaken is told in words, and changes nothing."""
    actor = officer_actor()
    case_id = casefile.find_own(number, actor)
    if case_id is None:
        raise NotFound()
    try:
        undoing.take_back(case_id, chosen_id(request.form.get("event")), actor)
    except Conflict as refusal:
        flash(refusal.message, "lambat")
    else:
        flash(f"Tindakan pada laporan {number} diurungkan. Laporan kembali seperti sebelumnya.", "selesai")
    return after_act(number, is_in_sight=casefile.find(number, actor) is not None)
