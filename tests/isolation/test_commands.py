"""The operator's commands: an unknown city is named and nothing changes; a city's command is its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.conftest import City
from tests.isolation.conftest import Rivals
from tests.isolation.seeding import fingerprint


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(arguments))
    return result.exit_code, result.output


NO_MESSAGE = uuid.UUID(int=7)
#: every command that is about one city, as it is called; {file} is an empty JSON list
OF_ONE_CITY = {
    ("tenants", "suspend"): "{slug}",
    ("tenants", "resume"): "{slug}",
    ("tenants", "areas"): "{slug} {file}",
    ("tenants", "departments"): "{slug} {file}",
    ("tenants", "officer"): "{slug} --email baru@uji.example --name Baru --role verifier",
    ("tenants", "holiday"): "add --tenant {slug} --date 2031-01-02 --name Libur",
    ("figures", "rebuild"): "--tenant {slug}",
    ("audit", "verify"): "--tenant {slug}",
    ("audit", "seal"): "--tenant {slug}",
    ("audit", "export"): "--tenant {slug} --from 2026-01-01 --to 2026-12-31",
    ("messages", "test"): "--tenant {slug} --to petugas@uji.example",
    ("jobs", "retry"): f"--tenant {{slug}} {NO_MESSAGE}",
    ("jobs", "skip"): f"--tenant {{slug}} {NO_MESSAGE} --reason Percobaan",
    ("jobs", "explain"): f"--tenant {{slug}} {NO_MESSAGE}",
    ("sp4n", "configure"): "--tenant {slug} --mode off",
    ("sp4n", "status"): "--tenant {slug}",
    ("sp4n", "reconcile"): "--tenant {slug}",
    ("sp4n", "test"): "--tenant {slug}",
    ("sp4n", "preview"): "--tenant {slug} --number AAA-261124-0001",
    ("sp4n", "retry"): "--tenant {slug}",
    ("sp4n", "backfill"): "--tenant {slug}",
    ("sp4n", "map"): "--tenant {slug} --kind category --local a --remote 1",
}
#: commands about no city, about all of them, or about one that is only being made
OTHERS = {
    ("tenants", "provision"), ("tenants", "list"), ("jobs", "work"), ("jobs", "schedule"), ("jobs", "sweep"),
    ("jobs", "status"), ("jobs", "failed"), ("demo", "seed"),
    ("keys", "rotate"),
}  # fmt: skip
FLASKS_OWN = {"db", "run", "shell", "routes"}


def test_every_command_is_one_that_was_thought_of(app: Flask) -> None:
    """A new command comes with its proof that it stays inside its city."""
    found = {
        (name, each)
        for name, group in app.cli.commands.items()
        if name not in FLASKS_OWN
        for each in getattr(group, "commands", {"": None})
    }
    assert found == set(OF_ONE_CITY) | OTHERS


@pytest.fixture
def empty_list(tmp_path: Path) -> str:
    path = tmp_path / "daftar.json"
    path.write_text("[]", encoding="utf-8")
    return str(path)


def filled(command: tuple[str, str], slug: str, file: str) -> list[str]:
    return [*command, *(part.format(slug=slug, file=file) for part in OF_ONE_CITY[command].split())]


@pytest.mark.parametrize("slug", ["kota-tidak-ada", "", "%", "kota-uji%", "' OR '1'='1", "1", "KOTA-UJI"])
@pytest.mark.parametrize("command", OF_ONE_CITY, ids=" ".join)
def test_an_unknown_slug_changes_nothing(
    app: Flask, rivals: Rivals, untouched: None, empty_list: str, command: tuple[str, str], slug: str
) -> None:
    code, output = run(app, *filled(command, slug, empty_list))
    assert code == 1, output
    assert "tidak ada penyewa" in output


@pytest.mark.parametrize("command", OF_ONE_CITY, ids=" ".join)
def test_one_citys_command_leaves_the_others_alone(
    app: Flask, rivals: Rivals, untouched: None, city: City, empty_list: str, command: tuple[str, str]
) -> None:
    code, output = run(app, *filled(command, city.slug, empty_list))
    # a city without a connection, a channel or such a message is told so by name of what is missing
    assert code == 0 or (command[0] in ("sp4n", "messages", "jobs") and output.startswith("Error: ")), output


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"--slug": "theirs"}, "slug"),
        ({"--code": "theirs"}, "slug"),
        ({"--slug": "kota-"}, "slug"),
        ({"--slug": "kab-salah-jenis"}, "slug"),
        ({"--slug": "admin"}, "slug"),
        ({"--code": "1"}, "code"),
        ({"--province": "tidak-ada"}, "province"),
        ({"--color": "merah"}, "color"),
        ({"--letters": "ab1"}, "letters"),
        ({"--letters": "theirs"}, "letters"),
        ({"--admin-email": "bukan-surel"}, "admin_email"),
    ],
)
def test_a_refused_provisioning_leaves_no_half_city(
    app: Flask,
    rivals: Rivals,
    superuser: psycopg.Connection[Any],
    untouched: None,
    change: dict[str, str],
    field: str,
) -> None:
    """Above all it neither takes over nor completes a city that is there under another code."""
    theirs = superuser.execute(
        "SELECT slug, code, letters FROM tenant WHERE id = %s", [rivals.theirs.city.id]
    ).fetchone()
    assert theirs
    options = {
        "--code": "97.97",
        "--kind": "kota",
        "--slug": "kota-belum-ada",
        "--name": "Kota Belum Ada",
        "--province": rivals.province.slug,
        "--admin-email": "admin@belum.example",
        "--letters": "ZZY",
    }
    foreign = {"--slug": theirs[0], "--code": theirs[1], "--letters": theirs[2]}
    options |= {key: foreign[key] if value == "theirs" else value for key, value in change.items()}
    before = superuser.execute("SELECT count(*) FROM tenant").fetchone()
    code, output = run(app, "tenants", "provision", *(part for pair in options.items() for part in pair))
    assert code == 1, output
    assert output.startswith(f"Error: {field}: ")
    assert superuser.execute("SELECT count(*) FROM tenant").fetchone() == before


def test_provisioning_again_changes_nothing(
    app: Flask, rivals: Rivals, superuser: psycopg.Connection[Any], make_city: Callable[..., City]
) -> None:
    """Repeatable: the same command completes a city, and finds a complete one complete."""
    city = make_city(province=rivals.province.slug)
    row = superuser.execute("SELECT code, letters, name FROM tenant WHERE id = %s", [city.id]).fetchone()
    assert row
    before = fingerprint(superuser, [city.id])
    options = ["--code", row[0], "--kind", "kota", "--slug", city.slug, "--name", row[2], "--letters", row[1]]
    options += ["--province", rivals.province.slug, "--admin-email", city.admin_email]
    code, output = run(app, "tenants", "provision", *options)
    assert code == 0, output
    after = fingerprint(superuser, [city.id])
    assert {table for table in after if after[table] != before[table]} <= {"figure_state"}  # when last folded


def test_the_list_shows_no_more_than_public_facts(app: Flask, rivals: Rivals) -> None:
    code, output = run(app, "tenants", "list")
    assert code == 0
    assert rivals.ours.city.slug in output
    assert "@" not in output


def test_provisioning_a_suspended_city_again_leaves_it_suspended(
    app: Flask, rivals: Rivals, superuser: psycopg.Connection[Any], make_city: Callable[..., City]
) -> None:
    city = make_city(province=rivals.province.slug)
    row = superuser.execute("SELECT code, letters, name FROM tenant WHERE id = %s", [city.id]).fetchone()
    assert row
    assert run(app, "tenants", "suspend", city.slug)[0] == 0
    options = ["--code", row[0], "--kind", "kota", "--slug", city.slug, "--name", row[2], "--letters", row[1]]
    options += ["--province", rivals.province.slug, "--admin-email", city.admin_email]
    code, output = run(app, "tenants", "provision", *options)
    assert code == 0, output
    assert "ditutup sementara" in output
    status = superuser.execute("SELECT status FROM tenant WHERE id = %s", [city.id]).fetchone()
    assert status == ("suspended",)


def test_an_officer_is_added_once(app: Flask, make_city: Callable[..., City]) -> None:
    city = make_city()
    officer = ["tenants", "officer", city.slug, "--email", "Rina@Contoh.example", "--name", "Rina"]
    assert run(app, *officer, "--role", "verifier")[0] == 0
    code, output = run(app, *officer, "--role", "observer")
    assert (code, output.strip()) == (1, "Error: email: Surel ini sudah terdaftar")
