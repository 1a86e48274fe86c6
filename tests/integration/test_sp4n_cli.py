"""`flask sp4n`: an operator connects a city, sees how it stands and mends what stopped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from core.errors import FieldProblem
from sp4n import settings
from tests.sp4n_office import Office


@pytest.fixture
def office(bare_office: Office) -> Office:
    """Not connected: that is what the commands are for."""
    return bare_office


def call(office: Office, *arguments: str, typed: str | None = None) -> Any:
    runner = office.app.test_cli_runner()
    return runner.invoke(
        args=["sp4n", arguments[0], "--tenant", office.city.slug, *arguments[1:]], input=typed
    )


def connect(office: Office, *arguments: str) -> Any:
    return call(
        office,
        "configure",
        "--mode=active",
        f"--base-url={office.simulator.url}",
        "--auth-header=auth",
        "--auth-secret=-",
        "--token-secret=-",
        f"--institution-id={office.account.institution_id}",
        *arguments,
        typed=f"{office.account.secret}\n{office.account.token}\n",
    )


def test_a_city_is_connected_with_secrets_from_standard_input(office: Office) -> None:
    done = connect(office, "--poll-seconds=120")
    assert done.exit_code == 0, done.output
    assert done.output.strip().endswith("mode active")
    assert office.account.token not in done.output
    office.file()
    assert office.deliver() == 1
    row = office.row()
    assert (row.poll_seconds, row.auth_header) == (120, "auth")
    assert office.account.secret not in row.auth_secret
    with office.scope(), unit_of_work() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "sp4n.configured")).one()
    assert "auth_secret" in entry.detail["changed"]
    assert "auth_secret" not in entry.detail["new"]


def test_what_is_not_named_stays_as_it_was(office: Office) -> None:
    connect(office)
    before = office.row()
    assert call(office, "configure", "--mode=trial").exit_code == 0
    after = office.row()
    assert after.mode == "trial"
    assert (after.base_url, after.auth_secret) == (before.base_url, before.auth_secret)


def test_status_tells_the_backlog_and_retry_mends_it(office: Office) -> None:
    assert "belum dihubungkan" in call(office, "status").output
    connect(office)
    office.file()
    office.file()
    office.simulator.add_fault("refused_in_success", endpoint="create", remaining=1)
    office.deliver()
    state = json.loads(call(office, "status", "--json").output)
    assert (state["mode"], state["outbox"]["rejected"], state["outbox"]["delivered"]) == ("active", 1, 1)
    assert office.account.secret not in json.dumps(state)
    assert "rejected" in call(office, "status").output
    assert call(office, "retry").output == "1 kiriman dicoba lagi\n"
    assert office.deliver() == 1
    assert json.loads(call(office, "status", "--json").output)["outbox"]["rejected"] == 0


def test_backfill_and_map(office: Office) -> None:
    office.file()
    connect(office)
    assert (
        call(office, "map", "--kind=category", "--local=roads", "--remote=12").output
        == "category: roads = 12\n"
    )
    assert call(office, "map", "--kind=status", "--local=Ditinjau", "--remote=selesai").exit_code == 1
    assert call(office, "backfill").output == "1 laporan diantrekan\n"
    assert office.deliver() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"base_url": "ftp://api.contoh.go.id"}, "base_url"),
        ({"base_url": "https://nama:sandi@api.contoh.go.id"}, "base_url"),
        ({"mode": "nyala"}, "mode"),
        ({"auth_secret": "dua\nbaris"}, "auth_secret"),
        ({"token_secret": ""}, "token_secret"),
        ({"institution_id": "12a"}, "institution_id"),
        ({"auth_header": "X: y"}, "auth_header"),
        ({"poll_seconds": 1}, "poll_seconds"),
        ({"timezone": "Asia/Bandung"}, "timezone"),
        ({"mode": "active"}, "base_url"),
    ],
)
def test_what_cannot_be_is_refused_by_name(office: Office, values: dict[str, Any], field: str) -> None:
    with office.scope(), pytest.raises(FieldProblem) as refusal:
        settings.configure(**values)
    assert refusal.value.field == field


def test_an_unknown_city_is_said(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["sp4n", "status", "--tenant", "kota-entah"])
    assert done.exit_code == 1
    assert "kota-entah" in done.output
