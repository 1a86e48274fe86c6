"""Both sides compared against the running simulator: every aspect made to differ there, and healed again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from complaints.acts import desk, handling
from complaints.models import Complaint
from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from monitoring import figures, periods, queries, rebuild
from sp4n.models import Sp4nFollowUp, Sp4nSettings
from sp4n.parity import reconcile, store
from sp4n.parity.models import Parity, ParityDay
from tenants.models import Tenant
from tests.conftest import City
from tests.simulator_process import SimulatorProcess, running_simulator
from tests.sp4n_office import DESK, Office

ANSWER = "Yth. Pelapor, lubang sudah kami tutup hari ini. Terima kasih atas laporan Anda."


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    with running_simulator(Path(tmp_path_factory.mktemp("pusat")) / "data.sqlite3") as running:
        yield running


@pytest.fixture
def office(app: Flask, city: City, simulator: SimulatorProcess) -> Office:
    """A connected city whose categories and classifications are all mapped."""
    simulator.clear_faults()
    made = Office(app, city, simulator, simulator.add_institution(f"Pemerintah {city.slug}"))
    made.connect()
    made.map_everything()
    return made


def row(office: Office, case_id: uuid.UUID) -> Parity:
    with office.scope(), unit_of_work() as session:
        return session.scalars(select(Parity).where(Parity.complaint_id == case_id)).one()


def summary(office: Office) -> store.Summary:
    with office.scope(), unit_of_work() as session:
        return store.summary(session)


@pytest.fixture
def case_id(office: Office) -> uuid.UUID:
    """A report filed, sent, verified, passed on and answered; the answer is there too."""
    made = office.file()
    office.deliver()
    office.do(desk.verify, made, DESK, classification="unsupervised")
    office.do(desk.assign, made, DESK, department_id=office.city.departments["pupr"])
    office.do(handling.respond, made, DESK, text=ANSWER)
    while office.deliver():
        pass
    office.poll()
    return made


def test_a_reply_there_while_an_officer_is_awaited_is_no_difference(office: Office) -> None:
    made = office.file()
    office.deliver()
    office.simulator.add_followup(office.external_id(made), "Masih gelap, Pak.", from_name="Pelapor")
    office.poll()
    assert (office.complaint(made).status, row(office, made).state) == ("received", "identical")
    office.do(desk.verify, made, DESK, classification="unsupervised")
    office.do(desk.assign, made, DESK, department_id=office.city.departments["pupr"])
    while office.deliver():
        pass
    office.poll()
    (there,) = office.filed()
    assert (there["status_name"], row(office, made).state) == ("Sedang proses", "identical")


def test_a_reply_there_after_the_end_here_is_a_difference(office: Office, case_id: uuid.UUID) -> None:
    office.do(desk.close, case_id, DESK, text="Selesai.")
    office.simulator.add_followup(office.external_id(case_id), "Belum selesai, Pak.", from_name="Pelapor")
    office.poll()
    assert [each["aspect"] for each in row(office, case_id).differences] == ["status"]


def test_the_same_report_is_identical(office: Office, case_id: uuid.UUID) -> None:
    found = row(office, case_id)
    assert (found.state, found.differences, found.not_told) == ("identical", [], [])
    counted = summary(office)
    assert counted.share == 1.0
    assert counted.compared == 1


Spoil = Callable[[Office, str, uuid.UUID], Any]


def _here(**values: Any) -> Spoil:
    def spoil(office: Office, _number: str, case_id: uuid.UUID) -> None:
        with office.scope(), unit_of_work() as session:
            session.execute(update(Complaint).where(Complaint.id == case_id).values(**values))

    return spoil


def _there(status: str) -> Spoil:
    return lambda office, number, _case_id: office.simulator.set_status(number, status)


@pytest.mark.parametrize(
    ("aspects", "spoil"),
    [
        ({"title"}, _here(title="Judul lain")),
        ({"text"}, _here(final_body="Isi yang sudah diubah petugas tetapi belum sampai di sana.")),
        ({"anonymous"}, _here(is_anonymous=True)),
        ({"secret"}, _here(is_confidential=True)),
        (
            {"status"},
            lambda office, number, case_id: office.simulator.set_status(number, "Belum Terverifikasi"),
        ),
        ({"status"}, _there("Sidang Pleno")),
    ],
)
def test_what_differs_is_shown_side_by_side_and_heals(
    office: Office, case_id: uuid.UUID, aspects: set[str], spoil: Spoil
) -> None:
    number = office.external_id(case_id)
    original = office.complaint(case_id)
    spoil(office, number, case_id)
    office.poll()
    found = row(office, case_id)
    assert found.state in ("different", "unknown")
    assert {each["aspect"] for each in found.differences} == aspects
    assert all(each["here"] != each["there"] for each in found.differences)
    share = summary(office).share
    assert share == 0.0
    office.simulator.set_status(number, "Sedang proses")
    kept = ("title", "final_body", "is_anonymous", "is_confidential")
    _here(**{name: getattr(original, name) for name in kept})(office, number, case_id)
    office.poll()
    assert row(office, case_id).state == "identical"
    assert row(office, case_id).since > found.since


def test_an_answer_lost_there_and_one_unheard_here_are_found(office: Office, case_id: uuid.UUID) -> None:
    """The national side's answer is heard in the same poll that finds it, so nothing differs afterwards."""
    office.simulator.add_followup(office.external_id(case_id), "Mohon dicek kembali.")
    office.poll()
    assert row(office, case_id).state == "identical"
    with office.scope(), unit_of_work() as session:
        for link in session.scalars(select(Sp4nFollowUp).where(Sp4nFollowUp.complaint_id == case_id)):
            session.delete(link)
    office.poll()
    found = row(office, case_id)
    assert {each["kind"] for each in found.differences} <= {"only_here", "only_there"}
    assert found.state == "different"


