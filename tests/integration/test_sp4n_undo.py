"""An act taken back before the national side learned of it, and one that cannot be any more."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import desk, groups, undoing
from complaints.acts.engine import Actor, Done
from complaints.models import Complaint
from core import clock
from core.db.transaction import unit_of_work
from core.errors import Conflict
from tenants.models import Officer
from tests.integration.test_sp4n_parity import office, simulator
from tests.sp4n_office import DESK, Office

__all__ = ["office", "simulator"]


@pytest.fixture(autouse=True)
def window(app: Flask) -> Iterator[None]:
    """Acts can be undone for a minute; messages wait as long."""
    kept = app.extensions["settings"]
    app.extensions["settings"] = dataclasses.replace(kept, undo_seconds=60)
    yield
    app.extensions["settings"] = kept


@pytest.fixture
def actor(office: Office) -> Actor:
    with office.scope(), unit_of_work() as session:
        officer_id = session.scalar(select(Officer.id).where(Officer.role == "city_administrator").limit(1))
    return dataclasses.replace(DESK, id=officer_id, name="Rina")


@pytest.fixture
def verified(office: Office, actor: Actor) -> uuid.UUID:
    case_id = office.file()
    office.deliver()
    office.do(desk.verify, case_id, actor, classification="unsupervised")
    return case_id


def assign(office: Office, case_id: uuid.UUID, actor: Actor) -> Done:
    done: Done = office.do(desk.assign, case_id, actor, department_id=office.city.departments["pupr"])
    return done


def take_back(office: Office, case_id: uuid.UUID, done: Done, actor: Actor) -> Done:
    assert done.event_id is not None
    undone: Done = office.do(undoing.take_back, case_id, done.event_id, actor)
    return undone


def test_nothing_is_sent_within_the_window_and_never_after_an_undo(
    office: Office, verified: uuid.UUID, actor: Actor
) -> None:
    done = assign(office, verified, actor)
    assert office.deliver() == 0
    message = office.messages()[-1]
    assert message.due_at is not None
    assert message.due_at > clock.now() + timedelta(seconds=50)
    assert take_back(office, verified, done, actor).status == "verified"
    office.hurry()
    assert office.deliver() == 0
    assert office.messages()[-1].state == "skipped"
    assert office.filed()[0]["followups"] == []
    assert office.complaint(verified).department_id is None


def test_what_comes_after_an_undo_is_sent(office: Office, verified: uuid.UUID, actor: Actor) -> None:
    take_back(office, verified, assign(office, verified, actor), actor)
    assign(office, verified, actor)
    office.hurry()
    assert office.deliver() == 1
    assert len(office.filed()[0]["followups"]) == 1


def test_what_was_sent_is_not_taken_back(office: Office, verified: uuid.UUID, actor: Actor) -> None:
    done = assign(office, verified, actor)
    office.hurry()
    assert office.deliver() == 1
    with pytest.raises(Conflict, match="sudah sampai di SP4N-LAPOR!"):
        take_back(office, verified, done, actor)
    assert office.complaint(verified).status == "assigned"


def test_undoing_and_sending_at_the_same_instant_agree(
    office: Office, verified: uuid.UUID, actor: Actor
) -> None:
    """Twelve tries: either it was taken back and nothing is there, or it is there and stays."""
    for _ in range(12):
        done = assign(office, verified, actor)
        before = len(office.filed()[0]["followups"])
        office.hurry()
        gate = Barrier(2)

        def undo(done: Done = done, gate: Barrier = gate) -> bool:
            gate.wait()
            try:
                take_back(office, verified, done, actor)
            except Conflict:
                return False
            return True

        def send(gate: Barrier = gate) -> int:
            gate.wait()
            return office.deliver()

        with ThreadPoolExecutor(2) as both:
            undone, sent = both.submit(undo), both.submit(send)
        office.deliver()
        there = len(office.filed()[0]["followups"]) - before
        assert there == (0 if undone.result() else 1)
        assert sent.result() <= 1


def test_a_merge_taken_back_is_told_to_nobody(office: Office, verified: uuid.UUID, actor: Actor) -> None:
    other = office.file()
    office.deliver()
    done = office.do(groups.merge, other, actor, main=verified)
    take_back(office, other, done, actor)
    office.hurry()
    office.deliver()
    case = office.complaint(other)
    assert (case.status, case.merged_into_id) == ("received", None)
    assert all(held["followups"] == [] for held in office.filed())


def test_after_the_window_it_is_too_late(office: Office, verified: uuid.UUID, actor: Actor) -> None:
    done = assign(office, verified, actor)
    with office.scope(), unit_of_work() as session:
        case = session.scalars(select(Complaint).where(Complaint.id == verified)).one()
        assert case.undo is not None
        case.undo = {**case.undo, "until": (clock.now() - timedelta(seconds=1)).isoformat()}
    with pytest.raises(Conflict, match="tidak dapat diurungkan lagi"):
        take_back(office, verified, done, actor)
