"""Every hot query at 100,000 reports of one city, as the application role: its index, and few rows of it.

The statements are those that the product's own functions send, caught on their way. Each is explained for its
own values and as the generic plan in which the driver's prepared statements end.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from app import create_app
from bench import cities, loading
from complaints import statute
from complaints.acts import desk, handling, identity, intake, lapse, reporter, uploads
from complaints.acts.engine import Actor
from complaints.models import Attachment, Complaint, ComplaintEvent
from complaints.notices import digest, subscribers
from complaints.notices.catalogue import KINDS
from complaints.permissions import GRANTS
from complaints.queries import casefile, history, home, inbox, lists, tracking
from core import clock
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.extensions import db
from core.jobs.sweeping import relay_engine
from core.outbox import relay
from monitoring import figures, rebuild
from operating import overview
from scripts.engines import bootstrap_roles
from sp4n import sync_views
from sp4n.subscribers import TOPICS
from tests.conftest import Browser, Engines
from tests.plans import Plan, is_explainable, plan_of
from tests.statements import Sent, sent_by

REPORTS = 100_000
#: small cities beside it: among many the server takes any one for small, and must not go wrong by that
OTHERS, OF_OTHERS = 9, 100
#: rows of growing tables that a query may look at; the six counts beside the views stop at a thousand each
FEW, COUNTED = 1_000, 9 * 1_001
#: the walk of a filter that nothing matches, beside the counts
WALKED = max(COUNTED, 2 * lists.WALK)
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


@dataclass(frozen=True, slots=True)
class Large:
    """An application of its own over a database with a large city, and what there is to ask for."""

    app: Flask
    tenant_id: int
    host: str
    report: intake.Receipt
    waiting: str
    file_id: uuid.UUID
    department_id: uuid.UUID
    handler_id: uuid.UUID
    place: tuple[uuid.UUID, uuid.UUID]

    @property
    def admin(self) -> Actor:
        """An officer who may do everything."""
        return Actor("officer", "Petugas", name="Rina", grants=GRANTS["city_administrator"])

    @property
    def unit(self) -> Actor:
        """An officer who sees one department's cases."""
        return replace(self.admin, department_id=self.department_id, own_department_only=True)


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


# --- what is asked -----------------------------------------------------------------------------------------


def in_view(view: str, *, goes_on: bool = False, unit: bool = False) -> Callable[[Large], Any]:
    """A page of the inbox: the first or the next one, of the city or of a unit."""

    def ask(large: Large) -> Any:
        department = large.department_id if unit else None
        found = inbox.load(view, department_id=department, after=None, size=50, own_unit=unit)
        if not goes_on:
            return found
        assert found.cursor
        return inbox.load(view, department_id=department, after=found.cursor, size=50, own_unit=unit)

    return ask


def searched(large: Large) -> Any:
    return inbox.load(
        "perlu", department_id=None, after=None, size=50, own_unit=False, query=large.report.number
    )


def filtered(view: str, key: str, *, goes_on: bool = False) -> Callable[[Large], Any]:
    """A page of a view narrowed by one filter."""

    def ask(large: Large) -> Any:
        category, village = large.place
        values = {
            "kategori": str(category),
            "kelurahan": str(village),
            "penangan": str(large.handler_id),
            "unit": str(large.department_id),
            "klasifikasi": "supervised",  # nobody's: the walk goes to its end
            "dari": "2026-01-01",
        }
        found = inbox.load(view, filters={key: values[key]})
        return inbox.load(view, filters={key: values[key]}, after=found.cursor) if goes_on else found

    return ask


def worded(words: str, *, of_reporter: bool = False) -> Callable[[Large], Any]:
    """What the search box finds for somebody who may search for people."""
    sight = inbox.Sight(may_see_identity=True, may_see_anonymous=True)
    return lambda _: inbox.load("perlu", query=words, of_reporter=of_reporter, sight=sight)


def acted(large: Large) -> None:
    """A report's road from filing over every hand to its reopening."""
    category, village = large.place
    submission = intake.Submission(
        form_key=uuid.uuid4(),
        kind="complaint",
        title="Jalan berlubang di pasar",
        body="Lubang besar di depan pasar, sudah lama dan membahayakan pengendara.",
        category_id=category,
        incident_on=date(2026, 3, 2),
        village_id=village,
        landmark="Depan pasar",
        name="Siti",
        phone="+6281200001234",
        email=None,
        is_anonymous=False,
        is_confidential=False,
    )
    case = intake.submit(submission).complaint_id
    desk.verify(case, large.admin, classification="unsupervised")
    desk.assign(case, large.admin, department_id=large.department_id)
    handling.follow_up(case, large.admin, text="Petugas meninjau lokasi.")
    handling.respond(case, large.admin, text="Yth. Pelapor, jalan sudah kami perbaiki pada hari ini.")
    reporter.rate(case, score=5, solved="yes")
    reporter.reopen(case, reason="Lubangnya muncul lagi.")


