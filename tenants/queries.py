"""Reading public facts of tenants: which cities are served."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.extensions import db
from tenants.models import ACTIVE, Tenant

MOST_CITIES = 600


def cities(query: str) -> list[dict[str, str]]:
    """Live cities whose name contains the query, by name: `name`, `url`, `province`."""
    province = aliased(Tenant)
    statement = (
        select(Tenant.name, Tenant.slug, province.name)
        .outerjoin(province, province.id == Tenant.province_id)
        .where(Tenant.kind != "province", Tenant.status == ACTIVE)
        .order_by(Tenant.name)
        .limit(MOST_CITIES)
    )
    if query:
        statement = statement.where(func.lower(Tenant.name).contains(query.lower(), autoescape=True))
    url_of = current_app.extensions["settings"].url_of
    return [
        {"name": name, "url": url_of(slug), "province": in_province or ""}
        for name, slug, in_province in db.session.execute(statement)
    ]
