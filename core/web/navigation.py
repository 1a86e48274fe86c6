"""The officers' main pages, as links of the header. Each package names its own where it joins in.

Invariant: a link is shown only to an officer whose role may open it, on a kind of host that has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, current_app, request, url_for
from flask_login import current_user

from core.web.access import CITY, PROVINCE
from core.web.tenant import host_kind

_PAGES = "staff_pages"


@dataclass(frozen=True, slots=True)
class StaffPage:
    """A page of the header. `section`: addresses that begin with it make the link the present one."""

    endpoint: str
    label: str
    permission: StrEnum
    section: str
    hosts: tuple[str, ...] = (CITY, PROVINCE)


@dataclass(frozen=True, slots=True)
class StaffLink:
    """A link as the layout draws it."""

    label: str
    url: str
    is_current: bool


def add_pages(app: Flask, *pages: StaffPage) -> None:
    """Add links after those that are there already."""
    app.extensions.setdefault(_PAGES, []).extend(pages)


def install(app: Flask) -> None:
    """Give the links to the layouts."""
    app.jinja_env.globals["staff_links"] = staff_links


def staff_links() -> list[StaffLink]:
    """The signed-in officer's pages on this host. Of several sections that fit the longest is present."""
    grants = current_app.extensions["grants"].get(current_user.role, frozenset())
    kind = host_kind()
    pages: list[StaffPage] = current_app.extensions.get(_PAGES, [])
    shown = [page for page in pages if page.permission in grants and kind in page.hosts]
    present = max(
        (page.section for page in shown if request.path.startswith(page.section)), key=len, default=""
    )
    return [StaffLink(page.label, url_for(page.endpoint), page.section == present) for page in shown]
