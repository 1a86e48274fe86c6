"""Papers over HTTP: the Lembar Disposisi of a case on screen and as PDF, and what every paper needs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints import papers
from complaints.acts import printing
from complaints.acts.engine import Actor
from complaints.papers import Letterhead
from complaints.permissions import Permission
from complaints.queries import disposition
from complaints.queries.disposition import Sheet
from complaints.views.access import officer_actor
from core import clock, documents
from core.documents import DocumentError
from core.errors import NotFound
from core.web.access import officer_with
from core.web.tenant import required_tenant

blueprint = Blueprint("papers", __name__)
UNAVAILABLE = "PDF belum dapat dibuat. Anda dapat mencetak halaman ini dari peramban."


def letterhead(actor: Actor) -> Letterhead:
    """This city, printed by this officer now."""
    tenant = required_tenant()
    return Letterhead(tenant.name, tenant.service_name, actor.name, clock.now(), tenant.zone)


def pdf(template: str, paper: dict[str, Any], name: str) -> Response:
    """The paper as a file to save; where it cannot be made, back to the page with a word."""
    try:
        data = documents.render(template, paper)
    except DocumentError:
        flash(UNAVAILABLE, "tunggu")
        return redirect(request.full_path.rstrip("?").replace(".pdf", "", 1), 303)
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/petugas/laporan/<string:number>/lembar-disposisi", endpoint="disposition")
@officer_with(Permission.VIEW)
def disposition_page(number: str) -> str:
    """The latest disposition, to read and to print."""
    actor = officer_actor()
    paper = papers.disposition_sheet(_sheet(number, actor), letterhead(actor))
    return render_template(
        "complaints/officer/disposition_sheet.html",
        paper=paper,
        case_url=url_for("casework.case", number=number),
        pdf_url=url_for("papers.disposition_pdf", number=number),
    )


@blueprint.get("/petugas/laporan/<string:number>/lembar-disposisi.pdf", endpoint="disposition_pdf")
@officer_with(Permission.VIEW)
def disposition_pdf(number: str) -> Response:
    """The same as PDF; recorded."""
    actor = officer_actor()
    sheet = _sheet(number, actor)
    paper = papers.disposition_sheet(sheet, letterhead(actor))
    printing.record("disposition_sheet.printed", actor, subject_id=sheet.complaint_id, number=sheet.number)
    return pdf("disposition_sheet", paper, f"lembar-disposisi-{sheet.number}.pdf")


def _sheet(number: str, actor: Actor) -> Sheet:
    found = disposition.sheet(number, actor)
    if found is None:
        raise NotFound()
    return found
