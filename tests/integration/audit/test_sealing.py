"""Seals over histories: when they are made, and that none of the entries is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from complaints.acts import sealing
from complaints.queries import integrity
from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.jobs.sweeping import due_tenants, relay_engine
from tests.casework import Filing, do
from tests.conftest import City


def test_new_entries_wake_the_sealer_and_no_others_do(
    app: Flask, make_city: Callable[..., City], file_report: Filing
) -> None:
    city = make_city()
    engine = relay_engine(app)

    def is_due() -> bool:
        return city.id in due_tenants(engine, sealing.DUE_SQL)

    assert not is_due(), "a city without a report has nothing to seal"
    with clock.frozen(clock.now() - timedelta(hours=1)):
        file_report(city)
        assert is_due()
        with tenant_scope(city.id, app):
            assert [sealing.seal(), sealing.seal(), sealing.seal()] == [0, 1, 0]
    assert not is_due()


def test_an_entry_committed_late_is_not_left_out(
    app: Flask, make_city: Callable[..., City], file_report: Filing
) -> None:
    """Numbers are taken before the commit: a seal waits for whoever holds one below its end."""
    city = make_city()
    first, second = (file_report(city).complaint_id for _ in range(2))
    with tenant_scope(city.id, app):
        assert [sealing.seal(), sealing.seal()] == [0, 2]
    with app.app_context(), tenant_scope(city.id, app), unit_of_work() as late:
        from complaints.acts.engine import SYSTEM, Entry, append, lock

        append(late, lock(late, first, SYSTEM), "note", SYSTEM, Entry("Terlambat"), None, clock.now())
        late.flush()
        with app.app_context(), tenant_scope(city.id, app):
            do("note", second, city)
            assert [sealing.seal() for _ in range(3)] == [0, 0, 0], "somebody is still at work below"
    with tenant_scope(city.id, app):
        assert sealing.seal() == 2
        report = integrity.check()
        assert (report.faults, report.unsealed) == ([], 0)
