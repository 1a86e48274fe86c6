"""A simulator per module and, per test, a fresh account on it with no fault switched on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.http import OutboundClient
from sp4n.client import Sp4nClient
from sp4n.contract import CreateComplaint, NewUser
from tests.simulator_process import Account, SimulatorProcess, running_simulator

PAYLOADS = Path(__file__).parent / "payloads"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    with running_simulator(tmp_path_factory.mktemp("simulator") / "data.sqlite3") as running:
        yield running


@pytest.fixture
def account(simulator: SimulatorProcess) -> Account:
    simulator.clear_faults()
    return simulator.add_institution()


@pytest.fixture(scope="session")
def http() -> Iterator[OutboundClient]:
    with OutboundClient(allow_loopback=True) as client:
        yield client


@pytest.fixture
def client(simulator: SimulatorProcess, account: Account, http: OutboundClient) -> Sp4nClient:
    return client_of(simulator, account, http)


@pytest.fixture
def complaint(account: Account) -> Callable[..., CreateComplaint]:
    """Builds a complaint for the account's institution; keyword arguments replace fields."""

    def build(**changes: Any) -> CreateComplaint:
        fields: dict[str, Any] = {
            "title": "Lampu jalan padam",
            "content": "Lampu di depan sekolah padam sejak Senin.",
            "reporter": NewUser("Siti", "siti@contoh.id", "+628122170080"),
            "channel": 13,
            "classification_id": 6,
            "category_id": 436,
            "location_id": 34,
            "disposition_id": account.institution_id,
            "tags": ("#aduan-1",),
            "incident_on": date(2026, 12, 4),
        }
        return CreateComplaint(**{**fields, **changes})

    return build


@pytest.fixture
def payload() -> Callable[[str], Any]:
    """A stored answer of the national API, by file name without its ending."""
    return lambda name: json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def client_of(
    simulator: SimulatorProcess, account: Account, http: OutboundClient, **options: Any
) -> Sp4nClient:
    return Sp4nClient(
        simulator.url,
        "Authorization",
        account.secret,
        account.token,
        http,
        **{"read_seconds": 1, "submit_seconds": 1, **options},
    )
