"""A simulator of the national side per module and, per test, cities with an account on it and no fault on."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from core.db.tenancy import tenant_scope
from tests.conftest import City
from tests.simulator_process import SimulatorProcess, running_simulator
from tests.sp4n_office import Office


@pytest.fixture(scope="module")
def place(make_city: Callable[..., City]) -> City:
    """One city for the module's cases."""
    return make_city()


@pytest.fixture
def bound(app: Flask, place: City) -> Iterator[City]:
    """The module's city, bound."""
    with tenant_scope(place.id, app):
        yield place


@pytest.fixture
def province(make_province: Callable[..., City]) -> City:
    """A province without cities."""
    return make_province()


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """A running simulator with a data file of its own."""
    with running_simulator(tmp_path_factory.mktemp("sp4n") / "data.sqlite3") as running:
        yield running


@pytest.fixture
def bare_office(app: Flask, make_city: Callable[..., City], simulator: SimulatorProcess) -> Office:
    """A city that has an account there but is not connected yet."""
    simulator.clear_faults()
    return Office(app, make_city(), simulator, simulator.add_institution())


@pytest.fixture
def office(bare_office: Office) -> Office:
    """A connected city, mode `active`."""
    bare_office.connect()
    return bare_office


@pytest.fixture
def other_office(app: Flask, make_city: Callable[..., City], simulator: SimulatorProcess) -> Office:
    """A second connected city on the same national side."""
    found = Office(app, make_city(), simulator, simulator.add_institution())
    found.connect()
    return found


@pytest.fixture
def sent(office: Office) -> uuid.UUID:
    """A report of `office` that both sides know: its complaint id."""
    complaint_id = office.file()
    office.deliver()
    return complaint_id
