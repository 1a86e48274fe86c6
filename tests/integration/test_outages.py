"""Citizens while something behind the pages is away: without Redis they file, without a database they know.

Both come back by themselves: no process is started again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from complaints.models import Complaint
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.extensions import db
from scripts.datadir import free_port
from scripts.engines import bootstrap_roles, engine_source, running, state_of
from scripts.postgres import Postgres, prepare_postgres
from tests.conftest import PASSWORD, Browser, City
from tests.integration.test_citizen_journey import report_data
from tests.second_app import application
from tests.source import ROOT

PATIENCE_SECONDS = 3.0


# --- Redis -------------------------------------------------------------------------------------------------


@pytest.fixture
def without_redis(app: Flask, settings: Settings) -> Iterator[Flask]:
    """The application with nobody listening at its Redis address."""
    with application(replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0")) as made:
        yield made


def test_without_redis_everything_of_a_case_still_works(without_redis: Flask, city: City) -> None:
    """File, track, sign in and act: the rows are the truth, the wake-up only a hint."""
    citizen = Browser(without_redis.test_client(), city.host)
    began = time.monotonic()
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    sent = citizen.post("/laporan/baru", report_data(page))
    assert sent.status_code == 303
    number = sent.headers["Location"].split("/")[2]
    assert citizen.get(sent.headers["Location"]).status_code == 200
    assert citizen.post("/lacak", {"number": number, "pin": ""}).status_code == 303
    desk = Browser(without_redis.test_client(), city.host)
    assert desk.sign_in(city.officers["verifier"]).status_code == 303
    path = f"/petugas/laporan/{number}"
    note = desk.post(f"{path}/catatan", {"text": "Tanpa Redis", "version": "1"}, page=path)
    assert note.status_code == 303
    assert time.monotonic() - began < 5 * PATIENCE_SECONDS, "no request waits for a dead server"


def test_without_redis_tries_are_still_limited(without_redis: Flask, city: City) -> None:
    """Each process counts for itself then: more tries than before, but not without end."""
    browser = Browser(without_redis.test_client(), city.host)
    token = browser.token("/petugas/masuk")
    data = {"csrf_token": token, "email": "siapa@uji.example", "password": "x" * 12}
    codes = [
        browser.client.post("/petugas/masuk", base_url=browser.base, data=data).status_code for _ in range(31)
    ]
    assert codes[0] == 422
    assert codes[-1] == 429


def test_wake_ups_while_redis_is_away_are_no_error(without_redis: Flask, city: City) -> None:
    with without_redis.app_context():
        for name in without_redis.extensions["jobs"].jobs:
            began = time.monotonic()
            assert without_redis.extensions["jobs"].wake(name, city.id) is False
            assert time.monotonic() - began < PATIENCE_SECONDS


# --- PostgreSQL --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deployment:
    """An application on a PostgreSQL of its own, which can be stopped and started."""

    app: Flask
    server: Postgres
    log: Path
    host: str

    @contextmanager
    def database(self) -> Iterator[None]:
        """The server runs inside the block."""
        with running(self.server.program, self.log):
            yield

    def get(self, path: str) -> Any:
        return Browser(self.app.test_client(), self.host).get(path)


@pytest.fixture(scope="module")
def deployment(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Prepared with one city; its server is stopped."""
    folder = tmp_path_factory.mktemp("own-postgres")
    server = prepare_postgres(folder, state_of(folder), fast=True, source=engine_source())
    with running(server.program, folder / "postgres.log"):
        passwords = {"owner": "uji-owner", "app": "uji-app", "relay": "uji-relay"}
        urls = bootstrap_roles(server.admin_url, "satuaduan", passwords)
        own = replace(
            settings,
            database_url=urls.app,
            database_owner_url=urls.owner,
            database_relay_url=urls.relay,
        )
        with application(own) as made, made.app_context():
            upgrade(directory=str(ROOT / "migrations"))
            host = _provision()
    with application(own) as made:
        yield Deployment(made, server, folder / "postgres.log", host)


