"""A tenant's face: its stylesheet, made from one colour, and its logo.

Both under addresses that change with them.
"""

from __future__ import annotations

from flask import Blueprint, Response

from core.errors import NotFound
from core.storage import store
from core.web.access import public_page
from core.web.assets import IMMUTABLE
from core.web.tenant import required_tenant
from tenants.palette import derive, stylesheet

blueprint = Blueprint("tenants", __name__)


@blueprint.get("/tema/<string:digest>.css", endpoint="theme")
@public_page()
def theme(digest: str) -> Response:
    """Custom properties of the derived palette.

    An outdated address is 404, never another tenant's colours.
    """
    tenant = required_tenant()
    if digest != tenant.theme_hash:
        raise NotFound()
    return _immutable(Response(stylesheet(derive(tenant.color)), mimetype="text/css"))


@blueprint.get("/logo/<string:digest>", endpoint="logo")
@public_page()
def logo(digest: str) -> Response:
    """The logo as PNG."""
    tenant = required_tenant()
    if tenant.logo_key is None or tenant.logo_url != f"/logo/{digest}":
        raise NotFound()
    return _immutable(Response(store().get(tenant.logo_key), mimetype="image/png"))


def _immutable(response: Response) -> Response:
    response.headers["Cache-Control"] = IMMUTABLE
    return response
