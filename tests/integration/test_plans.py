"""Every hot query at 100,000 reports of one city, as the application role: its index, and few rows of it.

The statements are those that the product's own functions send, caught on their way. Each is explained for its
own values and as the generic plan in which the driver's prepared statements end.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from app import create_app
from bench import cities, loading
from complaints.acts import intake, lapse, uploads
from complaints.models import Attachment, Complaint
from core import clock
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.extensions import db
from core.jobs.sweeping import relay_engine
from monitoring import figures, rebuild
from operating import overview
from scripts.engines import bootstrap_roles
from tests.asking import FEW, HOT, Large, in_view
from tests.conftest import Browser, Engines
from tests.plans import Plan, is_explainable, plan_of
from tests.statements import Sent, sent_by

REPORTS = 100_000
#: small cities beside it: among many the server takes any one for small, and must not go wrong by that
OTHERS, OF_OTHERS = 9, 100
pytestmark = pytest.mark.timeout(300)  # filling takes a quarter of a minute, on a busy machine far longer

_OUTBOX = """
INSERT INTO outbox_message (tenant_id, id, topic, subject_id, dedupe_key, payload, state, steps, attempts,
                            due_at, created_at, settled_at)
SELECT tenant_id, id, 'sp4n.create', id, 'create:' || id, '{}',
       CASE WHEN waits THEN 'pending' WHEN stopped THEN 'rejected' ELSE 'delivered' END, '{}', 1,
       CASE WHEN waits THEN received_at END, received_at,
       CASE WHEN NOT waits AND NOT stopped THEN received_at END
FROM (SELECT *, row_number() OVER (ORDER BY id DESC) <= 50 AS waits,
             row_number() OVER (ORDER BY id DESC) BETWEEN 51 AND 550 AS stopped FROM complaint) AS filed
"""


@pytest.fixture(scope="module")
def large(engines: Engines, settings: Settings) -> Iterator[Large]:
    passwords = {"owner": "uji-owner", "app": "uji-app", "relay": "uji-relay"}
    urls = bootstrap_roles(engines.admin_url, f"uji_rencana_{uuid.uuid4().hex[:8]}", passwords)
    own = replace(
        settings, database_url=urls.app, database_owner_url=urls.owner, database_relay_url=urls.relay
    )
    application = create_app(own)
    with application.app_context():
        upgrade(directory=str(Path(__file__).resolve().parents[2] / "migrations"))
    cities.provision_province(application)
    ground, *others = (cities.provision_city(application, number) for number in range(1 + OTHERS))
    with loading.connect(urls.owner) as connection:
        for each in (ground, *others):
            count = REPORTS if each is ground else OF_OTHERS
            loading.load(connection, each, count, application.extensions["pin_key"])
        with connection.transaction():
            connection.execute(f"SET LOCAL app.tenant_id = '{ground.tenant_id}'".encode())
            connection.execute(_OUTBOX.encode())
        loading.settle(connection)
        loading.settle(connection, ("outbox_message",))
    yield _what_there_is(application, ground, f"{ground.slug}.{settings.base_domain}")
    with application.app_context():
        db.engine.dispose()


def _what_there_is(app: Flask, ground: cities.Ground, host: str) -> Large:
    with tenant_scope(ground.tenant_id, app) as session:
        rebuild.rebuild()
        done = select(Complaint).where(Complaint.status == "completed", Complaint.department_id.is_not(None))
        report = session.scalars(done.limit(1)).one()
        receipt = intake.receipt_for(report.form_key)
        waiting = session.scalar(select(Complaint.number).where(Complaint.status == "in_progress").limit(1))
        file_id = session.scalar(select(Attachment.id).limit(1))
        assert receipt
        assert waiting
        assert file_id
        assert report.department_id
        assert report.village_id
        place = (report.category_id, report.village_id)
        handler_id = session.scalars(
            select(Complaint.handler_id).where(Complaint.handler_id.is_not(None)).limit(1)
        ).one()
        assert handler_id
        unit = report.department_id
        return Large(app, ground.tenant_id, host, receipt, waiting, file_id, unit, handler_id, place)


def explained(large: Large, sent: list[Sent], *, generic: bool) -> list[Plan]:
    """The plans of what was sent, each statement once. What reads is run, so that its rows are counted."""
    asked = {each.sql: each for each in sent if is_explainable(each)}
    assert asked, "nothing was asked of a growing table"
    with tenant_scope(large.tenant_id, large.app) as session:
        plans = [plan_of(session.connection(), each, generic=generic) for each in asked.values()]
        session.rollback()
    return plans


@pytest.mark.parametrize("name", HOT)
def test_reads_its_index(large: Large, name: str) -> None:
    ask, index, most = HOT[name]
    with sent_by(large.app) as sent, tenant_scope(large.tenant_id, large.app):
        ask(large)
    own, generic = (explained(large, sent, generic=mode) for mode in (False, True))
    assert [plan for plan in (*own, *generic) if plan.through] == []
    assert [plan for plan in (*own, *generic) if plan.rows > most] == []
    for plans in (own, generic):
        assert any(used.startswith(index) for plan in plans for used in plan.indexes), plans


@pytest.mark.parametrize("goes_on", [False, True])
@pytest.mark.parametrize("view", ["perlu", "terlambat", "pelapor", "selesai"])
def test_a_page_of_the_inbox_reads_a_page(large: Large, view: str, goes_on: bool) -> None:
    """Not everything from there on, to sort it and throw it away."""
    with sent_by(large.app) as sent, tenant_scope(large.tenant_id, large.app):
        in_view(view, goes_on=goes_on)(large)
    lists = [each for each in sent if "complaint.title" in each.sql]
    assert lists
    for generic in (False, True):
        assert [plan for plan in explained(large, lists, generic=generic) if plan.rows > FEW] == []


WORDS = ["jembatan", "jembatan retak", "zebra", "pungut zebra", "07", "jem"]
NAMES = ["pelapor", "pelapor zebra", "zebra", "a", "a1", "a1b2"]


@pytest.mark.parametrize(
    ("function", "table", "words"),
    [("search_complaints", "complaint_search", words) for words in WORDS]
    + [("search_reporters", "reporter", words) for words in NAMES],
)
def test_a_search_reads_the_newest_and_then_its_index(
    large: Large, function: str, table: str, words: str
) -> None:
    """Inside the function no plan shows; the server's own counters of the transaction do."""
    read = text(
        "SELECT seq_scan, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = :table"
    )
    asked = text(f"SELECT count(*) FROM {function}(:words, NULL, NULL, 51)")  # noqa: S608 - from above
    with tenant_scope(large.tenant_id, large.app) as session:
        session.execute(asked, {"words": words}).all()
        scans, rows = session.execute(read, {"table": table}).one()
        session.rollback()
    assert scans == 0
    assert rows <= 3 * 5_001


