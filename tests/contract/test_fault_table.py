"""Every fault of the simulator on every call of the API: what the client makes of it, written down by hand.

ok: read (what can be read of it) or written; later: tried again; never: a person must look. Nothing else may
come out of the client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.http import OutboundClient
from sp4n.client import DoNotTry, Sp4nClient, TryLater
from sp4n.contract import AddFollowup, CreateComplaint
from sp4n.simulator import remote
from sp4n.simulator.api import ENDPOINTS
from sp4n.simulator.faults import FAULTS
from tests.contract.conftest import client_of
from tests.simulator_process import Account, SimulatorProcess

TABLE = """
fault                 institutions templates upload create reject detail followups add_followup list
server_error          later        later     later  later  later  later  later     later        later
html_error            later        later     later  later  later  later  later     later        later
rate_limit            later        later     later  later  later  later  later     later        later
unauthorized          never        never     never  never  never  never  never     never        never
renamed_header        never        never     never  never  never  never  never     never        never
slow                  later        later     later  later  later  later  later     later        later
drop                  later        later     later  later  later  later  later     later        later
refused_in_success    never        never     never  never  never  never  never     never        never
garbage               never        never     never  never  never  never  never     never        never
empty                 never        never     never  never  never  never  never     never        never
not_modified          never        never     never  never  never  never  never     never        never
oversize              never        never     never  never  never  never  never     never        never
redirect              never        never     never  never  never  never  never     never        never
timeout_after_commit  later        later     later  later  later  later  later     later        later
drop_after_commit     later        later     later  later  later  later  later     later        later
error_after_commit    later        later     later  later  later  later  later     later        later
truncated             later        later     later  later  later  later  later     later        later
wrong_shape           never        never     never  never  never  never  never     ok           never
long_dates            ok           ok        ok     ok     ok     ok     ok        ok           ok
unknown_status        ok           ok        ok     ok     ok     ok     ok        ok           ok
doubled               ok           ok        ok     ok     ok     ok     ok        ok           ok
shuffled              ok           ok        ok     ok     ok     ok     ok        ok           ok
missing_pages         ok           ok        ok     ok     ok     ok     ok        ok           ok
renamed_keys          ok           ok        never  never  ok     ok     never     ok           ok
other_types           ok           ok        ok     ok     ok     ok     never     ok           ok
foreign_institution   ok           ok        ok     ok     ok     ok     ok        ok           ok
foreign_ids           ok           ok        ok     ok     ok     never  ok        ok           ok
refused_aloud         never        never     never  never  never  never  never     never        never
echoed                ok           ok        ok     ok     ok     ok     ok        ok           ok
lost_attachments      ok           ok        never  ok     ok     ok     ok        ok           ok
"""
Call = Callable[[Sp4nClient], Any]


def _table() -> dict[tuple[str, str], str]:
    head, *rows = (line.split() for line in TABLE.strip().splitlines())
    return {(row[0], name): word for row in rows for name, word in zip(head[1:], row[1:], strict=True)}


EXPECTED = _table()


def _calls(account: Account, complaint: Callable[..., CreateComplaint], number: str) -> dict[str, Call]:
    answer = AddFollowup(complaint_id=number, institution_from_id=account.institution_id, content="Sudah.")
    return {
        "institutions": lambda client: client.list_institutions(),
        "templates": lambda client: client.list_templates(),
        "upload": lambda client: client.upload([("a.pdf", b"%PDF-1.4", "application/pdf")]),
        "create": lambda client: client.create(complaint()),
        "reject": lambda client: client.forward_not_authority(number, account.institution_id, "Bukan kami"),
        "detail": lambda client: client.get_detail(number),
        "followups": lambda client: client.list_followups(number),
        "add_followup": lambda client: client.add_followup(answer),
        "list": lambda client: client.list_incoming(None),
    }


def _outcome(call: Call, client: Sp4nClient) -> str:
    try:
        call(client)
    except TryLater:
        return "later"
    except DoNotTry:
        return "never"
    return "ok"


@pytest.fixture
def number(simulator: SimulatorProcess, client: Sp4nClient, complaint: Callable[..., CreateComplaint]) -> str:
    """A report with three answers, one with a file."""
    report = client.create(complaint())
    for position in range(3):
        simulator.add_followup(report, f"Kabar {position}")
    return report


def test_the_table_is_the_whole_product() -> None:
    assert set(EXPECTED) == {(fault, endpoint) for fault in FAULTS for endpoint in ENDPOINTS}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_on_each_call(
    simulator: SimulatorProcess,
    account: Account,
    http: OutboundClient,
    complaint: Callable[..., CreateComplaint],
    number: str,
    fault: str,
) -> None:
    client = client_of(simulator, account, http, read_seconds=0.4, submit_seconds=0.4)
    for endpoint, call in _calls(account, complaint, number).items():
        simulator.clear_faults()
        simulator.add_fault(fault, client_id=account.client_id, endpoint=endpoint, seconds=1, remaining=1)
        assert _outcome(call, client) == EXPECTED[fault, endpoint], endpoint
        assert simulator.requests(client_id=account.client_id, endpoint=endpoint)[-1]["fault"] == fault


def test_what_is_read_in_spite_of_a_fault(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient, number: str
) -> None:
    """Doubles count once, another order is another order only, long dates are the same minutes."""
    true = client.list_followups(number)

    def spoilt(fault: str) -> list[Any]:
        simulator.clear_faults()
        simulator.add_fault(fault, client_id=account.client_id)
        return client.list_followups(number)

    assert spoilt("doubled") == true
    assert sorted(each.key for each in spoilt("shuffled")) == sorted(each.key for each in true)
    long = spoilt("long_dates")
    assert [(each.key, each.content) for each in long] == [(each.key, each.content) for each in true]
    for told, meant in zip(long, true, strict=True):
        assert meant.moment.at is not None
        assert told.moment.at == meant.moment.at.replace(second=0)
    assert len(spoilt("missing_pages")) < len(true)


def test_a_fault_strikes_by_chance_and_within_its_time(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient
) -> None:
    simulator.add_fault("server_error", client_id=account.client_id, chance=0.5)
    outcomes = [_outcome(lambda client: client.list_templates(), client) for _ in range(60)]
    assert {"ok", "later"} == set(outcomes)
    simulator.clear_faults()
    simulator.add_fault("html_error", client_id=account.client_id, until_at="2026-01-01T00:00:00+07:00")
    simulator.add_fault("html_error", client_id=account.client_id, from_at="2999-01-01T00:00:00+07:00")
    assert client.list_templates()


def test_faults_by_command_line(
    simulator: SimulatorProcess,
    account: Account,
    client: Sp4nClient,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(*words: str) -> int:
        return remote.main(["--url", simulator.url, *words])

    assert run("add", "server_error", "--client-id", str(account.client_id), "--remaining", "1") == 0
    assert _outcome(lambda client: client.list_templates(), client) == "later"
    assert run("add", "server_error", "--chance", "7") == 1
    assert "chance must be" in capsys.readouterr().out
    assert run("list") == 0
    assert "server_error" in capsys.readouterr().out
    assert run("clear") == 0
    assert _outcome(lambda client: client.list_templates(), client) == "ok"
