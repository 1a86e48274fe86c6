"""The demonstration's province and cities: tenants, departments, areas, officers, and the file of accounts.

Invariant: repeating it adds what is missing and changes nothing else.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from complaints.models import CaseworkSettings
from complaints.provisioning import route_categories
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from demo.scenario import OfficerData, Place, Scenario
from tenants import provisioning
from tenants.models import Officer
from tenants.officers import accounts
from tenants.officers.roles import DEPARTMENT_ROLES, LABELS, Role

_FROM_FILE = {each.name for each in fields(provisioning.TenantSpec)} - {"province"}


def password_of(slug: str, seed: str | None) -> str:
    """The password of all officers of one tenant. With a seed it is this installation's own."""
    word = f"demo-petugas-{slug.partition('-')[2] or slug}"
    if seed is None:
        return word
    return f"{word}-{hmac.digest(seed.encode(), slug.encode(), 'sha256').hex()[:6]}"


def provision(data: Scenario, password_seed: str | None) -> dict[str, int]:
    """Province and cities with everything they need to work. Returns the tenants' ids by slug."""
    found = {}
    for place in (data.province, *data.cities):
        province = None if place.kind == "province" else data.province.slug
        password = password_of(place.slug, password_seed)
        tenant_id = found[place.slug] = provisioning.provision(_spec(place, province, password))
        with tenant_scope(tenant_id), unit_of_work():
            departments = provisioning.add_departments([dict(each) for each in place.departments])
            provisioning.add_areas([dict(each) for each in place.areas])
            route_categories(
                {kind: departments[each["code"]] for each in place.departments for kind in each["serves"]}
            )
            _add_officers(place, departments, password)
            if place.kind != "province":
                _add_rules(bool(data.pace_of(place.slug).get("needs_approval")))
    return found


def _spec(place: Place, province: str | None, password: str) -> provisioning.TenantSpec:
    first = place.officers[0]
    values = {name: value for name, value in place.row.items() if name in _FROM_FILE}
    values.setdefault("letters", provisioning.letters_from(place.row["short_name"]))
    return provisioning.TenantSpec(
        **values, province=province, admin_email=first.email, admin_name=first.name, admin_password=password
    )


def _add_rules(needs_approval: bool) -> None:
    if needs_approval and db.session.scalar(select(CaseworkSettings.id)) is None:
        db.session.add(CaseworkSettings(needs_approval=True))


def _add_officers(place: Place, departments: dict[str, Any], password: str) -> None:
    known = set(db.session.scalars(select(Officer.email)))
    missing = [each for each in place.officers if each.email not in known]
    # One hash for all: they share the password, and hashing takes 40 ms of one core.
    digest = accounts.hash_password(password) if missing else None
    for each in missing:
        role = Role(each.role)
        unit = departments[each.department or ""] if role in DEPARTMENT_ROLES else None
        officer = accounts.create(
            email=each.email, name=each.name, role=role, password=None, department_id=unit
        )
        officer.password_hash = digest


def write_accounts(path: Path, data: Scenario, password_seed: str | None, **more: Any) -> None:
    """Addresses and one account a role and tenant, as JSON for whoever starts the demonstration; atomic."""
    settings = current_app.extensions["settings"]
    places = (*data.cities, data.province)
    content = {
        "hosts": {
            "semua kota": settings.url_of(),
            **{each.slug: settings.url_of(each.slug) for each in places},
        },
        "accounts": [
            {
                "host": settings.url_of(place.slug),
                "role": LABELS[officer.role],
                "role_code": officer.role,
                "name": officer.name,
                "email": officer.email,
                "password": password_of(place.slug, password_seed),
            }
            for place in places
            for officer in _one_a_role(place)
        ],
        **more,
    }
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _one_a_role(place: Place) -> list[OfficerData]:
    """The first officer of each role."""
    found: dict[str, OfficerData] = {}
    for officer in place.officers:
        found.setdefault(officer.role, officer)
    return list(found.values())
