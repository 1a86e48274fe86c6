"""The root host: which cities are served here."""

from __future__ import annotations

from flask import render_template, request

from core.web.access import ROOT, public_page
from tenants.branding import blueprint as blueprint
from tenants.queries import cities

LONGEST_QUERY = 80


@blueprint.get("/", endpoint="root")
@public_page(ROOT)
def root_page() -> str:
    """The list of cities with its search box."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    return render_template("tenants/root.html", cities=cities(query), q=query)
