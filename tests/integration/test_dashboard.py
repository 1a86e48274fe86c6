"""The province's dashboard: what it adds up, how old it is, and that it reads by its index."""

import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from complaints.acts import desk, handling
from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from core.jobs import sweeping
from core.outbox import relay
from monitoring import figures, periods, queries
from tenants import provisioning
from tests.figures import NOW, OFFICER, TODAY, some_changes
from tests.statements import sent_by


def look(province, app, *, key=None, now=NOW):
    with tenant_scope(province.id, app):
        return queries.dashboard(periods.choose(key, TODAY), now=now, today=TODAY)


@pytest.fixture
def city(make_city, province):
    return make_city(province=province.slug)


def test_the_dashboard_adds_up(app, make_city, province, file_report):
    first, second = make_city(province=province.slug), make_city(province=province.slug)
    with clock.frozen(NOW - timedelta(days=7)):
        reports = [file_report(first) for _ in range(3)] + [file_report(second)]
    with tenant_scope(first.id, app):
        for report, days in zip(reports, (1, 4), strict=False):
            at = NOW - timedelta(days=7 - days)
            desk.verify(report.complaint_id, OFFICER, classification="unsupervised", at=at)
            desk.assign(report.complaint_id, OFFICER, department_id=first.departments["pupr"], at=at)
        handling.respond(reports[0].complaint_id, OFFICER, text="Selesai", at=NOW - timedelta(days=3))
        desk.close(reports[0].complaint_id, OFFICER, at=NOW)
        with clock.frozen(NOW - timedelta(hours=3)), unit_of_work():
            relay.add("sp4n.uji", uuid.uuid4(), str(uuid.uuid4()), {})
        figures.fold()
    with tenant_scope(second.id, app):
        figures.fold()

    page = look(province, app, key="30h", now=NOW)
    assert [row.slug for row in page.rows] == [first.slug, second.slug]
    row, other = page.rows
    assert (row.received, row.open, row.overdue) == (3, 2, 1)
    assert (row.verified_in_time, row.verified_n, row.median_first_answer) == (0.5, 2, 3.0)
    assert (row.on_time, row.closed_n, row.host_url) == (1.0, 1, first.url)
    assert (row.backlog_text, row.backlog_token) == ("Tertua 3 jam", "tunggu")
    assert (other.received, other.open, other.overdue, other.verified_n) == (1, 1, 1, 0)
    assert (other.backlog_text, other.backlog_token) == ("Tidak ada antrean", "selesai")
    assert (page.totals.received, page.totals.open, page.totals.overdue) == (4, 3, 2)
    assert page.totals.on_time == 1.0
    assert page.chart is not None
    assert [line.points[-1].value for line in page.chart.series] == [4, 1]
    assert look(province, app, key="bulan").totals == page.totals


def test_a_report_is_overdue_from_the_closing_time_of_its_last_day(app, city, province, file_report):
    with clock.frozen(NOW):
        file_report(city)
    with tenant_scope(city.id, app):
        figures.fold()
    closing = datetime(2026, 3, 12, 9, tzinfo=UTC)
    assert look(province, app, now=closing).totals.overdue == 0
    assert look(province, app, now=closing + timedelta(seconds=1)).totals.overdue == 1


def test_a_city_without_figures_and_a_suspended_one(app, make_city, province):
    fresh, closed = make_city(province=province.slug), make_city(province=province.slug)
    with app.app_context():
        provisioning.set_status(closed.slug, "suspended")
    page = look(province, app, now=clock.now())
    assert [(row.slug, row.received, row.stale_since) for row in page.rows] == [(fresh.slug, 0, None)]


def test_old_figures_say_how_old_they_are(app, city, province):
    with clock.frozen(NOW - timedelta(hours=2)), tenant_scope(city.id, app):
        figures.fold()
    with clock.frozen(NOW - timedelta(seconds=20)), tenant_scope(province.id, app):
        figures.fold()
    page = look(province, app, now=NOW)
    assert page.rows[0].stale_since == NOW - timedelta(hours=2)
    assert page.as_of == NOW - timedelta(seconds=20)


