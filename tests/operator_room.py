"""What tests of the operator's commands and pages share: what stopped or failed, a signed-in browser."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import desk, handling
from core import clock
from core.audit import AuditEntry
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import redis_client
from core.jobs.queue import ENTRY_POINT, job_id
from core.outbox import singles
from core.outbox.models import OutboxMessage
from scripts.datadir import free_port
from tests.conftest import BASE_DOMAIN, OPERATOR_KEY, Browser, City
from tests.sp4n_office import DESK, Office

HOME, ENTRANCE = "/operator", "/operator/masuk"
BROKEN = "uji.rusak"
_addresses = (f"10.77.{a}.{b}" for a, b in itertools.product(range(256), range(1, 255)))


def visitor(app: Flask) -> Browser:
    """A browser on the root host, from an address of its own."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = next(_addresses)
    return Browser(client, BASE_DOMAIN)


def signed_in(app: Flask, name: str = "Rina") -> Browser:
    """An operator's browser."""
    browser = visitor(app)
    response = browser.post(ENTRANCE, {"name": name, "key": OPERATOR_KEY})
    assert response.status_code == 303, response.get_data(as_text=True)[:2000]
    return browser


def text_of(browser: Browser, path: str = HOME) -> str:
    response = browser.get(path)
    assert response.status_code == 200, path
    return str(response.get_data(as_text=True))


def refused(office: Office, *, answer: bool = False) -> uuid.UUID:
    """The message of a report that the national side refused; an answer waits behind it if asked for."""
    complaint_id = office.file(name="Nama Pelapor Rahasia")
    if answer:
        office.do(desk.verify, complaint_id, DESK, classification="unsupervised")
        office.do(handling.respond, complaint_id, DESK, text="Sudah ditambal.")
    office.simulator.add_fault(
        "refused_in_success", endpoint="create", client_id=office.account.client_id, remaining=1
    )
    office.deliver()
    return office.messages()[0].id


def stopped_notice(app: Flask, city: City) -> uuid.UUID:
    """A message to an officer that stopped; nothing was sent."""
    with tenant_scope(city.id, app), unit_of_work() as session:
        singles.add([singles.Single("notice.email", uuid.uuid4(), f"notice:{uuid.uuid4()}", {})])
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "notice.email")).one()
        message.state, message.due_at, message.cause = (
            "rejected",
            None,
            "Server surel menolak: budi@x.example",
        )
        message.created_at = clock.now()
        return message.id


def audited(app: Flask, city: City) -> list[AuditEntry]:
    """The city's audit, oldest first."""
    with tenant_scope(city.id, app), unit_of_work() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))


def empty(app: Flask) -> None:
    """Forget queues, jobs and workers, those that other tests killed in the middle of a job among them."""
    redis = app.extensions["jobs"].redis
    for key in redis.scan_iter("rq:*"):
        redis.delete(key)


@pytest.fixture(autouse=True)
def alone(app: Flask) -> Iterator[None]:
    """Queues and workers of other tests are nobody's business here. Imported, it is around each test."""
    empty(app)
    yield
    empty(app)


def enqueue_broken(app: Flask, city: City) -> str:
    """A job of a kind that no worker knows."""
    jobs = app.extensions["jobs"]
    found = job_id(BROKEN, city.id)
    jobs.queue("sync").enqueue_call(ENTRY_POINT, args=(BROKEN, city.id), job_id=found, failure_ttl=600)
    return found


@contextmanager
def without_redis(app: Flask) -> Iterator[None]:
    """The application as if Redis were not there."""
    jobs: Any = app.extensions["jobs"]
    before, jobs.redis = jobs.redis, redis_client(f"redis://127.0.0.1:{free_port()}/0")
    try:
        yield
    finally:
        jobs.redis = before
