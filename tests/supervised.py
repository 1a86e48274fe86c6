"""The product's processes under its own supervisor, as a program of its own: `python -m tests.supervised
FOLDER URL …`.

It prints `READY port`, kills a program without a word when its name is written to it, and ends with its
input.
A process of its own, because a supervisor ends every descendant of the process it runs in.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from pathlib import Path

from cryptography.fernet import Fernet

from scripts.datadir import StateFile, free_port
from scripts.engines import STATE, bootstrap_roles, engine_source
from scripts.postgres import prepare_postgres
from scripts.product import Product
from scripts.settings import Settings
from scripts.supervisor import Supervisor
from scripts.valkey import prepare_valkey

PATIENCE = 120.0  # seconds for a command of the operator
AREAS = (
    '[{"code": "01", "name": "Utara", "villages": [{"code": "01.1", "name": "Sukamaju"}]},'
    ' {"code": "02", "name": "Selatan", "villages": [{"code": "02.1", "name": "Cibiru"}]}]'
)


def settings_of(folder: Path) -> Settings:
    """Settings over a fresh folder and a free port; nothing external."""
    return Settings(
        root=Path(__file__).resolve().parents[1],
        data_dir=folder,
        port=free_port(None),
        simulator_port=None,
        database_url=None,
        owner_url=None,
        relay_url=None,
        redis_url=None,
        storage_url=f"file://{folder}/storage",
        log_level="ERROR",
        source=engine_source(),
    )


def start(supervisor: Supervisor, settings: Settings, simulator: list[str]) -> None:
    """Engines, tables, one connected city, worker, scheduler, web."""
    state = StateFile(settings.data_dir / STATE)
    database = prepare_postgres(settings.data_dir, state)
    supervisor.start(database.program)
    passwords = {"owner": "uji-owner", "app": "uji-app", "relay": "uji-relay"}
    urls = bootstrap_roles(database.admin_url, "uji", passwords)
    redis = prepare_valkey(settings.data_dir, state)
    supervisor.start(redis.program)
    keys = {
        "SECRET_KEY": "kunci rahasia untuk pengujian saja, panjang",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DEMO_PASSWORD_SEED": "x",
        "OPERATOR_KEY": "only for the trial of operators, long",
    }
    installed = Product(settings, keys, urls, redis.url)
    installed.environment["TRUSTED_PROXIES"] = "1"  # each citizen has an address of their own
    supervisor.run(installed.migrate(), PATIENCE)
    provision(supervisor, installed, *simulator)
    supervisor.launch(installed.worker(1))
    supervisor.launch(installed.scheduler())
    supervisor.start(installed.web())


def provision(
    supervisor: Supervisor, installed: Product, url: str, institution: str, secret: str, token: str
) -> None:
    """A province and one city of it, as an operator would, by command line."""
    areas = supervisor.log_dir / "areas.json"
    areas.write_text(AREAS)
    admin = "tenants provision --admin-email admin@contoh.id"
    connect = f"sp4n configure --tenant kota-uji --base-url {url} --institution-id {institution}"
    commands = (
        f"{admin} --code 32 --kind province --slug provuji --name Provinsi".split(),
        f"{admin} --code 32.99 --kind kota --slug kota-uji --name Uji --province provuji".split(),
        f"tenants areas kota-uji {areas}".split(),
        [*connect.split(), "--auth-secret", secret, "--token-secret", token, "--mode", "active"],
    )
    for command in commands:
        supervisor.run(installed.flask("operator", *command), PATIENCE)


def kill_nine(supervisor: Supervisor, name: str) -> None:
    """SIGKILL to the program, without a word of warning."""
    child = next(child for child in supervisor.children if child.program.name == name)
    if child.process is not None and child.process.poll() is None:
        os.kill(child.process.pid, signal.SIGKILL)


def main(folder: str, *simulator: str) -> None:
    """Serve until the input ends."""
    settings = settings_of(Path(folder))
    supervisor = Supervisor(settings.data_dir / "log", lambda _text: None)
    try:
        start(supervisor, settings, list(simulator))
        sys.stdout.write(f"READY {settings.port}\n")
        sys.stdout.flush()
        while True:
            supervisor.look()
            if select.select([sys.stdin], [], [], 0)[0]:
                name = sys.stdin.readline().strip()
                if not name:
                    return
                kill_nine(supervisor, name)
            time.sleep(0.2)
    finally:
        supervisor.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
