"""One province and its cities, made the way an operator makes them, with areas, departments and officers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from complaints.models import Category
from complaints.provisioning import route_categories
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tenants import provisioning
from tenants.models import Area, Department, Officer, Tenant
from tenants.officers.accounts import create
from tenants.officers.roles import Role

PASSWORD = "sandi untuk pengukuran"  # noqa: S105 - the accounts live as long as the measured database
PROVINCE = "provinsi-ukur"
#: districts and villages in each, by place in the order of size: the first is a large city of 300 kelurahan
LARGE, SMALL = (30, 10), (10, 8)
DEPARTMENTS = (
    ("pupr", "Dinas Pekerjaan Umum dan Penataan Ruang", "DPUPR"),
    ("dlh", "Dinas Lingkungan Hidup", "DLH"),
    ("dishub", "Dinas Perhubungan", "Dishub"),
    ("disdik", "Dinas Pendidikan", "Disdik"),
    ("dinkes", "Dinas Kesehatan", "Dinkes"),
    ("dinsos", "Dinas Sosial", "Dinsos"),
    ("disdukcapil", "Dinas Kependudukan dan Pencatatan Sipil", "Disdukcapil"),
    ("satpolpp", "Satuan Polisi Pamong Praja", "Satpol PP"),
    ("perkim", "Dinas Perumahan dan Kawasan Permukiman", "Disperkim"),
    ("diskominfo", "Dinas Komunikasi dan Informatika", "Diskominfo"),
)
_FIRST = ("Suka", "Cipta", "Marga", "Karang", "Tanjung", "Sumber", "Banjar", "Kebon", "Pasir", "Gunung")
_LAST = ("maju", "sari", "jaya", "mulya", "asri", "laksana", "rahayu", "indah", "makmur", "baru")


@dataclass(frozen=True, slots=True)
class Ground:
    """What the reports of a city refer to. Ids as text, as COPY takes them."""

    tenant_id: int
    slug: str
    letters: str
    categories: list[str]
    villages: list[tuple[str, str]]  # (village, district)
    departments: list[tuple[str, str]]  # (id, name)
    officers: dict[str, str]  # department → one officer of it
    desk: str  # an officer of the desk


def letters_of(number: int) -> str:
    """Three letters for the nth tenant."""
    return "".join(chr(ord("A") + number // 26**place % 26) for place in (2, 1, 0))


def admin_email(slug: str) -> str:
    """The address of a tenant's administrator."""
    return f"admin@{slug}.example"


def provision_province(app: Flask) -> None:
    """The province of all cities; repeating it changes nothing."""
    with app.app_context():
        provisioning.provision(
            provisioning.TenantSpec(
                code="90",
                kind="province",
                slug=PROVINCE,
                name="Provinsi Ukur",
                short_name="Ukur",
                letters="ZZZ",
                province=None,
                admin_email=admin_email(PROVINCE),
                admin_password=PASSWORD,
            )
        )


def provision_city(app: Flask, number: int) -> Ground:
    """The nth city (from 0), live, with its areas, departments and officers; repeating it changes nothing."""
    slug = f"kota-ukur-{number + 1}"
    spec = provisioning.TenantSpec(
        code=f"{10 + number // 90:02d}.{10 + number % 90:02d}",
        kind="kota",
        slug=slug,
        name=f"Kota Ukur {number + 1}",
        short_name=f"Ukur {number + 1}",
        letters=letters_of(number),
        province=PROVINCE,
        admin_email=admin_email(slug),
        admin_password=PASSWORD,
        phone="+62227103733",
        whatsapp="+628112000112",
        email=f"aduan@{slug}.example",
        address="Jl. Merdeka 1, lantai 1",
        service_hours="Senin sampai Jumat 07.30–16.00",
    )
    with app.app_context():
        tenant_id = provisioning.provision(spec)
    with tenant_scope(tenant_id, app), unit_of_work():
        furnish(slug, *(LARGE if number == 0 else SMALL))
    return ground_of(app, tenant_id)


def furnish(slug: str, districts: int, villages: int) -> None:
    """Departments, areas and officers of the bound city, where missing, in the present transaction."""
    departments = provisioning.add_departments(
        [{"code": code, "name": name, "short_name": short} for code, name, short in DEPARTMENTS]
    )
    route_categories(departments)
    provisioning.add_areas(areas(districts, villages))
    if (
        db.session.scalar(select(Officer.id).where(Officer.email == f"verifikator@{slug}.example"))
        is not None
    ):
        return
    create(email=f"verifikator@{slug}.example", name="Dewi Verifikator", role=Role.VERIFIER, password=None)
    for code, id_ in departments.items():
        email = f"{code}@{slug}.example"
        create(
            email=email,
            name=f"Penghubung {code}",
            role=Role.LIAISON_OFFICER,
            password=None,
            department_id=id_,
        )


def areas(districts: int, villages: int) -> list[dict[str, object]]:
    """Kecamatan with their kelurahan, each kelurahan with a name of its own."""
    names = (f"{first}{last}{end}" for end in ("", " Kidul", " Kaler") for first in _FIRST for last in _LAST)
    return [
        {
            "code": f"{number:02d}",
            "name": f"{_FIRST[number % 10]} {_LAST[number // 10 % 10].title()}",
            "villages": [
                {"code": f"{number:02d}.{place:04d}", "name": name}
                for place, name in enumerate(itertools.islice(names, villages))
            ],
        }
        for number in range(districts)
    ]


def ground_of(app: Flask, tenant_id: int) -> Ground:
    """What is there of the tenant's reference rows."""
    with tenant_scope(tenant_id, app) as session:
        tenant = session.get_one(Tenant, tenant_id)
        villages = session.execute(select(Area.id, Area.parent_id).where(Area.level == 2)).all()
        departments = session.execute(select(Department.id, Department.name)).all()
        officers = session.execute(select(Officer.id, Officer.department_id)).all()
        of_departments = {str(row.department_id): str(row.id) for row in officers if row.department_id}
        return Ground(
            tenant_id=tenant_id,
            slug=tenant.slug,
            letters=tenant.letters,
            categories=[str(id_) for id_ in session.scalars(select(Category.id).order_by(Category.sort))],
            villages=[(str(row.id), str(row.parent_id)) for row in villages],
            departments=[(str(row.id), row.name) for row in departments if str(row.id) in of_departments],
            officers=of_departments,
            desk=next(str(row.id) for row in officers if row.department_id is None),
        )
