"""A changed calendar moves every open deadline that depends on it, once, with an audit entry each."""

from __future__ import annotations

import time as stopwatch
import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from complaints.acts import desk, intake, recounting
from complaints.acts.engine import SYSTEM, set_due
from complaints.acts.periods import add_rule_set
from complaints.deadlines import SlaRules
from complaints.models import Complaint, Recount
from core import audit, clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, Forbidden
from core.extensions import db
from core.jobs.sweeping import due_tenants, relay_engine
from monitoring import figures, rebuild
from monitoring.models import Figure
from tenants import calendar
from tenants.calendar import By
from tests.casework import do, officer_of
from tests.conftest import City, submission

WIB = ZoneInfo("Asia/Jakarta")
RECEIVED = datetime(2026, 11, 23, 9, tzinfo=WIB)
DAY_OFF = date(2026, 11, 25)
InCity = Callable[[City], Any]
CITY_OFFICER = By(None, "Rina")


def change(act: Callable[..., Any], *arguments: Any) -> None:
    with unit_of_work():
        act(*arguments)


def moved() -> list[audit.AuditEntry]:
    db.session.rollback()
    return list(
        db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == recounting.MOVED))
    )


def verify_dates() -> set[datetime]:
    db.session.rollback()
    return set(db.session.scalars(select(Complaint.verify_due_at)))


def sums() -> dict[Any, int]:
    db.session.rollback()
    rows = db.session.execute(select(Figure.grain, Figure.metric, Figure.on, Figure.bucket, Figure.value))
    return {tuple(row[:4]): row.value for row in rows}


def many(count: int) -> None:
    """Copies of one report, as the database writes them fastest."""
    first = db.session.get_one(Complaint, (bound_tenant_id(), intake.submit(submission()).complaint_id))
    kept = {column.key: getattr(first, column.key) for column in Complaint.__table__.columns}
    rows = [
        kept | {"id": uuid.uuid4(), "form_key": uuid.uuid4(), "number": f"UJI-2611-{number:05d}"}
        for number in range(count - 1)
    ]
    with unit_of_work() as session:
        session.execute(Complaint.__table__.insert(), rows)  # type: ignore[attr-defined] # a Table


def test_a_holiday_moves_a_thousand_open_deadlines(app: Flask, city: City, in_city: InCity) -> None:
    with in_city(city), clock.frozen(RECEIVED):
        many(1_000)
        assert verify_dates() == {datetime(2026, 11, 26, 16, tzinfo=WIB)}
        change(calendar.add_local, DAY_OFF, "Pilkada", CITY_OFFICER)
        assert city.id in due_tenants(relay_engine(app), recounting.DUE_SQL)
        begun = stopwatch.monotonic()
        assert recounting.recount() == 1_000
        assert stopwatch.monotonic() - begun < 20
        assert verify_dates() == {datetime(2026, 11, 27, 16, 30, tzinfo=WIB)}
        entries = moved()
        assert len({entry.subject_id for entry in entries}) == len(entries) == 1_000
        detail = entries[0].detail
        assert datetime.fromisoformat(detail["old"]["due_at"]) == datetime(2026, 11, 26, 16, tzinfo=WIB)
        assert datetime.fromisoformat(detail["new"]["due_at"]) == datetime(2026, 11, 27, 16, 30, tzinfo=WIB)
        assert detail["causes"] == ["Libur daerah Pilkada ditambahkan: Rabu, 25 November 2026"]
        assert recounting.recount() == 0
        assert len(moved()) == 1_000
    assert city.id not in due_tenants(relay_engine(app), recounting.DUE_SQL)


def test_a_walk_that_broke_off_goes_on(city: City, in_city: InCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounting, "BATCH", 3)
    with in_city(city), clock.frozen(RECEIVED):
        for _ in range(8):
            intake.submit(submission())
        change(calendar.add_local, DAY_OFF, "Pilkada", CITY_OFFICER)
        tried, real = [], set_due

        def dies(*arguments: Any) -> None:
            tried.append(arguments)
            if len(tried) == 5:
                raise KeyboardInterrupt
            real(*arguments)

        monkeypatch.setattr(recounting, "set_due", dies)
        with pytest.raises(KeyboardInterrupt):
            recounting.recount()
        assert len(moved()) == 3  # whole batches only
        assert recounting.recount() == 5
        assert len({entry.subject_id for entry in moved()}) == len(moved()) == 8
        assert db.session.scalar(select(Recount.moved)) == 8


def test_only_open_cases_and_only_dates_that_change(city: City, in_city: InCity) -> None:
    with in_city(city), clock.frozen(RECEIVED):
        ended, waiting, far = (intake.submit(submission()).complaint_id for _ in range(3))
        do("archive", ended, city)
        do("defer", waiting, city)
        with clock.frozen(RECEIVED - timedelta(days=60)):
            intake.submit(submission())  # its verification was due long before
        desk.verify(far, SYSTEM, classification="supervised")
        change(calendar.add_local, DAY_OFF, "Pilkada", CITY_OFFICER)
        assert recounting.recount() == 2
        assert {entry.subject_id for entry in moved()} == {waiting, far}
        assert db.session.scalar(select(Complaint.due_at).where(Complaint.id == waiting)) == datetime(
            2026, 12, 8, 16, tzinfo=WIB
        )


