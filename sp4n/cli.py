"""`flask sp4n`: the operator's commands for a city's connection. Secrets come in and are never shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, TypeVar

import click
from flask.cli import AppGroup
from sqlalchemy import select

from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.errors import DomainError, FieldProblem
from sp4n import settings, trying, upkeep
from sp4n.parity import run as reconcile
from sp4n.preview import compose as preview
from tenants.models import Tenant

F = TypeVar("F", bound=Callable[..., Any])

#: the modes as people here call them
_WORDS = {"mati": "off", "uji": "trial", "aktif": "active"}

sp4n_cli = AppGroup("sp4n", help="Sambungan sebuah kota ke SP4N-LAPOR!.")


def _tenant_option(command: F) -> F:
    return click.option("--tenant", "slug", required=True, help="Alamat kota, misalnya kota-contoh.")(command)


@contextmanager
def _city(slug: str) -> Iterator[None]:
    """The city's scope; what the domain refuses becomes a message."""
    with unit_of_work() as session:
        tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == slug))
    if tenant_id is None:
        raise click.ClickException(f"tidak ada penyewa dengan alamat {slug}")
    try:
        with tenant_scope(tenant_id):
            yield
    except FieldProblem as problem:
        raise click.ClickException(f"{problem.field}: {problem.message}") from problem
    except DomainError as error:
        raise click.ClickException(error.message) from error


def _secret(value: str | None) -> str | None:
    """The value, or for '-' the next line of standard input, so that it is in no list of processes."""
    return sys.stdin.readline().rstrip("\r\n") if value == "-" else value


@sp4n_cli.command("configure")
@_tenant_option
@click.option("--mode", type=click.Choice([*settings.MODES, *_WORDS]), help="mati, uji, atau aktif.")
@click.option("--base-url")
@click.option("--auth-header", help="Nama header kredensial: Authorization atau auth.")
@click.option("--auth-format", help="Isi header dengan {secret}, misalnya 'Bearer {secret}'.")
@click.option("--token-header", help="Nama header token.")
@click.option("--auth-secret", help="Isi header itu seluruhnya; '-' membacanya dari masukan standar.")
@click.option("--token-secret", help="Isi header token; '-' membacanya dari masukan standar.")
@click.option("--institution-id")
@click.option("--channel-id", type=int)
@click.option("--classification-id", type=int)
@click.option("--category-id", type=int)
@click.option("--location-id", type=int)
@click.option("--user-id", type=int)
@click.option("--timezone")
@click.option("--poll-seconds", type=int)
@click.option("--requests-per-minute", type=int)
@click.option("--sends/--no-sends", default=None)
@click.option("--receives/--no-receives", default=None)
@click.option("--lists-incoming/--no-lists-incoming", default=None)
@click.option("--text-sent", type=click.Choice(["initial", "final"]))
@click.option("--send-anonymous", type=click.Choice(["no", "without_identity"]))
@click.option("--send-confidential/--no-send-confidential", default=None)
def configure_command(slug: str, **values: Any) -> None:
    """Isi atau ubah sambungan; yang tidak disebut tetap."""
    values["mode"] = _WORDS.get(values["mode"], values["mode"])
    values["auth_secret"] = _secret(values["auth_secret"])
    values["token_secret"] = _secret(values["token_secret"])
    with _city(slug):
        settings.configure(**values)
        click.echo(f"Sambungan {slug} ke SP4N disimpan, mode {_mode()}")


def _mode() -> str:
    connection = settings.load()
    return connection.mode if connection is not None else settings.MODES[0]


@sp4n_cli.command("status")
@_tenant_option
@click.option("--json", "as_json", is_flag=True)
def status_command(slug: str, as_json: bool) -> None:
    """Keadaan sambungan: mode, jeda, antrean, yang menunggu tindakan."""
    with _city(slug):
        state = upkeep.state()
    if state is None:
        raise click.ClickException(f"{slug} belum dihubungkan ke SP4N")
    shown = asdict(state)
    if as_json:
        click.echo(json.dumps(shown, default=str, ensure_ascii=False))
        return
    for name, value in shown.items():
        click.echo(f"{name:20} {value if value not in (None, {}) else '-'}")


