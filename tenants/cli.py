"""`flask tenants`: the operator's commands."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from core.errors import FieldProblem
from core.extensions import db
from tenants import cli_data, provisioning
from tenants.cli_calendar import holiday_cli
from tenants.cli_data import given
from tenants.models import ACTIVE, SUSPENDED, Tenant

tenants_cli = AppGroup("tenants", help="Kota, kabupaten, dan provinsi yang dilayani.")
for _command in (cli_data.areas_command, cli_data.departments_command, cli_data.officer_command):
    tenants_cli.add_command(_command)
tenants_cli.add_command(holiday_cli)


@tenants_cli.command("provision")
@click.option("--code", required=True, help="Kode wilayah, misalnya 32.77.")
@click.option("--kind", required=True, type=click.Choice(["kota", "kab", "province"]))
@click.option("--slug", required=True, help="Bagian depan alamat, misalnya kota-contoh.")
@click.option("--name", required=True)
@click.option("--province", default=None, help="Slug provinsi; tidak diisi untuk provinsi.")
@click.option("--admin-email", required=True)
@click.option("--admin-name", default="Admin")
@click.option("--admin-password", default=None, help="Kata sandi awal; '-' membacanya dari masukan standar.")
@click.option("--letters", default=None, help="Tiga huruf pembuka nomor laporan.")
@click.option("--color", default="#196bcd")
@click.option("--timezone", default="Asia/Jakarta")
def provision_command(
    code: str,
    kind: str,
    slug: str,
    name: str,
    province: str | None,
    admin_email: str,
    admin_name: str,
    admin_password: str | None,
    letters: str | None,
    color: str,
    timezone: str,
) -> None:
    """Siapkan satu kota, kabupaten, atau provinsi; langsung dapat dibuka."""
    short_name = (
        name.removeprefix("Kota ").removeprefix("Kabupaten ").removeprefix("Kab. ").removeprefix("Provinsi ")
    )
    taken = frozenset(db.session.scalars(select(Tenant.letters).where(Tenant.slug != slug)))
    db.session.rollback()
    spec = provisioning.TenantSpec(
        code=code,
        kind=kind,
        slug=slug,
        name=name,
        short_name=short_name,
        letters=letters or provisioning.letters_from(short_name, taken),
        province=province,
        admin_email=admin_email,
        admin_name=admin_name,
        admin_password=given(admin_password),
        color=color,
        timezone=timezone,
    )
    try:
        tenant_id = provisioning.provision(spec)
    except FieldProblem as problem:
        raise click.ClickException(f"{problem.field}: {problem.message}") from problem
    state = db.session.scalar(select(Tenant.status).where(Tenant.id == tenant_id))
    words = "aktif di" if state == ACTIVE else "lengkap, tetapi ditutup sementara:"
    click.echo(f"{name} {words} {current_app.extensions['settings'].url_of(slug)}/")


@tenants_cli.command("list")
def list_command() -> None:
    """Daftar semua penyewa."""
    for tenant in db.session.scalars(select(Tenant).order_by(Tenant.code)):
        click.echo(f"{tenant.code:6} {tenant.slug:30} {tenant.status:10} {tenant.name}")


@tenants_cli.command("suspend")
@click.argument("slug")
def suspend_command(slug: str) -> None:
    """Tutup sementara situs satu penyewa."""
    _switch(slug, SUSPENDED, "ditutup sementara")


@tenants_cli.command("resume")
@click.argument("slug")
def resume_command(slug: str) -> None:
    """Buka kembali situs satu penyewa."""
    _switch(slug, ACTIVE, "dibuka kembali")


def _switch(slug: str, status: str, words: str) -> None:
    if not provisioning.set_status(slug, status):
        raise click.ClickException(f"tidak ada penyewa dengan alamat {slug}")
    click.echo(f"{slug} {words}")
