"""A city whose record is whole, and the server's superuser to harm it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask

from complaints.acts import sealing
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from tests.casework import case_in
from tests.conftest import City, Engines
from tests.integration.audit.harm import Superuser, record


@pytest.fixture(scope="module")
def superuser(engines: Engines, settings: Settings, app: Flask) -> Iterator[Superuser]:
    """The server's superuser, past grants, row security, triggers and foreign keys."""
    url = urlsplit(engines.admin_url)._replace(path=urlsplit(settings.database_url).path).geturl()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture(scope="module")
def place(app: Flask, make_city: Callable[..., City], file_some: Callable[[City], None]) -> City:
    """A city with four cases, sealed, and a few audit entries."""
    city = make_city()
    file_some(city)
    return city


@pytest.fixture(scope="module")
def file_some(app: Flask) -> Callable[[City], None]:
    """file_some(city): four cases with a history, sealed, then an entry more."""
    from complaints.acts import intake
    from tests.conftest import submission

    def file(city: City) -> None:
        def report(_city: City) -> Any:
            return intake.submit(submission())

        with tenant_scope(city.id, app):
            for status in ("assigned", "responded", "completed", "received"):
                case_in(status, city, report)
            assert sealing.seal() == 0, "only noted"
            assert sealing.seal() == 11
            with unit_of_work():
                record("uji.setelah", new={"a": 1.5, "b": [1, "dua"], "c": None})

    return file
