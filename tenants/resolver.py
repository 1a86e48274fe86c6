"""Host name → tenant, before anything else of a request. The only source of a tenant on the web.

A host nobody registered is a 404, a suspended tenant a closed page; there is no fallback.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask, Response, g, render_template, request, session
from sqlalchemy import Row, bindparam, select

from core.config import Settings
from core.db.tenancy import bind
from core.extensions import db
from core.web.tenant import TenantView, put_tenant, request_tenant
from core.web.tracing import trace
from tenants.models import SUSPENDED, Tenant, TenantHost

_SESSION_TENANT = "tenant"
_WITHOUT_TENANT = ("assets.file", "health.check")


def host_name(header: str) -> str:
    """The host without port, lower case: `Kota-A.Example:8000` → `kota-a.example`."""
    return header.rsplit(":", 1)[0].lower().rstrip(".") if ":" in header else header.lower().rstrip(".")


_tenant, _host = Tenant.__table__, TenantHost.__table__
_province = _tenant.alias("province")
_BY_HOST = (
    select(_tenant, _province.c.name.label("province_name"))
    .select_from(_host.join(_tenant, _tenant.c.id == _host.c.tenant_id))
    .outerjoin(_province, _province.c.id == _tenant.c.province_id)
    .where(_host.c.host == bindparam("host"))
)


def lookup(host: str) -> tuple[TenantView, bool] | None:
    """The tenant of a host and whether it is suspended, or None.

    One query outside of any session: no transaction that began without a tenant is left behind.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        row = connection.execute(_BY_HOST, {"host": host}).first()
    return None if row is None else (_view(row, host), row.status == SUSPENDED)


def _view(tenant: Row[*tuple[Any, ...]], host: str) -> TenantView:
    return TenantView(
        id=tenant.id,
        kind=tenant.kind,
        code=tenant.code,
        slug=tenant.slug,
        letters=tenant.letters,
        name=tenant.name,
        short_name=tenant.short_name,
        service_name=tenant.service_name,
        timezone=tenant.timezone,
        host=host,
        province_id=tenant.province_id,
        province_name=tenant.province_name,
        phone=tenant.phone,
        whatsapp=tenant.whatsapp,
        email=tenant.email,
        address=tenant.address,
        service_hours=tenant.service_hours,
        color=tenant.color,
        theme_hash=theme_hash(tenant.color),
        logo_key=tenant.logo_key,
        logo_url=_logo_url(tenant.logo_key),
    )


def theme_hash(color: str) -> str:
    """Names the stylesheet of a colour; changes with the colour and with the palette rule's version."""
    return hashlib.sha256(f"1:{color.lower()}".encode()).hexdigest()[:12]


def _logo_url(key: str | None) -> str | None:
    return None if key is None else f"/logo/{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def install(app: Flask, settings: Settings) -> None:
    """Resolve every request's tenant first of all."""

    @app.before_request
    def _resolve() -> Response | None:
        put_tenant(None)
        if request.endpoint in _WITHOUT_TENANT:
            return None
        host = host_name(request.host)
        if host == settings.base_domain:
            _drop_foreign_session(None)
            return None
        found = lookup(host)
        if found is None:
            return _html("tenants/unknown.html", 404, host=host, root_url=settings.url_of())
        tenant, suspended = found
        put_tenant(tenant)
        trace(tenant_id=tenant.id)
        if suspended:
            return _html("tenants/suspended.html", 503, root_url=settings.url_of())
        bind(db.session(), tenant.id)
        _drop_foreign_session(tenant.id)
        return None

    @app.after_request
    def _stamp_session(response: Response) -> Response:
        tenant = request_tenant()
        if session and session.modified and tenant is not None:
            session[_SESSION_TENANT] = tenant.id
        return response


def _html(template: str, status: int, **values: str) -> Response:
    g.tenant_closed = True
    return Response(render_template(template, **values), status, mimetype="text/html")


def _drop_foreign_session(tenant_id: int | None) -> None:
    """A cookie made on another host carries another tenant: it counts for nothing here."""
    if session and session.get(_SESSION_TENANT) != tenant_id:
        session.clear()
