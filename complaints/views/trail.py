"""The auditor's page: everything recorded in the city, filtered, and handed out as CSV."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from complaints.actions import ACT_LABELS
from complaints.forms.trail import TrailForm
from complaints.permissions import Permission
from complaints.queries import trail
from complaints.views.access import officer_actor
from core import audit, clock
from core.db.transaction import unit_of_work
from core.web.access import officer_with
from core.web.tenant import required_tenant

blueprint = Blueprint("trail", __name__)
#: what is shown where no day is asked for
USUAL = timedelta(days=30)
MOST_EXPORTED = 20_000


@blueprint.get("/petugas/audit", endpoint="page")
@officer_with(Permission.AUDIT)
def trail_page() -> str | tuple[str, int]:
    """The list, newest first (?siapa, tindakan, laporan, dari, sampai, alamat, per, setelah)."""
    form = _form(request.args)
    wanted = _wanted(form)
    size = request.args.get("per", default=trail.SIZES[1], type=int)
    size = size if size in trail.SIZES else trail.SIZES[1]
    found = trail.load(wanted, size) if wanted is not None else trail.Trail([], None)
    page = render_template(
        "complaints/officer/trail.html",
        form=form,
        rows=found.rows,
        page=_page(form, found.cursor, size),
        state=trail.state(),
        given=_given(form),
        is_filtered=any(_given(form).get(name) for name in ("siapa", "tindakan", "laporan", "alamat")),
        most=MOST_EXPORTED,
    )
    return page if wanted is not None else (page, 422)


@blueprint.post("/petugas/audit/unduhan", endpoint="export")
@officer_with(Permission.AUDIT)
def export() -> Response | tuple[str, int]:
    """The filtered list as CSV; that it was taken, and which part, is recorded first."""
    form = _form(request.form)
    wanted = _wanted(form)
    if wanted is None:
        return render_template(
            "complaints/officer/trail.html",
            form=form,
            rows=[],
            page=_page(form, None, trail.SIZES[1]),
            state=trail.state(),
            given=_given(form),
            is_filtered=True,
            most=MOST_EXPORTED,
        ), 422
    actor = officer_actor()
    with unit_of_work():
        audit.record("audit.exported", actor_id=actor.id, actor_name=actor.name, **_given(form))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(trail.CSV_HEADING)
    writer.writerows(trail.export(wanted, MOST_EXPORTED))
    name = f"audit-{required_tenant().slug}-{clock.local_date(required_tenant().zone)}.csv"
    return Response(
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"},
    )


def _form(values: Any) -> TrailForm:
    form = TrailForm(values)
    form.offer(trail.officers(), trail.actions(), acts=frozenset(ACT_LABELS))
    if form.dari.data is None and not form.dari.raw_data and not form.sampai.raw_data:
        form.dari.data = clock.local_date(required_tenant().zone) - USUAL
    return form


def _wanted(form: TrailForm) -> trail.Filter | None:
    """What the form asks for; None where it is refused, the reason beside the field."""
    is_fine = form.validate()
    complaint_id = None
    if form.laporan.data:
        complaint_id = trail.case_id(form.laporan.data)
        if complaint_id is None:
            shown = form.laporan.data[:40]
            form.laporan.errors = [f"Laporan {shown} tidak ditemukan atau bukan milik kota ini"]
            is_fine = False
    if not is_fine:
        return None
    return trail.Filter(
        start=_begins(form.dari.data),
        end=_begins(form.sampai.data, timedelta(days=1)),
        actor=form.siapa.data or "",
        action=form.tindakan.data or "",
        complaint_id=complaint_id,
        address=form.alamat.data or "",
        after=request.args.get("setelah"),
    )


def _begins(day: date | None, later: timedelta = timedelta()) -> datetime | None:
    if day is None or day.year < 2000 or day.year > 2200:
        return None
    return datetime.combine(day + later, time(), required_tenant().zone)


def _given(form: TrailForm) -> dict[str, Any]:
    """The filter as it stands in the address."""
    found: dict[str, Any] = {}
    for field in form:
        value = field.data
        if value:
            found[field.name] = value.isoformat() if isinstance(value, date) else str(value)
    return found


def _page(form: TrailForm, cursor: str | None, size: int) -> dict[str, Any]:
    given = _given(form)

    def url(**more: Any) -> str:
        return url_for("trail.page", **given, **more)

    return {
        "next_url": url(per=size, setelah=cursor) if cursor else None,
        "previous_url": url(per=size) if request.args.get("setelah") else None,
        "size": size,
        "sizes": [{"n": n, "url": url(per=n), "is_current": n == size} for n in trail.SIZES],
    }
