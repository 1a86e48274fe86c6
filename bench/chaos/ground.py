"""The deployment under trial: engines, workers, clockwork and the simulator under one supervisor."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import httpx
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select

from bench import cities
from complaints.models import Category
from core.config import Settings as ProductSettings
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from scripts.datadir import StateFile, free_port
from scripts.engines import STATE, bootstrap_roles, engine_source
from scripts.postgres import prepare_postgres
from scripts.processes import descendants, signal_all
from scripts.product import Product
from scripts.settings import Settings
from scripts.supervisor import Child, Supervisor
from scripts.valkey import prepare_valkey
from sp4n import settings as sp4n_settings
from sp4n import upkeep

DATABASE = "satuaduan_chaos"
ROOT = Path(__file__).resolve().parents[2]
COMPETENT = "Instansi yang Berwenang"
FIRST_CATEGORY = 400
CLASSIFICATION = 6
_PASSWORDS = {"owner": "chaos-pass-owner", "app": "chaos-pass-app", "relay": "chaos-pass-relay"}


@dataclass(frozen=True, slots=True)
class Town:
    """A connected city: `institution_id` and `client_id` are its account there."""

    tenant_id: int
    institution_id: int
    client_id: int
    departments: tuple[str, ...]


class Ground:
    """Everything that runs, and the handles to disturb it. `told` is what the product is told besides."""

    told: ClassVar[dict[str, str]] = {"UNDO_SECONDS": "1", "SWEEP_SECONDS": "1"}
    poll_seconds: ClassVar[int] = 60

    def __init__(self, folder: Path, *, workers: int) -> None:
        self.folder, self._workers = folder, workers
        self.supervisor = Supervisor(folder / "log", lambda _text: None)
        self.secrets: set[str] = set(_PASSWORDS.values())
        self.towns: list[Town] = []
        self.admin_url = ""
        self.product: Product
        self.app: Flask
        self.remote: httpx.Client

    def start(self, towns: int) -> None:
        """Start all, make the cities and connect them."""
        self.prepare(towns)
        self.launch()

    def prepare(self, towns: int) -> None:
        """Everything but workers and clockwork."""
        self.product = product = self._engines()
        self.supervisor.run(product.migrate(), 120)
        port = free_port(None)
        self.supervisor.start(product.simulator(port))
        self.remote = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)
        self.app = _application(product)
        cities.provision_province(self.app)
        competent = self._institution(COMPETENT)["id"]
        for number in range(towns):
            self.towns.append(self._town(number, int(str(competent))))

    def launch(self) -> None:
        """Workers and clockwork."""
        for number in range(1, self._workers + 1):
            self.supervisor.launch(self.product.worker(number))
        self.supervisor.launch(self.product.scheduler())

    def _engines(self) -> Product:
        state = StateFile(self.folder / STATE)
        postgres = prepare_postgres(self.folder, state)
        self.supervisor.start(postgres.program)
        urls = bootstrap_roles(postgres.admin_url, DATABASE, _PASSWORDS)
        self.admin_url = postgres.admin_url.rpartition("/")[0] + f"/{DATABASE}"
        redis = prepare_valkey(self.folder, state)
        self.supervisor.start(redis.program)
        self.secrets |= {str(urlsplit(each).password) for each in (postgres.admin_url, redis.url)}
        keys = {
            "SECRET_KEY": "only for the trial of " + os.urandom(16).hex(),
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "DEMO_PASSWORD_SEED": "x",
            "OPERATOR_KEY": "only for the trial of operators, long",
        }
        self.secrets |= {keys["SECRET_KEY"], keys["ENCRYPTION_KEYS"], keys["OPERATOR_KEY"]}
        settings = Settings(
            root=ROOT, data_dir=self.folder, port=free_port(None), simulator_port=None, database_url=None,
            owner_url=None, relay_url=None, redis_url=None, storage_url=f"file://{self.folder}/storage",
            log_level="INFO", source=engine_source(),
        )  # fmt: skip
        product = Product(settings, keys, urls, redis.url)
        product.environment |= self.told
        return product

    def _institution(self, name: str) -> dict[str, object]:
        response = self.remote.post("/simulator/institutions", json={"name": name})
        response.raise_for_status()
        made: dict[str, object] = response.json()
        return made

    def _town(self, number: int, competent: int) -> Town:
        city = cities.provision_city(self.app, number)
        account = self._institution(f"Pemerintah Kota Ukur {number + 1}")
        secret, token = str(account["secret"]), str(account["token"])
        self.secrets |= {secret.removeprefix("Bearer "), token}
        with tenant_scope(city.tenant_id, self.app):
            sp4n_settings.configure(
                mode="active", base_url=str(self.remote.base_url), auth_secret=secret, token_secret=token,
                institution_id=str(account["id"]), poll_seconds=self.poll_seconds,
            )  # fmt: skip
            for classification in ("complaint", "unsupervised", "supervised"):
                upkeep.map_value("classification", classification, str(CLASSIFICATION))
            with unit_of_work() as session:
                codes = list(session.scalars(select(Category.code).order_by(Category.sort)))
            for place, code in enumerate(codes, FIRST_CATEGORY):
                upkeep.map_value("category", code, str(place))
            upkeep.map_value("institution", COMPETENT, str(competent))
        return Town(
            city.tenant_id,
            int(str(account["id"])),
            int(str(account["client_id"])),
            tuple(id_ for id_, _ in city.departments),
        )

    def child(self, name: str) -> Child:
        return next(each for each in self.supervisor.children if each.program.name == name)

    def workers(self) -> list[str]:
        return [f"worker-{number}" for number in range(1, self._workers + 1)]

    def kill(self, name: str, *, with_children: bool) -> None:
        """SIGKILL without a word; a worker's child lives on unless it goes, too."""
        process = self.child(name).process
        if process is not None and process.poll() is None:
            below = descendants(process.pid) if with_children else []
            signal_all([process.pid, *below], signal.SIGKILL)

    def end_workers(self) -> None:
        """The clockwork and the workers are stopped for good, as an operator stops them."""
        for name in [*self.workers(), "scheduler"]:
            child = self.child(name)
            self.supervisor.children.remove(child)
            if child.process is not None:
                child.process.terminate()
                child.process.wait(120)

    def stop(self) -> None:
        if hasattr(self, "remote"):
            self.remote.close()
        self.supervisor.stop()


def _application(product: Product) -> Flask:
    from app import create_app

    settings = ProductSettings.from_env(product.environment)
    return create_app(replace(settings, log_level="CRITICAL"))
