"""Fixtures on real engines: PostgreSQL and Redis, one database a worker, the application as its own role.

Nothing is rolled back behind the code's back: each test that needs a clean slate gets tenants of its own.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from core.config import Settings

BASE_DOMAIN = "uji.localhost"
PASSWORD = "kata sandi uji coba"
OPERATOR_KEY = "kunci operator untuk pengujian saja, panjang"


@dataclass(frozen=True, slots=True)
class Engines:
    """Addresses of the run's engines."""

    admin_url: str
    redis_url: str


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """This worker's engines: from the environment, or embedded."""
    given = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if given[0] and given[1]:
        yield Engines(given[0], given[1])
        return
    from scripts.engines import embedded_postgres, embedded_redis

    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("engines")
        postgres = stack.enter_context(embedded_postgres(folder / "pg", fast=True))
        redis = stack.enter_context(embedded_redis(folder / "redis"))
        yield Engines(postgres.admin_url, redis.url)


@pytest.fixture(scope="session")
def settings(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings over a database of this worker, migrated to the head."""
    from scripts.engines import bootstrap_roles

    passwords = {"owner": "uji-owner", "app": "uji-app", "relay": "uji-relay"}
    urls = bootstrap_roles(engines.admin_url, f"uji_{uuid.uuid4().hex[:10]}", passwords)
    return Settings(
        secret_key="kunci rahasia untuk pengujian saja, panjang",
        encryption_keys=(Fernet.generate_key().decode(),),
        database_url=urls.app,
        database_owner_url=urls.owner,
        database_relay_url=urls.relay,
        redis_url=engines.redis_url,
        storage_url=f"file://{tmp_path_factory.mktemp('storage')}",
        base_domain=BASE_DOMAIN,
        public_scheme="http",
        environment="test",
        log_level="ERROR",
        allow_loopback_http=True,
        pool_size=10,
        undo_seconds=0,  # tests of the window set their own
        operator_key=OPERATOR_KEY,
    )


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The application over the migrated database, connected as the application role."""
    from flask_migrate import upgrade

    from app import create_app
    from core.extensions import db

    application = create_app(settings)
    with application.app_context():
        upgrade(directory=str(Path(__file__).parents[1] / "migrations"))
    yield application
    with application.app_context():
        db.engine.dispose()


@dataclass(frozen=True, slots=True)
class City:
    """A provisioned tenant with one officer of each role."""

    id: int
    slug: str
    host: str
    admin_email: str
    officers: dict[str, str]
    departments: dict[str, uuid.UUID]

    @property
    def url(self) -> str:
        return f"http://{self.host}"


_serial = itertools.count(int(time.time()) % 5000)
_codes = (f"{p:02d}.{k:02d}" for p in range(11, 99) for k in range(1, 99))
_province_codes = (f"{p:02d}" for p in range(11, 99))
_letters = ("".join(x) for x in itertools.product("ABCDEFGHJKLMNPQRSTUVWXYZ", repeat=3))
DEPARTMENTS = [
    {"code": "pupr", "name": "Dinas Pekerjaan Umum", "short_name": "DPU"},
    {"code": "dlh", "name": "Dinas Lingkungan Hidup", "short_name": "DLH"},
]
AREAS = [
    {
        "code": "01",
        "name": "Utara",
        "villages": [{"code": "01.1", "name": "Sukamaju"}, {"code": "01.2", "name": "Sukasari"}],
    },
    {"code": "02", "name": "Selatan", "villages": [{"code": "02.1", "name": "Cibiru"}]},
]


@pytest.fixture(scope="session")
def make_province(app: Flask) -> Callable[..., City]:
    """Provision a province: make_province(slug=None, **spec)."""

    def make(slug: str | None = None, **overrides: Any) -> City:
        n = next(_serial)
        return _provision(
            app, slug or f"prov{n}", "province", None, f"Provinsi Uji {n}", next(_province_codes), overrides
        )

    return make


@pytest.fixture(scope="session")
def make_city(app: Flask, make_province: Callable[..., City]) -> Callable[..., City]:
    """Provision a city with areas, departments and officers: make_city(slug=None, province=None, **spec)."""
    default: list[City] = []

    def make(slug: str | None = None, province: str | None = None, **overrides: Any) -> City:
        if province is None:
            if not default:
                default.append(make_province())
            province = default[0].slug
        n = next(_serial)
        return _provision(
            app, slug or f"kota-uji{n}", "kota", province, f"Kota Uji {n}", next(_codes), overrides
        )

    return make


def _provision(
    app: Flask, slug: str, kind: str, province: str | None, name: str, code: str, overrides: dict[str, Any]
) -> City:
    from core.db.tenancy import tenant_scope
    from core.db.transaction import unit_of_work
    from tenants import provisioning
    from tenants.officers.accounts import create
    from tenants.officers.roles import DEPARTMENT_ROLES, PROVINCE_ROLES, Role

    admin = f"admin@{slug}.example"
    spec = provisioning.TenantSpec(
        code=code,
        kind=kind,
        slug=slug,
        name=name,
        short_name=name.removeprefix("Kota "),
        letters=next(_letters),
        province=province,
        admin_email=admin,
        admin_password=PASSWORD,
    )
    officers, departments = {}, {}
    with app.app_context():
        tenant_id = provisioning.provision(replace(spec, **overrides))
    with app.app_context(), tenant_scope(tenant_id, app), unit_of_work():
        if kind != "province":
            departments = provisioning.add_departments(DEPARTMENTS)
            provisioning.add_areas(AREAS)
        for role in Role:
            if (role in PROVINCE_ROLES) == (kind == "province"):
                email = f"{role}@{slug}.example"
                unit = departments.get("pupr") if role in DEPARTMENT_ROLES else None
                create(email=email, name=f"Petugas {role}", role=role, password=PASSWORD, department_id=unit)
                officers[str(role)] = email
    return City(tenant_id, slug, f"{slug}.{BASE_DOMAIN}", admin, officers, departments)


@pytest.fixture(scope="session")
def two_cities(make_city: Callable[..., City]) -> tuple[City, City]:
    """Two cities of one province, shared by the tests that only read them."""
    return make_city(color="#0063a8"), make_city(color="#fff500")


@pytest.fixture
def city(make_city: Callable[..., City]) -> City:
    """A city of this test alone."""
    return make_city()


@pytest.fixture
def in_city(app: Flask) -> Callable[[City], Any]:
    """`with in_city(city):` code that runs in the city's scope."""
    from core.db.tenancy import tenant_scope

    return lambda city: tenant_scope(city.id, app)


def submission(**overrides: Any) -> Any:
    """A well-formed report of the bound city."""
    from sqlalchemy import select

    from complaints.acts.intake import Submission
    from complaints.models import Category
    from core.extensions import db
    from tenants.models import Area

    values: dict[str, Any] = {
        "form_key": uuid.uuid4(),
        "kind": "complaint",
        "title": "Jalan berlubang di depan sekolah",
        "body": "Lubang besar di depan sekolah dasar, sudah dua minggu dan membahayakan anak-anak.",
        "incident_on": date(2026, 3, 2),
        "landmark": "Jl. Melati, depan SD",
        "name": "Asep Sunandar",
        "phone": "+6281200001234",
        "email": None,
        "is_anonymous": False,
        "is_confidential": False,
    }
    values |= overrides
    if "category_id" not in values:
        values["category_id"] = db.session.scalar(select(Category.id).order_by(Category.sort).limit(1))
    if "village_id" not in values:
        values["village_id"] = db.session.scalar(
            select(Area.id).where(Area.level == 2).order_by(Area.code).limit(1)
        )
    return Submission(**values)


@pytest.fixture
def file_report(app: Flask) -> Callable[..., Any]:
    """file_report(city, **overrides) → Receipt."""
    from complaints.acts import intake
    from core.db.tenancy import tenant_scope

    def file(city: City, **overrides: Any) -> Any:
        with tenant_scope(city.id, app):
            return intake.submit(submission(**overrides))

    return file


class Browser:
    """A client of one host that keeps its cookies and sends forms as a browser does, CSRF token included."""

    def __init__(self, client: FlaskClient, host: str) -> None:
        self.client, self.host = client, host
        self.base = f"http://{host}"

    def get(self, path: str, **kwargs: Any) -> Any:
        return _checked(self.client.get(path, base_url=self.base, **kwargs))

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, page: str | None = None, **kwargs: Any
    ) -> Any:
        """Send a form; the token is taken from `page` (default: the same path)."""
        token = self.token(page or path)
        body = {"csrf_token": token, **(data or {})}
        return _checked(self.client.post(path, base_url=self.base, data=body, **kwargs))

    def token(self, path: str) -> str:
        from tests.pages import csrf_token

        return csrf_token(self.client.get(path, base_url=self.base).get_data(as_text=True))

    def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        return self.post("/petugas/masuk", {"email": email, "password": password})


def _checked(response: Any) -> Any:
    from tests.pages import check_page

    if response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 307, 308):
        check_page(response.get_data(as_text=True))
    return response


@pytest.fixture
def browse(app: Flask) -> Callable[[City | str], Browser]:
    """A fresh browser on a city's host."""

    def open_browser(city: City | str) -> Browser:
        host = city if isinstance(city, str) else city.host
        return Browser(app.test_client(), host)

    return open_browser


@pytest.fixture
def officer(browse: Callable[[City], Browser]) -> Callable[..., Browser]:
    """officer(city, role="city_administrator") → a signed-in browser."""

    def sign_in(city: City, role: str = "city_administrator") -> Browser:
        browser = browse(city)
        response = browser.sign_in(city.officers[role])
        assert response.status_code == 303, response.get_data(as_text=True)[:2000]
        return browser

    return sign_in


def photo(width: int = 640, height: int = 480, kind: str = "JPEG") -> bytes:
    """A small picture."""
    stream = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(stream, kind)
    return stream.getvalue()


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def pretty(value: Any) -> str:
    """A value as readable JSON, for messages of failed assertions."""
    return json.dumps(value, indent=1, default=str, ensure_ascii=False)
