"""The schema's way there and back, that it is what the models say, and its tools under row security."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

import app  # all models are known once every package is wired
from core.extensions import db
from migrations import tenancy
from tests.migrations.conftest import MIGRATIONS, Database, schema_of

assert app.PACKAGES


def revisions() -> list[str]:
    """From the first to the head."""
    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def test_there_is_one_head_and_it_is_pinned() -> None:
    """Two branches merged on one day would give two heads; the file makes them conflict in the review."""
    heads = ScriptDirectory(str(MIGRATIONS)).get_heads()
    assert heads == [(MIGRATIONS / "head.txt").read_text(encoding="utf-8").strip()]


def test_revisions_are_numbered_in_order() -> None:
    assert revisions() == [f"{number:04d}" for number in range(1, len(revisions()) + 1)]
    files = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("*.py"))
    assert files == revisions()


def test_up_down_up(database: Database) -> None:
    database.upgrade()
    first = schema_of(database)
    assert len(first["columns"]) > 200
    database.downgrade("base")
    assert all(rows == [] for rows in schema_of(database).values()), schema_of(database)
    database.upgrade()
    assert schema_of(database) == first


def test_each_step_can_be_taken_back_alone(database: Database) -> None:
    before = schema_of(database)
    for revision in revisions():
        database.upgrade(revision)
        after = schema_of(database)
        assert after != before, f"{revision} changes nothing"
        database.downgrade("-1")
        assert schema_of(database) == before, revision
        database.upgrade(revision)
        assert schema_of(database) == after, revision
        before = after


def test_upgrading_again_changes_nothing(database: Database) -> None:
    database.upgrade()
    before = schema_of(database)
    database.upgrade()
    assert schema_of(database) == before


# --- models ------------------------------------------------------------------------------------------------


def test_models_and_migrations_agree(database: Database) -> None:
    database.upgrade()
    with database.owner.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.parametrize("part", ["columns", "constraints", "indexes"])
def test_tables_made_from_the_models_are_the_same(make_database: Callable[[], Database], part: str) -> None:
    """To the letter: types, checks, partial and covering indexes, which a comparison by names would miss."""
    migrated, modelled = make_database(), make_database()
    migrated.upgrade()
    with modelled.owner.begin() as connection:
        db.metadata.create_all(connection)
    models, schema = set(schema_of(modelled, part)[part]), set(schema_of(migrated, part)[part])
    assert (models - schema, schema - models) == (set(), set())


# --- row security ------------------------------------------------------------------------------------------


@pytest.fixture
def filled(database: Database) -> Iterator[sa.Connection]:
    """A migrated database with two tenants, three departments each, and the owner's open transaction."""
    database.upgrade()
    with database.owner.begin() as connection:
        for number in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO tenant (id, kind, code, slug, letters, name, short_name, status, timezone,"
                    " service_name, color, created_at) VALUES (:n, 'kota', :code, :slug, :letters, 'Kota',"
                    " 'K', 'active', 'Asia/Jakarta', 'Aduan', '#000000', now())"
                ),
                {
                    "n": number,
                    "code": f"1{number}.01",
                    "slug": f"kota-uji-{number}",
                    "letters": f"AA{'AB'[number - 1]}",
                },
            )
            connection.exec_driver_sql(f"SET LOCAL app.tenant_id = '{number}'")
            for letter in "abc":
                connection.execute(
                    text(
                        "INSERT INTO department (tenant_id, id, code, name, short_name, is_active)"
                        " VALUES (:n, gen_random_uuid(), :c, 'Dinas', 'D', true)"
                    ),
                    {"n": number, "c": letter},
                )
        connection.exec_driver_sql("SET LOCAL app.tenant_id = ''")
        yield connection


def in_migration(connection: sa.Connection, act: Callable[[], Any]) -> Any:
    """Run `act` where `alembic.op` works."""
    with Operations.context(MigrationContext.configure(connection)):
        return act()


