"""What still works when Redis, the database or the store is away, and that it returns without a restart."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.extensions import db
from core.outbox.models import OutboxMessage
from core.storage import LocalStore, StorageError
from scripts.datadir import StateFile, free_port
from scripts.engines import STATE, bootstrap_roles
from scripts.postgres import prepare_postgres
from scripts.processes import Program, end, spawn, wait_until_ready
from tests.conftest import PASSWORD, Browser, City, photo
from tests.integration.test_citizen_journey import act, report_data

LONGEST_WAIT_SECONDS = 2.0


@pytest.fixture
def without_redis(app: Flask, settings: Settings) -> Iterator[Flask]:
    """The application of the run's database, with a queue that does not answer."""
    dead = create_app(replace(settings, redis_url=f"redis://127.0.0.1:{free_port(None)}/0"))
    yield dead
    with dead.app_context():
        db.engine.dispose()


def test_without_redis_citizens_file_and_officers_work(without_redis: Flask, city: City) -> None:
    citizen = Browser(without_redis.test_client(), city.host)
    started = time.monotonic()
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    sent = citizen.post("/laporan/baru", report_data(page))
    assert sent.status_code == 303
    number = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", sent.headers["Location"])
    assert number
    assert citizen.get(f"/lacak/{number[0]}").status_code == 200
    desk = Browser(without_redis.test_client(), city.host)
    assert desk.sign_in(city.officers["city_administrator"]).status_code == 303
    case = f"/petugas/laporan/{number[0]}"
    category = re.search(r'<option selected value="([0-9a-f-]{36})"', desk.get(case).get_data(as_text=True))
    assert category
    act(desk, case, "verifikasi", {"classification": "unsupervised", "category": category[1]})
    assert time.monotonic() - started < 8 * LONGEST_WAIT_SECONDS


def test_without_redis_the_message_waits(without_redis: Flask, city: City) -> None:
    from sp4n import settings as connection

    with tenant_scope(city.id, without_redis):
        connection.configure(
            mode="active",
            base_url=f"http://127.0.0.1:{free_port(None)}",
            auth_secret="Bearer uji",
            token_secret="uji",
            institution_id="1",
        )
    citizen = Browser(without_redis.test_client(), city.host)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    assert citizen.post("/laporan/baru", report_data(page)).status_code == 303
    with tenant_scope(city.id, without_redis):
        waiting = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.due_at.is_not(None))
        assert db.session.scalar(waiting) == 1


class Database:
    """A PostgreSQL of the test's own that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        server = prepare_postgres(folder, StateFile(folder / STATE), fast=True)
        self.program: Program = server.program
        self.admin_url = server.admin_url
        self.start()

    def start(self) -> None:
        self.program.prepare()
        log = self.folder / "postgres.log"
        self.process = spawn(self.program, log)
        wait_until_ready(self.program, self.process, log, seconds=60)

    def stop(self) -> None:
        end(self.process, self.program.stop_signal, grace=10)

    close = stop


@pytest.mark.timeout(180)
def test_the_database_goes_and_comes_back(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from flask_migrate import upgrade

    from tenants import provisioning

    with closing(Database(tmp_path_factory.mktemp("own"))) as database:
        passwords = {"owner": "uji-owner", "app": "uji-app", "relay": "uji-relay"}
        urls = bootstrap_roles(database.admin_url, "sendiri", passwords)
        own = create_app(
            replace(
                settings,
                database_url=urls.app,
                database_owner_url=urls.owner,
                database_relay_url=urls.relay,
            )
        )
        spec = provisioning.TenantSpec(
            code="99",
            kind="province",
            slug="provputus",
            name="Provinsi Putus",
            short_name="Putus",
            letters="ZZZ",
            province=None,
            admin_email="admin@contoh.id",
            admin_password=PASSWORD,
        )
        with own.app_context():
            upgrade(directory=str(Path(__file__).resolve().parents[2] / "migrations"))
            provisioning.provision(spec)
        browser = Browser(own.test_client(), "provputus.uji.localhost")
        assert browser.get("/petugas/masuk").status_code == 200
        style = re.search(r'href="(/aset/[^"]+\.css)"', browser.get("/petugas/masuk").text)
        assert style
        database.stop()
        gone = browser.get("/petugas/masuk")
        assert gone.status_code == 503
        assert gone.mimetype == "text/html"
        assert int(gone.headers["Retry-After"]) > 0
        assert browser.client.get(style[1], base_url=browser.base).status_code == 200
        assert browser.client.get("/health", base_url=browser.base).status_code == 503
        database.start()
        assert browser.get("/petugas/masuk").status_code == 200
        assert browser.sign_in("admin@contoh.id").status_code == 303
        with own.app_context():
            db.engine.dispose()


def test_a_full_store_keeps_the_form(
    city: City, browse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise StorageError("penuh")

    citizen = browse(city)
    data = report_data(citizen.get("/laporan/baru").get_data(as_text=True))
    monkeypatch.setattr(LocalStore, "put", full)
    sent = citizen.post(
        "/laporan/baru",
        data | {"files": (io.BytesIO(photo()), "jalan.jpg")},
        content_type="multipart/form-data",
    )
    page = sent.get_data(as_text=True)
    assert sent.status_code == 422
    assert "Berkas jalan.jpg gagal diunggah, coba lagi" in page
    assert data["body"] in page
    monkeypatch.undo()
    assert citizen.post("/laporan/baru", data).status_code == 303
