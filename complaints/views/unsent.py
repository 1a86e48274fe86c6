"""A form of the case page that was sent after the session had ended: shown again, filled in, and not done."""

from __future__ import annotations

from flask import url_for
from flask_login import current_user

from complaints.forms.officer import typed_text
from complaints.permissions import Permission
from complaints.queries import casefile
from complaints.views.access import officer_actor
from complaints.views.casework import render_case
from complaints.views.offers import BY_SLUG
from complaints.views.panels import is_offered
from complaints.views.returning import list_url
from core.web.access import allows
from core.web.unsent import Fields

STILL_THERE = "Isian Anda masih ada. Periksa, lalu kirim sekali lagi."
NOT_NOW = "Tindakan “{label}” tidak dapat lagi dilakukan pada laporan ini."


def address(number: str, slug: str) -> str:
    """The case, with the form of the act open where it is offered."""
    return url_for("casework.case", number=number, tindakan=slug)


def page(fields: Fields, number: str, slug: str) -> str | None:
    """The case page with the form as it was typed and the present version; nothing is checked or done yet.

    Where the act is no longer offered the text is shown above. None: this officer may not see the case.
    """
    offer = BY_SLUG.get(slug)
    if offer is None or not allows(current_user.role, Permission.VIEW):
        return None
    actor = officer_actor()
    case = casefile.load(number, actor, "semua")
    if case is None:
        return None
    form = offer.form(formdata=fields)
    around = {"back_url": list_url(None, number), "next_url": None}
    if is_offered(case, actor, offer):
        return render_case(number, bound={offer.act: form}, kept=STILL_THERE, around=around)
    conflict = {"sentence": NOT_NOW.format(label=offer.label), "text": typed_text(form)}
    return render_case(number, conflict=conflict, around=around)
