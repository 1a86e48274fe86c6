"""A new tenant, live on its host at once: row, host, calendar, first administrator, and each package's
defaults.

Repeatable: a run that broke off is completed by the same command. The tenant stays suspended until all of
it is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Row, select, text
from sqlalchemy.engine import Connection

from core import audit, events
from core.db.tenancy import tenant_scope
from core.db.transaction import owner_transaction, unit_of_work
from core.errors import FieldProblem
from core.extensions import db
from tenants.calendar_source import national_holidays
from tenants.models import ACTIVE, Area, Department, Officer, WorkWeek
from tenants.officers.accounts import create
from tenants.officers.roles import Role

DEFAULTS = Path(__file__).resolve().parent / "defaults"
_SLUG = re.compile(r"^(kab|kota)-[a-z0-9-]{2,25}$")
_PROVINCE_SLUG = re.compile(r"^[a-z][a-z0-9-]{2,29}$")
_CODE = re.compile(r"^\d{2}(\.\d{2})?$")
_COLOR = re.compile(r"^#[0-9a-fA-F]{6}$")
RESERVED_SLUGS = frozenset(
    {"www", "api", "admin", "operator", "status", "mail", "static", "root", "sp4n", "lapor"}
)
#: years around the present for which the national calendar is loaded
CALENDAR_YEARS = range(2024, 2029)


@dataclass(frozen=True, slots=True)
class TenantProvisioned(events.Event):
    """Defaults of the other packages are to be written, in the new tenant's scope."""

    tenant_id: int


#: the audit entry of a tenant that is complete
PROVISIONED = "tenant.provisioned"
STATUS_CHANGED = "tenant.status_changed"


@dataclass(frozen=True, slots=True)
class TenantSpec:
    """What an operator says of a new tenant.

    `province` is the slug of an existing province, None for a province.
    """

    code: str
    kind: str
    slug: str
    name: str
    short_name: str
    letters: str
    province: str | None
    admin_email: str
    admin_name: str = "Admin"
    admin_password: str | None = None
    color: str = "#196bcd"
    service_name: str | None = None
    timezone: str = "Asia/Jakarta"
    phone: str | None = None
    whatsapp: str | None = None
    email: str | None = None
    address: str | None = None
    service_hours: str | None = None


def check(spec: TenantSpec) -> None:
    """Raises FieldProblem naming the first field that cannot be."""
    pattern = _PROVINCE_SLUG if spec.kind == "province" else _SLUG
    if spec.kind not in ("kota", "kab", "province"):
        raise FieldProblem("kind", "Jenis harus kota, kab, atau province")
    if not pattern.match(spec.slug) or spec.slug in RESERVED_SLUGS:
        raise FieldProblem(
            "slug", "Alamat harus diawali kota- atau kab-, hanya huruf kecil, angka, dan tanda hubung"
        )
    if spec.kind != "province" and not spec.slug.startswith(f"{spec.kind}-"):
        raise FieldProblem("slug", f"Alamat sebuah {spec.kind} harus diawali {spec.kind}-")
    if not _CODE.match(spec.code):
        raise FieldProblem("code", "Kode wilayah ditulis seperti 32.77")
    if not _COLOR.match(spec.color):
        raise FieldProblem("color", "Tulis warna dengan format #RRGGBB, misalnya #0063A8")
    if not re.fullmatch(r"[A-Z]{3}", spec.letters):
        raise FieldProblem("letters", "Huruf nomor laporan terdiri atas 3 huruf besar")
    if (spec.province is None) != (spec.kind == "province"):
        raise FieldProblem("province", "Sebuah kota atau kabupaten berada di satu provinsi")
    if "@" not in spec.admin_email:
        raise FieldProblem("admin_email", "Alamat surel harus memuat tanda @")


def letters_from(name: str, taken: frozenset[str] = frozenset()) -> str:
    """Three letters for tracking numbers, made from the name:

    consonants first, then any letter not yet taken.
    """
    word = re.sub(r"[^A-Z]", "", name.upper()) or "XXX"
    strong = word[0] + re.sub(r"[AEIOU]", "", word[1:])
    padded = (strong + word + "XXX")[:8]
    candidates = [padded[:3]] + [
        padded[0] + a + b for a in padded[1:] for b in padded[2:] + "ABCDEFGHJKLMNPQRSTVWXYZ"
    ]
    return next(candidate for candidate in candidates if candidate not in taken)


def provision(spec: TenantSpec) -> int:
    """Create or complete the tenant and switch it on. Returns its id. Raises FieldProblem.

    One that was complete before stays as it is: whoever suspended it meant it.
    """
    check(spec)
    with owner_transaction() as connection:
        tenant_id = _tenant_row(connection, spec)
        _national_calendar(connection)
    with tenant_scope(tenant_id), unit_of_work() as session:
        provisioned = select(audit.AuditEntry.id).where(audit.AuditEntry.action == PROVISIONED).limit(1)
        was_complete = session.scalar(provisioned) is not None
        _own_defaults(spec)
        events.publish(TenantProvisioned(tenant_id))
    if not was_complete:
        set_status(spec.slug, ACTIVE)
    return tenant_id


