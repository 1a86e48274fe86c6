"""How a transaction that only read ends, and that nothing is committed that way but by a unit of work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DataError

from core import audit
from core.audit import AuditEntry
from core.db.reading import end_reading, reading
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tenants.models import Department
from tests.conftest import City
from tests.statements import rolled_back, sent_by

_NAMES = select(func.array_agg(Department.name))


def _names(app: Flask, city: City) -> list[str]:
    with tenant_scope(city.id, app) as session:
        return sorted(session.scalar(_NAMES) or [])


def _flushed() -> None:
    _waiting()
    db.session.flush()


def _waiting() -> None:
    db.session.add(Department(code="baru", name="Dinas Baru", short_name="Baru"))


def _altered() -> None:
    found = db.session.scalars(select(Department)).first()
    assert found is not None
    found.name = "Dinas Lain"


def _by_statement() -> None:
    db.session.execute(update(Department).values(name="Dinas Lain"))


def _by_connection() -> None:
    db.session.connection().execute(update(Department).values(name="Dinas Lain"))


def _by_text() -> None:
    db.session.execute(text("UPDATE department SET name = 'Dinas Lain'"))


@pytest.mark.parametrize("write", [_flushed, _waiting, _altered, _by_statement, _by_connection, _by_text])
def test_what_was_written_outside_a_unit_of_work_is_never_kept(
    app: Flask, make_city: Callable[..., City], write: Callable[[], None]
) -> None:
    """Not where the reading is ended, nor where a unit of work follows, nor where request or job are over."""
    city = make_city()
    before = _names(app, city)
    with tenant_scope(city.id, app) as session:
        write()
        end_reading(session)
        assert sorted(session.scalar(_NAMES) or []) == before
        write()
        with unit_of_work():
            audit.record("department.changed", actor_id=None, actor_name="Rina")
    with tenant_scope(city.id, app):
        write()
    assert _names(app, city) == before


def test_an_audit_entry_outside_a_unit_of_work_is_never_kept(
    app: Flask, make_city: Callable[..., City]
) -> None:
    city = make_city()
    count = select(func.count()).select_from(AuditEntry)
    with tenant_scope(city.id, app) as session:
        before = session.scalar(count)
    with tenant_scope(city.id, app):
        audit.record("department.changed", actor_id=None, actor_name="Rina")
    with tenant_scope(city.id, app) as session:
        assert session.scalar(count) == before


def test_what_the_server_has_prepared_outlives_a_reading(app: Flask, make_city: Callable[..., City]) -> None:
    """Ended where the context is over, on one connection; and lost at a ROLLBACK, or it proves nothing."""
    city = make_city()
    held = reading("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT array_agg%'")
    with app.app_context():
        db.engine.dispose()  # the next context gets the one connection that is then in the pool

    def ask() -> int:
        with tenant_scope(city.id, app) as session:
            session.scalar(_NAMES)
            return int(session.scalar(held) or 0)

    with rolled_back(app) as ended:
        found = [ask() for _ in range(8)]
    assert not ended
    assert found[0] == 0
    assert found[-1] == 1
    with tenant_scope(city.id, app) as session:
        session.scalar(_NAMES)
        session.rollback()
    assert ask() == 0


def test_a_failed_reading_is_rolled_back(app: Flask, make_city: Callable[..., City]) -> None:
    city = make_city()

    def fail() -> None:
        with tenant_scope(city.id, app) as session:
            session.scalar(_NAMES)
            raise ZeroDivisionError

    with rolled_back(app) as ended, pytest.raises(ZeroDivisionError):
        fail()
    assert len(ended) == 1


def test_a_unit_of_work_decides_on_what_is_there_now(app: Flask, make_city: Callable[..., City]) -> None:
    """Though the transaction in which something was read before goes on, with nothing sent to begin it."""
    city = make_city()
    one = select(Department).order_by(Department.code).limit(1)
    with tenant_scope(city.id, app) as session:
        seen = session.scalars(one).one().name
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(_rename, app, city, "Dinas Lain").result()
        with sent_by(app) as sent, unit_of_work():
            now = session.scalars(one.with_for_update()).one().name
    assert (seen != "Dinas Lain", now) == (True, "Dinas Lain")
    assert len(sent) == 1


def _rename(app: Flask, city: City, name: str) -> None:
    with tenant_scope(city.id, app) as session, unit_of_work():
        session.execute(update(Department).values(name=name))


def test_a_unit_of_work_after_a_failed_statement(app: Flask, make_city: Callable[..., City]) -> None:
    city = make_city()
    with tenant_scope(city.id, app) as session:
        session.scalar(_NAMES)
        with pytest.raises(DataError):
            session.execute(reading("SELECT 1/0"))
        with unit_of_work():
            session.execute(update(Department).values(name="Dinas Lain"))
    assert set(_names(app, city)) == {"Dinas Lain"}
