"""`flask audit`: prove that the record is what was written, seal it now, and hand it out as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import click
from flask.cli import AppGroup
from sqlalchemy import select

from complaints.acts import sealing
from complaints.queries import integrity
from complaints.queries import trail as trail
from core import audit
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tenants.models import Tenant

audit_cli = AppGroup("audit", help="Catatan audit: periksa, segel, ekspor.")
DAY = click.DateTime(["%Y-%m-%d"])
TELL_EVERY = 50_000


def _tenants(slug: str | None) -> list[tuple[int, str]]:
    statement = select(Tenant.id, Tenant.slug).order_by(Tenant.id)
    if slug is not None:
        statement = statement.where(Tenant.slug == slug)
    found = [(row.id, row.slug) for row in db.session.execute(statement)]
    db.session.rollback()
    if not found and slug is not None:
        raise click.ClickException(f"tidak ada penyewa dengan alamat {slug}")
    return found


def _utc(day: datetime) -> datetime:
    return day.replace(tzinfo=UTC)


@audit_cli.command("verify")
@click.option("--tenant", "slug", default=None, help="Alamat satu penyewa; tanpa ini semuanya.")
@click.option("--since", type=DAY, default=None, help="Hanya yang dicatat sejak tanggal ini (UTC).")
@click.option("--json", "as_json", is_flag=True, help="Satu objek JSON untuk setiap penyewa.")
def verify_command(slug: str | None, since: datetime | None, as_json: bool) -> None:
    """Periksa setiap rantai; keluar dengan 1 bila ada yang diubah, dihapus, atau ditukar."""
    broken = 0
    for tenant_id, name in _tenants(slug):
        with tenant_scope(tenant_id), _progress(name) as progress:
            report = integrity.check(_utc(since) if since else None, progress)
        broken += not report.is_intact
        if as_json:
            click.echo(json.dumps({"tenant": name, **asdict(report)}, default=str, ensure_ascii=False))
        else:
            _say(name, report)
    if broken:
        raise click.exceptions.Exit(1)


@contextmanager
def _progress(name: str) -> Iterator[integrity.Progress]:
    told = 0

    def tell(seen: int) -> None:
        nonlocal told
        if seen - told >= TELL_EVERY:
            told = seen
            click.echo(f"{name}: {seen} kejadian", err=True)

    yield tell


def _say(name: str, report: integrity.Report) -> None:
    state = "utuh" if report.is_intact else "TIDAK UTUH"
    click.echo(
        f"{name}: {state}. {report.entries} catatan audit, {report.events} kejadian pada {report.cases}"
        f" laporan, {report.seals} segel, {report.unsealed} kejadian belum disegel. Kepala {report.head}"
    )
    for fault in report.faults:
        click.echo(f"  {fault.message}")


@audit_cli.command("seal")
@click.option("--tenant", "slug", default=None, help="Alamat satu penyewa; tanpa ini semuanya.")
def seal_command(slug: str | None) -> None:
    """Segel riwayat yang belum disegel, sekarang juga."""
    for tenant_id, name in _tenants(slug):
        with tenant_scope(tenant_id):
            count = sealing.seal() + sealing.seal()
        click.echo(f"{name}: {count} kejadian disegel")


@audit_cli.command("export")
@click.option("--tenant", "slug", required=True, help="Alamat penyewa.")
@click.option("--from", "first", type=DAY, required=True, help="Tanggal pertama (UTC).")
@click.option("--to", "last", type=DAY, required=True, help="Tanggal terakhir (UTC), termasuk.")
@click.option("--output", type=click.Path(dir_okay=False, writable=True), default=None)
def export_command(slug: str, first: datetime, last: datetime, output: str | None) -> None:
    """Tulis catatan audit dan riwayat laporan sebagai CSV; ekspor ini pun dicatat."""
    start, end = _utc(first), _utc(last) + timedelta(days=1)
    ((tenant_id, _),) = _tenants(slug)
    with tenant_scope(tenant_id):
        with unit_of_work():
            audit.record(
                "audit.exported", actor_id=None, actor_name="operator", first=first.date(), last=last.date()
            )
        with click.open_file(output or "-", "w", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(trail.CSV_HEADING)
            for row in trail.export(trail.Filter(start=start, end=end)):
                writer.writerow(row)
    if output:
        click.echo(f"{slug}: ditulis ke {output}", err=True)
