"""A report that moves between two connected cities is one report on the national side, before and after."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import desk, handling
from complaints.acts.moves import carrying, sending
from complaints.models import Complaint
from tests.conftest import City
from tests.simulator_process import SimulatorProcess
from tests.sp4n_office import DESK, Office

REASON = "Lokasinya di wilayah kota tujuan."


@pytest.fixture
def offices(app: Flask, make_city: Callable[..., City], simulator: SimulatorProcess) -> tuple[Office, Office]:
    """Two connected cities; the national side knows each by its own name."""
    found = []
    for city in (make_city(), make_city()):
        account = simulator.add_institution(f"Kota Uji {city.slug.removeprefix('kota-uji')}")
        office = Office(app, city, simulator, account)
        office.connect()
        found.append(office)
    return found[0], found[1]


def transfer(case_id: uuid.UUID, source: Office, target: Office) -> None:
    with source.scope():
        sending.transfer(case_id, DESK, target=target.city.id, reason=REASON)


def carry(source: Office) -> int:
    with source.scope():
        return carrying.deliver_due()


def numbers(office: Office) -> list[str]:
    """The numbers of all reports the city has."""
    with office.scope() as session:
        return list(session.scalars(select(Complaint.number)))


def test_the_national_number_goes_along_and_nothing_is_filed_twice(offices: tuple[Office, Office]) -> None:
    source, target = offices
    case_id = source.file()
    source.deliver()
    number = source.external_id(case_id)
    transfer(case_id, source, target)
    assert source.deliver() == 0, "the national side was told before the other city had it"
    assert carry(source) == 1
    assert target.external_id(case_id) == number
    assert source.deliver() == 1
    (there,) = target.filed()
    assert there["disposition_id"] == target.account.institution_id
    for _ in range(2):
        target.poll()
    assert len(numbers(target)) == 1
    target.do(desk.verify, case_id, DESK, classification="unsupervised")
    target.do(handling.respond, case_id, DESK, text="Sudah ditangani oleh kota tujuan.")
    assert target.deliver() == 1
    (there,) = target.filed()
    assert [each["content"] for each in there["followups"]][-1] == "Sudah ditangani oleh kota tujuan."


def test_one_that_was_not_filed_yet_is_linked_when_it_appears(offices: tuple[Office, Office]) -> None:
    """The national side was away: the report moves all the same."""
    source, target = offices
    case_id = source.file()
    transfer(case_id, source, target)
    assert carry(source) == 1
    assert target.link(case_id) is None
    assert source.deliver() == 2
    target.poll()
    assert len(numbers(target)) == 1
    assert target.external_id(case_id) == source.external_id(case_id)


def test_an_outside_institution_is_told_as_before(offices: tuple[Office, Office]) -> None:
    source, target = offices
    case_id = source.file()
    source.deliver()
    name = f"Kota Uji {target.city.slug.removeprefix('kota-uji')}"
    source.do(desk.decline_jurisdiction, case_id, DESK, institution=name, reason=REASON)
    assert source.deliver() == 1
    (there,) = target.filed()
    assert there["disposition_id"] == target.account.institution_id
