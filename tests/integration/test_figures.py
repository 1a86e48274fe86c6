"""Figures on real rows: what acts add up to, that nothing is counted twice or lost, and who sees what."""

import random
import threading
import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from complaints.acts import desk, escalation, handling, intake, reporter
from complaints.acts.engine import REPORTER
from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.errors import DomainError
from core.extensions import db
from core.jobs import sweeping
from core.outbox import relay
from monitoring import figures, indicators
from monitoring.indicators import LATE, ON_TIME, STANDING
from monitoring.models import Figure, FigureChange, FigureState
from monitoring.rebuild import rebuild
from tests.conftest import submission
from tests.figures import NOW, OFFICER, TODAY, some_changes, stored

EVERY_METRIC = {
    indicators.RECEIVED,
    indicators.VERIFIED_DAYS,
    indicators.ANSWER_DAYS,
    indicators.CLOSED,
    indicators.REOPENED,
    indicators.RATED,
    indicators.ESCALATED,
} | indicators.GAUGES


def both_grains():
    return {grain: stored(grain=grain) for grain in ("day", "month")}


def changes_waiting():
    count = len(db.session.scalars(select(FigureChange.id)).all())
    db.session.rollback()
    return count


@pytest.fixture
def city(make_city, province):
    return make_city(province=province.slug)


def test_a_case_from_receipt_to_a_second_closing(app, city, file_report):
    with clock.frozen(NOW):
        report = file_report(city)
    with tenant_scope(city.id, app):
        figures.fold()
        deadline = ("open_due", date(2026, 3, 12), 9 * 60)  # closing time, 16.00 in Jakarta
        assert stored() == {("received", TODAY, 0): 1, ("open", STANDING, 0): 1, deadline: 1}
        assert stored(grain="month") == {("received", date(2026, 3, 1), 0): 1}

        desk.verify(report.complaint_id, OFFICER, classification="unsupervised", at=NOW + timedelta(days=1))
        desk.assign(
            report.complaint_id, OFFICER, department_id=city.departments["pupr"], at=NOW + timedelta(days=1)
        )
        handling.respond(report.complaint_id, OFFICER, text="Sudah ditambal.", at=NOW + timedelta(days=3))
        with clock.frozen(NOW + timedelta(days=4)):
            reporter.rate(report.complaint_id, score=4, solved="yes")
        figures.fold()
        assert stored() == {
            ("received", TODAY, 0): 1,
            ("verified_days", TODAY, 1): 1,
            ("answer_days", TODAY, 2): 1,
            ("closed", date(2026, 3, 13), ON_TIME): 1,
            ("rated", date(2026, 3, 13), 4): 1,
        }

        reporter.reopen(report.complaint_id, reason="Berlubang lagi.", at=NOW + timedelta(days=5))
        figures.fold()
        after = stored()
        assert ("closed", date(2026, 3, 13), ON_TIME) not in after
        assert after["reopened", TODAY, 0] == after["open", STANDING, 0] == 1

        handling.respond(report.complaint_id, OFFICER, text="Diaspal ulang.", at=NOW + timedelta(days=7))
        desk.close(report.complaint_id, OFFICER, at=NOW + timedelta(days=7))
        figures.fold()
        assert stored(grain="month")["closed", date(2026, 3, 1), LATE] == 1
        assert not {metric for metric, _, _ in stored()} & indicators.GAUGES
        assert changes_waiting() == 0


def act_at_random(rng, ids, departments, at):
    """One act of some kind on some case; those the workflow refuses change nothing."""
    one = rng.choice(ids)
    unit = rng.choice(list(departments.values()))
    kinds = [
        lambda: desk.verify(one, OFFICER, classification=rng.choice(["unsupervised", "aspiration"]), at=at),
        lambda: desk.assign(one, OFFICER, department_id=unit, at=at),
        lambda: desk.defer(one, OFFICER, text="Mohon lengkapi lokasi.", at=at),
        lambda: desk.archive(one, OFFICER, reason="duplicate", at=at),
        lambda: desk.decline_jurisdiction(one, OFFICER, institution="PLN", reason="Bukan jalan kota", at=at),
        lambda: desk.close(one, OFFICER, at=at),
        lambda: desk.note(one, OFFICER, text="Catatan", at=at),
        lambda: handling.follow_up(one, OFFICER, text="Tim ke lokasi", is_public=rng.random() < 0.5, at=at),
        lambda: handling.respond(one, OFFICER, text="Selesai", at=at),
        lambda: reporter.provide_info(one, text="Di depan pasar", at=at),
        lambda: reporter.rate(one, score=rng.randint(1, 5), solved="yes", at=at),
        lambda: reporter.reopen(one, reason="Belum selesai", at=at),
    ]
    try:
        rng.choices(kinds, weights=[6, 4, 2, 0.3, 0.3, 3, 1, 3, 6, 3, 4, 4])[0]()
    except DomainError:
        db.session.rollback()


