"""A deployment for measuring: engines, a database of its own, the application as its own role.

Invariant: only a database named `satuaduan_bench` is ever written, whatever server is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from core.config import Settings
from core.extensions import db
from scripts.engines import bootstrap_roles, embedded_postgres, embedded_redis

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "satuaduan_bench"
BASE_DOMAIN = "bench.localhost"
# Made up like the data, and the same at every run, so that a kept folder serves again.
_PASSWORDS = {"owner": "bench-owner", "app": "bench-app", "relay": "bench-relay"}
_SECRET = "only for measuring, never for a deployment"  # noqa: S105
_FERNET = "YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmU="


@contextmanager
def engines(data_dir: Path, database_url: str | None, redis_url: str | None) -> Iterator[tuple[str, str]]:
    """(administrator's PostgreSQL URL, Redis URL): the given ones, or embedded servers over `data_dir`."""
    with ExitStack() as stack:
        admin = database_url or stack.enter_context(embedded_postgres(data_dir / "postgres")).admin_url
        redis = redis_url or stack.enter_context(embedded_redis(data_dir / "redis")).url
        yield admin, redis


def settings_for(data_dir: Path, admin_url: str, redis_url: str) -> Settings:
    """Settings of the measured application. Creates or corrects the roles and the database."""
    urls = bootstrap_roles(admin_url, DATABASE, _PASSWORDS)
    return Settings(
        secret_key=_SECRET,
        encryption_keys=(_FERNET,),
        database_url=urls.app,
        database_owner_url=urls.owner,
        database_relay_url=urls.relay,
        redis_url=redis_url,
        storage_url=f"file://{(data_dir / 'storage').absolute()}",
        base_domain=BASE_DOMAIN,
        public_scheme="http",
        environment="bench",
        log_level="ERROR",
        trusted_proxies=1,  # each measured request comes from an address of its own, past the rate limits
    )


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """The application over the migrated database."""
    from app import create_app

    app = create_app(settings)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    yield app
    with app.app_context():
        db.engine.dispose()
