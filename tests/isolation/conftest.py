"""Two seeded cities of one province, and a superuser's eye on their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask

from core.config import Settings
from tests.conftest import Browser, City, Engines
from tests.isolation.seeding import CITY_ROLES, Rival, fingerprint, seed


@dataclass(frozen=True, slots=True)
class Rivals:
    """Ours and theirs: everything is tried from `ours` against `theirs`."""

    ours: Rival
    theirs: Rival
    province: City

    @property
    def ids(self) -> tuple[int, int, int]:
        return self.ours.city.id, self.theirs.city.id, self.province.id


@pytest.fixture(scope="session")
def superuser(app: Flask, engines: Engines, settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """Sees all rows of the run's database; only tests have such a connection."""
    database = urlsplit(settings.database_url).path
    with psycopg.connect(
        urlsplit(engines.admin_url)._replace(path=database).geturl(), autocommit=True
    ) as connection:
        yield connection


@pytest.fixture(scope="session")
def rivals(app: Flask, make_province: Callable[..., City], make_city: Callable[..., City]) -> Rivals:
    """Two cities that share a province and, where the schema lets them, every value but their marks."""
    province = make_province(name="Provinsi Gamawulan", short_name="Gamawulan")

    def rival(mark: str, color: str) -> Rival:
        city = make_city(
            province=province.slug,
            name=f"Kota {mark}",
            short_name=mark,
            service_name=f"Aduan {mark}",
            address=f"Jalan {mark} 1",
            email=f"aduan@{mark.lower()}.example",
            color=color,
        )
        return seed(app, city, mark)

    return Rivals(rival("Alfasari", "#0063a8"), rival("Betamukti", "#7a1f5c"), province)


@pytest.fixture
def untouched(superuser: psycopg.Connection[Any], rivals: Rivals) -> Iterator[None]:
    """The test must leave every row of both cities and their province as it was."""
    before = fingerprint(superuser, rivals.ids)
    yield
    after = fingerprint(superuser, rivals.ids)
    assert {table: (before[table], after[table]) for table in after if before[table] != after[table]} == {}


#: tables of our own city that a request of our own may write, by endpoint: a refused sign-in is recorded, and
#: a form that names no foreign thing is a form
OWN_WRITES = {
    "officers.sign_in": {"audit_entry", "audit_head"},
    "escalation.ladder": {"audit_entry", "audit_head", "escalation_rule"},
}


@pytest.fixture
def others_untouched(
    request: pytest.FixtureRequest, superuser: psycopg.Connection[Any], rivals: Rivals
) -> Iterator[None]:
    """The other city and the province stay as they were, ours too but for OWN_WRITES of the endpoint."""
    ours = rivals.ours.city.id
    others = [each for each in rivals.ids if each != ours]
    before = fingerprint(superuser, others), fingerprint(superuser, [ours])
    yield
    assert fingerprint(superuser, others) == before[0]
    after = fingerprint(superuser, [ours])
    written = {table for table in after if after[table] != before[1][table]}
    assert written <= OWN_WRITES.get(request.node.callspec.params["endpoint"], set())


@pytest.fixture(scope="session")
def actors(app: Flask, rivals: Rivals) -> dict[str, Browser]:
    """One browser of our city for each kind of person, signed in once."""
    host = rivals.ours.city.host
    browsers = {"stranger": Browser(app.test_client(), host), "reporter": Browser(app.test_client(), host)}
    case = rivals.ours.responded
    assert browsers["reporter"].post("/lacak", {"number": case.number, "pin": case.pin}).status_code == 303
    for role in CITY_ROLES:
        browsers[role] = Browser(app.test_client(), host)
        assert browsers[role].sign_in(rivals.ours.city.officers[role]).status_code == 303
    return browsers
