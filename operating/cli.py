"""`flask jobs status, failed, retry, skip, explain`: the shared work, seen and mended from a shell."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

import click
from flask.cli import with_appcontext
from redis.exceptions import RedisError

from core import clock
from core.errors import DomainError
from operating import explaining, mending, overview, words, workers
from operating.overview import CityState, Served, Stopped

F = TypeVar("F", bound=Callable[..., Any])

REDIS_AWAY = "Redis tidak terjangkau; pekerjaan tetap tersimpan di basis data."
NO_RELAY = "DATABASE_RELAY_URL belum diisi: keadaan tiap kota tidak dapat dibaca."

_tenant_option = click.option("--tenant", "slug", default=None, help="Alamat kota, misalnya kota-contoh.")
_by_option = click.option(
    "--by", default="operator", show_default=True, help="Nama Anda, untuk catatan audit."
)
_json_option = click.option("--json", "as_json", is_flag=True)


def _table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    lines = [list(headers), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headers))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _echo_json(shown: object) -> None:
    click.echo(json.dumps(shown, default=str, ensure_ascii=False))


def _time(at: datetime | None) -> str:
    return "–" if at is None else f"{words.moment(at, clock.now())} WIB"


@contextmanager
def _told() -> Iterator[None]:
    """What the domain refuses becomes a message."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(error.message) from error
    except RedisError as error:
        raise click.ClickException(REDIS_AWAY) from error


def _tenant(slug: str | None) -> Served:
    if slug is None:
        raise click.UsageError("sebutkan --tenant")
    found = overview.find(slug)
    if found is None:
        raise click.ClickException(f"tidak ada penyewa dengan alamat {slug}")
    return found


