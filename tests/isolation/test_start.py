"""A process that could look over the wall does not start; a job that knows no city does not run."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.pool import NullPool

from complaints.models import Complaint
from core.config import Settings
from core.db.roles import UnsafeRole, guard
from core.db.tenancy import TenantMismatch, TenantNotBound, bound_tenant_id, tenant_scope
from core.extensions import db
from core.jobs import worker
from core.jobs.queue import QUEUES, JobRegistry, TenantJob, wake_after_commit
from tests.conftest import City, Engines
from tests.isolation.conftest import Rivals

PASSWORD = "uji-peran"


def _connect(url: str, *, may_own: bool = False) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    guard(engine, may_own=may_own)
    with engine.connect():
        pass


def _url(settings: Settings, user: str) -> str:
    parts = urlsplit(settings.database_url)
    return parts._replace(netloc=f"{user}:{PASSWORD}@{parts.hostname}:{parts.port}").geturl()


@pytest.fixture
def role(superuser: psycopg.Connection[Any]) -> Iterator[str]:
    """A login role of this test, without any power."""
    name = f"uji_{uuid.uuid4().hex[:8]}"
    superuser.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(PASSWORD))
    )
    superuser.execute(sql.SQL("GRANT satuaduan_app TO {}").format(sql.Identifier(name)))
    yield name
    superuser.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
    superuser.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_a_plain_role_may_serve(settings: Settings, role: str) -> None:
    _connect(_url(settings, role))
    _connect(settings.database_url)
    _connect(settings.database_relay_url or "")


@pytest.mark.parametrize("power", ["SUPERUSER", "BYPASSRLS"])
def test_a_role_above_row_security_is_refused(
    superuser: psycopg.Connection[Any], settings: Settings, role: str, power: str
) -> None:
    superuser.execute(sql.SQL("ALTER ROLE {} " + power).format(sql.Identifier(role)))
    with pytest.raises(UnsafeRole):
        _connect(_url(settings, role))


def test_an_owner_of_any_table_is_refused(
    superuser: psycopg.Connection[Any], settings: Settings, role: str
) -> None:
    superuser.execute(sql.SQL("CREATE TABLE {} (id int)").format(sql.Identifier(role)))
    superuser.execute(
        sql.SQL("ALTER TABLE {} OWNER TO {}").format(sql.Identifier(role), sql.Identifier(role))
    )
    with pytest.raises(UnsafeRole):
        _connect(_url(settings, role))
    _connect(_url(settings, role), may_own=True)


def test_the_owner_may_migrate_but_not_serve(settings: Settings) -> None:
    _connect(settings.database_owner_url or "", may_own=True)
    with pytest.raises(UnsafeRole):
        _connect(settings.database_owner_url or "")


def test_the_engines_administrator_may_neither(engines: Engines) -> None:
    for may_own in (False, True):
        with pytest.raises(UnsafeRole):
            _connect(engines.admin_url, may_own=may_own)


def test_a_member_that_may_become_the_owner_is_refused(
    superuser: psycopg.Connection[Any], settings: Settings, role: str
) -> None:
    """SET ROLE would be one statement away from dropping every policy."""
    superuser.execute(sql.SQL("GRANT satuaduan_owner TO {}").format(sql.Identifier(role)))
    with pytest.raises(UnsafeRole):
        _connect(_url(settings, role))


# --- jobs --------------------------------------------------------------------------------------------------


@pytest.fixture
def jobs(app: Flask) -> Iterator[JobRegistry]:
    """The registry with two jobs of this test: one that counts, one that tells its tenant."""
    registry: JobRegistry = app.extensions["jobs"]
    before = dict(registry.jobs)
    registry.add(TenantJob("uji.count", "sync", lambda: seen.append(_count())))
    seen.clear()
    yield registry
    registry.jobs.clear()
    registry.jobs.update(before)


seen: list[Any] = []


def _count() -> tuple[int, int]:
    return bound_tenant_id(), db.session.scalar(select(func.count()).select_from(Complaint)) or 0


def test_a_job_runs_in_its_own_city(app: Flask, rivals: Rivals, jobs: JobRegistry) -> None:
    with app.app_context():
        for rival in (rivals.ours, rivals.theirs):
            worker.run_tenant_job("uji.count", rival.city.id)
    assert [tenant for tenant, _ in seen] == [rivals.ours.city.id, rivals.theirs.city.id]
    assert all(count == len(rivals.ours.cases) for _, count in seen)


@pytest.mark.parametrize("tenant_id", [None, 0, -5, "3", True])
def test_a_job_without_a_city_is_an_error(app: Flask, jobs: JobRegistry, tenant_id: Any) -> None:
    with app.app_context(), pytest.raises(TenantNotBound):
        worker.run_tenant_job("uji.count", tenant_id)
    assert seen == []


def test_a_job_of_a_city_that_is_not_there_sees_nothing(app: Flask, jobs: JobRegistry) -> None:
    with app.app_context():
        worker.run_tenant_job("uji.count", 999_999)
    assert seen == [(999_999, 0)]


def test_a_job_does_not_run_inside_another_citys_work(app: Flask, rivals: Rivals, jobs: JobRegistry) -> None:
    with tenant_scope(rivals.ours.city.id, app), pytest.raises(TenantMismatch):
        worker.run_tenant_job("uji.count", rivals.theirs.city.id)
    assert seen == []


def test_no_registered_job_does_anything_without_a_city(app: Flask, rivals: Rivals, untouched: None) -> None:
    with app.app_context():
        for job in app.extensions["jobs"].jobs.values():
            with contextlib.suppress(TenantNotBound, NoResultFound):
                job.run()
            db.session.rollback()


def test_work_is_woken_for_the_bound_city_only(app: Flask, jobs: JobRegistry) -> None:
    with app.app_context(), pytest.raises(TenantNotBound):
        wake_after_commit("uji.count")


def test_wake_ups_of_cities_do_not_stand_for_each_other(
    app: Flask, two_cities: tuple[City, City], jobs: JobRegistry
) -> None:
    first, second = two_cities
    with app.app_context():
        assert jobs.wake("uji.count", first.id)
        assert jobs.wake("uji.count", second.id)
        assert not jobs.wake("uji.count", first.id)
        queue = jobs.queue("sync")
        waiting = [job for job in queue.get_jobs() if job.args[0] == "uji.count"]
        assert sorted(job.args[1] for job in waiting) == sorted([first.id, second.id])
        for job in waiting:
            job.delete()
        for city in two_cities:
            jobs.started("uji.count", city.id)


def test_every_wake_up_can_be_enqueued(app: Flask, two_cities: tuple[City, City]) -> None:
    """RQ refuses ids with dots, and names of functions and jobs have some."""
    jobs: JobRegistry = app.extensions["jobs"]
    with app.app_context():
        for name in jobs.jobs:
            assert jobs.wake(name, two_cities[0].id), name
            jobs.started(name, two_cities[0].id)
    for queue in QUEUES:
        jobs.queue(queue).empty()
