"""The demonstration in a database: broken off, continued, and then exactly what was planned."""

import json
import uuid
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from complaints import statute
from complaints.acts.engine import digest
from complaints.acts.intake import receipt_for
from complaints.deadlines import Calendar, SlaRules
from complaints.escalation import ladder_of
from complaints.models import Attachment, Complaint, ComplaintEvent, Rating
from complaints.numbering import tracking_number
from complaints.workflow import Act
from core import clock
from core.db.tenancy import tenant_scope
from core.extensions import db
from core.outbox.models import OutboxMessage
from core.storage import store
from demo import filling, photos, pictures, planning, scenario
from demo.acting import Stage
from demo.seed import Options, seed
from monitoring.models import Figure, FigureChange
from monitoring.rebuild import rebuild
from scripts.engines import bootstrap_roles
from sp4n import settings as connections
from sp4n.delivery import deliver_due
from sp4n.inbound import poll
from sp4n.models import ACTIVE
from sp4n.parity.models import Parity
from sp4n.tasks.models import Sp4nTask
from tenants.models import Officer, Tenant
from tenants.officers.accounts import sign_in
from tests.conftest import photo

COUNT = 12
#: a Thursday morning, long before the present: stories end where they are told to
NOW = datetime(2026, 3, 12, 3, 30, tzinfo=UTC)
#: acts before the first run breaks off
BROKEN_OFF_AFTER = 80
DATA = scenario.load()
MIGRATIONS = Path(__file__).parents[2] / "migrations"


class PowerCut(RuntimeError):
    """What breaks the first run off."""


@dataclass(frozen=True)
class Deployment:
    """An application over a database of its own, and what was said while it was filled."""

    app: Flask
    options: Options

    def tenants(self):
        with self.app.app_context():
            return dict(db.session.execute(select(Tenant.slug, Tenant.id)).all())

    def in_city(self, city):
        return tenant_scope(self.tenants()[city.slug], self.app)


@pytest.fixture(scope="module")
def new_deployment(engines, settings, tmp_path_factory):
    """new_deployment(**options) → an application over an empty database."""
    from app import create_app

    made = []

    def make(**options):
        passwords = {"owner": "uji-owner", "app": "uji-app", "relay": "uji-relay"}
        urls = bootstrap_roles(engines.admin_url, f"contoh_{uuid.uuid4().hex[:10]}", passwords)
        folder = tmp_path_factory.mktemp("demo")
        own = replace(
            settings,
            database_url=urls.app,
            database_owner_url=urls.owner,
            database_relay_url=urls.relay,
            storage_url=f"file://{folder}/storage",
        )
        app = create_app(own)
        with app.app_context():
            upgrade(directory=str(MIGRATIONS))
        made.append(app)
        return Deployment(app, Options(folder / "demo.json", password_seed="benih", **options))

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def quick_photos():
    """Small pictures in place of the drawn ones, which take their time."""
    small = photo()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(photos, "photo", lambda _scene, _seed, _variant: small)
        yield


@pytest.fixture(scope="module")
def filled(new_deployment, quick_photos):
    """Three cities, filled by a run that broke off in the second of them and by one that went on."""
    deployment = new_deployment(count=COUNT, now=NOW)
    done = 0
    honest = Stage.perform

    def perform(stage, story, deed):
        nonlocal done
        if done == BROKEN_OFF_AFTER:
            raise PowerCut
        done += 1
        honest(stage, story, deed)

    with deployment.app.app_context():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Stage, "perform", perform)
            with pytest.raises(PowerCut):
                seed(deployment.options, print, at_once=False)
        assert not deployment.options.accounts.exists()
        assert seed(deployment.options, print, at_once=False)
    return deployment


def planned(city):
    """What the bound city's stories should be."""
    with clock.frozen(NOW):
        law = statute.load(NOW - filling._LOOK_BACK)
    given = (DATA, city, law.calendar, law.rules, NOW)
    stories = planning.plan(*given, count=COUNT, scenes=pictures.SCENES, ladder=law.ladder)
    return stories + planning.company(*given, stories)


def rows(model):
    found = list(db.session.scalars(select(model)))
    db.session.rollback()
    return found


def contents(deployment):
    """Everything that a second run might have changed."""
    found = {}
    for slug, tenant_id in deployment.tenants().items():
        with tenant_scope(tenant_id, deployment.app) as session:
            found[slug] = [
                sorted(repr(row) for row in session.execute(select(model.__table__)))
                for model in (Complaint, ComplaintEvent, Attachment, Rating, Officer, Figure)
            ]
    return found


