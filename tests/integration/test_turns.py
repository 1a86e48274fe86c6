"""One worker at a time for a tenant, the slow in a lane of theirs; messages that break their handler stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.jobs import lanes, stopping, turns
from core.jobs.queue import QUEUES, SLOW, TenantJob
from core.jobs.worker import run_tenant_job
from core.outbox import poison, relay
from core.outbox.models import OutboxMessage
from sp4n import circuit
from sp4n.models import Sp4nSettings
from tests.conftest import City
from tests.sp4n_office import Office

TOPIC = "uji.kirim"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def redis(app: Flask) -> Iterator[Any]:
    """Redis without anybody's turns."""
    found = app.extensions["jobs"].redis

    def clean() -> None:
        for name in QUEUES:
            app.extensions["jobs"].queue(name).empty()
        for pattern in ("tenant:*:turn", "tenant:*:slow"):
            for key in found.scan_iter(pattern):
                found.delete(key)

    clean()
    yield found
    clean()


def test_a_tenant_has_one_turn_at_a_time_and_others_have_theirs(redis: Any) -> None:
    with turns.turn(redis, 1) as first:
        with turns.turn(redis, 1) as second, turns.turn(redis, 2) as other:
            assert (first, second, other) == (True, False, True)
        with turns.turn(redis, 1) as third:
            assert not third, "the refused one frees nothing"
    with turns.turn(redis, 1) as later:
        assert later


