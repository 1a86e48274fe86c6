"""`flask jobs`: worker, schedule and one sweep by hand."""

from __future__ import annotations

from contextlib import closing

import click
from flask import current_app
from flask.cli import AppGroup

from core.jobs import schedule, worker
from core.jobs.sweeping import Sweep

jobs_cli = AppGroup("jobs", help="Pekerja latar dan jadwal.")


@jobs_cli.command("work")
@click.option("--burst", is_flag=True, help="Selesaikan antrean lalu berhenti.")
def work_command(burst: bool) -> None:
    """Jalankan satu pekerja."""
    worker.work(worker.current(), burst=burst)


@jobs_cli.command("schedule")
def schedule_command() -> None:
    """Jalankan penjadwal."""
    schedule.run(current_app.extensions["schedule"])


@jobs_cli.command("sweep")
def sweep_command() -> None:
    """Bangunkan setiap kota yang punya pekerjaan jatuh tempo, satu kali."""
    with closing(Sweep(worker.current())) as sweep:
        click.echo(f"{sweep()} kota dibangunkan")
