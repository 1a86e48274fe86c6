"""`flask tenants areas|departments|officer`:

a city's own lists, from files, before it has pages to enter them.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from core import audit
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.errors import FieldProblem
from core.extensions import db
from tenants import provisioning
from tenants.models import Department, Tenant
from tenants.officers.accounts import create
from tenants.officers.roles import PROVINCE_ROLES, Role


@contextmanager
def tenant_of(slug: str) -> Iterator[Tenant]:
    """The tenant's scope in one unit of work.

    Raises ClickException for an unknown slug or a refused value.
    """
    with unit_of_work() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == slug)).first()
    if tenant is None:
        raise click.ClickException(f"tidak ada penyewa dengan alamat {slug}")
    try:
        with tenant_scope(tenant.id), unit_of_work():
            yield tenant
    except FieldProblem as problem:
        raise click.ClickException(f"{problem.field}: {problem.message}") from problem


def given(value: str | None) -> str | None:
    """What was given; "-" stands for a line of standard input, so that no shell remembers it."""
    return sys.stdin.readline().rstrip("\n") if value == "-" else value


def _note(action: str, subject_id: uuid.UUID | None = None, **detail: Any) -> None:
    audit.record(action, actor_id=None, actor_name="operator", subject_id=subject_id, **detail)


def _list(stream: TextIO, *keys: str) -> list[dict[str, Any]]:
    """A JSON list of objects that have these keys."""
    try:
        content = json.load(stream)
    except ValueError as error:
        raise click.ClickException(f"{stream.name} bukan berkas JSON") from error
    if not isinstance(content, list) or not all(
        isinstance(item, dict) and all(item.get(key) for key in keys) for item in content
    ):
        raise click.ClickException(f"{stream.name} harus berupa daftar dengan isian {', '.join(keys)}")
    return content


@click.command("areas")
@click.argument("slug")
@click.argument("file", type=click.File(encoding="utf-8"))
@with_appcontext
def areas_command(slug: str, file: TextIO) -> None:
    """Tambahkan kecamatan dan kelurahan: [{"code", "name", "villages": [{"code", "name"}]}]."""
    areas = _list(file, "code", "name", "villages")
    with tenant_of(slug):
        provisioning.add_areas(areas)
        _note("tenant.areas_added", new={"codes": [area["code"] for area in areas]})
    click.echo(f"{len(areas)} kecamatan tersedia di {slug}")


@click.command("departments")
@click.argument("slug")
@click.argument("file", type=click.File(encoding="utf-8"))
@with_appcontext
def departments_command(slug: str, file: TextIO) -> None:
    """Tambahkan unit kerja: [{"code", "name", "short_name"}]."""
    departments = _list(file, "code", "name")
    with tenant_of(slug):
        provisioning.add_departments(departments)
        _note("tenant.departments_added", new={"codes": [unit["code"] for unit in departments]})
    click.echo(f"{len(departments)} unit kerja tersedia di {slug}")


@click.command("officer")
@click.argument("slug")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice([str(role) for role in Role]))
@click.option("--department", default=None, help="Kode unit kerja, untuk peran yang berada di satu unit.")
@click.option("--password", default=None, help="Kata sandi awal; '-' membacanya dari masukan standar.")
@with_appcontext
def officer_command(
    slug: str, email: str, name: str, role: str, department: str | None, password: str | None
) -> None:
    """Tambahkan seorang petugas."""
    with tenant_of(slug) as tenant:
        if (Role(role) in PROVINCE_ROLES) != (tenant.kind == "province"):
            raise FieldProblem("role", f"Peran {role} tidak ada di {tenant.name}")
        unit = db.session.scalar(select(Department.id).where(Department.code == department))
        if department is not None and unit is None:
            raise FieldProblem("department", f"Tidak ada unit dengan kode {department}")
        new = create(email=email, name=name, role=Role(role), password=given(password), department_id=unit)
        _note("officer.created", new.id, new={"email": new.email, "role": role, "department": department})
    click.echo(f"{email} dapat masuk di {slug}")
