"""The blueprint of /petugas/sp4n and the pages its navigation leads to."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask_login import current_user

from core.web.access import CITY, allows
from core.web.tenant import host_kind
from sp4n.permissions import Sp4nPermission

blueprint = Blueprint("sp4n", __name__, url_prefix="/petugas/sp4n")


@dataclass(frozen=True, slots=True)
class SectionPage:
    """An entry of the navigation; shown to whoever has the permission."""

    endpoint: str
    label: str
    permission: Sp4nPermission = Sp4nPermission.VIEW


PAGES = [
    SectionPage("sp4n.parity", "Kesamaan data"),
    SectionPage("sp4n.tasks", "Perlu tindakan"),
    SectionPage("sp4n.mapping", "Pemetaan", Sp4nPermission.CONFIGURE),
    SectionPage("sp4n.imports", "Impor", Sp4nPermission.SETTLE),
    SectionPage("sp4n.preview", "Mode uji", Sp4nPermission.SETTLE),
    SectionPage("sp4n.connection", "Sambungan", Sp4nPermission.CONFIGURE),
    SectionPage("sp4n.callback", "Panggilan", Sp4nPermission.CONFIGURE),
]


def may(permission: Sp4nPermission) -> bool:
    """Whether somebody is signed in who may do this, on the host of a city."""
    return current_user.is_authenticated and host_kind() == CITY and allows(current_user.role, permission)


def navigation() -> list[dict[str, object]]:
    """The pages this officer may open; what lies below one of them belongs to it."""
    return [
        {"label": page.label, "url": url, "is_current": request.path.startswith(url)}
        for page in PAGES
        if may(page.permission) and (url := url_for(page.endpoint))
    ]
