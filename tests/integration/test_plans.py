"""Every hot query at 100,000 reports of one city, as the application role: an index, never the whole table.

The statements are those that the application really sends while its pages are opened; each is explained again
with the parameters it had, also under a generic plan, because the driver prepares what is asked often.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from app import create_app
from bench import cities, loading
from complaints.acts import lapse, uploads
from complaints.models import Complaint
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.extensions import db
from core.jobs.worker import relay_engine
from core.outbox import relay
from scripts.engines import bootstrap_roles
from tests.conftest import Browser, Engines
from tests.statements import Sent, sent_by

pytestmark = pytest.mark.timeout(240)  # whichever test comes first fills the city
REPORTS = 100_000
#: tables that no page, act or sweep may read from end to end
LARGE = {"complaint", "complaint_event", "reporter", "tracking_access", "attachment", "outbox_message"}


@dataclass(frozen=True, slots=True)
class LargeCity:
    """An application of its own over a database with one city of 100,000 reports."""

    app: Flask
    tenant_id: int
    host: str
    email: str
    number: str


@pytest.fixture(scope="module")
def large(engines: Engines, settings: Settings) -> Iterator[LargeCity]:
    passwords = {"owner": "uji-owner", "app": "uji-app", "relay": "uji-relay"}
    urls = bootstrap_roles(engines.admin_url, f"uji_rencana_{uuid.uuid4().hex[:8]}", passwords)
    own = replace(
        settings, database_url=urls.app, database_owner_url=urls.owner, database_relay_url=urls.relay
    )
    application = create_app(own)
    with application.app_context():
        upgrade(directory=str(Path(__file__).resolve().parents[2] / "migrations"))
    cities.provision_province(application)
    ground = cities.provision_city(application, 0)
    with loading.connect(urls.owner) as connection:
        loading.load(connection, ground, REPORTS, application.extensions["pin_key"])
        loading.settle(connection)
    with tenant_scope(ground.tenant_id, application) as session:
        number = session.scalars(
            select(Complaint.number).where(Complaint.department_id.is_not(None)).limit(1)
        ).one()
    yield LargeCity(
        application,
        ground.tenant_id,
        f"{ground.slug}.{settings.base_domain}",
        cities.admin_email(ground.slug),
        number,
    )
    with application.app_context():
        db.engine.dispose()


def scanned(plan: dict[str, Any]) -> set[str]:
    """Tables that a plan reads from end to end."""
    found = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return found.union(*(scanned(child) for child in plan.get("Plans", [])))


def first_plan(row: Any) -> dict[str, Any]:
    """The plan in a row of EXPLAIN (FORMAT JSON)."""
    found: dict[str, Any] = (json.loads(row[0]) if isinstance(row[0], str) else row[0])[0]["Plan"]
    return found


def whole_tables(large: LargeCity, sent: list[Sent], mode: str) -> dict[str, set[str]]:
    """Of the statements that read, those whose plan reads a large table from end to end."""
    guilty: dict[str, set[str]] = {}
    with tenant_scope(large.tenant_id, large.app) as session:
        cursor = session.connection().connection.cursor()
        cursor.execute(f"SET LOCAL plan_cache_mode = {mode}")
        for one in sent:
            if not one.sql.lstrip().upper().startswith(("SELECT", "UPDATE", "WITH")):
                continue
            cursor.execute(f"EXPLAIN (FORMAT JSON) {one.sql}", one.parameters)
            bad = scanned(first_plan(cursor.fetchone())) & LARGE
            if bad:
                guilty[one.sql] = bad
        session.rollback()
    return guilty


def opened(large: LargeCity, role_pages: list[str], *, officer: bool) -> list[Sent]:
    browser = Browser(large.app.test_client(), large.host)
    if officer:
        assert browser.sign_in(large.email, cities.PASSWORD).status_code == 303
    with sent_by(large.app) as sent:
        for path in role_pages:
            assert browser.get(path).status_code == 200, path
    assert len(sent) > len(role_pages)
    return sent


VIEWS = ("perlu", "baru", "disposisi", "segera", "terlambat", "pelapor", "selesai")


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_pages(large: LargeCity, mode: str) -> None:
    public = opened(large, ["/", "/laporan/baru", f"/lacak/{large.number}"], officer=False)
    inboxes = [f"/petugas/?tampilan={view}" for view in VIEWS]
    staff = opened(large, [*inboxes, f"/petugas/laporan/{large.number}"], officer=True)
    assert whole_tables(large, public + staff, mode) == {}


def test_the_worker(large: LargeCity) -> None:
    with sent_by(large.app) as sent, tenant_scope(large.tenant_id, large.app):
        relay.claim(("sp4n.create",))
        lapse._lapsed()
        relay.pending_count(db.session())
    assert sum("SELECT" in one.sql for one in sent) >= 3
    assert whole_tables(large, sent, "force_custom_plan") == {}


def test_the_sweep(large: LargeCity) -> None:
    """What the relay role asks every few seconds, over all cities."""
    jobs = large.app.extensions["jobs"].jobs.values()
    queries = [job.due_sql for job in jobs if job.due_sql]
    assert {lapse.DUE_SQL, uploads.UNSENT_SQL} <= set(queries)
    with relay_engine(large.app).connect() as connection:
        for query in queries:
            plan = connection.execute(text(f"EXPLAIN (FORMAT JSON) {query}")).scalar_one()
            assert not scanned(plan[0]["Plan"]) & {"complaint", "complaint_event"}, query


def test_a_whole_scan_is_seen(large: LargeCity) -> None:
    sent = [Sent("SELECT count(*) FROM complaint WHERE title LIKE %(t)s", {"t": "%x%"})]
    with tenant_scope(large.tenant_id, large.app) as session:
        session.execute(text("SET LOCAL enable_indexscan = off"))
        session.execute(text("SET LOCAL enable_bitmapscan = off"))
        cursor = session.connection().connection.cursor()
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sent[0].sql}", sent[0].parameters)
        assert scanned(first_plan(cursor.fetchone())) == {"complaint"}
