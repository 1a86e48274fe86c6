"""Hubungkan: which report there a case is, said by a person who has seen both."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints.queries import casefile
from complaints.queries.casefile import CaseView
from complaints.views.access import officer_actor
from core.errors import Conflict, FieldProblem, NotFound
from core.web.access import CITY, officer_with
from sp4n import linking
from sp4n.permissions import Sp4nPermission
from sp4n.views.blueprint import blueprint, may, navigation

CONFIRM = "hubungkan"


def link_page(number: str) -> str | None:
    """Where this officer links the report; None for one who may not. Asked by the case page."""
    if not may(Sp4nPermission.SETTLE):
        return None
    return url_for("sp4n.link", number=number)


@blueprint.get("/tautan/<string:number>", endpoint="link")
@officer_with(Sp4nPermission.SETTLE, CITY)
def link_view(number: str) -> str:
    """The case with its number there, or the form for it."""
    return _render(_case(number))


@blueprint.post("/tautan/<string:number>", endpoint="make_link")
@officer_with(Sp4nPermission.SETTLE, CITY)
def make_page(number: str) -> Response | str | tuple[str, int]:
    """First look at the report of that number, then, confirmed, link it."""
    case, wanted = _case(number), request.form.get("number", "")[:40]
    try:
        if request.form.get("langkah") != CONFIRM:
            return _render(case, preview=linking.look(case.id, wanted))
        linking.link(case.id, wanted, officer_actor())
    except (FieldProblem, Conflict) as problem:
        return _render(_case(number), typed=wanted, error=problem.message), 422
    flash("Laporan dihubungkan. Kabar dari SP4N-LAPOR! segera dibaca.", "selesai")
    return redirect(url_for("casework.case", number=number), 303)


@blueprint.post("/tautan/<string:number>/lepas", endpoint="unlink")
@officer_with(Sp4nPermission.SETTLE, CITY)
def unlink_page(number: str) -> Response | tuple[str, int]:
    """Take the link away, with a reason."""
    case, reason = _case(number), request.form.get("reason", "")
    try:
        freed = linking.unlink(case.id, reason, officer_actor())
    except (FieldProblem, Conflict) as problem:
        return _render(_case(number), typed=reason, error=problem.message), 422
    flash(f"Laporan dilepas dari nomor {freed}.", "selesai")
    return redirect(url_for("casework.case", number=number), 303)


def _case(number: str) -> CaseView:
    case = casefile.load(number, officer_actor(), "semua")
    if case is None:
        raise NotFound()
    return case


def _render(
    case: CaseView, *, preview: linking.Preview | None = None, typed: str = "", error: str | None = None
) -> str:
    return render_template(
        "sp4n/link.html",
        navigation=navigation(),
        case=case,
        linked=case.sync.number,
        preview=preview,
        typed=typed,
        error=error,
        confirm=CONFIRM,
    )