@sp4n_cli.command("test")
@_tenant_option
@click.option("--with-report", is_flag=True, help="Kirim juga satu laporan uji.")
@click.option("--json", "as_json", is_flag=True)
def test_command(slug: str, with_report: bool, as_json: bool) -> None:
    """Uji sambungan langkah demi langkah; gagal bila satu langkah gagal."""
    with _city(slug):
        results = trying.try_connection(with_report=with_report)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in results], ensure_ascii=False))
    else:
        for number, each in enumerate(results, 1):
            click.echo(f"{number}. {each.name:20} {each.state:8} {each.detail}")
    if not trying.passed(results):
        sys.exit(1)


@sp4n_cli.command("reconcile")
@_tenant_option
@click.option("--all", "everything", is_flag=True, help="Baca ulang semua laporan 12 bulan terakhir.")
@click.option("--json", "as_json", is_flag=True)
def reconcile_command(slug: str, everything: bool, as_json: bool) -> None:
    """Bandingkan laporan di sini dengan yang di SP4N, lalu sebutkan kesamaannya."""
    with _city(slug):
        found = reconcile.run(everything=everything)
    shown = {
        "share": found.share,
        "compared": found.compared,
        **found.counts,
        "only_there": found.only_there,
        "not_compared": found.not_compared,
        "oldest_at": found.oldest_at,
        "newest_at": found.newest_at,
    }
    if as_json:
        click.echo(json.dumps(shown, default=str))
        return
    for name, value in shown.items():
        click.echo(f"{name:14} {value if value is not None else '-'}")


@sp4n_cli.command("preview")
@_tenant_option
@click.option("--number", required=True, help="Nomor laporan di sini.")
@click.option("--json", "as_json", is_flag=True)
def preview_command(slug: str, number: str, as_json: bool) -> None:
    """Perlihatkan yang akan dikirim dari satu laporan, tanpa mengirim apa pun."""
    with _city(slug):
        found = preview.of_number(number)
    if as_json:
        click.echo(json.dumps(asdict(found), default=str, ensure_ascii=False))
        return
    for words in (*found.stops, *found.withheld):
        click.echo(f"- {words}")
    for place, message in enumerate(found.messages, 1):
        click.echo(f"{place}. {message.title} ({message.state})")
        if message.stop:
            click.echo(f"   tidak dapat dikirim: {message.stop}")
        for call in message.calls:
            click.echo(f"   {call.method} {call.path}")
            for each in call.fields:
                click.echo(f"     {each.name:22} {each.value}")
            for file in call.files:
                click.echo(f"     {file.part:22} {file.name} ({file.size} bita)")


@sp4n_cli.command("retry")
@_tenant_option
def retry_command(slug: str) -> None:
    """Coba lagi kiriman yang ditolak atau dihentikan, dan akhiri jeda."""
    with _city(slug):
        click.echo(f"{upkeep.retry_stopped()} kiriman dicoba lagi")


@sp4n_cli.command("backfill")
@_tenant_option
def backfill_command(slug: str) -> None:
    """Antrekan laporan terbuka yang masuk sewaktu sambungan belum aktif."""
    with _city(slug):
        click.echo(f"{upkeep.backfill()} laporan diantrekan")


@sp4n_cli.command("map")
@_tenant_option
@click.option("--kind", required=True, type=click.Choice(upkeep.MAPPING_KINDS))
@click.option("--local", "local_key", required=True, help="Kode di sini; untuk status: nama status di SP4N.")
@click.option(
    "--remote", "remote_id", required=True, help="Nomor di SP4N; untuk status: kode status di sini."
)
@click.option("--name", "remote_name", default=None)
def map_command(slug: str, kind: str, local_key: str, remote_id: str, remote_name: str | None) -> None:
    """Petakan kategori, klasifikasi, unit, instansi, atau status."""
    with _city(slug):
        upkeep.map_value(kind, local_key, remote_id, remote_name)
        click.echo(f"{kind}: {local_key} = {remote_id}")