def _provision() -> str:
    from tenants import provisioning
    from tests.conftest import BASE_DOMAIN

    common = {"short_name": "Uji", "admin_email": "admin@uji.example", "admin_password": PASSWORD}
    provisioning.provision(
        provisioning.TenantSpec(
            code="11",
            kind="province",
            slug="prov-uji",
            name="Provinsi Uji",
            letters="PRV",
            province=None,
            **common,
        )
    )
    provisioning.provision(
        provisioning.TenantSpec(
            code="11.01",
            kind="kota",
            slug="kota-uji",
            name="Kota Uji",
            letters="KUJ",
            province="prov-uji",
            **common,
        )
    )
    return f"kota-uji.{BASE_DOMAIN}"


def _told(response: Any) -> None:
    """The page for people, in HTML, with what they need: it will be back, what was sent is kept, 112."""
    assert response.status_code == 503
    assert response.mimetype == "text/html"
    assert response.headers["Retry-After"] == "30"
    assert response.headers["Cache-Control"] == "no-store"
    page = response.get_data(as_text=True)
    assert "Layanan ditutup sementara" in page
    assert "112" in page
    assert "psycopg" not in page
    assert "127.0.0.1" not in page


PATHS = ("/", "/laporan/baru", "/lacak/KUJ-2601-00000", "/petugas/masuk", "/petugas/", "/tidak-ada")


def test_without_a_database_people_are_told_and_it_comes_back(deployment: Deployment) -> None:
    """Down before the first request, up, down in between, up again: same process throughout."""
    for path in PATHS:
        _told(deployment.get(path))
    with deployment.database():
        assert deployment.get("/").status_code == 200
        assert deployment.get("/health").status_code == 200
    for path in PATHS:
        began = time.monotonic()
        _told(deployment.get(path))
        assert time.monotonic() - began < PATIENCE_SECONDS
    health = deployment.get("/health")
    assert (health.status_code, health.get_data(as_text=True)) == (503, "database")
    with deployment.database():
        assert deployment.get("/").status_code == 200
        assert deployment.get("/laporan/baru").status_code == 200


def test_a_restart_that_nobody_asked_during_costs_no_page(deployment: Deployment) -> None:
    """Connections of before are dead without knowing it; they are tried before a page is."""
    for _ in range(2):
        with deployment.database():
            assert {deployment.get("/").status_code for _ in range(4)} == {200}


def test_a_form_sent_into_the_gap_is_not_half_kept(deployment: Deployment) -> None:
    """The database goes between the form and its sending: told, nothing kept; sent again it is there once."""
    with deployment.database():
        citizen = Browser(deployment.app.test_client(), deployment.host)
        data = report_data(_with_places(deployment, citizen))
        token = citizen.token("/laporan/baru")
    gone = citizen.client.post("/laporan/baru", base_url=citizen.base, data=data | {"csrf_token": token})
    _told(gone)
    with deployment.database():
        again = citizen.post("/laporan/baru", data)
        assert again.status_code == 303
        assert citizen.post("/laporan/baru", data).headers["Location"] == again.headers["Location"]
        with deployment.app.app_context():
            tenant_id = _tenant_id()
        with tenant_scope(tenant_id, deployment.app):
            assert db.session.scalar(select(func.count()).select_from(Complaint)) == 1


def _tenant_id() -> int:
    from tenants.models import Tenant

    found = db.session.scalar(select(Tenant.id).where(Tenant.slug == "kota-uji"))
    assert found
    return found


def _with_places(deployment: Deployment, citizen: Browser) -> str:
    """The form's page, once the city has villages."""
    from core.db.transaction import unit_of_work
    from tenants import provisioning
    from tests.conftest import AREAS

    with deployment.app.app_context():
        tenant_id = _tenant_id()
    with tenant_scope(tenant_id, deployment.app), unit_of_work():
        provisioning.add_areas(AREAS)
    return str(citizen.get("/laporan/baru").get_data(as_text=True))


def test_more_visitors_than_connections_are_told_to_come_again(
    settings: Settings, app: Flask, city: City
) -> None:
    """Waiting has an end: whoever gets no connection in time reads the same page, not an error of ours."""
    with application(replace(settings, pool_size=1)) as crowded:
        with crowded.app_context():
            db.engine.pool._timeout = 0.2  # type: ignore[attr-defined] # ten seconds are too long for a test
            busy = db.engine.connect()
        try:
            _told(Browser(crowded.test_client(), city.host).get("/"))
        finally:
            busy.close()
        assert Browser(crowded.test_client(), city.host).get("/").status_code == 200
