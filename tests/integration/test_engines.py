"""The embedded engines: on every server found here, as they are started for the tests and the demo."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis

from scripts.binaries import Source, copy_of_wheel, postgres_folders, postgres_version
from scripts.engines import StartError, bootstrap_roles, embedded_postgres, embedded_redis
from scripts.postgres import server_account
from scripts.processes import working_in
from scripts.roles import database_of, libpq_url, role_url, sqlalchemy_url

ROOT = Path(__file__).resolve().parents[2]
PASSWORDS = {"owner": "milik:/@", "app": "aplikasi", "relay": "penerus"}
# The wheel's server, and the system's where there is one that is not the wheel's.
SOURCES: tuple[Source, ...] = ("any", "system") if list(postgres_folders("system")) else ("any",)


@pytest.fixture
def data_dir():
    """A folder that the server's own account can reach, which pytest's are not for a suite run by root."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


@pytest.fixture(scope="module", params=SOURCES)
def admin_url(request, tmp_path_factory):
    with embedded_postgres(tmp_path_factory.mktemp("engine"), fast=True, source=request.param) as server:
        yield server.admin_url


def rows(url, query, *values):
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        return connection.execute(query, values).fetchall()


def test_roles_have_no_more_than_they_need(admin_url):
    bootstrap_roles(admin_url, "peran", PASSWORDS)

    attributes = rows(
        admin_url,
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE rolname LIKE 'satuaduan%%' ORDER BY 1",
    )

    assert attributes == [
        ("satuaduan_app", True, False, False, False, False, False),
        ("satuaduan_owner", True, False, False, False, False, False),
        ("satuaduan_relay", True, False, False, False, False, False),
        ("satuaduan_search", False, False, False, False, False, False),
    ]


def test_only_the_owner_creates_and_nobody_uses_temporary_tables(admin_url):
    urls = bootstrap_roles(admin_url, "hak", PASSWORDS)

    rights = {
        role: rows(
            url,
            "SELECT has_database_privilege('hak', 'CONNECT'), has_database_privilege('hak', 'TEMP'),"
            " has_schema_privilege('public', 'USAGE'), has_schema_privilege('public', 'CREATE')",
        )[0]
        for role, url in (("owner", urls.owner), ("app", urls.app), ("relay", urls.relay))
    }
    public = rows(admin_url, "SELECT datacl::text FROM pg_database WHERE datname = 'hak'")[0][0]

    assert rights["owner"] == (True, True, True, True)
    assert rights["app"] == rights["relay"] == (True, False, True, False)
    assert "{=" not in public
    assert ",=" not in public


def test_a_repeated_start_sets_new_passwords_and_takes_excess_away(admin_url):
    bootstrap_roles(admin_url, "ulang", PASSWORDS)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("ALTER ROLE satuaduan_app BYPASSRLS CREATEDB")

    urls = bootstrap_roles(admin_url, "ulang", PASSWORDS | {"app": "baru"})

    assert rows(urls.app, "SELECT rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [
        (False, False)
    ]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(role_url(admin_url, "ulang", "satuaduan_app", PASSWORDS["app"]))


def test_an_administrator_without_superuser_is_enough(data_dir):
    with embedded_postgres(data_dir, fast=True) as server:
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute("CREATE ROLE pengelola LOGIN CREATEROLE CREATEDB PASSWORD 'rahasia'")
        url = role_url(server.admin_url, "kota", "pengelola", "rahasia")

        for _ in range(2):  # the second time, everything is there already
            urls = bootstrap_roles(url, database_of(url), PASSWORDS)

        assert rows(urls.owner, "SELECT current_database(), current_user") == [("kota", "satuaduan_owner")]


def test_postgres_keeps_its_data_and_leaves_no_process(data_dir):
    with embedded_postgres(data_dir) as first, psycopg.connect(first.admin_url) as connection:
        connection.execute("CREATE TABLE catatan AS SELECT 1 AS isi")
        connection.commit()
        assert rows(first.admin_url, "SHOW listen_addresses") == [("127.0.0.1",)]
        assert (first.home / "pgdata").stat().st_mode & 0o777 == 0o700
        assert working_in(first.home / "pgdata")

    assert working_in(first.home / "pgdata") == []
    with embedded_postgres(data_dir) as second:
        assert second.port == first.port
        assert rows(second.admin_url, "SELECT isi FROM catatan") == [(1,)]