def test_figures_come_from_figures(large: Large) -> None:
    """The front page and the fold read no report beyond those the page lists."""
    citizen = Browser(large.app.test_client(), large.host)
    with sent_by(large.app) as sent, tenant_scope(large.tenant_id, large.app):
        figures.fold()
        assert citizen.get("/").status_code == 200
    about = [each for each in sent if "figure" in each.sql]
    assert len(about) >= 3
    assert [each for each in about if "complaint" in each.sql] == []


def test_sweeps(large: Large) -> None:
    """What the relay role asks every few seconds, over all cities."""
    jobs = large.app.extensions["jobs"].jobs.values()
    queries = [job.due_sql for job in jobs if job.due_sql]
    assert {lapse.DUE_SQL, uploads.UNSENT_SQL} <= set(queries)
    with relay_engine(large.app).connect() as connection:
        for query in queries:
            for generic in (False, True):
                plan = plan_of(connection, Sent(query, {}), generic=generic)
                assert plan.through == set(), (query, plan)
                assert plan.rows <= FEW, (query, plan)


#: what the operator asks over all cities: the index, and how many rows it may look at
OPERATORS = {
    overview.WAITING: ("ix_outbox_message_", FEW),
    overview.STOPPED: ("ix_outbox_message_", FEW),
    overview.STOPPED_FIRST: ("ix_outbox_message_stopped", overview.SIZE),
    overview.STOPPED_NEXT: ("ix_outbox_message_stopped", overview.SIZE),
    overview.STOPPED_OF_ONE: ("ix_outbox_message_", FEW),
}


@pytest.mark.parametrize("query", OPERATORS)
def test_what_an_operator_sees(large: Large, query: str) -> None:
    index, most = OPERATORS[query]
    given = {"most": overview.SIZE, "at": clock.now().replace(year=2001), "id": uuid.UUID(int=7)}
    given["one"] = large.tenant_id
    with relay_engine(large.app).connect() as connection:
        sent = Sent(str(text(query).compile(dialect=connection.dialect)), given)
        for generic in (False, True):
            plan = plan_of(connection, sent, generic=generic)
            assert plan.through == set(), plan
            assert plan.rows <= most, plan
            assert {used for used in plan.indexes if used.startswith(index)}, plan


@pytest.mark.parametrize("generic", [False, True])
def test_a_read_through_is_seen(large: Large, generic: bool) -> None:
    asked = Sent("SELECT count(*) FROM complaint WHERE landmark LIKE %(what)s", {"what": "%pasar%"})
    (plan,) = explained(large, [asked], generic=generic)
    assert plan.through == {"complaint"}
    assert plan.rows >= REPORTS * 0.99  # an estimate, which servers round differently
