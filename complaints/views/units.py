"""The department's own pages: the queue in three groups, and the month's recap on screen and paper."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints import papers
from complaints.acts import printing
from complaints.acts.engine import Actor
from complaints.forms.checks import chosen_id
from complaints.permissions import Permission
from complaints.queries import recap, reference, units
from complaints.queries.units import Unit
from complaints.views.access import officer_actor
from complaints.views.printing import letterhead, pdf
from core import clock, formats
from core.web.access import officer_with
from core.web.tenant import required_tenant

blueprint = Blueprint("units", __name__)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
MONTHS_OFFERED = 13


@blueprint.get("/petugas/unit", endpoint="queue")
@officer_with(Permission.VIEW)
def queue_page() -> str:
    """What the department has to take in, to work on and to approve; the city's officers choose which."""
    actor = officer_actor()
    unit = _unit(actor)
    places = {key: request.args.get(f"setelah_{key}") for key in units.GROUPS}
    groups = units.queue(unit.id, places) if unit else []
    asked: dict[str, Any] = {} if actor.own_department_only or unit is None else {"unit": str(unit.id)}
    return render_template(
        "complaints/officer/unit.html",
        unit=unit,
        groups=[_group(group, asked) for group in groups],
        is_empty=unit is not None and not any(group.count or group.goes_on for group in groups),
        units=_choices(actor),
        may_accept=Permission.ACCEPT in actor.grants,
        may_delegate=Permission.DELEGATE in actor.grants,
        recap_url=url_for("units.recap", **asked),
    )


def _unit(actor: Actor) -> Unit | None:
    """The officer's own department, or the one asked for; None where none of this city's was."""
    if actor.own_department_only:
        return units.unit(actor.department_id) if actor.department_id else None
    wanted = request.args.get("unit")
    return units.unit(chosen_id(wanted)) if wanted else None


def _choices(actor: Actor) -> list[tuple[str, str]]:
    return [] if actor.own_department_only else reference.departments()


def _group(group: units.Group, asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": group.key,
        "label": group.label,
        "count": min(group.count, units.MOST_COUNTED),
        "has_more": group.count > units.MOST_COUNTED,
        "rows": group.rows,
        "next_url": _further(group, asked, group.cursor) if group.cursor else None,
        "first_url": _further(group, asked, None) if group.goes_on else None,
    }


def _further(group: units.Group, asked: dict[str, Any], cursor: str | None) -> str:
    more: dict[str, Any] = {f"setelah_{group.key}": cursor} if cursor else {}
    return url_for("units.queue", **asked, **more, _anchor=f"kelompok-{group.key}")


@blueprint.get("/petugas/unit/rekap", endpoint="recap")
@officer_with(Permission.VIEW)
def recap_page() -> str:
    """The month's recap, to read and to print."""
    actor = officer_actor()
    unit, month = _unit(actor), _month(request.args.get("bulan"))
    asked: dict[str, Any] = {} if actor.own_department_only or unit is None else {"unit": str(unit.id)}
    paper = _recap(unit, month, actor) if unit else None
    return render_template(
        "complaints/officer/unit_recap.html",
        unit=unit,
        units=_choices(actor),
        paper=paper,
        month=month,
        months=_months(month),
        pdf_url=url_for("units.recap_pdf", bulan=f"{month:%Y-%m}", **asked),
    )


@blueprint.get("/petugas/unit/rekap.pdf", endpoint="recap_pdf")
@officer_with(Permission.VIEW)
def recap_pdf() -> Response:
    """The same as PDF; recorded."""
    actor = officer_actor()
    unit, month = _unit(actor), _month(wanted := request.args.get("bulan"))
    if unit is None or wanted != f"{month:%Y-%m}":
        return redirect(url_for("units.recap"), 303)
    paper = _recap(unit, month, actor)
    printing.record("unit_recap.printed", actor, subject_id=unit.id, unit=unit.name, month=f"{month:%Y-%m}")
    return pdf("unit_recap", paper, f"rekap-{month:%Y-%m}.pdf")


def _recap(unit: Unit, month: date, actor: Actor) -> dict[str, Any]:
    return papers.unit_recap(unit.name, month, recap.month_of(unit.id, month), letterhead(actor))


def _month(wanted: str | None) -> date:
    """First day of the month asked for as 2026-11; the present one for anything else or the future."""
    today = clock.now().astimezone(required_tenant().zone).date()
    found = _MONTH.fullmatch(wanted or "")
    month = date(int(found[1]), int(found[2]), 1) if found else today.replace(day=1)
    return min(month, today.replace(day=1))


def _months(chosen: date) -> list[dict[str, Any]]:
    """The last months as choices, and the chosen one where it is older."""
    today = clock.now().astimezone(required_tenant().zone).date()
    found = []
    for back in range(MONTHS_OFFERED):
        years, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        found.append(date(years, month + 1, 1))
    if chosen not in found:
        found.append(chosen)
    return [
        {
            "key": f"{each:%Y-%m}",
            "label": f"{formats.MONTHS[each.month - 1]} {each.year}",
            "is_current": each == chosen,
        }
        for each in found
    ]