def test_postgres_refuses_a_wrong_password(admin_url):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(admin_url.replace("postgres:", "postgres:x"))


def test_redis_keeps_its_data_and_asks_for_the_password(data_dir):
    with embedded_redis(data_dir) as first, redis.Redis.from_url(first.url) as client:
        client.set("kunci", "nilai")
        address = f"redis://127.0.0.1:{first.port}"
        with redis.Redis.from_url(address) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()

    assert working_in(data_dir / "redis") == []
    with embedded_redis(data_dir) as second, redis.Redis.from_url(second.url) as client:
        assert client.get("kunci") == b"nilai"


HOLDER = """
import sys, time
from pathlib import Path
from scripts.engines import embedded_postgres, embedded_redis
with embedded_postgres(Path(sys.argv[1])) as pg, embedded_redis(Path(sys.argv[1])):
    print(pg.home, flush=True)
    time.sleep(60)
"""


def test_engines_end_when_their_starter_is_killed(data_dir):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    data = Path(holder.stdout.readline().strip()) / "pgdata"
    assert working_in(data)
    assert working_in(data_dir / "redis")

    holder.send_signal(signal.SIGKILL)
    holder.communicate()

    deadline = time.monotonic() + 20
    while left := working_in(data) + working_in(data_dir / "redis"):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    with embedded_postgres(data_dir) as again:
        assert rows(again.admin_url, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda data: (data / "PG_VERSION").unlink(), "PG_VERSION tidak ada atau tidak terbaca"),
        (lambda data: (data / "PG_VERSION").write_text("9\n"), "dibuat oleh versi 9"),
        (lambda data: data.rename(data.with_name("lain")), "hilang"),
    ],
    ids=["no-version", "foreign-version", "gone"],
)
def test_damaged_data_is_told_in_one_sentence(data_dir, damage, sentence):
    with embedded_postgres(data_dir) as server:
        data = server.home / "pgdata"
    damage(data)

    with pytest.raises(StartError, match=sentence), embedded_postgres(data_dir):
        pass


def test_a_lock_file_that_names_a_foreign_process_is_no_obstacle(data_dir):
    with embedded_postgres(data_dir) as server:
        data = server.home / "pgdata"
    (data / "postmaster.pid").write_text(f"{os.getppid()}\n{data}\n")

    with embedded_postgres(data_dir) as server:
        assert rows(server.admin_url, "SELECT 1") == [(1,)]


def test_urls_are_read_and_written_in_both_forms():
    assert (
        libpq_url("postgresql+psycopg://a:b@h:1/d?sslmode=require")
        == "postgresql://a:b@h:1/d?sslmode=require"
    )
    assert sqlalchemy_url("postgres://a@h/d") == "postgresql+psycopg://a@h/d"
    assert role_url("postgresql://a:b@[::1]:1/x?sslmode=require", "d", "r", "p:/@") == (
        "postgresql://r:p%3A%2F%40@[::1]:1/d?sslmode=require"
    )
    assert [database_of(f"postgresql://h/{name}") for name in ("", "postgres", "kota")] == [
        "satuaduan",
        "satuaduan",
        "kota",
    ]
    for wrong in ("mysql://h/d", "postgresql+psycopg2://h/d", "postgresql://h:x/d"):
        with pytest.raises(ValueError, match=r"PostgreSQL|Port"):
            libpq_url(wrong)


def test_data_that_the_account_cannot_reach_lies_elsewhere_and_goes_with_the_run(data_dir):
    data_dir.chmod(0o700)

    with embedded_postgres(data_dir, fast=True) as server:
        inside = server.home.parent == data_dir
        assert rows(server.admin_url, "SELECT 1") == [(1,)]

    assert inside == (os.geteuid() != 0)
    assert server.home.exists() == inside


def test_the_programs_are_copied_where_the_account_cannot_run_them(data_dir):
    account = server_account()
    folder = next(iter(postgres_folders("any")))

    copy = copy_of_wheel(folder, data_dir)

    assert postgres_version(copy, account) == postgres_version(folder, None)
    assert subprocess.run([copy / "initdb", "--version"], check=False).returncode == 0  # finds its libpq
