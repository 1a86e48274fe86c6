"""The exchange by real worker processes: woken, killed with -9, taken up again; and what they write of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from core.config import Settings
from core.jobs.queue import QUEUES
from sp4n import settings as sp4n_settings
from sp4n.subscribers import DELIVER, POLL
from tests.sp4n_office import Office

ROOT = Path(__file__).resolve().parents[2]
REPORTS = 60
KILLS = (10, 30)


@pytest.fixture(autouse=True)
def _own_wake_ups_only(app: Flask) -> None:
    forget_wake_ups(app)


def forget_wake_ups(app: Flask) -> None:
    """Wake-ups of other tests' cities are not this worker's business; a killed worker's turn has run out."""
    jobs = app.extensions["jobs"]
    for name in QUEUES:
        jobs.queue(name).empty()
    for pattern in ("tenant:*:wake:*", "tenant:*:turn"):
        for key in jobs.redis.scan_iter(pattern):
            jobs.redis.delete(key)


def environment(settings: Settings, **more: str) -> dict[str, str]:
    given = {
        "SECRET_KEY": settings.secret_key,
        "ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
        "DATABASE_URL": settings.database_url,
        "DATABASE_RELAY_URL": settings.database_relay_url or "",
        "REDIS_URL": settings.redis_url,
        "STORAGE_URL": settings.storage_url,
        "BASE_DOMAIN": settings.base_domain,
        "PUBLIC_SCHEME": "http",
        "ALLOW_LOOPBACK_HTTP": "1",
        "ENVIRONMENT": "test",
        "PATH": os.environ["PATH"],
    }
    return given | more


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def run(settings: Settings, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(settings, **more),
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command("jobs", "work"),
        cwd=ROOT,
        env=environment(settings, LOG_LEVEL="ERROR"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the worker and to the forked child that does its job: a power cut for both."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    with contextlib.suppress(OSError):
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)
    process.kill()
    process.wait(timeout=10)


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def has_filed(office: Office, reports: int) -> bool:
    return len(office.filed()) >= reports


def test_filing_wakes_a_worker_process_that_sends_it(office: Office, settings: Settings) -> None:
    complaint_id = office.file()
    assert office.filed() == []
    run(settings, "jobs", "work", "--burst")
    (there,) = office.filed()
    assert office.external_id(complaint_id) == str(there["id"])


def test_a_lost_wake_up_is_made_good_by_the_sweep(office: Office, settings: Settings) -> None:
    office.file()
    forget_wake_ups(office.app)  # Redis was away
    swept = run(settings, "jobs", "sweep")
    assert "dibangunkan" in swept.stdout
    run(settings, "jobs", "work", "--burst")
    assert len(office.filed()) == 1


def test_what_goes_out_does_not_wait_until_all_is_read(
    office: Office, other_office: Office, settings: Settings
) -> None:
    """Cities come due together for reading; a worker takes from the queues in turn."""
    office.file()
    forget_wake_ups(office.app)
    wake = office.app.extensions["jobs"].wake
    for name, each in ((POLL, other_office), (POLL, office), (DELIVER, office)):
        assert wake(name, each.city.id)
    run(settings, "jobs", "work", "--burst")
    ours = office.account.client_id
    (created,) = [each["id"] for each in office.simulator.requests(client_id=ours, endpoint="create")]
    read = [
        office.simulator.requests(client_id=each, endpoint="list")[0]["id"]
        for each in (ours, other_office.account.client_id)
    ]
    assert created < max(read)


def test_more_than_one_drain_can_do_is_done_by_several(
    office: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drain is bounded so that other cities get their turn; the rest wakes again."""
    from sp4n import delivery

    monkeypatch.setattr(delivery, "MOST_MESSAGES", 2)
    for _ in range(5):
        office.file()
    forget_wake_ups(office.app)
    assert office.deliver() == 2
    queue = office.app.extensions["jobs"].queue("sync")
    assert [job.args for job in queue.jobs] == [[DELIVER, office.city.id]]
    run(settings, "jobs", "work", "--burst")
    assert len(office.filed()) == 5


@pytest.mark.timeout(240)
def test_killed_workers_leave_every_report_there_exactly_once(office: Office, settings: Settings) -> None:
    """SIGKILL in the midst of deliveries, more than once; each time another worker takes up what was left."""
    office.connect(requests_per_minute=sp4n_settings.MOST_REQUESTS_A_MINUTE)  # the kills set the pace
    ids = [office.file(title=f"Laporan {number}") for number in range(REPORTS)]
    wake = office.app.extensions["jobs"].wake
    for enough in KILLS:
        forget_wake_ups(office.app)
        wake(DELIVER, office.city.id)
        with worker(settings):
            wait_until(partial(has_filed, office, enough))
        office.hurry()  # the lost worker's leases run out
    at_the_kill = len(office.filed())
    assert at_the_kill < REPORTS, "the last kill came too late to prove anything"
    forget_wake_ups(office.app)
    wake(DELIVER, office.city.id)
    run(settings, "jobs", "work", "--burst", LOG_LEVEL="ERROR")
    tags = Counter(each["tags_raw"] for each in office.filed())
    assert len(tags) == REPORTS
    assert set(tags.values()) == {1}
    assert {each.state for each in office.messages()} == {"delivered"}
    links = {office.external_id(each) for each in ids}
    assert links == {str(each["id"]) for each in office.filed()}


@pytest.mark.timeout(240)
def test_credentials_are_in_no_log_row_or_representation(office: Office, settings: Settings) -> None:
    office.connect(auth_secret="Bearer rahasia-sekali-4711", token_secret="{TOKEN-RAHASIA-0815}")
    office.file()
    output = []
    for kind in ("unauthorized", "garbage", "drop_after_commit"):
        office.simulator.add_fault(kind, seconds=1)
        office.hurry()
        office.app.extensions["jobs"].wake(DELIVER, office.city.id)
        done = run(settings, "jobs", "work", "--burst", LOG_LEVEL="DEBUG")
        output.append(done.stdout + done.stderr)
        office.poll()
        office.simulator.clear_faults()
        forget_wake_ups(office.app)
    assert any("outbox_not_delivered" in each for each in output), "the logs were looked at"
    with office.scope():
        connection = sp4n_settings.load()
        assert connection is not None
        client = sp4n_settings.client_for(connection)
    everywhere = [*output, office.everything(), repr(connection), repr(client), repr(office.row())]
    for secret in ("rahasia-sekali-4711", "TOKEN-RAHASIA-0815"):
        assert not any(secret in each for each in everywhere)
    assert connection.auth_secret not in repr(connection), "not even encrypted"
