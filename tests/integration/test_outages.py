"""Citizens while something behind the pages is away: without Redis they file, without a database they know.

Both come back by themselves: no process is started again.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from complaints.models import Attachment, Complaint
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.extensions import db
from core.storage import LocalStore, StorageError, StorageMissing, key_for
from core.web.assets import asset
from scripts.datadir import free_port
from scripts.engines import bootstrap_roles, engine_source, running, state_of
from scripts.postgres import Postgres, prepare_postgres
from tests.casework import do
from tests.casework import state_of as state_of_case
from tests.conftest import PASSWORD, Browser, City, photo
from tests.integration.test_citizen_journey import report_data
from tests.second_app import application
from tests.source import ROOT
from tests.sp4n_office import Office

PATIENCE_SECONDS = 2.0


class Patient(Browser):
    """A browser whose person leaves when an answer takes too long."""

    def get(self, path: str, **kwargs: Any) -> Any:
        began = time.monotonic()
        response = super().get(path, **kwargs)
        assert time.monotonic() - began < PATIENCE_SECONDS, f"{path} waits for somebody who is away"
        return response

    def post(self, path: str, *args: Any, **kwargs: Any) -> Any:
        began = time.monotonic()
        response = super().post(path, *args, **kwargs)
        assert time.monotonic() - began < PATIENCE_SECONDS, f"{path} waits for somebody who is away"
        return response


# --- Redis -------------------------------------------------------------------------------------------------


@pytest.fixture
def without_redis(app: Flask, settings: Settings) -> Iterator[Flask]:
    """The application with nobody listening at its Redis address."""
    with application(replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0")) as made:
        yield made


def test_without_redis_everything_of_a_case_still_works(without_redis: Flask, office: Office) -> None:
    """File, track, sign in and act: the rows are the truth, the wake-up only a hint."""
    city = office.city
    citizen, desk = (Patient(without_redis.test_client(), city.host) for _ in range(2))
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    sent = citizen.post("/laporan/baru", report_data(page))
    assert sent.status_code == 303
    number = sent.headers["Location"].split("/")[2]
    assert citizen.get(sent.headers["Location"]).status_code == 200
    assert citizen.post("/lacak", {"number": number, "pin": ""}).status_code == 303
    assert desk.sign_in(city.officers["verifier"]).status_code == 303
    path = f"/petugas/laporan/{number}"
    note = desk.post(f"{path}/catatan", {"text": "Tanpa Redis", "version": "1"}, page=path)
    assert note.status_code == 303
    assert "Menunggu antrean" in desk.get(path).get_data(as_text=True)
    assert [(each.state, each.attempts) for each in office.messages()] == [("pending", 0)]
    assert office.deliver() == 1, "what waited is delivered once somebody looks"


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
        return Patient(self.app.test_client(), self.host).get(path)


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
        _told(deployment.get(path))
    with deployment.app.test_request_context():
        style = deployment.get(asset("css/public.css"))
    assert style.status_code == 200
    assert style.mimetype == "text/css"
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


# --- the store of files ------------------------------------------------------------------------------------


@pytest.fixture
def full(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing more goes into the store."""

    def refuse(_store: LocalStore, _key: str, _data: bytes) -> None:
        raise StorageError("berkas tidak dapat disimpan")

    monkeypatch.setattr(LocalStore, "put", refuse)


def _picture(name: str) -> dict[str, Any]:
    return {"files": (io.BytesIO(photo(64, 64)), name)}


def test_a_full_store_keeps_the_report_on_the_form(app: Flask, city: City, full: None) -> None:
    """The words stay, the file is named without its path, and without the file the report goes."""
    citizen = Browser(app.test_client(), city.host)
    data = report_data(citizen.get("/laporan/baru").get_data(as_text=True))
    kind = "multipart/form-data"
    kept = citizen.post("/laporan/baru", data | _picture("../jalan<b>.jpg"), content_type=kind)
    page = kept.get_data(as_text=True)
    assert kept.status_code == 422
    assert "Berkas jalan-b-.jpg gagal diunggah, coba lagi" in page
    for typed in ("title", "body", "landmark", "name", "phone"):
        assert data[typed] in page
    with tenant_scope(city.id, app):
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0
    assert citizen.post("/laporan/baru", data).status_code == 303


