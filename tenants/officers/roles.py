"""Roles of officers, in words and in what they may do to the tenant itself. Pure."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """City roles, province roles, and the deployment's operator (command line only)."""

    CITY_ADMINISTRATOR = "city_administrator"
    VERIFIER = "verifier"
    LIAISON_OFFICER = "liaison_officer"
    HANDLER = "handler"
    DEPARTMENT_HEAD = "department_head"
    OBSERVER = "observer"
    PROVINCE_ADMINISTRATOR = "province_administrator"
    PROVINCE_OBSERVER = "province_observer"


LABELS: dict[str, str] = {
    Role.CITY_ADMINISTRATOR: "Admin kota",
    Role.VERIFIER: "Verifikator",
    Role.LIAISON_OFFICER: "Pejabat penghubung",
    Role.HANDLER: "Petugas unit",
    Role.DEPARTMENT_HEAD: "Kepala unit",
    Role.OBSERVER: "Pemantau",
    Role.PROVINCE_ADMINISTRATOR: "Admin provinsi",
    Role.PROVINCE_OBSERVER: "Pemantau provinsi",
}

PROVINCE_ROLES = frozenset({Role.PROVINCE_ADMINISTRATOR, Role.PROVINCE_OBSERVER})
#: roles that sit in one department and see only its cases
DEPARTMENT_ROLES = frozenset({Role.LIAISON_OFFICER, Role.HANDLER, Role.DEPARTMENT_HEAD})


class OfficerPermission(StrEnum):
    """What any signed-in officer may do to the own session."""

    SIGN_OUT = "officer.sign_out"


GRANTS: dict[str, frozenset[str]] = {role: frozenset({OfficerPermission.SIGN_OUT}) for role in Role}
