"""What time does to a case: found by the sweep as the relay role, done in the city, never a rating."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from complaints.acts import desk, handling, intake, lapse, reporter, uploads
from complaints.acts.engine import SYSTEM
from complaints.models import Attachment, Complaint, Rating
from core import clock
from core.extensions import db
from core.jobs.sweeping import due_tenants, relay_engine
from core.media import inspect
from tests.conftest import City, photo, submission

ANSWER = "Yth. Pelapor, jalan sudah kami perbaiki pada hari ini dan dapat dilalui kembali dengan aman."


def test_unanswered_question_and_unjudged_answer(
    app: Flask, city: City, in_city: Callable[[City], Any]
) -> None:
    long_ago = clock.now() - timedelta(days=60)
    with in_city(city):
        with clock.frozen(long_ago):
            deferred = intake.submit(submission()).complaint_id
            answered = intake.submit(submission()).complaint_id
            desk.defer(deferred, SYSTEM, text="Mohon sebutkan nomor tiang.")
            desk.verify(answered, SYSTEM, classification="unsupervised")
            handling.respond(answered, SYSTEM, text=ANSWER)
        fresh = intake.submit(submission()).complaint_id
        desk.defer(fresh, SYSTEM, text="Mohon sebutkan nomor tiang.")
    assert city.id in due_tenants(relay_engine(app), lapse.DUE_SQL)
    with in_city(city):
        assert lapse.lapse() == 2
        assert lapse.lapse() == 0
        states = dict(db.session.execute(select(Complaint.id, Complaint.status)).all())
        assert states == {deferred: "archived", answered: "completed", fresh: "deferred"}
        assert db.session.scalar(select(Complaint.closed_by).where(Complaint.id == answered)) == "system"
        assert db.session.scalar(select(func.count()).select_from(Rating)) == 0
        reporter.rate(answered, score=2, solved="partly")
    assert city.id not in due_tenants(relay_engine(app), lapse.DUE_SQL)


def test_files_of_forms_never_sent(app: Flask, city: City, in_city: Callable[[City], Any]) -> None:
    with in_city(city):
        old, new = submission().form_key, submission().form_key
        with clock.frozen(clock.now() - timedelta(hours=50)):
            uploads.save(inspect("lama.jpg", photo()), form_key=old)
        uploads.save(inspect("baru.jpg", photo()), form_key=new)
    assert city.id in due_tenants(relay_engine(app), uploads.UNSENT_SQL)
    with in_city(city):
        assert uploads.sweep_orphans() == 1
        assert list(db.session.scalars(select(Attachment.name))) == ["baru.jpg"]
    assert city.id not in due_tenants(relay_engine(app), uploads.UNSENT_SQL)