@pytest.mark.parametrize("city", DATA.cities, ids=lambda city: city.slug)
def test_every_story_happened_as_it_was_planned(filled, city):
    with filled.in_city(city):
        stories = planned(city)
        here = [case for case in rows(Complaint) if "from" not in (case.moved or {})]
        assert len(here) == len(stories) > COUNT
        own = select(Tenant.letters, Tenant.timezone).where(Tenant.slug == city.slug)
        letters, timezone = db.session.execute(own).one()
        for story in stories:
            receipt = receipt_for(story.report.form_key)
            assert receipt is not None
            case = db.session.scalars(select(Complaint).where(Complaint.id == receipt.complaint_id)).one()
            assert (case.status, case.title, case.body) == (
                story.status,
                story.report.title,
                story.report.body,
            )
            assert case.due_at == story.due_at
            assert case.number == tracking_number(
                letters,
                case.received_at.astimezone(ZoneInfo(timezone)).date(),
                Random(story.report.form_key.int).randrange,
            )
            events = db.session.scalars(
                select(ComplaintEvent)
                .where(ComplaintEvent.complaint_id == case.id)
                .order_by(ComplaintEvent.sequence)
            ).all()
            assert [(each.act, each.occurred_at) for each in events[: len(story.deeds)]] == [
                (str(deed.act), deed.at) for deed in story.deeds
            ]
            told_by_others = events[len(story.deeds) :]  # what was merged into it
            assert {(each.act, each.visibility) for each in told_by_others} <= {("note", "internal")}


def test_reports_belong_together_and_one_has_moved(filled):
    first, second = DATA.cities[:2]
    seen: Counter[str] = Counter()
    for city in DATA.cities:
        with filled.in_city(city):
            cases = rows(Complaint)
            merged = [case for case in cases if case.merged_into_id is not None]
            children = [case for case in cases if case.parent_id is not None]
            assert (len(merged), len(children)) == expected(city)
            seen += Counter(merged=len(merged), children=len(children))
    assert set(seen) == {"merged", "children"}
    with filled.in_city(first):
        (left,) = [case for case in rows(Complaint) if "to" in (case.moved or {})]
        assert (left.status, left.moved["to"]["slug"]) == ("declined", second.slug)
        assert "arrived_at" in left.moved["to"]
    with filled.in_city(second):
        (come,) = [case for case in rows(Complaint) if "from" in (case.moved or {})]
        assert (come.number, come.status) == (left.number, "received")


def expected(city):
    """(merged, children) of the bound city's plan."""
    acts = Counter(deed.act for story in planned(city) for deed in story.deeds)
    return acts[Act.MERGE], acts[Act.LINK_PARENT]


@pytest.mark.parametrize("city", DATA.cities, ids=lambda city: city.slug)
def test_the_chain_of_every_history_holds(filled, city):
    with filled.in_city(city):
        last: dict[uuid.UUID, tuple[int, str]] = {}
        events = db.session.scalars(
            select(ComplaintEvent).order_by(ComplaintEvent.complaint_id, ComplaintEvent.sequence)
        )
        for event in events:
            previous_sequence, previous_hash = last.get(event.complaint_id, (0, ""))
            assert event.sequence == previous_sequence + 1
            assert event.previous_hash == previous_hash
            assert event.hash == digest(event)
            last[event.complaint_id] = event.sequence, event.hash
        assert {case.id: (case.last_event, case.last_hash) for case in rows(Complaint)} == last


@pytest.mark.parametrize("city", DATA.cities, ids=lambda city: city.slug)
def test_nothing_is_in_the_future(filled, city):
    with filled.in_city(city):
        for column in (
            ComplaintEvent.occurred_at,
            ComplaintEvent.recorded_at,
            Complaint.received_at,
            Complaint.closed_at,
            Attachment.created_at,
            Rating.rated_at,
        ):
            latest = db.session.scalar(select(func.max(column)))
            assert latest is None or latest <= NOW


def test_photos_are_there_and_belong_to_their_reports(filled):
    seen: Counter[str] = Counter()
    for city in DATA.cities:
        with filled.in_city(city):
            wanted = sum(len(deed.shots) for story in planned(city) for deed in story.deeds)
            found = rows(Attachment)
            assert len(found) == wanted
            for each in found:
                assert each.complaint_id is not None
                assert store().get(each.storage_key)[:3] == b"\xff\xd8\xff"
                assert store().get(each.thumbnail_key)[:3] == b"\xff\xd8\xff"
            seen[city.slug] = len(found)
    assert seen.total() > 0