def _tenant_row(connection: Connection, spec: TenantSpec) -> int:
    province_id = _province_id(connection, spec.province)
    found = connection.execute(
        text("SELECT id, code, slug FROM tenant WHERE slug = :slug OR code = :code OR letters = :letters"),
        {"slug": spec.slug, "code": spec.code, "letters": spec.letters},
    ).all()
    _check_free(spec, found)
    if found:
        return int(found[0].id)
    tenant_id = connection.scalar(
        text(
            "INSERT INTO tenant (kind, code, slug, letters, name, short_name, province_id, status, timezone,"
            " service_name, color, phone, whatsapp, email, address, service_hours, created_at)"
            " VALUES (:kind, :code, :slug, :letters, :name, :short_name,"
            " :province_id, 'suspended', :timezone, :service_name, :color, :phone, :whatsapp, :email,"
            " :address, :service_hours, now()) RETURNING id"
        ),
        {
            "kind": spec.kind,
            "code": spec.code,
            "slug": spec.slug,
            "letters": spec.letters,
            "name": spec.name,
            "short_name": spec.short_name,
            "province_id": province_id,
            "timezone": spec.timezone,
            "service_name": spec.service_name or f"Aduan {spec.short_name}",
            "color": spec.color.lower(),
            "phone": spec.phone,
            "whatsapp": spec.whatsapp,
            "email": spec.email,
            "address": spec.address,
            "service_hours": spec.service_hours,
        },
    )
    host = f"{spec.slug}.{current_app.extensions['settings'].base_domain}"
    connection.execute(
        text("INSERT INTO tenant_host (host, tenant_id) VALUES (:host, :id)"), {"host": host, "id": tenant_id}
    )
    return int(tenant_id or 0)


def _check_free(spec: TenantSpec, found: Sequence[Row[Any]]) -> None:
    """A slip in one value must not complete, or give an administrator to, a tenant that is another's."""
    for row in found:
        if (row.slug == spec.slug) != (row.code == spec.code):
            raise FieldProblem("slug", f"Alamat {spec.slug} atau kode {spec.code} sudah dipakai")
        if row.slug != spec.slug:
            raise FieldProblem("letters", f"Huruf {spec.letters} sudah dipakai {row.slug}")


def _province_id(connection: Connection, slug: str | None) -> int | None:
    if slug is None:
        return None
    found = connection.scalar(
        text("SELECT id FROM tenant WHERE slug = :s AND kind = 'province'"), {"s": slug}
    )
    if found is None:
        raise FieldProblem("province", f"Provinsi {slug} belum terdaftar")
    return int(found)


def _national_calendar(connection: Connection) -> None:
    rows = [
        {"day": day, "name": name, "category": "public" if category == "public" else "joint_leave"}
        for day, name, category in national_holidays(CALENDAR_YEARS)
    ]
    connection.execute(
        text(
            "INSERT INTO national_holiday (holiday_on, name, category) VALUES (:day, :name, :category)"
            " ON CONFLICT (holiday_on) DO NOTHING"
        ),
        rows,
    )


def default_data(name: str) -> Any:
    """A file of `tenants/defaults/`, parsed."""
    return json.loads((DEFAULTS / f"{name}.json").read_text(encoding="utf-8"))


def _own_defaults(spec: TenantSpec) -> None:
    session = db.session()
    if session.scalar(select(WorkWeek.id)) is None:
        week = default_data("calendar")
        hours = {day: spans for day, spans in week["office_hours"].items() if spans}
        closes_at = time.fromisoformat(week["closes_at"])
        session.add(WorkWeek(days=week["work_week"], closes_at=closes_at, hours=hours))
    email = spec.admin_email.strip().lower()
    if session.scalar(select(Officer.id).where(Officer.email == email)) is None:
        role = Role.PROVINCE_ADMINISTRATOR if spec.kind == "province" else Role.CITY_ADMINISTRATOR
        officer = create(email=email, name=spec.admin_name, role=role, password=spec.admin_password)
        audit.record(PROVISIONED, actor_id=None, actor_name="operator", subject_id=officer.id)


def add_departments(departments: list[dict[str, Any]]) -> dict[str, Any]:
    """Departments by code, added where missing, in the present transaction. Returns code → id."""
    session = db.session()
    known = dict(session.execute(select(Department.code, Department.id)).all())
    for item in departments:
        if item["code"] not in known:
            row = Department(
                code=item["code"], name=item["name"], short_name=item.get("short_name") or item["name"]
            )
            session.add(row)
            session.flush()
            known[row.code] = row.id
    return known


def add_areas(areas: list[dict[str, Any]]) -> None:
    """Kecamatan with their kelurahan/desa, by official code, added where missing, in the present
    transaction.
    """
    session = db.session()
    known = dict(session.execute(select(Area.code, Area.id)).all())
    for district in areas:
        if district["code"] not in known:
            row = Area(code=district["code"], name=district["name"], level=1)
            session.add(row)
            session.flush()
            known[row.code] = row.id
        for village in district["villages"]:
            if village["code"] not in known:
                session.add(
                    Area(
                        code=village["code"], name=village["name"], level=2, parent_id=known[district["code"]]
                    )
                )
    session.flush()


def set_status(slug: str, status: str) -> bool:
    """Suspend or resume a tenant. Returns whether there is one."""
    with owner_transaction() as connection:
        found = connection.execute(
            text("SELECT id, status FROM tenant WHERE slug = :slug FOR UPDATE"), {"slug": slug}
        ).first()
        connection.execute(
            text("UPDATE tenant SET status = :status WHERE slug = :slug"), {"status": status, "slug": slug}
        )
    if found is not None and found.status != status:
        with tenant_scope(found.id), unit_of_work():
            audit.record(
                STATUS_CHANGED,
                actor_id=None,
                actor_name="operator",
                old={"status": found.status},
                new={"status": status},
            )
    return found is not None
