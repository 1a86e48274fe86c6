"""`flask demo`: fills an empty deployment with invented data. Loads what it needs only when it runs."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

demo_cli = AppGroup("demo", help="Data contoh, bukan untuk pemasangan sungguhan.")


@demo_cli.command("seed")
@click.option(
    "--simulator-url", default=None, help="Alamat simulator SP4N-LAPOR!, tanpa garis miring di akhir."
)
@click.option(
    "--accounts",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Berkas JSON untuk alamat dan akun.",
)
@click.option(
    "--password-seed", envvar="DEMO_PASSWORD_SEED", default=None, help="Bahan kata sandi akun contoh."
)
@click.option("--count", type=click.IntRange(4, 2000), default=None, help="Jumlah laporan setiap kota.")
def seed_command(
    simulator_url: str | None, accounts: Path, password_seed: str | None, count: int | None
) -> None:
    """Isi provinsi dan kota contoh dengan laporan satu tahun; yang sudah ada dilewati."""
    if current_app.extensions["settings"].environment == "production":
        raise click.ClickException("Data contoh tidak diisikan ke pemasangan sungguhan (ENVIRONMENT).")
    from core.http import Refused, Unreachable
    from demo.filling import Halted
    from demo.national import SimulatorProblem
    from demo.seed import Options, seed

    signal.signal(signal.SIGTERM, _stop)  # so that the cities' processes are ended, too
    began = time.monotonic()
    options = Options(
        accounts=accounts,
        simulator_url=simulator_url.rstrip("/") if simulator_url else None,
        password_seed=password_seed,
        count=count,
    )
    try:
        did_something = seed(
            options, lambda line: click.echo(f"[{time.monotonic() - began:5.1f} dtk] {line}")
        )
    except (Unreachable, Refused) as problem:
        raise click.ClickException(f"Simulator SP4N-LAPOR! tidak dapat dihubungi ({problem}).") from problem
    except (SimulatorProblem, Halted) as problem:
        raise click.ClickException(str(problem)) from problem
    words = "Data contoh selesai disiapkan" if did_something else "Data contoh sudah ada"
    click.echo(f"[{time.monotonic() - began:5.1f} dtk] {words}")


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)