def test_where_the_sweep_found_nothing_to_add_the_figures_are_complete(app, make_city, province):
    quiet, busy = make_city(province=province.slug), make_city(province=province.slug)
    now = clock.now()
    hours_ago, just_now = now - timedelta(hours=2), now - timedelta(seconds=4)
    for tenant in (quiet, busy, province):
        with clock.frozen(hours_ago), tenant_scope(tenant.id, app):
            figures.fold()
    with tenant_scope(busy.id, app):
        some_changes(3)
    jobs = app.extensions["jobs"]
    with clock.frozen(just_now), closing(sweeping.Sweep(app)) as sweep:
        sweep()
    shown = look(province, app, now=now)
    assert [each.stale_since for each in shown.rows] == [None, hours_ago]
    assert shown.as_of == just_now
    assert look(province, app, now=now - timedelta(minutes=1)).as_of == hours_ago, "nobody had swept yet"
    later = look(province, app, now=now + timedelta(hours=1))
    assert [each.stale_since for each in later.rows] == [just_now, hours_ago], "nobody sweeps any more"
    jobs.redis.delete("sweep:figures.fold")
    assert look(province, app, now=now).as_of == hours_ago
    jobs.queue("figures").empty()


def test_the_number_of_statements_does_not_depend_on_the_cities(app, make_city, province):
    for expected in (1, 2, 3):
        make_city(province=province.slug)
        with sent_by(app) as sent:
            page = look(province, app)
        assert len(page.rows) == expected
        assert len([each for each in sent if not each.sql.startswith("SET LOCAL")]) == 4, sent


def test_the_page(app, city, province, browse, officer):
    anonymous = browse(province)
    home = anonymous.get("/")
    assert (home.status_code, home.headers["Location"]) == (303, "/provinsi/")
    page = anonymous.get("/provinsi/")
    assert page.status_code == 303
    assert page.headers["Location"].startswith("/petugas/masuk?")
    for role in ("province_administrator", "province_observer"):
        for address in ("/provinsi/", "/provinsi/?periode=30h", "/provinsi/?periode=%0A&periode=x"):
            found = officer(province, role).get(address)
            assert found.status_code == 200
            assert city.host in found.text
    assert officer(city).get("/provinsi/").status_code == 404


FILL = text("""
INSERT INTO figure (tenant_id, province_id, grain, metric, figure_on, bucket, value)
SELECT :tenant, :province, 'day', m.metric, DATE '2026-03-09' - d, b, 1 + (d * b) % 7
FROM (VALUES ('received', 2), ('verified_days', 5), ('answer_days', 12), ('closed', 1), ('rated', 4))
       AS m (metric, last),
     generate_series(0, 399) AS d, generate_series(0, 12) AS b
WHERE b <= m.last
UNION ALL
SELECT :tenant, :province, 'month', m.metric, (DATE '2026-03-01' - d * interval '1 month')::date, b, 100
FROM (VALUES ('received', 2), ('verified_days', 15), ('answer_days', 40), ('closed', 1), ('rated', 4))
       AS m (metric, last),
     generate_series(0, 13) AS d, generate_series(0, 40) AS b
WHERE b <= m.last
UNION ALL
SELECT :tenant, :province, 'day', 'open_due', DATE '2026-03-29' - d, 540, 3 FROM generate_series(0, 60) AS d
UNION ALL
SELECT :tenant, :province, 'day', 'unsent', DATE '2026-03-08', b, 1 FROM generate_series(0, 1439) AS b
""")


@pytest.fixture(scope="session")
def crowded_province(app, make_province):
    """27 cities × 400 days of figures, beside the same of another province."""
    home, other = make_province(), make_province()
    for n in range(54):
        tenant = {"tenant": 900_000 + n, "province": (home if n < 27 else other).id}
        with tenant_scope(900_000 + n, app), unit_of_work() as session:
            session.execute(FILL, tenant)
    return home


@pytest.mark.parametrize("key", list(periods.LABELS))
def test_the_dashboards_statements_use_the_index(app, settings, crowded_province, key):
    analyze(settings)
    with tenant_scope(crowded_province.id, app):
        plans = [explain(statement) for statement in dashboard_statements(app, key)]
    for plan in plans:
        assert "Seq Scan on figure " not in plan, plan
    assert any("ix_figure_province" in plan for plan in plans), plans


def analyze(settings):
    with create_engine(settings.database_owner_url, poolclass=NullPool).begin() as owner:
        owner.execute(text("ANALYZE figure"))


def dashboard_statements(app, key):
    """The page's statements with their parameters, as they are sent."""
    with sent_by(app) as sent:
        queries.dashboard(periods.choose(key, TODAY), now=NOW, today=TODAY)
        queries._monthly(periods.months_until(TODAY, queries.CHART_MONTHS))
    return [each for each in sent if "figure" in each.sql]


def explain(sent):
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN {sent.sql}", sent.parameters).all()
    return "\n".join(row[0] for row in rows)
