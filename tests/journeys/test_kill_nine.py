"""200 filings while worker, Redis and PostgreSQL are killed in turn: each is held nationally exactly once.

The processes are those of the product under its own supervisor; the citizens are threads over HTTP that
send again,
with the same form, whenever the answer was lost.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from scripts.datadir import StateFile, free_port
from scripts.engines import STATE, bootstrap_roles, engine_source
from scripts.postgres import prepare_postgres
from scripts.product import Product
from scripts.settings import Settings
from scripts.supervisor import Supervisor
from scripts.valkey import prepare_valkey
from tests.integration.test_citizen_journey import report_data
from tests.pages import csrf_token
from tests.simulator_process import SimulatorProcess

FILINGS = 200
CITIZENS = 4
KILLS = ("worker-1", "redis", "postgres", "worker-1", "postgres", "redis")
SECONDS_BETWEEN_KILLS = 3.0
PATIENCE = 120.0  # seconds for a command of the operator
HOST = "kota-uji.satuaduan.localhost"


@dataclass
class Citizens:
    """Threads that file until all reports are in. `numbers` are those of the receipts."""

    port: int
    numbers: list[str] = field(default_factory=list)
    lost_answers: int = 0
    _left: int = FILINGS
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self) -> None:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Host": f"{HOST}:{self.port}"}
        ) as http:
            while (place := self._take()) >= 0:
                http.headers["X-Forwarded-For"] = f"192.0.2.{place}"
                number = self._file(http)
                with self._lock:
                    self.numbers.append(number)

    def _take(self) -> int:
        """A number for the next filing, negative when all are taken."""
        with self._lock:
            self._left -= 1
            return self._left

    def _file(self, http: httpx.Client) -> str:
        """One report: fetch the form once, send it until a receipt comes back."""
        page = self._until_answered(lambda: http.get("/laporan/baru"), 200).text
        data = {"csrf_token": csrf_token(page), **report_data(page)}
        sent = self._until_answered(lambda: http.post("/laporan/baru", data=data), 303)
        found = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", sent.headers["Location"])
        assert found
        return found[0]

    def _until_answered(self, send: Any, status: int) -> httpx.Response:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                response: httpx.Response = send()
            except httpx.HTTPError:
                response = httpx.Response(0)
            if response.status_code == status:
                return response
            with self._lock:
                self.lost_answers += 1
            time.sleep(0.3)
        raise AssertionError(f"no {status} within two minutes, last was {response.status_code}")


@contextmanager
def product(folder: Path, simulator: SimulatorProcess) -> Iterator[tuple[Supervisor, Settings]]:
    """The product's processes over a fresh folder, with one city connected to the simulator."""
    port = free_port(None)
    settings = Settings(
        root=Path(__file__).resolve().parents[2],
        data_dir=folder,
        port=port,
        simulator_port=None,
        database_url=None,
        owner_url=None,
        relay_url=None,
        redis_url=None,
        storage_url=f"file://{folder}/storage",
        log_level="ERROR",
        source=engine_source(),
    )
    state = StateFile(folder / STATE)
    supervisor = Supervisor(folder / "log", lambda _text: None)
    try:
        database = prepare_postgres(folder, state)
        supervisor.start(database.program)
        passwords = {"owner": "uji-owner", "app": "uji-app", "relay": "uji-relay"}
        urls = bootstrap_roles(database.admin_url, "uji", passwords)
        redis = prepare_valkey(folder, state)
        supervisor.start(redis.program)
        keys = {
            "SECRET_KEY": "kunci rahasia untuk pengujian saja, panjang",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "DEMO_PASSWORD_SEED": "x",
        }
        installed = Product(settings, keys, urls, redis.url)
        installed.environment["TRUSTED_PROXIES"] = "1"  # each citizen has an address of their own
        supervisor.run(installed.migrate(), PATIENCE)
        _provision(supervisor, installed, simulator)
        supervisor.launch(installed.worker(1))
        supervisor.launch(installed.scheduler())
        supervisor.start(installed.web())
        yield supervisor, settings
    finally:
        supervisor.stop()


def _provision(supervisor: Supervisor, installed: Product, simulator: SimulatorProcess) -> None:
    account = simulator.add_institution("Pemerintah Kota Uji")
    tenant = ["tenants", "provision", "--admin-email", "admin@contoh.id"]
    province = ["--code", "32", "--kind", "province", "--slug", "provuji", "--name", "Provinsi Uji"]
    city = [
        "--code",
        "32.99",
        "--kind",
        "kota",
        "--slug",
        "kota-uji",
        "--name",
        "Kota Uji",
        "--province",
        "provuji",
    ]
    supervisor.run(installed.flask("provision", *tenant, *province), PATIENCE)
    supervisor.run(installed.flask("provision", *tenant, *city), PATIENCE)
    supervisor.run(
        installed.flask("areas", "tenants", "areas", "kota-uji", str(_areas(supervisor))), PATIENCE
    )
    supervisor.run(
        installed.flask(
            "sp4n",
            *("sp4n", "configure", "--tenant", "kota-uji", "--base-url", simulator.url),
            *(
                "--auth-header",
                "Authorization",
                "--auth-secret",
                account.secret,
                "--token-secret",
                account.token,
            ),
            *("--institution-id", str(account.institution_id), "--poll-seconds", "60", "--mode", "active"),
        ),
        PATIENCE,
    )


def _areas(supervisor: Supervisor) -> Path:
    path = supervisor.log_dir / "areas.json"
    path.write_text(
        '[{"code": "01", "name": "Utara", "villages": [{"code": "01.1", "name": "Sukamaju"}]},'
        ' {"code": "02", "name": "Selatan", "villages": [{"code": "02.1", "name": "Cibiru"}]}]'
    )
    return path


def kill_nine(supervisor: Supervisor, name: str) -> None:
    """SIGKILL to the whole program, without a word of warning."""
    child = next(child for child in supervisor.children if child.program.name == name)
    if child.process is not None and child.process.poll() is None:
        os.kill(child.process.pid, signal.SIGKILL)


@pytest.mark.timeout(420)
def test_two_hundred_filings(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path / "simulator.sqlite3")
    folder = tmp_path / "data"
    folder.mkdir()
    try:
        with product(folder, simulator) as (supervisor, settings):
            citizens = Citizens(settings.port)
            threads = [threading.Thread(target=citizens.work, daemon=True) for _ in range(CITIZENS)]
            for thread in threads:
                thread.start()
            kills = iter(KILLS)
            next_kill, done_by = time.monotonic() + SECONDS_BETWEEN_KILLS, time.monotonic() + 240
            while time.monotonic() < done_by:
                supervisor.look()
                if time.monotonic() >= next_kill and (name := next(kills, None)) is not None:
                    kill_nine(supervisor, name)
                    next_kill = time.monotonic() + SECONDS_BETWEEN_KILLS
                arrived = len(citizens.numbers) == FILINGS and len(_tags(simulator)) >= FILINGS
                if arrived and next(kills, None) is None:
                    break
                time.sleep(0.2)
            assert len(set(citizens.numbers)) == FILINGS, f"{len(citizens.numbers)} receipts"
            held = Counter(_tags(simulator))
            assert sum(held.values()) == FILINGS, f"{sum(held.values())} reports on the national side"
            missing = {number for number in citizens.numbers if not any(number in tag for tag in held)}
            assert not missing
    finally:
        simulator.stop()


def _tags(simulator: SimulatorProcess) -> list[str]:
    return [str(complaint["tags_raw"]) for complaint in simulator.complaints()]
