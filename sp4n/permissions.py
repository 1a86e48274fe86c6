"""What officers may do with their city's connection to the national side. Pure."""

from __future__ import annotations

from enum import StrEnum

from tenants.officers.roles import Role


class Sp4nPermission(StrEnum):
    """To see how the two sides stand, to settle what differs, to change the connection."""

    VIEW = "sp4n.view"
    SETTLE = "sp4n.settle"
    CONFIGURE = "sp4n.configure"


GRANTS: dict[str, frozenset[str]] = {
    Role.CITY_ADMINISTRATOR: frozenset(Sp4nPermission),
    Role.VERIFIER: frozenset({Sp4nPermission.VIEW, Sp4nPermission.SETTLE}),
    Role.OBSERVER: frozenset({Sp4nPermission.VIEW}),
}
