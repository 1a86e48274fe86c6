"""Real worker processes: who hangs keeps nobody else waiting, and a worker told to stop ends in time."""

from __future__ import annotations

import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask

from core.config import Settings
from core.jobs import turns
from scripts.processes import descendants, parents
from sp4n.subscribers import DELIVER
from tests.integration.test_sp4n_worker import forget_wake_ups, wait_until, worker
from tests.sp4n_office import Office

ROOT = Path(__file__).resolve().parents[2]
ACTS = 6


@pytest.fixture(autouse=True)
def _own_wake_ups_only(app: Flask) -> None:
    forget_wake_ups(app)
    redis = app.extensions["jobs"].redis
    for key in redis.scan_iter("tenant:*:slow"):
        redis.delete(key)


def is_sent(office: Office) -> bool:
    return {each.state for each in office.messages()} == {"delivered"}


def delays(office: Office) -> list[float]:
    """Seconds until the national side has each of some reports, filed one after the other."""
    found = []
    for _ in range(ACTS):
        began = time.monotonic()
        office.file()
        wait_until(lambda: is_sent(office))
        found.append(time.monotonic() - began)
    return found


@pytest.mark.timeout(150)
def test_a_city_whose_side_hangs_keeps_no_other_waiting(
    office: Office, other_office: Office, settings: Settings
) -> None:
    """One worker only: were the hanging calls done among the others, nothing would get past them."""
    hung, well = office, other_office
    redis = hung.app.extensions["jobs"].redis
    with worker(settings):
        alone = delays(well)
        hung.simulator.add_fault("slow", client_id=hung.account.client_id, seconds=900)
        for _ in range(5):
            hung.file()
        wait_until(lambda: turns.is_slow(redis, hung.city.id))
        well.file()
        wait_until(lambda: is_sent(well), 15)  # who found it waits there for five seconds at most
        wait_until(lambda: hung.row().failures == 1)
        hung.hurry()
        hung.app.extensions["jobs"].wake(DELIVER, hung.city.id)
        wait_until(lambda: bool(redis.exists(f"tenant:{hung.city.id}:turn")))
        beside = delays(well)
        assert redis.exists(f"tenant:{hung.city.id}:turn"), "it hung all the while"
    assert statistics.median(beside) < 3 * statistics.median(alone) + 0.5
    assert {each.state for each in hung.messages()} == {"pending"}, "nobody was told of an arrival"
    numbers = [each["payload"]["tags_raw"] for each in hung.filed()]  # done there once the caller had hung up
    assert len(numbers) == len(set(numbers))


@pytest.mark.timeout(90)
def test_told_to_stop_it_finishes_the_message_in_hand_and_ends(office: Office, settings: Settings) -> None:
    office.simulator.add_fault("slow", endpoint="create", client_id=office.account.client_id, seconds=2)
    ids = [office.file() for _ in range(4)]
    with worker(settings) as process:
        wait_until(lambda: bool(office.simulator.requests(client_id=office.account.client_id)))
        below = descendants(process.pid)
        assert len(below) == 3, "the message's process, the lane for reading, and the one of the slow"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert not set(below) & set(parents()), "nothing of it lives"
    states = [each.state for each in office.messages()]
    assert states.count("delivered") == len(office.filed()) in (1, 2)
    assert states.count("pending") == len(ids) - len(office.filed())
    assert [each.lease for each in office.messages() if each.state == "pending"] == [None] * states.count(
        "pending"
    )


BESIDE = """
import os, sys, time
from core.jobs.lanes import Beside

def serve(beside):
    print("serves", flush=True)
    while not beside.is_orphan():
        time.sleep(0.05)
    print("alone", flush=True)

beside = Beside(serve)
beside.look()
{then}
"""


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("time.sleep(0.5); os._exit(0)", ["serves", "alone"]),
        ("time.sleep(0.5); beside.end(); print('ended')", ["serves", "ended"]),
        (
            "time.sleep(0.5); os.kill(beside._pid, 9); time.sleep(0.5); beside.look(); time.sleep(0.5)",
            ["serves", "serves", "alone"],
        ),
    ],
    ids=["killed worker", "ended worker", "killed lane"],
)
def test_the_lane_lives_as_long_as_its_worker(then: str, told: list[str]) -> None:
    command = [sys.executable, "-c", BESIDE.format(then=then)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.split() == told, done.stderr
