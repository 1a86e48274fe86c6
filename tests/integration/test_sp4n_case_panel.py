"""What the case page and the inbox say of a report that differs on the other side, and where they lead."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from tests.conftest import Browser
from tests.integration.test_sp4n_parity import case_id, office, row, simulator
from tests.integration.test_sp4n_parity_page import change, keys_of, text_of
from tests.integration.test_sp4n_tasks import refused
from tests.sp4n_office import Office
from tests.statements import sent_by

PARITY, TASKS = "/petugas/sp4n/kesamaan", "/petugas/sp4n/perlu-tindakan"
MOST_STATEMENTS = 12
__all__ = ["case_id", "office", "simulator"]


def case_page(office: Office, complaint_id: uuid.UUID) -> str:
    return f"/petugas/laporan/{office.complaint(complaint_id).number}"


def test_a_difference_is_named_and_leads_to_both_sides(
    office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    change(office, case_id, title="Judul lain", is_confidential=True)
    browser, case = officer(office.city), case_page(office, case_id)
    there = f"{PARITY}?laporan={case_id}"
    page = text_of(browser, case)
    assert "Berbeda di SP4N: judul, rahasia" in page
    assert f'href="{there}#daftar"' in page
    side_by_side = text_of(browser, there)
    assert "Judul lain" in side_by_side
    number = case.rsplit("/", 1)[-1]
    assert f"Laporan {number}" in side_by_side
    row_in_inbox = text_of(browser, "/petugas/?tampilan=semua").split(f'<tr id="l-{number}"')[1]
    assert "Berbeda" in row_in_inbox.split("</tr>")[0]


def test_settled_from_there_it_stays_on_the_report_and_the_panel_says_synced(
    office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    change(office, case_id, is_confidential=True)
    other = office.file(title="Laporan lain")
    office.deliver()
    change(office, other, title="Judul yang berbeda")
    browser, there = officer(office.city), f"{PARITY}?laporan={case_id}"
    (key,) = keys_of(text_of(browser, there))
    done = browser.post(there, {"satu": f"pakai|{key}"})
    assert done.status_code == 303
    assert f"laporan={case_id}" in done.headers["Location"]
    office.poll()
    assert row(office, other).state == "different"
    assert "Laporan ini sama di sini dan di SP4N-LAPOR!." in text_of(browser, there)
    page = text_of(browser, case_page(office, case_id))
    assert "Tersinkron" in page
    assert "Berbeda di SP4N" not in page


def test_who_may_not_see_the_two_sides_reads_the_state_alone(
    office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    change(office, case_id, title="Judul lain")
    handler = officer(office.city, "handler")
    page = text_of(handler, case_page(office, case_id))
    assert "Berbeda di SP4N: judul" in page
    assert PARITY not in page


def test_what_needs_a_person_leads_to_its_task(office: Office, officer: Callable[..., Browser]) -> None:
    complaint_id = refused(office, title="Lampu padam")
    browser = officer(office.city)
    page = text_of(browser, case_page(office, complaint_id))
    assert f'href="{TASKS}?laporan={complaint_id}"' in page
    assert "Lampu padam" in text_of(browser, f"{TASKS}?laporan={complaint_id}")


def test_an_address_of_no_report_shows_the_list(
    office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    change(office, case_id, title="Judul lain")
    browser = officer(office.city)
    for asked in (uuid.UUID(int=7), "bukan-id"):
        assert "Judul lain" in text_of(browser, f"{PARITY}?laporan={asked}")


def test_statements(office: Office, case_id: uuid.UUID, officer: Callable[..., Browser]) -> None:
    change(office, case_id, title="Judul lain")
    browser = officer(office.city)
    for path in (case_page(office, case_id), "/petugas/?tampilan=semua", f"{PARITY}?laporan={case_id}"):
        text_of(browser, path)
        with sent_by(office.app) as statements:
            text_of(browser, path)
        assert len(statements) <= MOST_STATEMENTS, path
