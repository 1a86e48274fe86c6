"""The whole product on one machine, from engines to scheduler, started by one command and stopped by one key.

Invariant: it either serves or has ended with one clear sentence, and then nothing it started is left running.
"""

import base64
import errno
import hashlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import redis

from scripts.datadir import DataDir, StateFile, disk_full, free_port, is_free
from scripts.engines import STATE
from scripts.postgres import prepare_postgres
from scripts.processes import StartError, clear, marked
from scripts.product import MARK, Product
from scripts.roles import (
    DATABASE,
    Urls,
    bootstrap_roles,
    connect,
    database_of,
    libpq_url,
    refusal,
    sqlalchemy_url,
)
from scripts.settings import SIMULATOR_PORT, Settings, read_settings
from scripts.supervisor import Stopped, Supervisor, heed_stop_signals, ignore_stop_signals, in_seconds
from scripts.valkey import prepare_valkey

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
INTERRUPTED = 130  # exit code of a start that was called off


def say(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # whoever read along has gone; that is no reason to stop serving
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say_progress(line: str) -> None:
    """Show a step of a command's own account ("[  1.0 dtk] …"); its log lines stay in its file."""
    if line.startswith("["):
        say(line)


class Demo:
    """One run of the demo over a data folder that is already held."""

    def __init__(self, settings: Settings, supervisor: Supervisor) -> None:
        self.settings = settings
        self.supervisor = supervisor
        self.state = StateFile(settings.data_dir / STATE)
        self.accounts = settings.data_dir / "demo.json"
        self.began = time.monotonic()

    def start(self) -> None:
        """Everything, in order; returns when the pages are served."""
        simulator_port = self.simulator_port()
        keys = self.keys()
        if self.settings.redis_url:  # before anything is started that would have to be stopped again
            self.step("Redis dari REDIS_URL diperiksa")
            check_redis(self.settings.redis_url)
        urls = self.database(keys)
        product = Product(self.settings, keys, urls, self.redis())
        if not is_current(self.settings.root, urls):
            self.step("Tabel basis data disesuaikan")
            self.supervisor.run(product.migrate(), seconds=300)
        self.step(f"Simulator SP4N-LAPOR! dimulai di porta {simulator_port}")
        self.supervisor.start(product.simulator(simulator_port))
        self.state.remember("simulator", port=simulator_port)
        self.seed(product, urls, simulator_port)
        self.step(f"Halaman dimulai di porta {self.settings.port}")
        self.supervisor.start(product.web())
        for number in range(1, WORKERS + 1):
            self.supervisor.launch(product.worker(number))
        self.supervisor.launch(product.scheduler())
        self.present()

    def seed(self, product: Product, urls: Urls, simulator_port: int) -> None:
        """Fill the cities, unless that was done in this database and under the same addresses."""
        told = f"{urls.app} {self.settings.port} {simulator_port}"
        done = hashlib.sha256(told.encode()).hexdigest()
        if self.accounts.exists() and self.state.section("seed").get("done") == done:
            return
        self.step("Data contoh disiapkan")
        self.supervisor.run(product.seed(simulator_port, self.accounts), seconds=1800, tell=say_progress)
        self.state.remember("seed", done=done)

    def step(self, text: str) -> None:
        say(f"[{in_seconds(time.monotonic() - self.began):>10}] {text}")

    def simulator_port(self) -> int:
        """The port the cities were told before, where it is free; one asked for is never replaced."""
        asked = self.settings.simulator_port
        if asked is not None and not is_free(asked):
            raise StartError(f"Porta {asked} sudah dipakai program lain. Setel SIMULATOR_PORT ke porta lain.")
        return asked or free_port(int(self.state.section("simulator").get("port", SIMULATOR_PORT)))

    def keys(self) -> Mapping[str, str]:
        """Secrets of this data folder, made at its first start."""
        store = StateFile(self.settings.data_dir / "secrets.json")
        if not store.section("keys"):
            if "version" in self.state.section("postgres"):
                raise StartError(
                    f"Folder data rusak: {store.path} hilang, padahal basis datanya ada. Pulihkan dari "
                    f"cadangan, atau pindahkan {self.settings.data_dir} untuk memulai dari awal."
                )
            store.remember(
                "keys",
                SECRET_KEY=secrets.token_urlsafe(48),
                ENCRYPTION_KEYS=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),  # a Fernet key
                DEMO_PASSWORD_SEED=secrets.token_urlsafe(24),
                owner=secrets.token_urlsafe(24),
                app=secrets.token_urlsafe(24),
                relay=secrets.token_urlsafe(24),
            )
        if "OPERATOR_KEY" not in store.section("keys"):
            store.remember("keys", OPERATOR_KEY=secrets.token_urlsafe(24))
        return {name: str(value) for name, value in store.section("keys").items()}

    def database(self, keys: Mapping[str, str]) -> Urls:
        settings = self.settings
        if settings.database_url is None:
            return self.embedded_database(keys)
        self.step("PostgreSQL dari DATABASE_URL diperiksa")
        if settings.owner_url and settings.relay_url:
            return given_roles(settings.database_url, settings.owner_url, settings.relay_url)
        try:
            return bootstrap_roles(settings.database_url, database_of(settings.database_url), keys)
        except psycopg.Error as error:
            raise refusal("DATABASE_URL", settings.database_url, error) from error

    def embedded_database(self, keys: Mapping[str, str]) -> Urls:
        self.step("PostgreSQL dimulai")
        data_dir = self.settings.data_dir
        server = prepare_postgres(data_dir, self.state, source=self.settings.source)
        if server.home.parent != data_dir:
            self.step(f"Akun layanan PostgreSQL tidak dapat membuka {data_dir}; datanya ada di {server.home}")
        self.supervisor.start(server.program)
        try:
            return bootstrap_roles(server.admin_url, DATABASE, keys)
        except psycopg.errors.DiskFull as error:
            raise StartError(disk_full(server.home)) from error
        except psycopg.Error as error:
            raise refusal("PostgreSQL", server.admin_url, error) from error

    def redis(self) -> str:
        if self.settings.redis_url:
            return self.settings.redis_url
        self.step("Redis dimulai")
        server = prepare_valkey(self.settings.data_dir, self.state, source=self.settings.source)
        self.supervisor.start(server.program)
        return server.url

    def present(self) -> None:
        """Addresses and accounts, then the line that says it serves."""
        if self.accounts.exists():
            for line in account_lines(json.loads(self.accounts.read_text())):
                say(line)
        say(f"Operator: {self.settings.address}operator  kunci {self.keys()['OPERATOR_KEY']}\n")
        say("Tekan Ctrl-C untuk berhenti.")
        say(f"SIAP {self.settings.address}")


