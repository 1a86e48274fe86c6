"""The request's tenant as the rest of the web sees it.

Put there once by the resolver, before anything else runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import g, has_request_context

from core.errors import NotFound
from core.web.access import CITY, PROVINCE, ROOT


@dataclass(frozen=True, slots=True)
class TenantView:
    """Public facts of the tenant that owns the host. `kind` is kota, kab or province."""

    id: int
    kind: str
    code: str
    slug: str
    letters: str
    name: str
    short_name: str
    service_name: str
    timezone: str
    host: str
    province_id: int | None
    province_name: str | None
    phone: str | None
    whatsapp: str | None
    email: str | None
    address: str | None
    service_hours: str | None
    color: str
    theme_hash: str
    logo_key: str | None
    logo_url: str | None

    @property
    def zone(self) -> ZoneInfo:
        """The tenant's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def is_province(self) -> bool:
        """Whether this is a province's own host."""
        return self.kind == "province"


def put_tenant(tenant: TenantView | None) -> None:
    """Set by the resolver: the tenant, or None on the root host."""
    g.tenant = tenant


def request_tenant() -> TenantView | None:
    """The tenant of this request; None on the root host and outside requests."""
    return g.get("tenant") if has_request_context() else None


def required_tenant() -> TenantView:
    """The tenant of this request. Raises NotFound on the root host."""
    tenant = request_tenant()
    if tenant is None:
        raise NotFound()
    return tenant


def host_kind() -> str:
    """root, city or province."""
    tenant = request_tenant()
    if tenant is None:
        return ROOT
    return PROVINCE if tenant.is_province else CITY
