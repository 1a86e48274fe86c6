"""Taking an act back: from its flash, within the window, by whoever did it and by nobody else."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import undoing
from complaints.models import Attachment, Complaint, ComplaintEvent, Disposition
from core import clock
from core.db.tenancy import tenant_scope
from core.errors import Conflict
from core.extensions import db
from tests.casework import do, officer_of
from tests.conftest import Browser, City, photo
from tests.pages import csrf_token

ANSWER = "Yth. Pelapor, lampu jalan sudah kami ganti hari ini dan menyala kembali. Terima kasih."
_BUTTON = re.compile(r'action="([^"]+/urungkan)".*?name="event" value="([0-9a-f-]{36})"', re.S)


@pytest.fixture(autouse=True)
def window(app: Flask) -> Iterator[None]:
    """Acts can be undone for a minute."""
    kept = app.extensions["settings"]
    app.extensions["settings"] = replace(kept, undo_seconds=60)
    yield
    app.extensions["settings"] = kept


@pytest.fixture
def case(place: City, file_report: Callable[..., Any]) -> Any:
    return file_report(place)


def act(browser: Browser, number: str, slug: str, body: dict[str, Any]) -> Any:
    path = f"/petugas/laporan/{number}"
    page = browser.get(path).get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    response = browser.post(f"{path}/{slug}", {"version": version[1], **body}, page=path)
    assert response.status_code == 303, response.get_data(as_text=True)[:3000]
    return browser.get(response.headers["Location"])


def button(page: Any) -> tuple[str, dict[str, str]]:
    text = page.get_data(as_text=True)
    found = _BUTTON.search(text)
    assert found, "no [Urungkan] on the page"
    return found[1], {"event": found[2], "csrf_token": csrf_token(text)}


def press(browser: Browser, address: str, body: dict[str, str]) -> Any:
    response = browser.client.post(address, base_url=browser.base, data=body)
    assert response.status_code == 303
    return browser.get(response.headers["Location"])


def row_of(app: Flask, place: City, case_id: uuid.UUID) -> dict[str, Any]:
    """What an act may change, without what goes on when it is taken back."""
    with tenant_scope(place.id, app):
        row = db.session.get_one(Complaint, (place.id, case_id))
        going_on = {"version", "last_event", "last_hash", "undo"}
        return {c.key: getattr(row, c.key) for c in Complaint.__table__.columns if c.key not in going_on}


def test_an_assignment_is_undone_from_its_flash(
    app: Flask, place: City, case: Any, officer: Callable[..., Browser]
) -> None:
    desk = officer(place)
    with tenant_scope(place.id, app):
        do("verify", case.complaint_id, place)
    before = row_of(app, place, case.complaint_id)
    page = act(desk, case.number, "disposisi", {"department": place.departments["pupr"], "urgency": "normal"})
    assert "60 detik; pesan dan SP4N menunggu" in page.get_data(as_text=True)
    assert row_of(app, place, case.complaint_id) != before
    after = press(desk, *button(page)).get_data(as_text=True)
    assert f"Tindakan pada laporan {case.number} diurungkan." in after
    assert "Diteruskan ke Dinas Pekerjaan Umum" in after
    assert "Tindakan diurungkan" in after
    assert row_of(app, place, case.complaint_id) == before
    with tenant_scope(place.id, app):
        assert (
            db.session.scalar(select(Disposition.id).where(Disposition.complaint_id == case.complaint_id))
            is None
        )


def test_an_answer_with_files_is_hidden_from_the_reporter_again(
    app: Flask, place: City, case: Any, officer: Callable[..., Browser], browse: Callable[..., Browser]
) -> None:
    desk, citizen = officer(place), browse(place)
    with tenant_scope(place.id, app):
        do("verify", case.complaint_id, place)
    files = (BytesIO(photo()), "sesudah.jpg")
    page = act(desk, case.number, "tanggapan", {"text": ANSWER, "files": files})
    citizen.post("/lacak", {"number": case.number, "pin": case.pin})
    track = f"/lacak/{case.number}"
    assert "sudah kami ganti" in citizen.get(track).get_data(as_text=True)
    press(desk, *button(page))
    seen = citizen.get(track).get_data(as_text=True)
    assert "sudah kami ganti" not in seen
    assert "diurungkan" not in seen
    with tenant_scope(place.id, app):
        file = db.session.scalars(
            select(Attachment).where(Attachment.complaint_id == case.complaint_id)
        ).one()
        assert not file.is_public
    assert citizen.get(f"/lampiran/{file.id}").status_code == 404
    told = desk.get(f"/petugas/laporan/{case.number}").get_data(as_text=True)
    assert "sudah kami ganti" in told
    assert 'class="riwayat__satu riwayat__satu--public riwayat__satu--urung"' in told


def test_not_by_another_officer(app: Flask, place: City, case: Any, officer: Callable[..., Browser]) -> None:
    desk, colleague = officer(place), officer(place, "verifier")
    page = act(desk, case.number, "penundaan", {"text": "Mohon sebutkan nomor tiang lampu itu."})
    address, body = button(page)
    body["csrf_token"] = colleague.token("/petugas/")
    refused = colleague.client.post(address, base_url=colleague.base, data=body)
    assert refused.status_code == 404
    assert row_of(app, place, case.complaint_id)["status"] == "deferred"


def test_not_after_a_newer_act_nor_twice(
    app: Flask, place: City, case: Any, officer: Callable[..., Browser]
) -> None:
    desk = officer(place)
    first = button(act(desk, case.number, "penundaan", {"text": "Mohon sebutkan nomor tiang lampu itu."}))
    second = button(act(desk, case.number, "arsip", {"reason": "unclear"}))
    assert undoing.TOO_LATE in press(desk, *first).get_data(as_text=True)
    assert row_of(app, place, case.complaint_id)["status"] == "archived"
    press(desk, *second)
    assert row_of(app, place, case.complaint_id)["status"] == "deferred"
    assert undoing.TOO_LATE in press(desk, *second).get_data(as_text=True)


def test_not_after_the_window(
    app: Flask, place: City, case: Any, officer: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = officer(place)
    address, body = button(
        act(desk, case.number, "penundaan", {"text": "Mohon sebutkan nomor tiang lampu itu."})
    )
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert undoing.TOO_LATE in press(desk, address, body).get_data(as_text=True)
    assert row_of(app, place, case.complaint_id)["status"] == "deferred"


@pytest.mark.parametrize("event", ["", "x", str(uuid.UUID(int=7)), "\x00"])
def test_an_entry_that_is_not_there(
    app: Flask, place: City, case: Any, officer: Callable[..., Browser], event: str
) -> None:
    desk = officer(place)
    address, body = button(
        act(desk, case.number, "penundaan", {"text": "Mohon sebutkan nomor tiang lampu itu."})
    )
    press(desk, address, {**body, "event": event})
    assert row_of(app, place, case.complaint_id)["status"] == "deferred"


def test_a_note_has_nothing_to_undo(place: City, case: Any, officer: Callable[..., Browser]) -> None:
    page = act(officer(place), case.number, "catatan", {"text": "Pelapor sudah dihubungi."})
    assert "urungkan" not in page.get_data(as_text=True)


def test_two_presses_at_once_undo_once(app: Flask, place: City, case: Any) -> None:
    actor = replace(officer_of(place), id=uuid.uuid4())
    with tenant_scope(place.id, app):
        done = do("verify", case.complaint_id, place, actor)
    results: list[str] = []
    start = threading.Barrier(2)

    def press_it() -> None:
        with tenant_scope(place.id, app):
            start.wait()
            try:
                assert done.event_id
                undoing.take_back(case.complaint_id, done.event_id, actor)
                results.append("undone")
            except Conflict:
                results.append("refused")

    threads = [threading.Thread(target=press_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["refused", "undone"]
    with tenant_scope(place.id, app):
        acts = db.session.scalars(
            select(ComplaintEvent.act)
            .where(ComplaintEvent.complaint_id == case.complaint_id)
            .order_by(ComplaintEvent.sequence)
        ).all()
    assert acts == ["submit", "verify", "undo"]
