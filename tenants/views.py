"""The root host: which cities are served here."""

from __future__ import annotations

from flask import current_app, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.extensions import db
from core.web.access import ROOT, public_page
from tenants.branding import blueprint as blueprint
from tenants.models import ACTIVE, Tenant

LONGEST_QUERY = 80


def cities(query: str) -> list[dict[str, str]]:
    """Live cities whose name contains the query: name, address, province."""
    province = aliased(Tenant)
    statement = (
        select(Tenant.name, Tenant.slug, province.name)
        .outerjoin(province, province.id == Tenant.province_id)
        .where(Tenant.kind != "province", Tenant.status == ACTIVE)
        .order_by(Tenant.name)
        .limit(600)
    )
    if query:
        statement = statement.where(func.lower(Tenant.name).contains(query.lower(), autoescape=True))
    url_of = current_app.extensions["settings"].url_of
    return [
        {"name": name, "url": url_of(slug), "province": in_province or ""}
        for name, slug, in_province in db.session.execute(statement)
    ]


@blueprint.get("/", endpoint="root")
@public_page(ROOT)
def root_page() -> str:
    """The list of cities with its search box."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    return render_template("tenants/root.html", cities=cities(query), q=query)