@pytest.mark.parametrize("city", DATA.cities, ids=lambda city: city.slug)
def test_figures_are_added_up_and_true(filled, city):
    def figures():
        return sorted((each.grain, each.metric, each.on, each.bucket, each.value) for each in rows(Figure))

    with filled.in_city(city):
        assert rows(FigureChange) == []
        folded = figures()
        assert folded
        rebuild()
        assert figures() == folded


def test_officers_sign_in_with_the_password_of_the_file(filled):
    content = json.loads(filled.options.accounts.read_text(encoding="utf-8"))
    assert set(content["hosts"]) >= {city.slug for city in DATA.cities} | {DATA.province.slug}
    assert filled.options.accounts.stat().st_mode & 0o077 == 0
    tenants = filled.tenants()
    slugs = {address: slug for slug, address in content["hosts"].items()}
    roles: dict[str, Counter[str]] = {slug: Counter() for slug in tenants}
    for account in content["accounts"]:
        slug = slugs[account["host"]]
        roles[slug][account["role_code"]] += 1
        with tenant_scope(tenants[slug], filled.app):
            assert sign_in(account["email"], account["password"]).name == account["name"]
    assert all(counts and set(counts.values()) == {1} for counts in roles.values())


def test_a_second_run_changes_nothing(filled):
    before = contents(filled)
    with filled.app.app_context():
        assert not seed(filled.options, print, at_once=False)
    assert contents(filled) == before


def test_a_run_without_the_file_finds_everything_done(filled):
    before = contents(filled)
    filled.options.accounts.unlink()
    with filled.app.app_context():
        assert seed(filled.options, print, at_once=False)
    assert contents(filled) == before
    assert filled.options.accounts.exists()


def test_all_cities_at_once_join_the_national_side(new_deployment, quick_photos, simulator, capfd):
    deployment = new_deployment(count=4, simulator_url=simulator.url)
    with deployment.app.app_context():
        assert seed(deployment.options, print)
    for city in DATA.cities:
        with deployment.in_city(city):
            assert len(rows(Complaint)) >= 4
            connection = connections.load()
            assert connection is not None
            assert (connection.mode, connection.base_url) == (ACTIVE, simulator.url)
            messages = Counter(row.topic for row in rows(OutboxMessage))
            assert 4 <= messages["sp4n.create"] <= len(rows(Complaint))
    with deployment.in_city(DATA.cities[0]):
        while deliver_due():
            pass
        poll(gives_way=False)
        tasks = {row.kind: row.cause for row in rows(Sp4nTask) if row.state == "open"}
        assert set(tasks) == {"message", "news"}
        assert "Verifikasi Lapangan" in tasks["news"]
        compared = rows(Parity)
        assert {"identical", "different", "unknown"} <= {row.state for row in compared}
        differences = [(each["aspect"], each["there"]) for row in compared for each in row.differences]
        assert ("status", "Sedang proses") in differences
    with deployment.app.app_context():
        moved = replace(deployment.options, simulator_url="http://127.0.0.1:9")
        assert not seed(moved, print)
    with deployment.in_city(DATA.cities[0]):
        connection = connections.load()
        assert connection is not None
        assert connection.base_url == "http://127.0.0.1:9"


def test_a_city_that_fails_stops_the_others(new_deployment, quick_photos, capfd):
    def fail(*_arguments):
        raise PowerCut

    deployment = new_deployment(count=4)
    with deployment.app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stage, "perform", fail)
        with pytest.raises(filling.Halted):
            seed(deployment.options, print)
    assert not deployment.options.accounts.exists()


def test_the_command_refuses_a_real_deployment(new_deployment):
    deployment = new_deployment()
    deployment.app.extensions["settings"] = replace(
        deployment.app.extensions["settings"], environment="production"
    )
    result = deployment.app.test_cli_runner().invoke(
        args=["demo", "seed", "--accounts", str(deployment.options.accounts)]
    )
    assert result.exit_code == 1
    assert "ENVIRONMENT" in result.output
    assert deployment.tenants() == {}


def everything(city, calendar):
    given = (DATA, city, calendar, SlaRules(), NOW)
    stories = planning.plan(*given, ladder=ladder_of([(1, 0), (2, 450)]))
    return stories + planning.company(*given, stories)


def test_acts_have_a_performer_each():
    from demo.acting import _ACTS

    calendar = Calendar(ZoneInfo("Asia/Jakarta"))
    told = {deed.act for city in DATA.cities for story in everything(city, calendar) for deed in story.deeds}
    assert set(_ACTS) == told - {Act.SUBMIT}
