"""Our words and theirs: lists kept in step, suggestions confirmed by a person, and what waited for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from sp4n import masters, settings
from sp4n.models import InboundMessage, Sp4nInstitution, Sp4nMapping, Sp4nSettings
from tests.conftest import Browser
from tests.integration.test_sp4n_parity import simulator
from tests.sp4n_office import Office

__all__ = ["simulator"]
PAGE = "/petugas/sp4n/pemetaan"


@pytest.fixture
def office(app: Any, city: Any, simulator: Any) -> Office:
    simulator.clear_faults()
    made = Office(app, city, simulator, simulator.add_institution(f"Pemerintah {city.slug}"))
    made.connect()
    return made


def read_lists(office: Office) -> None:
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nSettings).values(masters_synced_at=None))
    office.hurry()
    office.poll()


def known(office: Office) -> dict[int, tuple[str, bool]]:
    with office.scope(), unit_of_work() as session:
        rows = session.scalars(select(Sp4nInstitution)).all()
        return {row.number: (row.name, row.gone_at is None) for row in rows}


def test_the_lists_are_kept_in_step_and_never_emptied(office: Office) -> None:
    read_lists(office)
    before = known(office)
    assert before[office.account.institution_id] == (f"Pemerintah {office.city.slug}", True)
    office.simulator.add_fault("missing_pages", client_id=office.account.client_id, endpoint="institutions")
    read_lists(office)
    short = known(office)
    assert short.keys() == before.keys()
    assert any(not is_there for _, is_there in short.values())
    office.simulator.clear_faults()
    office.simulator.add_fault("empty", client_id=office.account.client_id, endpoint="institutions")
    read_lists(office)
    assert known(office) == short
    office.simulator.clear_faults()
    read_lists(office)
    after = known(office)
    assert all(after[number] == pair for number, pair in before.items())
    with office.scope():
        assert office.account.institution_id in {each.id for each in masters.institutions()}


def test_a_name_alike_is_proposed_and_only_a_person_sets_it(
    office: Office, officer: Callable[..., Browser]
) -> None:
    unit = office.simulator.add_institution("Dinas Pekerjaan Umum", office.account.institution_id)
    read_lists(office)
    browser = officer(office.city)
    page = browser.get(PAGE).get_data(as_text=True)
    assert f'<span class="nomor">{unit.institution_id}</span> Dinas Pekerjaan Umum' in page
    with office.scope(), unit_of_work() as session:
        assert session.scalars(select(Sp4nMapping)).all() == []
    done = browser.post(PAGE, {"department|pupr": str(unit.institution_id), "department|dlh": ""})
    assert done.status_code == 303
    with office.scope(), unit_of_work() as session:
        (row,) = session.scalars(select(Sp4nMapping)).all()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "sp4n.mapped")).one()
    assert (row.remote_id, row.remote_name) == (str(unit.institution_id), "Dinas Pekerjaan Umum")
    assert entry.detail["old"] == {}
    assert entry.detail["new"]["remote_id"] == str(unit.institution_id)
    browser.post(PAGE, {"department|pupr": ""})
    with office.scope(), unit_of_work() as session:
        assert session.scalars(select(Sp4nMapping)).all() == []


def test_an_unknown_status_waits_and_is_taken_up_in_order(
    office: Office, officer: Callable[..., Browser]
) -> None:
    """Two changes wait behind one word; mapped by a person, both are applied, the older first."""
    case_id = office.file()
    office.deliver()
    number = office.external_id(case_id)
    office.simulator.set_status(number, "Sidang Pleno", note="Rapat pertama")
    office.simulator.set_status(number, "Ditutup Rapat", note="Rapat kedua")
    office.poll()
    assert office.complaint(case_id).status == "received"
    waiting = [each for each in office.news("status") if each.state == "waiting"]
    assert len(waiting) == 2
    browser = officer(office.city)
    page = browser.get(PAGE).get_data(as_text=True)
    assert "Status “Sidang Pleno”, 1 kabar" in page
    refused = browser.post(PAGE, {"status|Sidang Pleno": "entah"})
    assert refused.status_code == 422
    done = browser.post(PAGE, {"status|Sidang Pleno": "verified", "status|Ditutup Rapat": "archived"})
    assert done.status_code == 303
    office.poll()
    history = [(each.act, each.to_status) for each in office.history(case_id)]
    assert history[-2:] == [("verify", "verified"), ("archive", "archived")]
    with office.scope(), unit_of_work() as session:
        states = session.scalars(
            select(InboundMessage.state).where(InboundMessage.id.in_([each.id for each in waiting]))
        ).all()
    assert list(states) == ["applied", "applied"]
    assert "Semua kabar dari SP4N dikenal." in browser.get(PAGE).get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("category|road", "<script>"),
        ("category|road", "9" * 5000),
        ("classification|unsupervised", "٣"),
        ("department|pupr", "-1"),
        ("entah|x", "1"),
        ("status|Sedang", "selesai"),
    ],
)
def test_bad_input_is_told_and_kept(
    office: Office, officer: Callable[..., Browser], name: str, value: str
) -> None:
    response = officer(office.city).post(PAGE, {name: value})
    assert response.status_code == 422
    assert "Ada yang perlu diperbaiki" in response.get_data(as_text=True)
    with office.scope(), unit_of_work() as session:
        assert session.scalars(select(Sp4nMapping)).all() == []


def test_the_lists_are_read_on_demand(office: Office, officer: Callable[..., Browser]) -> None:
    read_lists(office)
    assert officer(office.city).post(f"{PAGE}/daftar", page=PAGE).status_code == 303
    with office.scope():
        assert masters.is_due()
        assert settings.load() is not None