def test_a_full_store_keeps_the_words_of_an_act(
    app: Flask, city: City, file_report: Callable[..., Any], officer: Callable[..., Browser], full: None
) -> None:
    receipt = file_report(city)
    with tenant_scope(city.id, app):
        do("verify", receipt.complaint_id, city)
        before = state_of_case(receipt.complaint_id)
    desk, path = officer(city), f"/petugas/laporan/{receipt.number}"
    answer = "Yth. Pelapor, lampu jalan di gang sudah kami ganti dan menyala kembali. Terima kasih."
    data = {"version": "2", "text": answer, **_picture("sesudah.jpg")}
    refused = desk.post(f"{path}/tanggapan", data, page=path, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert "Berkas gagal diunggah, coba lagi" in refused.get_data(as_text=True)
    assert answer in refused.get_data(as_text=True)
    with tenant_scope(city.id, app):
        assert state_of_case(receipt.complaint_id) == before


def test_a_disk_without_room_or_folder_is_told_as_that(
    tmp_path: Path, city: City, in_city: Callable[[City], Any]
) -> None:
    """Whatever the disk answers is one kind of error, from the folder to the removal."""
    store = LocalStore(tmp_path / "berkas")
    (tmp_path / "berkas").rmdir()
    (tmp_path / "berkas").write_bytes(b"no folder any more")
    with in_city(city):
        key = key_for("lampiran", "jpg")
        for attempt in (lambda: store.put(key, b"x"), lambda: store.get(key), lambda: store.delete(key)):
            with pytest.raises(StorageError) as caught:
                attempt()
            assert not isinstance(caught.value, StorageMissing)


def test_a_store_that_cannot_be_read_is_not_a_missing_file(
    app: Flask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of the report is there; the photo is told to come later, and not as one that never was."""
    citizen = Browser(app.test_client(), city.host)
    data = report_data(citizen.get("/laporan/baru").get_data(as_text=True))
    sent = citizen.post("/laporan/baru", data | _picture("a.jpg"), content_type="multipart/form-data")
    path = f"/lacak/{sent.headers['Location'].split('/')[2]}"
    photo_at = re.search(r'"(/lampiran/[^"?]+)"', citizen.get(path).get_data(as_text=True))
    assert photo_at
    for error, code in ((StorageError("away"), 503), (StorageMissing("lost"), 404)):
        with monkeypatch.context() as away:
            away.setattr(LocalStore, "get", Mock(side_effect=error))
            assert citizen.get(path).status_code == 200
            assert citizen.get(photo_at[1]).status_code == code
    assert citizen.get(photo_at[1]).status_code == 200


# --- the national side -------------------------------------------------------------------------------------


def test_without_the_national_side_nobody_notices(app: Flask, office: Office) -> None:
    """Citizens file and read, officers act; the report waits, and both pages say no more than that."""
    office.connect(base_url=f"http://127.0.0.1:{free_port()}")
    city = office.city
    citizen, desk = (Patient(app.test_client(), city.host) for _ in range(2))
    sent = citizen.post("/laporan/baru", report_data(citizen.get("/laporan/baru").get_data(as_text=True)))
    assert sent.status_code == 303
    assert office.deliver() == 0
    number = sent.headers["Location"].split("/")[2]
    assert citizen.get(f"/lacak/{number}").status_code == 200
    assert desk.sign_in(city.officers["city_administrator"]).status_code == 303
    path = f"/petugas/laporan/{number}"
    request = {"version": "1", "text": "Mohon sebutkan nomor tiang lampu yang padam itu."}
    assert desk.post(f"{path}/penundaan", request, page=path).status_code == 303
    page = desk.get(path).get_data(as_text=True)
    assert "SP4N tidak dapat dihubungi" in page
    assert desk.get("/petugas/").status_code == 200
    shown = citizen.get(f"/lacak/{number}").get_data(as_text=True)
    assert request["text"] in shown
    assert "tidak dapat dihubungi" not in shown
    assert len(office.messages()) >= 1