def test_a_slow_tenant_goes_to_the_lane_of_the_slow(
    app: Flask, city: City, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, seen = app.extensions["jobs"], []
    job = TenantJob("uji.call", "sync", lambda: seen.append("called"), calls_out=True)
    monkeypatch.setitem(jobs.jobs, "uji.call", job)
    redis.set(f"tenant:{city.id}:slow", 1)
    assert turns.is_slow(redis, city.id)
    with app.app_context():
        monkeypatch.setattr(lanes, "_queue", "sync")
        run_tenant_job("uji.call", city.id)
        assert seen == [], "found slow after the wake-up: it moves on to the other lane"
        assert [each.args for each in jobs.queue(SLOW).jobs] == [["uji.call", city.id]]
        jobs.queue(SLOW).empty()
        monkeypatch.setattr(lanes, "_queue", SLOW)
        run_tenant_job("uji.call", city.id)
        assert seen == ["called"]
        assert turns.is_slow(redis, city.id), "a run that did nothing proves nothing"
        monkeypatch.setitem(jobs.jobs, "uji.call", replace(job, run=lambda: 3))
        run_tenant_job("uji.call", city.id)
    assert not turns.is_slow(redis, city.id)
    assert jobs.wake("uji.call", city.id)
    assert [each.args for each in jobs.queue("sync").jobs] == [["uji.call", city.id]]
    jobs.queue("sync").empty()


def test_patience_is_short_where_others_wait(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for queue, failures, patience in (
        ("sync", 0, (5, 5)),
        ("sync", 5, (5, 5)),
        (SLOW, 0, (30, 90)),
        (SLOW, 1, (15, 15)),
        (SLOW, 9, (30, 90)),
    ):
        monkeypatch.setattr(lanes, "_queue", queue)
        with office.scope(), unit_of_work() as session:
            session.execute(update(Sp4nSettings).values(failures=failures))
        found = office.do(circuit.limits)
        assert (found["read_seconds"], found["submit_seconds"]) == patience, (queue, failures)


def test_a_turn_is_renewed_while_the_work_lasts_and_what_is_long_is_told(
    redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 1)
    monkeypatch.setattr(turns, "RENEW_SECONDS", 0.2)
    monkeypatch.setattr(turns, "SLOW_SECONDS", 0.5)
    with turns.turn(redis, 5):
        time.sleep(1.5)
        with turns.turn(redis, 5) as second:
            assert not second
        assert turns.is_slow(redis, 5)


def test_what_was_put_aside_is_taken_up_when_the_turn_ends(
    app: Flask, city: City, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, seen = app.extensions["jobs"], []

    def outer() -> None:
        seen.append("outer")
        if len(seen) == 1:
            run_tenant_job("uji.inner", city.id)  # another worker, while this one works

    monkeypatch.setitem(jobs.jobs, "uji.outer", TenantJob("uji.outer", "sync", outer, calls_out=True))
    inner = TenantJob("uji.inner", "sync", lambda: seen.append("inner"), calls_out=True)
    monkeypatch.setitem(jobs.jobs, "uji.inner", inner)
    jobs.queue("sync").empty()
    with app.app_context():
        run_tenant_job("uji.outer", city.id)
    assert seen == ["outer"]
    assert [job.args for job in jobs.queue("sync").jobs] == [["uji.inner", city.id]]
    jobs.queue("sync").empty()
    with app.app_context():
        run_tenant_job("uji.inner", city.id)
    assert seen == ["outer", "inner"]


def test_a_turn_that_ends_while_another_is_put_aside_leaves_nothing_lying(
    app: Flask, city: City, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, seen = app.extensions["jobs"], []
    monkeypatch.setitem(
        jobs.jobs, "uji.call", TenantJob("uji.call", "sync", lambda: seen.append("called"), calls_out=True)
    )
    original = jobs.put_aside

    def ends_first(name: str, tenant_id: int) -> None:
        redis.delete(f"tenant:{tenant_id}:turn")
        jobs.take_up(tenant_id)  # finds nothing yet
        original(name, tenant_id)

    redis.set(f"tenant:{city.id}:turn", "another worker's")
    monkeypatch.setattr(jobs, "put_aside", ends_first)
    with app.app_context():
        run_tenant_job("uji.call", city.id)
    assert seen == []
    assert [job.args for job in jobs.queue("sync").jobs] == [["uji.call", city.id]]


def _messages(app: Flask, city: City) -> list[OutboxMessage]:
    with tenant_scope(city.id, app), unit_of_work() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.sequence)))


def _queue(app: Flask, city: City, *names: str) -> None:
    with tenant_scope(city.id, app), unit_of_work():
        for name in names:
            relay.add(TOPIC, uuid.uuid4(), name, {"name": name})


def _hurry(app: Flask, city: City) -> None:
    with tenant_scope(city.id, app), unit_of_work() as session:
        due = update(OutboxMessage).where(OutboxMessage.due_at.is_not(None))
        session.execute(due.values(due_at=clock.now()))


def test_a_message_that_breaks_its_handler_stops_and_the_others_go(app: Flask, city: City) -> None:
    _queue(app, city, "racun", "baik")
    delivered = []

    def handle(delivery: relay.Delivery) -> None:
        if delivery.payload["name"] == "racun":
            raise KeyError("isi laporan yang rahasia")
        delivered.append(delivery.payload["name"])
        relay.record_delivered(delivery)

    for _ in range(poison.MOST_ERRORS + 2):
        _hurry(app, city)
        with tenant_scope(city.id, app):
            relay.drain({TOPIC: handle})
    bad, good = _messages(app, city)
    assert delivered == ["baik"]
    assert (bad.state, good.state) == ("given_up", "delivered")
    assert (bad.attempts, bad.cause) == (
        poison.MOST_ERRORS,
        "Kesalahan tak terduga (KeyError), lihat catatan pekerja",
    )
    with tenant_scope(city.id, app):
        assert relay.try_again(bad.id)
        relay.drain({TOPIC: relay.record_delivered})
    assert _messages(app, city)[0].state == "delivered"


def test_a_message_whose_holders_never_come_back_stops(app: Flask, city: City) -> None:
    _queue(app, city, "mematikan")
    for _ in range(poison.MOST_LOST):
        with tenant_scope(city.id, app):
            held = relay.claim((TOPIC,))
        assert held is not None, "until then each holder is given a chance"
        _hurry(app, city)
    _queue(app, city, "baik")
    with tenant_scope(city.id, app):
        relay.drain({TOPIC: relay.record_delivered})
    deadly, good = _messages(app, city)
    assert (deadly.state, deadly.cause, deadly.due_at) == ("given_up", poison.LOST_CAUSE, None)
    assert good.state == "delivered"


def test_asked_to_stop_it_ends_between_two_messages(
    app: Flask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    _queue(app, city, "satu", "dua", "tiga")

    def handle(delivery: relay.Delivery) -> None:
        relay.record_delivered(delivery)
        monkeypatch.setattr(stopping, "is_asked", lambda: True)

    with tenant_scope(city.id, app):
        assert relay.drain({TOPIC: handle}) == (1, False)
    states = sorted(each.state for each in _messages(app, city))
    assert states == ["delivered", "pending", "pending"]
    assert all(each.lease is None for each in _messages(app, city))


def test_the_signal_only_asks() -> None:
    code = (
        "import os, signal; from core.jobs import stopping; stopping.heed();"
        "os.kill(os.getpid(), signal.SIGUSR1); print(stopping.is_asked())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"
    assert stopping.ASK == signal.SIGUSR1
