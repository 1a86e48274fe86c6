"""Calls from the national side: signed ones bring a reading forward, all others do nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core import clock
from core.db.transaction import unit_of_work
from sp4n import callback
from sp4n.models import Sp4nLink, Sp4nSettings
from tests.conftest import Browser
from tests.integration.test_sp4n_parity import office, simulator
from tests.pages import check_page
from tests.sp4n_office import DESK, Office

__all__ = ["office", "simulator"]
ADDRESS = "/sp4n/panggilan"
PAGE = "/petugas/sp4n/panggilan"


@pytest.fixture
def secret(office: Office) -> str:
    with office.scope():
        return callback.renew(DESK)


@pytest.fixture
def case_id(office: Office) -> uuid.UUID:
    """A linked report that is not due for a day."""
    made = office.file()
    office.deliver()
    office.poll()
    later = clock.now() + timedelta(days=1)
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nLink).values(next_check_at=later))
        session.execute(update(Sp4nSettings).values(next_poll_at=later))
    return made


def call(
    office: Office, secret: str, body: object, *, age: int = 0, headers: dict[str, str] | None = None
) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    seconds = str(int(clock.now().timestamp()) - age)
    given = {
        callback.TIME_HEADER: seconds,
        callback.SIGNATURE_HEADER: callback.signature_of(secret, seconds, data),
        "Content-Type": "application/json",
    }
    given |= headers or {}
    return office.app.test_client().post(
        ADDRESS, data=data, headers=given, base_url=f"http://{office.city.host}"
    )


def is_due(office: Office, case_id: uuid.UUID) -> bool:
    link = office.link(case_id)
    assert link is not None
    assert link.next_check_at is not None
    poll_at = office.row().next_poll_at
    assert poll_at is not None
    return max(link.next_check_at, poll_at) <= clock.now()


def test_a_signed_call_has_the_report_read_now(office: Office, secret: str, case_id: uuid.UUID) -> None:
    history = len(office.history(case_id))
    assert call(office, secret, {"complaint_id": office.external_id(case_id)}).status_code == 202
    assert is_due(office, case_id)
    assert len(office.history(case_id)) == history


def test_a_call_changes_nothing_but_the_time(office: Office, secret: str, case_id: uuid.UUID) -> None:
    """What else it says is not even looked at."""
    before, news = office.complaint(case_id).status, len(office.news("status"))
    body = {"complaint_id": office.external_id(case_id), "status_name": "Ditutup oleh Admin", "tenant_id": 1}
    assert call(office, secret, body).status_code == 202
    assert office.complaint(case_id).status == before
    assert len(office.news("status")) == news


@pytest.mark.parametrize("age", [callback.WINDOW_SECONDS + 5, -callback.WINDOW_SECONDS - 5])
def test_a_call_out_of_its_time_is_refused(office: Office, secret: str, case_id: uuid.UUID, age: int) -> None:
    body = {"complaint_id": office.external_id(case_id)}
    assert call(office, secret, body, age=age).status_code == 401
    assert not is_due(office, case_id)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-SatuAduan-Tanda": ""},
        {"X-SatuAduan-Tanda": "0" * 64},
        {"X-SatuAduan-Waktu": ""},
        {"X-SatuAduan-Waktu": "sekarang"},
        {"X-SatuAduan-Waktu": "9" * 30},
    ],
)
def test_an_unsigned_call_is_refused(
    office: Office, secret: str, case_id: uuid.UUID, headers: dict[str, str]
) -> None:
    body = {"complaint_id": office.external_id(case_id)}
    assert call(office, secret, body, headers=headers).status_code == 401
    assert call(office, "rahasia lain", body).status_code == 401
    assert not is_due(office, case_id)


def test_a_body_that_was_changed_is_refused(office: Office, secret: str, case_id: uuid.UUID) -> None:
    seconds = str(int(clock.now().timestamp()))
    signature = callback.signature_of(secret, seconds, b'{"complaint_id":"1"}')
    body = {"complaint_id": office.external_id(case_id)}
    given = {"X-SatuAduan-Waktu": seconds, "X-SatuAduan-Tanda": signature}
    assert call(office, secret, body, headers=given).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"complaint_id":"x"}', b'{"complaint_id":{"a":1}}'])
def test_a_signed_call_that_names_no_report(office: Office, secret: str, body: bytes) -> None:
    assert call(office, secret, body).status_code == 422


def test_a_large_call_is_not_read(office: Office, secret: str) -> None:
    assert call(office, secret, b"x" * (callback.MOST_BYTES + 1)).status_code == 413


def test_the_same_call_again_brings_nothing_forward(office: Office, secret: str, case_id: uuid.UUID) -> None:
    body = json.dumps({"complaint_id": office.external_id(case_id)}).encode()
    seconds = str(int(clock.now().timestamp()))
    with office.scope():
        signature = callback.signature_of(secret, seconds, body)
        assert callback.take(seconds, signature, body) is callback.Answer.TAKEN
    later = clock.now() + timedelta(days=1)
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nLink).values(next_check_at=later))
    with office.scope():
        assert callback.take(seconds, signature, body) is callback.Answer.TAKEN
    assert not is_due(office, case_id)


def test_it_is_off_until_a_person_turns_it_on(office: Office, case_id: uuid.UUID) -> None:
    body = {"complaint_id": office.external_id(case_id)}
    assert call(office, "apa saja", body).status_code == 404
    with office.scope():
        found = callback.renew(DESK)
        callback.stop(DESK)
    assert call(office, found, body).status_code == 404
    assert not is_due(office, case_id)


def test_the_page_shows_the_secret_once(office: Office, officer: Callable[..., Browser]) -> None:
    admin = officer(office.city)
    check_page(admin.get(PAGE).get_data(as_text=True))
    made = admin.post(PAGE, {"pilihan": "buat"}, page=PAGE).get_data(as_text=True)
    check_page(made)
    sealed = office.row().callback_secret
    assert sealed is not None
    plain = office.app.extensions["secrets"].decrypt(sealed)
    assert plain in made
    assert plain not in admin.get(PAGE).get_data(as_text=True)
    assert plain not in office.everything()
    assert admin.post(PAGE, {"pilihan": "matikan"}, page=PAGE).status_code == 303
    assert office.row().callback_secret is None
