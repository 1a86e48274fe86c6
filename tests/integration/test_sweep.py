"""The clockwork and its sweep: what is due is woken, an engine that is away is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError

from core.config import Settings
from core.jobs import schedule
from core.jobs.schedule import Entry
from core.jobs.sweeping import Sweep, relay_engine
from sp4n.subscribers import DELIVER
from tests.integration.test_sp4n_worker import forget_wake_ups
from tests.sp4n_office import Office


def test_it_wakes_what_is_due_and_not_twice(office: Office) -> None:
    office.file()
    forget_wake_ups(office.app)
    queue = office.app.extensions["jobs"].queue("sync")
    with closing(Sweep(office.app)) as sweep:
        assert sweep() > 0
        assert [job.args for job in queue.jobs].count([DELIVER, office.city.id]) == 1
        sweep()
        assert [job.args for job in queue.jobs].count([DELIVER, office.city.id]) == 1
    forget_wake_ups(office.app)


def calls(fail: Callable[[], None]) -> int:
    """How often an entry of one a second is called in two and a half."""
    seen, stop = [], threading.Event()

    def run() -> None:
        seen.append(time.monotonic())
        fail()

    threading.Timer(2.5, stop.set).start()
    schedule.keep([Entry("uji", run, 1), Entry("lain", lambda: None, 60)], stop)
    return len(seen)


def raising(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    "fail",
    [lambda: None, raising(RedisAway()), raising(OperationalError("", {}, Exception()))],
    ids=["well", "Redis away", "database away"],
)
def test_the_clockwork_goes_on_at_its_pace(fail: Callable[[], None]) -> None:
    assert calls(fail) == 3


def test_a_fault_ends_the_clockwork() -> None:
    with pytest.raises(KeyError):
        calls(raising(KeyError("uji")))


def test_without_the_relay_role_it_says_what_is_missing(app: Flask, settings: Settings) -> None:
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, database_relay_url=None)
    try:
        with pytest.raises(RuntimeError, match="DATABASE_RELAY_URL belum diisi"):
            relay_engine(app)
    finally:
        app.extensions["settings"] = before