def test_the_owners_bare_update_touches_nothing(filled: sa.Connection) -> None:
    """Why there is each_tenant() at all."""
    assert filled.execute(text("UPDATE department SET name = 'baru'")).rowcount == 0


def test_each_tenant_reaches_every_row_of_every_tenant(filled: sa.Connection) -> None:
    def backfill() -> dict[int, int]:
        return {
            tenant_id: filled.execute(text("UPDATE department SET name = 'baru'")).rowcount
            for tenant_id in tenancy.each_tenant()
        }

    assert in_migration(filled, backfill) == {1: 3, 2: 3}
    setting = filled.execute(text("SELECT current_setting('app.tenant_id', true)")).scalar_one()
    assert setting == "", "nothing stays bound after the last one"
    assert filled.execute(text("SELECT count(*) FROM department")).scalar_one() == 0


def test_a_tenant_table_is_made_with_its_wall(filled: sa.Connection, database: Database) -> None:
    columns = [
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
    ]
    key = sa.PrimaryKeyConstraint("tenant_id", "id")
    in_migration(filled, lambda: tenancy.create_tenant_table("uji", *columns, key, grants="SELECT, INSERT"))
    row = filled.execute(
        text("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'uji'")
    ).one()
    assert tuple(row) == (True, True)
    clauses = filled.execute(text("SELECT qual, with_check FROM pg_policies WHERE tablename = 'uji'")).one()
    assert clauses[0] == clauses[1]
    assert "app.tenant_id" in clauses[0]
    with pytest.raises(ProgrammingError):
        filled.execute(text("INSERT INTO uji VALUES (1, 1)"))


def test_a_tenant_table_without_the_tenant_first_is_refused(filled: sa.Connection) -> None:
    columns = [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
    ]
    key = sa.PrimaryKeyConstraint("id", "tenant_id")
    with pytest.raises(ValueError, match="begin with tenant_id"):
        in_migration(filled, lambda: tenancy.create_tenant_table("uji", *columns, key))


# --- beside a running deployment ---------------------------------------------------------------------------


def test_a_migration_waits_for_no_lock_longer_than_two_seconds(database: Database) -> None:
    """A long query must not make everything behind the migration wait with it; the schema stays as it was."""
    database.upgrade()
    before = schema_of(database)
    with psycopg.connect(database.admin_url) as busy:
        busy.execute("LOCK TABLE complaint IN ACCESS SHARE MODE")
        started = time.monotonic()
        with pytest.raises(OperationalError, match="lock timeout"):
            database.downgrade("base")
        assert time.monotonic() - started < 10
    assert len(schema_of(database)["columns"]) >= 200
    database.upgrade()
    assert schema_of(database) == before


def test_two_migrations_at_once_take_turns(database: Database) -> None:
    """Two replicas start together: the second waits for the first, however long, and finds it done."""
    with psycopg.connect(database.admin_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(7246113)")
        failures: list[BaseException] = []

        def run() -> None:
            try:
                database.upgrade()
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(3)
        assert thread.is_alive(), failures
        other.execute("SELECT pg_advisory_unlock(7246113)")
        thread.join(60)
    assert failures == []
    assert len(schema_of(database)["columns"]) > 200


def test_the_application_cannot_migrate(database: Database) -> None:
    database.upgrade()
    with database.serving.connect() as connection:
        for statement in (
            "CREATE TABLE uji (id int)",
            "ALTER TABLE complaint ADD COLUMN uji int",
            "ALTER TABLE complaint DISABLE ROW LEVEL SECURITY",
            "DROP POLICY own_tenant ON complaint",
            "CREATE POLICY uji ON complaint USING (true)",
            "SELECT * FROM alembic_version",
            "TRUNCATE complaint",
            "CREATE TEMP TABLE uji (id int)",
            "SET ROLE satuaduan_owner",
            "CREATE FUNCTION uji() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ):
            with pytest.raises(ProgrammingError):
                connection.execute(text(statement))
            connection.rollback()
