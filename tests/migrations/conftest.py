"""Databases of their own for migrations, and a bare application that knows only the schema and its owner."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask_migrate
import psycopg
import pytest
from flask import Flask
from flask_migrate import Migrate
from psycopg import sql
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from core.config import Settings
from core.extensions import db
from scripts.engines import bootstrap_roles
from tests.conftest import Engines
from tests.source import ROOT

MIGRATIONS = ROOT / "migrations"
PASSWORDS = {"owner": "uji-owner", "app": "uji-app", "relay": "uji-relay"}


@dataclass(frozen=True, slots=True)
class Database:
    """An empty database with its roles, and the commands that move its schema."""

    app: Flask
    owner: Engine
    serving: Engine
    admin_url: str

    def upgrade(self, revision: str = "head") -> None:
        """Forward, as the deployment does it."""
        with self.app.app_context():
            flask_migrate.upgrade(str(MIGRATIONS), revision)

    def downgrade(self, revision: str) -> None:
        """Back."""
        with self.app.app_context():
            flask_migrate.downgrade(str(MIGRATIONS), revision)


@pytest.fixture
def make_database(engines: Engines, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """make_database() → an empty one; all are dropped afterwards."""
    made: list[tuple[str, Database]] = []

    def make() -> Database:
        name = f"uji_m_{uuid.uuid4().hex[:10]}"
        urls = bootstrap_roles(engines.admin_url, name, PASSWORDS)
        settings = Settings(
            secret_key="tidak dipakai oleh migrasi sama sekali",
            encryption_keys=(),
            database_url=urls.app,
            database_owner_url=urls.owner,
            redis_url="",
            storage_url=f"file://{tmp_path}",
            base_domain="uji.localhost",
        )
        app = Flask("migrasi")
        app.extensions["settings"] = settings
        Migrate(app, db, directory=str(MIGRATIONS))
        admin_url = urlsplit(engines.admin_url)._replace(path=f"/{name}").geturl()
        found = Database(app, _engine(urls.owner), _engine(urls.app), admin_url)
        made.append((name, found))
        return found

    yield make
    with psycopg.connect(engines.admin_url, autocommit=True) as admin:
        for name, _ in made:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


@pytest.fixture
def database(make_database: Callable[[], Database]) -> Database:
    """One empty database."""
    return make_database()


_SCHEMA = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity,"
    " identity_generation FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "security": "SELECT relname, relrowsecurity, relforcerowsecurity, reloptions FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
    "policies": "SELECT tablename, policyname, cmd, roles::text, qual, with_check FROM pg_policies",
    "grants": "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "column grants": "SELECT attrelid::regclass::text, attname, attacl::text FROM pg_attribute"
    " WHERE attacl IS NOT NULL AND NOT attisdropped AND attrelid IN"
    " (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)",
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc"
    " WHERE pronamespace = 'public'::regnamespace",
}


def schema_of(database: Database, *parts: str) -> dict[str, list[tuple[Any, ...]]]:
    """The schema as the catalogue tells it, part by part; the version's own table is left out."""
    with psycopg.connect(database.admin_url) as connection:
        found = {part: connection.execute(_SCHEMA[part].encode()).fetchall() for part in parts or _SCHEMA}
    return {
        part: sorted((row for row in rows if "alembic_version" not in str(row[0])), key=repr)
        for part, rows in found.items()
    }