def check_redis(url: str) -> None:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise refusal("REDIS_URL", url, error) from error


def given_roles(app: str, owner: str, relay: str) -> Urls:
    """URLs of roles that exist already, each tried once."""
    for name, url in (("DATABASE_URL", app), ("DATABASE_OWNER_URL", owner), ("DATABASE_RELAY_URL", relay)):
        try:
            connect(libpq_url(url)).close()
        except psycopg.Error as error:
            raise refusal(name, url, error) from error
    return Urls(owner=sqlalchemy_url(owner), app=sqlalchemy_url(app), relay=sqlalchemy_url(relay))


def is_current(root: Path, urls: Urls) -> bool:
    """Whether the tables are those of this version, told without starting the application."""
    head = (root / "migrations" / "head.txt").read_text().strip()
    with connect(libpq_url(urls.owner)) as owner:
        try:
            return owner.execute("SELECT version_num FROM alembic_version").fetchall() == [(head,)]
        except psycopg.errors.UndefinedTable:
            return False


def account_lines(content: Mapping[str, Any]) -> Iterator[str]:
    """The seed's file, {"hosts": {name: address}, "accounts": [{"host", "role", …}]}, as lines to print."""
    for name, address in content["hosts"].items():
        yield f"\n{name}: {address}"
        for account in content["accounts"]:
            if account["host"] == address:
                person = f"{account['name']} ({account['role']})"
                yield f"  {person:<42} {account['email']:<36} {account['password']}"
    yield ""


def check_port(port: int) -> None:
    if not is_free(port):
        raise StartError(f"Porta {port} sudah dipakai program lain. Setel PORT ke porta lain.")


def serve(settings: Settings) -> None:
    """Run the demo until Stopped; nothing is left running whatever happens."""
    with DataDir(settings.data_dir) as held:
        if held.crashed:
            clear(lambda: marked(MARK, str(settings.data_dir)), signal.SIGTERM, grace=5)
        check_port(settings.port)
        supervisor = Supervisor(settings.data_dir / "log", say)
        try:
            Demo(settings, supervisor).start()
            try:
                supervisor.watch()
            except Stopped:
                say("Berhenti.")
        finally:
            ignore_stop_signals()
            supervisor.stop()


def main() -> int:
    heed_stop_signals()
    try:
        settings = read_settings(ROOT)
        serve(settings)
    except Stopped:
        return INTERRUPTED
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(disk_full(settings.data_dir), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
