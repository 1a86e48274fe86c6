"""`flask figures`: the operator's repair."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select

from core.db.tenancy import tenant_scope
from core.extensions import db
from monitoring import rebuild
from tenants.models import Tenant

figures_cli = AppGroup("figures", help="Angka kinerja kota dan provinsi.")


@figures_cli.command("rebuild")
@click.option("--tenant", "slug", default=None, help="Slug satu kota; tanpa ini semua penyewa.")
def rebuild_command(slug: str | None) -> None:
    """Hitung ulang angka kinerja dari laporan. Laporan yang sudah dimusnahkan tidak lagi terhitung."""
    statement = select(Tenant.id, Tenant.slug).order_by(Tenant.id)
    if slug is not None:
        statement = statement.where(Tenant.slug == slug)
    found = db.session.execute(statement).all()
    db.session.rollback()
    if slug is not None and not found:
        raise click.ClickException(f"tidak ada penyewa dengan alamat {slug}")
    for tenant_id, each in found:
        with tenant_scope(tenant_id):
            click.echo(f"{each}: {rebuild.rebuild()} angka dihitung")
