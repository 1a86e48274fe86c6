"""The officer's page of one case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for

from complaints import ports, presence
from complaints.acts.identity import Contact
from complaints.answers import Filled
from complaints.forms.officer import ActForm
from complaints.permissions import Permission, may_see_identity
from complaints.queries import casefile, notices
from complaints.queries.groups import related
from complaints.views.access import officer_actor
from complaints.views.panels import next_step, panel
from complaints.workflow import Act
from core.errors import NotFound
from core.web.access import officer_with

blueprint = Blueprint("casework", __name__)


@blueprint.get("/petugas/laporan/<string:number>/cetak", endpoint="print")
@officer_with(Permission.VIEW)
def print_page(number: str) -> str:
    """The case as a document: everything but identity and forms."""
    case = casefile.load(number, officer_actor(), "semua")
    if case is None:
        raise NotFound()
    return render_template("complaints/officer/case_print.html", case=case)


@blueprint.get("/petugas/laporan/<string:number>", endpoint="case")
@officer_with(Permission.VIEW)
def case_page(number: str) -> str:
    """One case."""
    return render_case(number)


def render_case(
    number: str,
    *,
    bound: dict[Act, ActForm] | None = None,
    contact: Contact | None = None,
    conflict: Mapping[str, Any] | None = None,
    filled: Filled | None = None,
    kept: str | None = None,
    around: Mapping[str, Any] | None = None,
) -> str:
    """The case page; `bound` holds a form that was refused or comes back from its preview, `contact` an
    identity whose view was just recorded, `filled` the template the form just took, `kept` the sentence above
    a form that outlived its session, `around` the ways back where the request is not one of this blueprint.
    """
    actor = officer_actor()
    kinds = request.args.get("saring", "semua")
    kinds = kinds if kinds in casefile.FILTERS else "semua"
    case = casefile.load(number, actor, kinds)
    if case is None:
        raise NotFound()
    offered = panel(case, actor, request.args.get("tindakan"), bound or {}, filled)
    return render_template(
        "complaints/officer/case.html",
        case=case,
        next_step=next_step(case, offered),
        panel=offered,
        timeline=case.timeline,
        filters=[
            {
                "key": key,
                "label": label,
                "url": url_for("casework.case", number=number, saring=key) + "#perkembangan",
                "is_current": key == kinds,
            }
            for key, (label, _) in casefile.FILTERS.items()
        ],
        sync=case.sync,
        sync_links=_sync_links(case),
        link_page=ports.link_page(number),
        preview_page=ports.preview_page(number) if case.sync != ports.NOT_CONNECTED else None,
        openers=presence.opened(case.id, actor.id, actor.name),
        related=related(case.row, actor),
        notices=notices.of_case(case.id, case.number),
        contact=contact,
        can_see_contact=not case.is_copy and may_see_identity(actor.grants, anonymous=case.is_anonymous),
        contact_url=url_for("casework.contact", number=number),
        conflict=conflict,
        kept=kept,
        **(around or {}),
    )


def _sync_links(case: casefile.CaseView) -> list[tuple[str, str]]:
    """(address, words) of what the exchange asks of this officer."""
    links = {
        "differs": (ports.sync_differences_of, "Lihat kedua sisi"),
        "needs_person": (ports.sync_tasks_of, "Buka di Perlu tindakan"),
    }
    if case.sync.state not in links:
        return []
    source, words = links[case.sync.state]
    url = source(case.id)
    return [(url, words)] if url else []