def queued(large: Large) -> None:
    relay.add("sp4n.follow_up", large.report.complaint_id, f"act:{uuid.uuid4()}", {})


def claimed(_large: Large) -> None:
    assert relay.claim(TOPICS)


def told(large: Large) -> None:
    """What a closing needs to know: the case, the channels, the reporters of everything merged into it."""
    event = db.session.scalar(
        select(ComplaintEvent.id).where(ComplaintEvent.complaint_id == large.report.complaint_id).limit(1)
    )
    assert event
    assert subscribers._facts(large.report.complaint_id, event, [KINDS["closed"]])


def morning(_large: Large) -> None:
    calendar = statute.load(clock.now()).calendar
    digest._plans(clock.now().date(), clock.now(), calendar)


Ask = Callable[[Large], Any]
#: name → what is asked, how the index begins that must be among those used, how many rows may be looked at
HOT: dict[str, tuple[Ask, str, int]] = {
    **{view: (in_view(view), "ix_complaint_", COUNTED) for view in inbox.VIEWS},
    "perlu, next page": (in_view("perlu", goes_on=True), "ix_complaint_inbox", COUNTED),
    "terlambat, next page": (in_view("terlambat", goes_on=True), "ix_complaint_inbox", COUNTED),
    "selesai, next page": (in_view("selesai", goes_on=True), "ix_complaint_closed", COUNTED),
    "perlu, unit": (in_view("perlu", unit=True), "ix_complaint_", COUNTED),
    "selesai, unit": (in_view("selesai", unit=True), "ix_complaint_closed_by_unit", COUNTED),
    "selesai, unit, next page": (
        in_view("selesai", unit=True, goes_on=True),
        "ix_complaint_closed_by_unit",
        COUNTED,
    ),
    "by handler": (filtered("perlu", "penangan"), "ix_complaint_handler", COUNTED),
    "by village": (filtered("perlu", "kelurahan"), "ix_complaint_village", COUNTED),
    "by category": (filtered("perlu", "kategori"), "ix_complaint_inbox", COUNTED),
    "by unit": (filtered("terlambat", "unit"), "ix_complaint_inbox", COUNTED),
    "by what nobody is": (filtered("perlu", "klasifikasi"), "ix_complaint_inbox", WALKED),
    "by what nobody is, next page": (
        filtered("perlu", "klasifikasi", goes_on=True),
        "ix_complaint_inbox",
        WALKED,
    ),
    "finished, by category": (filtered("selesai", "kategori"), "ix_complaint_closed", WALKED),
    "all since a day": (filtered("semua", "dari"), "ix_complaint_received", COUNTED),
    "search": (searched, "uq_complaint_tenant_id_number", COUNTED),
    "search by words": (worded("jembatan retak"), "pk_complaint", COUNTED),
    "search by name": (worded("pelapor", of_reporter=True), "pk_complaint", COUNTED),
    "search by phone": (worded("0812 3456 7890"), "ix_reporter_phone", COUNTED),
    "messages of an act": (told, "uq_reporter_tenant_id_complaint_id", FEW),
    "morning's list": (morning, "ix_complaint_inbox", 2 * digest.MOST_READ),
    "sync of a page": (
        lambda x: sync_views.sync_of([x.report.complaint_id]),
        "ix_outbox_message_subject",
        FEW,
    ),
    "outside number": (
        lambda _: sync_views.find_by_number("1000001"),
        "uq_sp4n_link_tenant_id_external",
        FEW,
    ),
    "case": (
        lambda x: casefile.load(x.report.number, x.admin, "semua"),
        "uq_complaint_tenant_id_number",
        FEW,
    ),
    "case of a unit": (lambda x: casefile.load(x.waiting, x.unit, "semua"), "uq_complaint_tenant_id", FEW),
    "identity": (lambda x: identity.view(x.report.complaint_id, x.admin), "pk_complaint", FEW),
    "tracking": (
        lambda x: tracking.tracked(x.report.number, full=True),
        "uq_complaint_tenant_id_number",
        FEW,
    ),
    "status": (lambda x: tracking.tracked(x.report.number, full=False), "uq_complaint_tenant_id_number", FEW),
    "PIN": (lambda x: reporter.check_pin(x.report.number, x.report.pin), "uq_tracking_access_tenant", FEW),
    "file": (lambda x: history.stored_file(x.file_id), "pk_attachment", FEW),
    "files of a form": (lambda _: uploads.kept(uuid.uuid4()), "ix_attachment_", FEW),
    "recently finished": (lambda _: home.recently_finished(), "ix_complaint_closed", FEW),
    "acts": (acted, "pk_complaint", FEW),
    "lapsed": (lambda _: lapse.lapse(), "ix_complaint_", COUNTED),
    "message queued": (queued, "ix_outbox_message_subject", FEW),
    "message claimed": (claimed, "ix_outbox_message_", FEW),
}


# --- how it is answered ------------------------------------------------------------------------------------


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
