"""Who sees the figures of a province. Code asks for permissions, never for roles. Pure."""

from __future__ import annotations

from enum import StrEnum

from tenants.officers.roles import Role


class Permission(StrEnum):
    """Permissions of monitoring."""

    VIEW_FIGURES = "figures.view"


GRANTS: dict[str, frozenset[str]] = {
    Role.PROVINCE_ADMINISTRATOR: frozenset({Permission.VIEW_FIGURES}),
    Role.PROVINCE_OBSERVER: frozenset({Permission.VIEW_FIGURES}),
}
