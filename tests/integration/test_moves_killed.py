"""Reports on their way between two cities while the worker processes that carry them are killed with -9."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from datetime import UTC
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from complaints.acts import uploads
from complaints.acts.moves import sending
from complaints.acts.uploads import Incoming
from complaints.models import Attachment, Complaint
from core.config import Settings
from core.extensions import db
from core.media import UploadLimits
from core.outbox.models import OutboxMessage
from core.storage import store
from tests.conftest import City, photo
from tests.integration.test_sp4n_worker import forget_wake_ups, run, wait_until, worker
from tests.moving import Filing, Scope, acts_of, audited, check_chain, lease_runs_out, send, the_row

REPORTS, WITH_PHOTO = 24, 8
#: how many have arrived when the worker is killed, and up to so many seconds later: anywhere in the next move
KILLS, LATER = (2, 7, 13, 18), 0.08


@pytest.mark.timeout(240)
def test_workers_killed_on_the_way_bring_every_report_there_once(
    app: Flask, make_city: Callable[..., City], in_city: Scope, file_report: Filing, settings: Settings
) -> None:
    source, target = make_city(), make_city()
    ids = [_filed(source, in_city, file_report, n < WITH_PHOTO) for n in range(REPORTS)]
    with in_city(source):
        for case_id in ids:
            send(case_id, source, target)

    def arrived() -> int:
        with in_city(target):
            return db.session.scalar(select(func.count()).select_from(Complaint)) or 0

    def has_arrived(reports: int) -> bool:
        return arrived() >= reports

    for enough in KILLS:
        _again(app, source, in_city)
        with worker(settings):
            wait_until(partial(has_arrived, enough))
            time.sleep(random.uniform(0, LATER))
    assert arrived() < REPORTS, "the last kill came too late to prove anything"
    _again(app, source, in_city)
    run(settings, "jobs", "work", "--burst", LOG_LEVEL="ERROR")

    with in_city(source):
        states = db.session.scalars(select(OutboxMessage.state).where(OutboxMessage.topic == sending.TOPIC))
        assert list(states) == ["delivered"] * REPORTS
        for case_id in ids:
            assert "arrived_at" in (the_row(case_id).moved or {})["to"]
            assert len(audited("complaint.moved_out", case_id)) == 1
    with in_city(target):
        assert set(db.session.scalars(select(Complaint.id))) == set(ids)
        for case_id in ids:
            assert acts_of(case_id) == ["submit", "transfer", "moved_in"]
            assert len(audited("complaint.moved_in", case_id)) == 1
            check_chain(case_id)
        keys = db.session.scalars(
            select(Attachment.storage_key).where(Attachment.complaint_id.in_(ids))
        ).all()
        assert len(keys) == WITH_PHOTO
        assert all(store().get(key) for key in keys)


def _filed(source: City, in_city: Scope, file_report: Filing, with_photo: bool) -> uuid.UUID:
    key = uuid.uuid4()
    if with_photo:
        with in_city(source):
            picture = Incoming("jalan.jpg", photo())
            assert uploads.accept(key, [picture], UploadLimits(camera_zone=UTC)) == []
    found: uuid.UUID = file_report(source, form_key=key).complaint_id
    return found


def _again(app: Flask, source: City, in_city: Scope) -> None:
    """The lost worker's leases run out, and the city's reports are due."""
    with in_city(source):
        lease_runs_out()
    forget_wake_ups(app)
    app.extensions["jobs"].wake(sending.DELIVER, source.id)