@click.command("status")
@_json_option
@with_appcontext
def status_command(as_json: bool) -> None:
    """Pekerja, antrean, dan keadaan tiap kota. Gagal bila Redis tidak terjangkau."""
    machines: workers.Machines | None
    try:
        machines = workers.look()
    except RedisError:
        machines = None
    cities = [overview.with_cause(each) for each in overview.cities()] if overview.has_relay() else None
    if as_json:
        _echo_json(
            {
                "workers": None if machines is None else [asdict(each) for each in machines.workers],
                "queues": None if machines is None else [asdict(each) for each in machines.queues],
                "failed_jobs": None if machines is None else machines.failed,
                "tenants": None if cities is None else [_flat(asdict(each)) for each in cities],
            }
        )
    else:
        _show_machines(machines)
        click.echo()
        _show_cities(cities)
    if machines is None:
        raise click.exceptions.Exit(1)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A tenant by its slug and id, beside the rest."""
    tenant = row.pop("tenant")
    return {"tenant": tenant["slug"], "tenant_id": tenant["id"], **row}


def _show_machines(machines: workers.Machines | None) -> None:
    if machines is None:
        click.echo(REDIS_AWAY)
        return
    known = overview.served()
    if machines.workers:
        _table(
            ("PEKERJA", "MESIN", "MENGERJAKAN", "KOTA", "SEJAK", "TERLIHAT"),
            [
                (
                    each.name,
                    each.host,
                    words.JOBS.get(each.kind, each.kind) if each.kind else "menunggu",
                    known[each.tenant_id].slug if each.tenant_id in known else "–",
                    _time(each.since),
                    _time(each.seen_at),
                )
                for each in machines.workers
            ],
        )
    else:
        click.echo("Tidak ada pekerja yang hidup. Jalankan flask jobs work.")
    click.echo()
    _table(
        ("ANTREAN", "ISI", "TERTUA", "GAGAL"),
        [(each.name, each.length, words.span(each.oldest_seconds), each.failed) for each in machines.queues],
    )


def _show_cities(cities: list[CityState] | None) -> None:
    if cities is None:
        click.echo(NO_RELAY)
        return
    _table(
        ("KOTA", "MENUNGGU", "JATUH TEMPO", "TERLAMBAT", "BERHENTI", "GILIRAN", "SP4N"),
        [
            (
                each.tenant.slug,
                each.waiting,
                each.due,
                words.span(each.lag_seconds),
                each.stopped,
                _turn(each),
                words.circuit(each.mode, each.paused_until, each.cause, clock.now()),
            )
            for each in cities
        ],
    )


def _turn(each: CityState) -> str:
    if each.has_turn is None:
        return "–"
    return ("dikerjakan" if each.has_turn else "–") + (", lambat" if each.is_slow else "")


@click.command("failed")
@_json_option
@with_appcontext
def failed_command(as_json: bool) -> None:
    """Pekerjaan yang gagal, dan kiriman yang berhenti di semua kota."""
    jobs: list[workers.FailedJob] | None
    try:
        jobs = workers.failed()
    except RedisError:
        jobs = None
    messages = list(_every_stopped()) if overview.has_relay() else None
    if as_json:
        _echo_json(
            {
                "jobs": None if jobs is None else [asdict(each) for each in jobs],
                "messages": None if messages is None else [_flat(asdict(each)) for each in messages],
            }
        )
        return
    _show_failed(jobs)
    click.echo()
    _show_stopped(messages)


def _every_stopped() -> Iterator[Stopped]:
    after = None
    is_more = True
    while is_more:
        found, is_more = overview.stopped_messages(after=after, most=1000)
        yield from found
        after = (found[-1].created_at, found[-1].id) if found else None


def _show_failed(jobs: list[workers.FailedJob] | None) -> None:
    if jobs is None:
        click.echo(REDIS_AWAY)
    elif not jobs:
        click.echo("Tidak ada pekerjaan yang gagal.")
    else:
        known = overview.served()
        _table(
            ("PEKERJAAN GAGAL", "JENIS", "KOTA", "KAPAN", "GALAT"),
            [
                (
                    each.id,
                    each.kind,
                    known[each.tenant_id].slug if each.tenant_id in known else "–",
                    _time(each.failed_at),
                    each.error[:160],
                )
                for each in jobs
            ],
        )


def _show_stopped(messages: list[Stopped] | None) -> None:
    if messages is None:
        click.echo(NO_RELAY)
    elif not messages:
        click.echo("Tidak ada kiriman yang berhenti.")
    else:
        now = clock.now()
        _table(
            ("KIRIMAN BERHENTI", "KOTA", "JENIS", "PERCOBAAN", "UMUR", "SEBAB"),
            [
                (
                    each.id,
                    each.tenant.slug,
                    each.topic,
                    each.attempts,
                    words.span((now - each.created_at).total_seconds()),
                    each.cause or "tanpa keterangan",
                )
                for each in messages
            ],
        )


@click.command("retry")
@_tenant_option
@click.option("--job", "job_id", default=None, help="Pekerjaan yang gagal, sebagai ganti kiriman.")
@click.argument("message_id", type=click.UUID, required=False)
@_by_option
@with_appcontext
def retry_command(slug: str | None, job_id: str | None, message_id: uuid.UUID | None, by: str) -> None:
    """Coba lagi satu kiriman sebuah kota, atau jalankan lagi satu pekerjaan yang gagal."""
    actor = mending.operator(by)
    if job_id is not None:
        with _told():
            job = mending.retry_job(job_id, actor)
        click.echo(f"{words.JOBS.get(job.kind, job.kind)}: dijalankan lagi")
        return
    tenant = _tenant(slug)
    if message_id is None:
        raise click.UsageError("sebutkan kiriman, atau --job")
    with _told():
        mending.retry(tenant, message_id, actor)
    click.echo(f"{message_id} dicoba lagi")


@click.command("skip")
@_tenant_option
@click.argument("message_id", type=click.UUID)
@click.option("--reason", required=True, help="Mengapa tidak dikirim; terbaca oleh kota itu.")
@_by_option
@with_appcontext
def skip_command(slug: str | None, message_id: uuid.UUID, reason: str, by: str) -> None:
    """Lewati satu kiriman yang berhenti, dengan alasan."""
    tenant = _tenant(slug)
    with _told():
        count = mending.skip(tenant, message_id, reason, mending.operator(by))
    click.echo(f"{count} kiriman dilewati")


@click.command("explain")
@_tenant_option
@click.argument("message_id", type=click.UUID)
@_json_option
@with_appcontext
def explain_command(slug: str | None, message_id: uuid.UUID, as_json: bool) -> None:
    """Jelaskan satu kiriman: apa, sampai di mana, mengapa tertahan, apa yang dapat dilakukan."""
    tenant = _tenant(slug)
    with _told():
        found = explaining.explain(tenant, message_id)
    if as_json:
        _echo_json(_flat(asdict(found)))
        return
    for label, value in _facts(found):
        click.echo(f"{label:22}{value}")


def _facts(found: explaining.Explained) -> list[tuple[str, object]]:
    crashes = f", {found.errors} galat tak terduga, {found.lost} kali pekerja hilang"
    return [
        ("Kiriman", found.id),
        ("Kota", f"{found.tenant.name} ({found.tenant.slug})"),
        ("Apa", f"{found.what} ({found.topic})"),
        ("Keadaan", found.state),
        ("Dibuat", _time(found.created_at)),
        ("Selesai", _time(found.settled_at)),
        ("Percobaan", f"{found.attempts}{crashes if found.errors or found.lost else ''}"),
        ("Langkah yang selesai", ", ".join(found.steps) or "belum ada"),
        ("Sebab", found.cause or "–"),
        ("Dicoba lagi", _time(found.next_at)),
        ("Di belakang", found.behind or "–"),
        ("Yang dapat dilakukan", found.todo),
    ]


COMMANDS = (status_command, failed_command, retry_command, skip_command, explain_command)
