"""The page "Kesamaan data": what it says, and what its buttons do, against the running simulator."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update

from complaints.models import Complaint
from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from sp4n.models import Sp4nFollowUp
from tests.conftest import Browser, City
from tests.integration.test_sp4n_parity import ANSWER, case_id, office, row, simulator
from tests.sp4n_office import Office
from tests.statements import sent_by

PAGE = "/petugas/sp4n/kesamaan"
__all__ = ["case_id", "office", "simulator"]


def text_of(browser: Browser, path: str = PAGE) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return str(response.get_data(as_text=True))


def keys_of(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('name="pilih" value="')[1:]]


def change(office: Office, case_id: uuid.UUID, **values: Any) -> None:
    with office.scope(), unit_of_work() as session:
        session.execute(update(Complaint).where(Complaint.id == case_id).values(**values))
    office.poll()


def test_nothing_compared_says_so(city: City, officer: Callable[..., Browser]) -> None:
    page = text_of(officer(city))
    assert "Belum ada laporan yang dibandingkan." in page
    assert "100%" not in page


def test_identical(office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]) -> None:
    page = text_of(officer(office.city))
    assert "100% laporan sama dengan SP4N-LAPOR!. 1 laporan dibandingkan; terakhir" in page
    assert "Tidak ada laporan dalam daftar ini." in page


def test_not_whole_while_one_waits(
    office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    office.file()
    page = text_of(officer(office.city))
    assert "50% laporan sama dengan SP4N-LAPOR!. 1 laporan dibandingkan; 1 belum dibandingkan" in page


def test_their_text_is_taken(office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]) -> None:
    change(office, case_id, is_confidential=True)
    browser = officer(office.city)
    page = text_of(browser)
    assert "Rahasia" in page
    (key,) = keys_of(page)
    response = browser.post(PAGE, {"satu": f"pakai|{key}"})
    assert response.status_code == 303
    assert office.complaint(case_id).is_confidential is False
    office.poll()
    assert row(office, case_id).state == "identical"
    entry = office.history(case_id)[-1]
    assert (entry.visibility, entry.data["adopted"]) == ("internal", ["is_confidential"])
    with office.scope(), unit_of_work() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert "sp4n.parity_taken" in actions


def test_a_lost_answer_is_sent_again_once(
    office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    """It is there under a number we forgot: sending again finds it and doubles nothing."""
    with office.scope(), unit_of_work() as session:
        for known in session.scalars(select(Sp4nFollowUp).where(Sp4nFollowUp.complaint_id == case_id)):
            session.delete(known)
    office.poll()
    browser = officer(office.city)
    sendable = [part.split('"')[0] for part in text_of(browser).split('value="kirim|')[1:]]
    assert sendable
    response = browser.post(PAGE, {"tindakan": "kirim", "pilih": sendable})
    assert f"{len(sendable)} berhasil, 0 gagal" in response.get_data(as_text=True) or (
        response.status_code == 303
    )
    while office.deliver():
        pass
    (held,) = office.filed()
    assert [each["content"] for each in held["followups"]].count(ANSWER) == 1


def test_ignoring_takes_a_reason_and_counts_apart(
    office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    change(office, case_id, title="Judul lain")
    browser = officer(office.city)
    (key,) = keys_of(text_of(browser))
    refused = browser.post(PAGE, {"tindakan": "abaikan", "pilih": key, "alasan": "  "})
    assert refused.status_code == 422
    assert "Tulis alasan paling sedikit 5 huruf" in refused.get_data(as_text=True)
    done = browser.post(PAGE, {"tindakan": "abaikan", "pilih": key, "alasan": "Judul diperbaiki ejaannya"})
    assert done.status_code == 303
    assert row(office, case_id).state == "ignored"
    office.poll()
    assert row(office, case_id).state == "ignored"
    assert "Judul diperbaiki ejaannya" in text_of(browser, f"{PAGE}?daftar=diabaikan")
    change(office, case_id, title="Judul lain lagi")
    assert row(office, case_id).state == "different"


def test_nothing_ticked_and_what_is_gone(
    office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    browser = officer(office.city)
    refused = browser.post(PAGE, {"tindakan": "pakai"})
    assert refused.status_code == 422
    assert "Pilih paling sedikit satu perbedaan" in refused.get_data(as_text=True)
    for key in (f"{uuid.uuid4()}:abc", "<script>", "x" * 5000):
        answer = browser.post(PAGE, {"satu": f"pakai|{key}"})
        assert answer.status_code == 200
        assert "Perbedaan ini sudah berubah atau sudah tidak ada." in answer.get_data(as_text=True)
    assert browser.post(PAGE, {"tindakan": "hapus", "pilih": "x"}).status_code == 422


def test_who_may_look_and_who_may_settle(office: Office, officer: Callable[..., Browser]) -> None:
    assert officer(office.city, "observer").get(PAGE).status_code == 200
    handler = officer(office.city, "handler")
    assert handler.client.get(PAGE, base_url=handler.base).status_code == 403
    observer = officer(office.city, "observer")
    assert observer.post(PAGE, {"tindakan": "pakai", "pilih": "x"}).status_code == 403


def test_remote_script_is_text(office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]) -> None:
    office.simulator.set_status(office.external_id(case_id), "<script>alert(1)</script>")
    office.poll()
    page = text_of(officer(office.city), f"{PAGE}?daftar=belum-pasti")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_twelve_statements_at_most(
    office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    browser = officer(office.city)
    text_of(browser)
    with sent_by(office.app) as statements:
        text_of(browser)
    assert len(statements) <= 12