def queue_national(rng):
    """A message to the national system, and now and then one that arrives."""
    with unit_of_work():
        relay.add("sp4n.uji", uuid.uuid4(), str(uuid.uuid4()), {})
        relay.add("lain.uji", uuid.uuid4(), str(uuid.uuid4()), {})
    if rng.random() < 0.6:
        delivery = relay.claim(("sp4n.uji",))
        assert delivery is not None
        relay.record_delivered(delivery)


@pytest.mark.parametrize("seed", [1, 2])
def test_folding_and_counting_anew_agree_after_any_series_of_acts(app, city, file_report, seed):
    rng = random.Random(seed)
    at = NOW
    ids: list[uuid.UUID] = []
    for _ in range(160):
        at += timedelta(minutes=rng.randint(1, 900))
        if not ids or rng.random() < 0.06:
            with clock.frozen(at):
                kind = rng.choice(["complaint", "aspiration", "information_request"])
                ids.append(file_report(city, kind=kind).complaint_id)
        with tenant_scope(city.id, app):
            act_at_random(rng, ids, city.departments, at)
            if rng.random() < 0.2:
                queue_national(rng)
            if rng.random() < 0.1:
                figures.fold()
            if rng.random() < 0.1:
                with clock.frozen(at):
                    escalation.escalate()
    with clock.frozen(at - timedelta(days=60)):
        file_report(city)
    with tenant_scope(city.id, app), clock.frozen(at):
        escalation.escalate()
    with clock.frozen(at):
        file_report(city)
    with tenant_scope(city.id, app):
        figures.fold()
        folded = both_grains()
        rebuild()
        assert both_grains() == folded
        assert {metric for metric, _, _ in folded["day"]} == EVERY_METRIC - {indicators.PARITY}
        assert min(folded["day"].values()) > 0


def test_changes_that_wait_are_not_counted_twice_by_a_rebuild(app, city, file_report):
    file_report(city)
    with tenant_scope(city.id, app):
        assert changes_waiting() > 0
        rebuild()
        assert changes_waiting() == 0
        before = both_grains()
        figures.fold()
        assert both_grains() == before


def test_a_report_under_way_during_a_rebuild_is_counted_once(app, city, file_report):
    file_report(city)
    filed, rebuilt = threading.Event(), threading.Event()

    def file_slowly():
        with tenant_scope(city.id, app), unit_of_work():
            intake.create(submission(), REPORTER)
            filed.set()
            assert rebuilt.wait(20)

    thread = threading.Thread(target=file_slowly)
    thread.start()
    assert filed.wait(20)
    with tenant_scope(city.id, app):
        rebuild()
        assert stored()["open", STANDING, 0] == 1
        rebuilt.set()
        thread.join()
        figures.fold()
        assert stored()["open", STANDING, 0] == 2
        folded = both_grains()
        rebuild()
        assert both_grains() == folded


def test_a_fold_goes_on_until_nothing_waits(app, city, monkeypatch):
    monkeypatch.setattr(figures, "BATCH", 7)
    with tenant_scope(city.id, app):
        some_changes(23)
        assert figures.fold() == 23
        assert stored()["received", TODAY, 0] == 23
        assert figures.fold() == 0


def test_a_fold_is_bounded(app, city, monkeypatch):
    monkeypatch.setattr(figures, "BATCH", 3)
    monkeypatch.setattr(figures, "MOST_BATCHES", 2)
    with tenant_scope(city.id, app):
        some_changes(8)
        assert figures.fold() == 6
        assert stored()["received", TODAY, 0] == 6
        assert changes_waiting() == 2


def test_a_fold_that_dies_has_done_nothing(app, city, monkeypatch):
    with tenant_scope(city.id, app):
        some_changes(5)
        with monkeypatch.context() as patched:

            def die(*_args):
                raise KeyboardInterrupt

            patched.setattr(figures, "stamp", die)
            with pytest.raises(KeyboardInterrupt):
                figures.fold()
        assert changes_waiting() == 5
        assert stored() == {}
        assert figures.fold() == 5
        assert stored()["received", TODAY, 0] == 5


