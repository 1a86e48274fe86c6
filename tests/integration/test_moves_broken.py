"""Moves that break off, come back, or cannot be made: nothing is lost and nothing is there twice."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import desk, undoing
from complaints.acts.moves import carrying, sending
from complaints.queries.moves import move_of, targets
from core.errors import Conflict, Forbidden
from core.extensions import db
from core.outbox import relay
from core.outbox.models import OutboxMessage
from tests.casework import LONG, officer_of
from tests.conftest import Browser, City
from tests.moving import (
    Filing,
    Scope,
    acts_of,
    audited,
    check_chain,
    lease_runs_out,
    row,
    send,
    the_row,
)


@pytest.fixture
def cities(make_city: Callable[..., City]) -> tuple[City, City]:
    return make_city(), make_city()


@pytest.fixture
def window(app: Flask) -> Iterator[None]:
    """The product's undo window."""
    kept = app.extensions["settings"]
    app.extensions["settings"] = dataclasses.replace(kept, undo_seconds=60)
    yield
    app.extensions["settings"] = kept


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, target: Any, name: str, *, after: bool) -> Iterator[None]:
    original = getattr(target, name)

    def stop(*args: Any, **kwargs: Any) -> Any:
        if after:
            original(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(target, name, stop)
        yield


STEPS = [
    (carrying, "pack"),
    (carrying, "_copy_files"),
    (carrying, "_hand_over"),
    (carrying, "_note_arrival"),
    (relay, "record_delivered"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
def test_killed_anywhere_it_arrives_once(
    module: Any,
    name: str,
    after: bool,
    cities: tuple[City, City],
    in_city: Scope,
    file_report: Filing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, target = cities
    case_id = file_report(source).complaint_id
    with in_city(source):
        send(case_id, source, target)
        with killed_at(monkeypatch, module, name, after=after), pytest.raises(Killed):
            carrying.deliver_due()
        lease_runs_out()
        carrying.deliver_due()
        lease_runs_out()
        assert carrying.deliver_due() == 0
        moved = the_row(case_id).moved
        assert moved is not None
        assert "arrived_at" in moved["to"]
        assert len(audited("complaint.moved_out", case_id)) == 1
    with in_city(target):
        assert acts_of(case_id) == ["submit", "transfer", "moved_in"]
        assert len(audited("complaint.moved_in", case_id)) == 1
        check_chain(case_id)


def test_within_the_window_nothing_leaves(
    window: None, cities: tuple[City, City], in_city: Scope, file_report: Filing
) -> None:
    source, target = cities
    case_id = file_report(source).complaint_id
    actor = dataclasses.replace(officer_of(source), id=uuid.uuid4())
    with in_city(source):
        done = sending.transfer(case_id, actor, target=target.id, reason=LONG)
        assert carrying.deliver_due() == 0
        assert done.event_id is not None
        undoing.take_back(case_id, done.event_id, actor)
        lease_runs_out()
        assert carrying.deliver_due() == 0
        assert (the_row(case_id).status, the_row(case_id).moved) == ("received", None)
    with in_city(target):
        assert row(case_id) is None


def test_a_closed_city_cannot_take_it_and_it_is_called_back(
    cities: tuple[City, City],
    in_city: Scope,
    file_report: Filing,
    officer: Callable[..., Browser],
    app: Flask,
) -> None:
    from tenants.provisioning import set_status

    source, target = cities
    receipt = file_report(source)
    case_id = receipt.complaint_id
    with in_city(source):
        desk.verify(case_id, officer_of(source), classification="unsupervised")
        stood = the_row(case_id)
        send(case_id, source, target)
        with pytest.raises(Conflict):  # it is still on its way
            sending.call_back(case_id, officer_of(source))
    with app.app_context():
        set_status(target.slug, "suspended")
    with in_city(source):
        assert target.id not in {each.id for each in targets()}
        carrying.deliver_due()
        sent = move_of(the_row(case_id))
        assert sent is not None
        assert sent.state == "refused"
        assert "tidak menerima laporan" in (sent.cause or "")
        with pytest.raises(Forbidden):
            sending.call_back(case_id, officer_of(source, "handler"))
    browser = officer(source)
    page = f"/petugas/laporan/{receipt.number}?tindakan=tarik-pemindahan"
    shown = browser.get(page).get_data(as_text=True)
    assert "Tarik kembali laporan" in shown
    answer = browser.post(
        f"/petugas/laporan/{receipt.number}/tarik-pemindahan",
        {"version": str(_version(in_city, source, case_id))},
        page=page,
    )
    assert answer.status_code == 303
    with in_city(source):
        again = the_row(case_id)
        assert (again.status, again.moved, again.closed_at) == ("verified", None, None)
        assert again.complete_due_at == stood.complete_due_at
        assert carrying.deliver_due() == 0
        check_chain(case_id)
        state = db.session.scalar(select(OutboxMessage.state).where(OutboxMessage.topic == sending.TOPIC))
        assert state == "skipped"


def _version(in_city: Scope, city: City, case_id: uuid.UUID) -> int:
    with in_city(city):
        return the_row(case_id).version
