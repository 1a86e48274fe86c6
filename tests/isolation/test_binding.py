"""The binding of a session to one city: how long it lives, that it never changes, what else carries it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from complaints.models import Complaint
from core.db.tenancy import TenantMismatch, TenantNotBound, bind, bound_tenant_id, tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from core.storage import StorageError, check_key, key_for, store
from tenants.models import Department, Officer
from tests.conftest import City
from tests.isolation.conftest import Rivals


def test_the_binding_ends_with_its_transaction(app: Flask, rivals: Rivals) -> None:
    """The same physical connection, taken from the pool again, carries nothing over."""
    with app.app_context():
        engine = db.engine
        engine.dispose()  # what earlier tests left in the pool would be handed out in turn
    seen: list[tuple[int, str | None]] = []
    for bound in (rivals.ours.city.id, None, rivals.theirs.city.id, None):
        with app.app_context():
            if bound is not None:
                bind(db.session(), bound)
            query = "SELECT pg_backend_pid(), current_setting('app.tenant_id', true)"
            pid, setting = db.session.execute(text(query)).one()
            seen.append((pid, setting))
            if bound is not None:
                assert setting == str(bound)
    assert len({pid for pid, _ in seen}) == 1, f"the pool gave other connections: {engine.pool.status()}"
    assert {setting for _, setting in seen[1::2]} <= {None, ""}


def test_a_rollback_and_the_next_transaction_keep_the_binding(app: Flask, rivals: Rivals) -> None:
    with tenant_scope(rivals.ours.city.id, app) as session:
        count = select(func.count()).select_from(Complaint)
        expected = session.scalar(count)
        assert expected
        session.rollback()
        assert session.scalar(count) == expected
        with pytest.raises(DBAPIError):
            session.execute(text("SELECT 1/0"))
        session.rollback()
        assert session.scalar(count) == expected


def test_a_savepoint_neither_sets_nor_drops_the_binding(app: Flask, rivals: Rivals) -> None:
    query = text("SELECT current_setting('app.tenant_id', true)")
    ours = str(rivals.ours.city.id)
    with tenant_scope(rivals.ours.city.id, app) as session:
        assert session.scalar(query) == ours
        with session.begin_nested():
            assert session.scalar(query) == ours
        nested = session.begin_nested()
        nested.rollback()
        assert session.scalar(query) == ours
        assert set(session.scalars(select(Complaint.tenant_id))) == {rivals.ours.city.id}


def test_what_follows_a_commit_does_not_run_at_a_savepoint(app: Flask, rivals: Rivals) -> None:
    from core.db.transaction import after_commit

    ran: list[str] = []
    with tenant_scope(rivals.ours.city.id, app):
        with unit_of_work() as session:
            after_commit(lambda: ran.append("after"))
            with session.begin_nested():
                session.execute(text("SELECT 1"))
            assert ran == []
        assert ran == ["after"]


def test_a_session_serves_one_city_only(app: Flask, rivals: Rivals) -> None:
    ours, theirs = rivals.ours.city.id, rivals.theirs.city.id
    with tenant_scope(ours, app) as session:
        with pytest.raises(TenantMismatch):
            bind(session, theirs)
        with pytest.raises(TenantMismatch), tenant_scope(theirs, app):
            raise AssertionError("the scope must not open")
        assert bound_tenant_id() == ours
        bind(session, ours)  # the same once more is no change
        with tenant_scope(ours, app) as inner:
            assert inner is not session


def test_a_city_found_before_the_binding_is_not_kept(app: Flask, rivals: Rivals) -> None:
    """Objects of an earlier transaction do not stay in the session that is then bound."""
    with app.app_context():
        session = db.session()
        assert session.scalars(select(Complaint)).all() == []
        bind(session, rivals.ours.city.id)
        assert session.scalars(select(Complaint)).all() != []


def test_threads_of_many_cities_do_not_mix(app: Flask, make_city: Callable[..., City]) -> None:
    """As the web server does it: few connections, many cities, each thread another one every time."""
    cities = [make_city() for _ in range(3)]

    def read(turn: int) -> bool:
        city = cities[turn % len(cities)]
        with tenant_scope(city.id, app) as session:
            emails = set(session.scalars(select(Officer.email)))
            with unit_of_work() as own:
                own.add(Department(code=f"u{turn}", name=city.slug, short_name="U"))
            names = set(session.scalars(select(Department.name).where(Department.code.like("u%"))))
        return names == {city.slug} and all(city.slug in email for email in emails)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(90)))


# --- outside the database ----------------------------------------------------------------------------------


def test_a_storage_key_of_another_city_is_refused(app: Flask, rivals: Rivals) -> None:
    with tenant_scope(rivals.theirs.city.id, app):
        assert store().get(rivals.theirs.storage_key)
    with tenant_scope(rivals.ours.city.id, app):
        for use in (store().get, store().delete, lambda key: store().put(key, b"x"), check_key):
            with pytest.raises(TenantMismatch):
                use(rivals.theirs.storage_key)
    with tenant_scope(rivals.theirs.city.id, app):
        assert store().get(rivals.theirs.storage_key)


@pytest.mark.parametrize(
    "key",
    ["", "t{t}/../t{o}/a.jpg", "t{t}/..", "/etc/passwd", "t{t}//etc/passwd", "t{t}/a/../../b", "t{t}/A.jpg",
     "t0{t}x/a.jpg", "T{t}/a.jpg", "t{t}\\a.jpg", "t{t}/a\nb.jpg"],
)  # fmt: skip
def test_a_malformed_storage_key_is_refused(app: Flask, rivals: Rivals, key: str) -> None:
    given = key.format(t=rivals.ours.city.id, o=rivals.theirs.city.id)
    with tenant_scope(rivals.ours.city.id, app), pytest.raises((StorageError, TenantMismatch)):
        check_key(given)


def test_new_storage_keys_carry_the_city_and_no_name(app: Flask, rivals: Rivals) -> None:
    with tenant_scope(rivals.ours.city.id, app):
        keys = {key_for("lampiran", "jpg") for _ in range(50)}
        assert len(keys) == 50
        assert all(key.startswith(f"t{rivals.ours.city.id}/lampiran/") and check_key(key) for key in keys)
    with app.app_context(), pytest.raises(TenantNotBound):
        key_for("lampiran", "jpg")