def test_moving_and_removing_it_moves_them_again(city: City, in_city: InCity) -> None:
    with in_city(city), clock.frozen(RECEIVED):
        intake.submit(submission())
        change(calendar.add_local, DAY_OFF, "Pilkada", CITY_OFFICER)
        recounting.recount()
        change(calendar.move_local, DAY_OFF, date(2026, 12, 9), CITY_OFFICER)
        assert recounting.recount() == 1
        assert verify_dates() == {datetime(2026, 11, 26, 16, tzinfo=WIB)}
        change(calendar.remove_local, date(2026, 12, 9), CITY_OFFICER)
        assert recounting.recount() == 0
        actions = select(audit.AuditEntry.action).where(audit.AuditEntry.action.like("calendar.%"))
        assert sorted(db.session.scalars(actions)) == [
            "calendar.holiday_added", "calendar.holiday_moved", "calendar.holiday_removed",
        ]  # fmt: skip


def test_changes_before_the_walk_share_it(city: City, in_city: InCity) -> None:
    with in_city(city), clock.frozen(RECEIVED):
        intake.submit(submission())
        change(calendar.add_local, DAY_OFF, "Pilkada", CITY_OFFICER)
        change(calendar.add_local, date(2026, 11, 24), "Hari jadi", CITY_OFFICER)
        assert db.session.scalar(select(func.count()).select_from(Recount)) == 1
        assert recounting.recount() == 1
        assert verify_dates() == {datetime(2026, 11, 30, 16, tzinfo=WIB)}
        assert len(moved()[0].detail["causes"]) == 2


def test_a_shorter_week_moves_them(city: City, in_city: InCity) -> None:
    week = {day: [(time(8), time(14, 30))] for day in (0, 1, 2, 5)}
    with in_city(city), clock.frozen(RECEIVED):
        intake.submit(submission())
        change(calendar.save_week, week, CITY_OFFICER)
        assert recounting.recount() == 1
        assert verify_dates() == {datetime(2026, 11, 28, 14, 30, tzinfo=WIB)}
        change(calendar.save_week, week, CITY_OFFICER)
        assert db.session.scalar(select(func.count()).where(Recount.finished_at.is_(None))) == 0


def test_figures_follow(city: City, in_city: InCity) -> None:
    with in_city(city), clock.frozen(RECEIVED):
        for _ in range(3):
            intake.submit(submission())
        figures.fold()
        before = sums()
        change(calendar.add_local, DAY_OFF, "Pilkada", CITY_OFFICER)
        recounting.recount()
        figures.fold()
        after = sums()
        assert after != before
        rebuild.rebuild()
        assert sums() == after


def test_a_rule_set_of_the_past_moves_what_came_since(city: City, in_city: InCity) -> None:
    with in_city(city), clock.frozen(RECEIVED):
        with clock.frozen(RECEIVED - timedelta(days=3)):
            old = intake.submit(submission()).complaint_id
        new = intake.submit(submission()).complaint_id
        add_rule_set(date(2026, 11, 23), "Peraturan uji", SlaRules(verification=1), officer_of(city))
        assert recounting.recount() == 1
        assert [entry.subject_id for entry in moved()] == [new] != [old]
        with pytest.raises(FieldProblem, match="Sudah ada"):
            add_rule_set(date(2026, 11, 23), "Peraturan uji lagi", SlaRules(), officer_of(city))
        with pytest.raises(Forbidden):
            add_rule_set(date(2026, 11, 25), "Peraturan uji", SlaRules(), officer_of(city, "verifier"))


def test_the_dates_of_undone_facts_are_put_right(city: City, in_city: InCity) -> None:
    """Whatever a row says, its facts decide."""
    with in_city(city), clock.frozen(RECEIVED):
        intake.submit(submission())
        with unit_of_work() as session:
            session.execute(
                update(Complaint)
                .where(Complaint.tenant_id == city.id)
                .values(due_at=RECEIVED, verify_due_at=RECEIVED)
            )
            recounting.request("Pemeriksaan")
        assert recounting.recount() == 1
        assert verify_dates() == {datetime(2026, 11, 26, 16, tzinfo=WIB)}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((date(2019, 1, 1), "Hari jadi"), "2020"),
        ((date(2026, 12, 9), "ab"), "3 sampai 100"),
        ((date(2026, 12, 9), "x" * 101), "3 sampai 100"),
    ],
)
def test_a_day_off_that_is_none_is_refused(
    city: City, in_city: InCity, arguments: tuple[date, str], words: str
) -> None:
    with in_city(city), pytest.raises(FieldProblem, match=words):
        change(calendar.add_local, *arguments, CITY_OFFICER)


def test_national_days_by_the_operator(app: Flask, two_cities: tuple[City, City], in_city: InCity) -> None:
    run = app.test_cli_runner()
    day, to = "2031-05-20", "2031-05-21"

    def holiday(*arguments: str) -> str:
        result = run.invoke(args=["tenants", "holiday", *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    holiday("add", "--national", "--date", day, "--name", "Libur uji")
    for city in two_cities:
        with in_city(city):
            waiting = select(Recount.causes).where(Recount.finished_at.is_(None))
            assert any("Libur uji" in cause for causes in db.session.scalars(waiting) for cause in causes)
            assert recounting.recount() == 0 or moved()
    holiday("move", "--national", "--date", day, "--to", to)
    holiday("move", "--national", "--date", day, "--to", to)  # a repeated command changes nothing
    holiday("remove", "--national", "--date", to)
    again = run.invoke(args=["tenants", "holiday", "remove", "--national", "--date", to])
    assert again.exit_code == 1
    assert "bukan hari libur nasional" in again.output
    for city in two_cities:
        with in_city(city):
            recounting.recount()


def test_an_operators_day_needs_one_place(app: Flask, city: City) -> None:
    base = ["tenants", "holiday", "add", "--date", "2031-05-20", "--name", "Libur uji"]
    for extra in ([], ["--national", "--tenant", city.slug]):
        result = app.test_cli_runner().invoke(args=[*base, *extra])
        assert result.exit_code == 1
        assert "--tenant" in result.output
