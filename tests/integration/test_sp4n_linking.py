"""A person links a report with its number there, and takes the link away again."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from core.errors import Conflict, FieldProblem
from core.outbox.models import OutboxMessage
from sp4n import linking
from tests.conftest import Browser
from tests.integration.test_sp4n_parity import office, simulator
from tests.pages import check_page
from tests.sp4n_office import DESK, Office

__all__ = ["office", "simulator"]
REASON = "Ternyata laporan lain"


@pytest.fixture
def there(office: Office) -> str:
    """A report filed at the national side for this city."""
    return office.simulator.add_complaint(
        office.account.institution_id,
        title="Lampu taman mati",
        content="Lampu taman kota mati sejak Senin.",
    )


@pytest.fixture
def case_id(office: Office) -> uuid.UUID:
    """A report here that was never sent."""
    office.connect(sends=False)
    made = office.file()
    assert office.messages() == []
    return made


def link(office: Office, case_id: uuid.UUID, number: str) -> None:
    with office.scope():
        linking.link(case_id, number, DESK)


def test_a_number_is_seen_before_it_is_linked(office: Office, case_id: uuid.UUID, there: str) -> None:
    with office.scope():
        found = linking.look(case_id, f" {there} ")
    assert (found.number, found.title, found.problem) == (there, "Lampu taman mati", None)
    assert office.link(case_id) is None


def test_a_linked_report_is_read_like_any_other(office: Office, case_id: uuid.UUID, there: str) -> None:
    link(office, case_id, there)
    office.simulator.add_followup(there, "Pelapor menambahkan foto")
    office.poll()
    texts = [each.text or "" for each in office.history(case_id)]
    assert any("Pelapor menambahkan foto" in each for each in texts)
    assert len(office.news("report")) == 0


def test_both_stand_in_history_and_audit(office: Office, case_id: uuid.UUID, there: str) -> None:
    link(office, case_id, there)
    with office.scope():
        assert linking.unlink(case_id, REASON, DESK) == there
    assert office.link(case_id) is None
    last = office.history(case_id)[-2:]
    assert [each.visibility for each in last] == ["internal", "internal"]
    assert REASON in (last[1].text or "")
    with office.scope(), unit_of_work() as session:
        found = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == case_id).order_by(AuditEntry.id)
        ).all()
    assert [each.action for each in found] == ["sp4n.linked", "sp4n.unlinked"]
    assert found[1].detail == {"number": there, "reason": REASON}


def test_a_number_belongs_to_one_report(office: Office, case_id: uuid.UUID, there: str) -> None:
    link(office, case_id, there)
    other = office.file()
    with office.scope(), pytest.raises(FieldProblem, match="sudah dihubungkan"):
        linking.link(other, there, DESK)
    with office.scope(), pytest.raises(Conflict, match="Lepaskan dahulu"):
        linking.link(case_id, "424242", DESK)


@pytest.mark.parametrize(
    ("number", "words"),
    [("", "hanya berisi angka"), ("12a", "hanya berisi angka"), ("1" * 16, "paling banyak"), ("-5", "hanya")],
)
def test_what_is_no_number_is_refused(office: Office, case_id: uuid.UUID, number: str, words: str) -> None:
    with office.scope(), pytest.raises(FieldProblem, match=words):
        linking.look(case_id, number)


def test_an_unknown_number_is_refused(office: Office, case_id: uuid.UUID) -> None:
    with office.scope(), pytest.raises(FieldProblem, match="tidak mengenal"):
        linking.look(case_id, "999999999")


def test_a_report_of_another_institution_is_refused(office: Office, case_id: uuid.UUID, there: str) -> None:
    office.connect(institution_id="424242", sends=False)
    with office.scope(), pytest.raises(FieldProblem, match="bukan pada instansi kota ini"):
        linking.look(case_id, there)


def test_where_the_other_side_is_away_it_says_so(office: Office, case_id: uuid.UUID, there: str) -> None:
    office.simulator.add_fault("server_error")
    with office.scope():
        assert "bermasalah" in (linking.look(case_id, there).problem or "")


def test_a_report_whose_sending_stopped_is_linked_instead(office: Office, there: str) -> None:
    office.connect()
    made = office.file()
    link(office, made, there)
    with office.scope(), unit_of_work() as session:
        assert session.scalars(select(OutboxMessage.state)).all() == ["skipped"]
    office.deliver()
    assert len(office.filed()) == 1


def test_a_relinked_thread_is_told_to_the_right_report(
    office: Office, case_id: uuid.UUID, there: str
) -> None:
    office.simulator.add_followup(there, "Keterangan dari pusat")
    link(office, case_id, there)
    office.poll()
    with office.scope():
        linking.unlink(case_id, REASON, DESK)
    right = office.file()
    link(office, right, there)
    office.poll()
    assert any("Keterangan dari pusat" in (each.text or "") for each in office.history(right))


@pytest.mark.parametrize("reason", ["", "   ya ", "a" * 501])
def test_taking_a_link_away_needs_a_reason(
    office: Office, case_id: uuid.UUID, there: str, reason: str
) -> None:
    link(office, case_id, there)
    with office.scope(), pytest.raises(FieldProblem, match="Tulis alasan"):
        linking.unlink(case_id, reason, DESK)
    assert office.link(case_id) is not None


def test_the_pages_lead_through_it(
    office: Office, case_id: uuid.UUID, there: str, officer: Callable[..., Browser]
) -> None:
    admin, number = officer(office.city), office.complaint(case_id).number
    page = f"/petugas/sp4n/tautan/{number}"
    assert page in admin.get(f"/petugas/laporan/{number}").get_data(as_text=True)
    check_page(admin.get(page).get_data(as_text=True))
    wrong = admin.post(page, {"number": "12<script>"}, page=page)
    assert wrong.status_code == 422
    check_page(wrong.get_data(as_text=True))
    seen = admin.post(page, {"number": there}, page=page).get_data(as_text=True)
    check_page(seen)
    assert "Lampu taman kota mati sejak Senin." in seen
    assert admin.post(page, {"number": there, "langkah": "hubungkan"}, page=page).status_code == 303
    linked = admin.get(page).get_data(as_text=True)
    check_page(linked)
    assert there in linked
    assert admin.post(f"{page}/lepas", {"reason": REASON}, page=page).status_code == 303
    assert office.link(case_id) is None
