"""The officer's pages: the inbox and the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from complaints.acts.identity import Contact
from complaints.answers import Filled
from complaints.forms.officer import ActForm
from complaints.permissions import Permission, may_see_identity
from complaints.queries import casefile, inbox
from complaints.views.access import officer_actor
from complaints.views.panels import next_step, panel
from complaints.workflow import Act
from core import formats
from core.errors import NotFound
from core.web.access import officer_with
from core.web.tenant import required_tenant

blueprint = Blueprint("casework", __name__)
LONGEST_QUERY = 80


@blueprint.get("/petugas/", endpoint="inbox")
@officer_with(Permission.VIEW)
def inbox_page() -> str:
    """The list of a view, most urgent first."""
    officer = current_user
    view = request.args.get("tampilan", "")
    view = view if view in inbox.VIEWS else next(iter(inbox.VIEWS))
    size = request.args.get("per", default=inbox.SIZES[1], type=int)
    size = size if size in inbox.SIZES else inbox.SIZES[1]
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    after = request.args.get("setelah")
    found = inbox.load(
        view,
        department_id=officer.department_id if officer.own_department_only else None,
        after=after,
        size=size,
        own_unit=officer.own_department_only,
        query=query,
    )
    turn = view in ("perlu", "baru", "disposisi", "segera", "terlambat")
    return render_template(
        "complaints/officer/inbox.html",
        views=_views(found, view, size),
        rows=found.rows,
        q=query,
        page=_page(found, view, size, after),
        first_url=found.rows[0].url if found.rows and turn and not query else None,
        empty_text=_empty_text(found, query),
    )


def _views(found: inbox.Inbox, current: str, size: int) -> list[dict[str, Any]]:
    keys = [
        key for key in inbox.VIEWS if not (current_user.own_department_only and key in ("baru", "disposisi"))
    ]
    return [
        {
            "key": key,
            "label": inbox.VIEWS[key][0],
            "count": min(found.counts[key], inbox.MOST_COUNTED) if key in found.counts else None,
            "has_more": found.counts.get(key, 0) > inbox.MOST_COUNTED,
            "url": url_for("casework.inbox", tampilan=key, per=size),
            "is_current": key == current,
        }
        for key in keys
    ]


def _page(found: inbox.Inbox, view: str, size: int, after: str | None) -> dict[str, Any]:
    def url(**more: Any) -> str:
        return url_for("casework.inbox", tampilan=view, **more)

    return {
        "next_url": url(per=size, setelah=found.cursor) if found.cursor else None,
        "previous_url": url(per=size) if after else None,
        "size": size,
        "sizes": [{"n": n, "url": url(per=n), "is_current": n == size} for n in inbox.SIZES],
    }


def _empty_text(found: inbox.Inbox, query: str) -> str:
    if query:
        return f"Tidak ada laporan dengan nomor “{query}”."
    if found.next_due is None:
        return "Tidak ada yang perlu Anda tindak lanjuti sekarang."
    when = formats.long_date(found.next_due.astimezone(required_tenant().zone).date())
    return f"Tidak ada yang perlu Anda tindak lanjuti sekarang. Laporan berikutnya jatuh tempo {when}."


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
) -> str:
    """The case page; `bound` holds a form that was refused or comes back from its preview, `contact` an
    identity whose view was just recorded, `filled` the template the form just took.
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
        contact=contact,
        can_see_contact=not case.is_copy and may_see_identity(actor.grants, anonymous=case.is_anonymous),
        contact_url=url_for("casework.contact", number=number),
        conflict=conflict,
    )