def test_nothing_is_called_whole_while_something_was_not_compared(office: Office, case_id: uuid.UUID) -> None:
    office.file()
    counted = summary(office)
    assert (counted.not_compared, counted.compared) == (1, 1)
    assert counted.share == 0.5
    office.simulator.add_fault("server_error", client_id=office.account.client_id)
    office.deliver()
    office.poll()
    assert summary(office).share == 0.5


def test_without_any_comparison_there_is_no_number(office: Office) -> None:
    office.file()
    assert summary(office).share is None


def test_the_night_finds_what_stands_here_alone_and_reads_the_rest_again(
    office: Office, case_id: uuid.UUID
) -> None:
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nSettings).values(mode="off"))
    alone = office.file()  # while nothing was sent
    office.connect()
    with office.scope():
        assert reconcile.start_night() == 1
    assert row(office, alone).state == "only_here"
    counted = summary(office)
    assert (counted.counts["only_here"], counted.share) == (1, 0.5)
    with office.scope(), unit_of_work() as session:
        (day,) = session.scalars(select(ParityDay)).all()
        settings_row = session.scalars(select(Sp4nSettings)).one()
    assert (day.identical, day.only_here, day.not_compared) == (1, 1, 0)
    assert settings_row.next_reconcile_at is not None
    assert settings_row.next_reconcile_at > clock.now()
    assert settings_row.next_reconcile_at < clock.now() + timedelta(days=1, hours=3)
    compared_at = row(office, case_id).compared_at
    office.poll()
    assert row(office, case_id).compared_at > compared_at


def test_a_report_waiting_there_for_a_mapping_counts_as_only_there(
    office: Office, case_id: uuid.UUID
) -> None:
    stranger = office.simulator.add_institution("Dinas yang belum dikenal", office.account.institution_id)
    office.simulator.add_complaint(stranger.institution_id)
    office.poll()
    counted = summary(office)
    assert counted.only_there == 1
    assert counted.share == 0.5


def test_by_command(app: Flask, office: Office, case_id: uuid.UUID) -> None:
    result = app.test_cli_runner().invoke(
        args=["sp4n", "reconcile", "--tenant", office.city.slug, "--all", "--json"]
    )
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert (told["share"], told["identical"], told["compared"]) == (1.0, 1, 1)


def test_the_province_reads_the_same_number(app: Flask, office: Office, case_id: uuid.UUID) -> None:
    office.file()
    office.poll()
    with office.scope():
        figures.fold()
        rebuild.rebuild()
        figures.fold()
    with office.scope(), unit_of_work() as session:
        province = session.scalar(select(Tenant.province_id).where(Tenant.id == office.city.id))
    assert province is not None
    with tenant_scope(province, app):
        now = clock.now()
        found = queries.dashboard(periods.choose(None, now.date()), now=now, today=now.date())
    (row_,) = [each for each in found.rows if each.slug == office.city.slug]
    assert (row_.parity, row_.parity_n) == (0.5, 1)
    assert summary(office).share == 0.5
