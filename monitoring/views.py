"""The province's pages."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core import clock
from core.web.access import PROVINCE, officer_with, public_page
from core.web.tenant import required_tenant
from monitoring import periods, queries
from monitoring.permissions import Permission

blueprint = Blueprint("monitoring", __name__)


@blueprint.get("/", endpoint="home")
@public_page(PROVINCE)
def home() -> Response:
    """A province's host opens with its figures; whoever is not signed in is asked to on the way."""
    return redirect(url_for("monitoring.dashboard"), 303)


@blueprint.get("/provinsi/", endpoint="dashboard")
@officer_with(Permission.VIEW_FIGURES, PROVINCE)
def dashboard() -> str:
    """Figures of the province's cities in the chosen period (?periode=)."""
    now = clock.now()
    today = clock.local_date(required_tenant().zone, now)
    period = periods.choose(request.args.get("periode"), today)
    found = queries.dashboard(period, now=now, today=today)
    choices = [
        {
            "label": label,
            "url": url_for("monitoring.dashboard", periode=None if key == periods.DEFAULT else key),
            "is_current": key == period.key,
        }
        for key, label in periods.LABELS.items()
    ]
    return render_template(
        "monitoring/dashboard.html",
        as_of=found.as_of,
        totals=found.totals,
        rows=found.rows,
        chart=found.chart,
        periods=choices,
    )