def test_folds_and_acts_at_the_same_time_count_everything_once(app, city):
    done = threading.Event()

    def keep_folding():
        with tenant_scope(city.id, app):
            while not done.is_set():
                figures.fold()

    def keep_acting(bucket):
        with tenant_scope(city.id, app):
            for _ in range(40):
                some_changes(2, bucket=bucket)

    folders = [threading.Thread(target=keep_folding) for _ in range(2)]
    actors = [threading.Thread(target=keep_acting, args=(bucket,)) for bucket in range(2)]
    for thread in folders + actors:
        thread.start()
    for thread in actors:
        thread.join()
    done.set()
    for thread in folders:
        thread.join()
    with tenant_scope(city.id, app):
        figures.fold()
        assert stored() == {("received", TODAY, 0): 80, ("received", TODAY, 1): 80}


def test_a_fold_leaves_the_figures_to_whoever_holds_them(app, city):
    with tenant_scope(city.id, app):
        some_changes(1)
    with tenant_scope(city.id, app), unit_of_work() as session:
        assert figures.lock(session, wait=True)
        found = []

        def fold_elsewhere():
            with tenant_scope(city.id, app):
                found.append(figures.fold())

        thread = threading.Thread(target=fold_elsewhere)
        thread.start()
        thread.join(20)
        assert found == [0]


def test_the_sweep_finds_tenants_with_changes_and_those_not_looked_after_for_long(app, make_city, province):
    quiet, busy, forgotten = (make_city(province=province.slug) for _ in range(3))
    mine = {quiet.id, busy.id, forgotten.id}
    for each in (quiet, busy, forgotten):
        with tenant_scope(each.id, app):
            figures.fold()
    with tenant_scope(busy.id, app):
        some_changes(3)
    with tenant_scope(forgotten.id, app), unit_of_work() as session:
        session.execute(
            update(FigureState)
            .where(FigureState.tenant_id == forgotten.id)
            .values(folded_at=clock.now() - timedelta(hours=25))
        )
    engine = sweeping.relay_engine(app)
    assert set(sweeping.due_tenants(engine, figures.DUE_SQL)) & mine == {busy.id, forgotten.id}
    with engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("SELECT metric FROM figure_change"))


def test_a_provisioned_city_is_looked_after_from_the_start(app, city):
    with tenant_scope(city.id, app):
        assert db.session.scalar(select(FigureState.tenant_id)) == city.id


def test_who_sees_which_figures(app, make_city, make_province):
    west, east = make_province(), make_province()
    here, beside, elsewhere = (make_city(province=one.slug) for one in (west, west, east))
    for each in (here, beside, elsewhere):
        with tenant_scope(each.id, app):
            some_changes(1)
            figures.fold()

    def visible(tenant, model):
        with tenant_scope(tenant.id, app):
            return set(db.session.scalars(select(model.tenant_id)))

    for model in (Figure, FigureState):
        assert visible(here, model) == {here.id}
        assert visible(west, model) - {west.id} == {here.id, beside.id}
        assert visible(east, model) - {east.id} == {elsewhere.id}
    assert visible(west, FigureChange) == set()
    with app.app_context():
        assert db.session.scalars(select(Figure.tenant_id)).all() == []


def test_a_province_reads_and_changes_nothing(app, city, province):
    with tenant_scope(city.id, app):
        some_changes(1)
        figures.fold()
    with tenant_scope(province.id, app), unit_of_work() as session:
        for model, values in ((Figure, {"value": 99}), (FigureState, {"folded_at": NOW})):
            changed = session.scalars(
                update(model)
                .where(model.tenant_id == city.id)
                .values(values)
                .returning(model.tenant_id)
                .execution_options(synchronize_session=False)
            )
            assert changed.all() == []


def test_the_operator_counts_anew(app, city, file_report):
    file_report(city)
    runner = app.test_cli_runner()
    done = runner.invoke(args=["figures", "rebuild", "--tenant", city.slug])
    assert done.exit_code == 0, done.output
    assert city.slug in done.output
    with tenant_scope(city.id, app):
        assert sum(n for (metric, _, _), n in stored().items() if metric == "received") == 1
    unknown = runner.invoke(args=["figures", "rebuild", "--tenant", "kota-entah"])
    assert unknown.exit_code == 1
