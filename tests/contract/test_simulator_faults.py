"""Each fault of the national side ends as try later or do not try, and nothing is written twice unnoticed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.http import OutboundClient
from sp4n.client import DoNotTry, Sp4nClient, TryLater
from sp4n.contract import CreateComplaint
from tests.contract.conftest import client_of
from tests.simulator_process import Account, SimulatorProcess, running_simulator

Build = Callable[..., CreateComplaint]


@pytest.mark.parametrize(
    ("fault", "values", "cause"),
    [
        ("server_error", {"status": 502}, "SP4N sedang bermasalah (502)"),
        ("html_error", {"status": 503}, "SP4N sedang bermasalah (503)"),
        ("rate_limit", {"seconds": 7}, "SP4N membatasi jumlah permintaan"),
        ("slow", {"seconds": 3}, "SP4N tidak menjawab pada waktunya"),
        ("drop", {}, "Sambungan ke SP4N terputus"),
    ],
)
def test_faults_before_the_write_are_tried_later(
    simulator: SimulatorProcess,
    account: Account,
    client: Sp4nClient,
    complaint: Build,
    fault: str,
    values: dict[str, object],
    cause: str,
) -> None:
    simulator.add_fault(fault, client_id=account.client_id, endpoint="create", remaining=1, **values)

    with pytest.raises(TryLater) as caught:
        client.create(complaint())

    assert caught.value.cause == cause
    assert caught.value.retry_after == (7.0 if fault == "rate_limit" else None)
    if fault != "slow":  # the slow one writes all the same, only too late for us
        assert simulator.complaints(institution_id=account.institution_id) == []
        assert client.create(complaint()).isdigit()


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("timeout_after_commit", "SP4N tidak menjawab pada waktunya"),
        ("drop_after_commit", "Sambungan ke SP4N terputus"),
        ("truncated", "Sambungan ke SP4N terputus"),
        ("error_after_commit", "SP4N sedang bermasalah (503)"),
    ],
)
def test_a_report_whose_answer_was_lost_exists_once_and_is_found(
    simulator: SimulatorProcess,
    account: Account,
    client: Sp4nClient,
    complaint: Build,
    fault: str,
    cause: str,
) -> None:
    simulator.add_fault(fault, client_id=account.client_id, endpoint="create", remaining=1)

    with pytest.raises(TryLater) as caught:
        client.create(complaint(tags=("#sa-77",)))

    assert caught.value.cause == cause
    (held,) = simulator.complaints(institution_id=account.institution_id)
    assert [report.external_id for report in client.find_by_tag("#sa-77")] == [str(held["id"])]
    (call,) = simulator.requests(client_id=account.client_id, endpoint="create")
    assert (call["fault"], call["status"]) == (fault, 200)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("unauthorized", "SP4N menolak kredensial"),
        ("refused_in_success", "SP4N menolak: Data tidak dapat diproses"),
        ("garbage", "Jawaban SP4N tidak dikenali: jawaban bukan JSON"),
        ("oversize", "Jawaban SP4N terlalu besar"),
        ("redirect", "SP4N mengalihkan ke alamat lain. Periksa alamat API"),
        ("wrong_shape", "Jawaban SP4N tidak dikenali: complaint_id tidak ada"),
    ],
)
def test_answers_that_trying_again_cannot_mend(
    simulator: SimulatorProcess,
    account: Account,
    client: Sp4nClient,
    complaint: Build,
    fault: str,
    cause: str,
) -> None:
    simulator.add_fault(fault, client_id=account.client_id, endpoint="create")

    with pytest.raises(DoNotTry) as caught:
        client.create(complaint())

    assert caught.value.cause == cause


def test_wrong_credentials_are_told_without_showing_them(
    simulator: SimulatorProcess, account: Account, http: OutboundClient
) -> None:
    client = client_of(simulator, replace(account, secret="Bearer keliru-sekali"), http)

    with pytest.raises(DoNotTry) as caught:
        client.list_institutions()

    assert (caught.value.cause, caught.value.status) == ("SP4N menolak kredensial", 401)
    assert "keliru-sekali" not in repr(client) + repr(caught.value)


def test_a_fault_meets_only_its_client_and_its_call(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient, complaint: Build, http: OutboundClient
) -> None:
    other = simulator.add_institution("Pemerintah Kota Sebelah")
    simulator.add_fault("server_error", client_id=account.client_id, endpoint="create", remaining=2)

    assert client.list_templates()
    assert client_of(simulator, other, http).create(complaint()).isdigit()
    for _ in range(2):
        with pytest.raises(TryLater):
            client.create(complaint())
    assert client.create(complaint()).isdigit()


def test_a_slow_answer_in_time_is_an_answer(
    simulator: SimulatorProcess, account: Account, complaint: Build, http: OutboundClient
) -> None:
    simulator.add_fault("slow", client_id=account.client_id, seconds=0.3, remaining=1)
    assert client_of(simulator, account, http, submit_seconds=5).create(complaint()).isdigit()


def test_nobody_listens(account: Account, http: OutboundClient, complaint: Build) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        client = Sp4nClient(f"http://127.0.0.1:{closed.getsockname()[1]}", "auth", "s", "t", http)
        with pytest.raises(TryLater, match=r"^SP4N tidak dapat dihubungi$"):
            client.create(complaint())


def test_an_answered_report_survives_a_power_cut(
    tmp_path: Path, http: OutboundClient, complaint: Build
) -> None:
    data_file = tmp_path / "data.sqlite3"
    with running_simulator(data_file) as first:
        account = first.add_institution()
        number = client_of(first, account, http).create(complaint(disposition_id=account.institution_id))
        first.kill()
        port = first.port
    with running_simulator(data_file, port=port) as second:
        client = client_of(second, account, http)
        assert client.get_detail(number).status_name == "Belum Terverifikasi"
        following = client.create(complaint(disposition_id=account.institution_id))
        assert int(following) == int(number) + 1
        assert second.stop() == 0
