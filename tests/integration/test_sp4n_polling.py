"""Polls of the national side: what is filed there becomes a case here, and no failure loses anything."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from complaints.acts import desk, handling
from complaints.models import Complaint, Reporter
from core import clock
from core.db.transaction import unit_of_work
from sp4n import upkeep
from sp4n.client import DoNotTry, Sp4nClient
from sp4n.inbound import is_any_due, poll
from sp4n.models import Sp4nLink, Sp4nSettings
from sp4n.parity import queries
from sp4n.subscribers import DELIVER
from sp4n.tasks.models import Sp4nTask
from tests.integration.test_sp4n_worker import forget_wake_ups
from tests.sp4n_office import DESK, Office


def test_a_report_filed_there_becomes_a_case_here(office: Office) -> None:
    number = office.simulator.add_complaint(
        office.account.institution_id,
        title="Sampah menumpuk",
        content="Sampah tidak diangkut seminggu.",
        nameUser="Siti Aminah",
        phoneUser="0812-2170-0800",
        emailUser="Siti@Contoh.id",
        date_of_incident="2026-03-02",
        is_secret=True,
    )
    for _ in range(2):
        office.poll()
    with office.scope(), unit_of_work() as session:
        complaint = session.scalars(select(Complaint)).one()
        reporter = session.scalars(select(Reporter)).one()
        link = session.scalars(select(Sp4nLink)).one()
    assert (complaint.title, complaint.channel, complaint.status) == ("Sampah menumpuk", "sp4n", "received")
    assert (complaint.village_id, complaint.district_id, complaint.is_confidential) == (None, None, True)
    assert str(complaint.incident_on) == "2026-03-02"
    assert (reporter.name, reporter.phone, reporter.email) == (
        "Siti Aminah",
        "+6281221700800",
        "siti@contoh.id",
    )
    assert (link.external_id, link.origin) == (number, "national")
    assert office.messages() == [], "it is there already"
    kept = str(office.news("report")[0].payload)
    assert "Siti" not in kept, "identities are kept in one place only"
    assert "seminggu" not in kept
    office.do(desk.verify, complaint.id, DESK, classification="unsupervised")
    office.do(handling.respond, complaint.id, DESK, text="Sudah diangkut.")
    assert office.deliver() == 1
    (there,) = office.filed()
    assert [each["content"] for each in there["followups"]] == ["Sudah diangkut."]


def test_a_national_report_can_be_read_by_officers(office: Office, officer: Callable[..., object]) -> None:
    office.simulator.add_complaint(office.account.institution_id, title="Tanpa lokasi")
    office.poll()
    with office.scope(), unit_of_work() as session:
        number = session.scalar(select(Complaint.number))
    browser = officer(office.city)
    for path in ("/petugas/", f"/petugas/laporan/{number}"):
        page = browser.get(path).get_data(as_text=True)  # type: ignore[attr-defined] # a browser
        assert "Tanpa lokasi" in page
        assert "Lokasi belum diketahui" in page


def test_an_anonymous_report_from_there_has_no_name_here(office: Office) -> None:
    office.simulator.add_complaint(office.account.institution_id, nameUser="Budi", is_anonymous=True)
    office.poll()
    with office.scope(), unit_of_work() as session:
        complaint = session.scalars(select(Complaint)).one()
        reporter = session.scalars(select(Reporter)).one()
    assert complaint.is_anonymous
    assert (reporter.name, reporter.phone, reporter.email) == ("Anonim", None, None)


def test_our_report_in_the_list_is_left_to_its_delivery(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was filed there, the answer was lost, and the poll comes before the second try."""
    complaint_id = office.file()
    office.simulator.add_fault("error_after_commit", endpoint="create", remaining=1)
    office.deliver()
    office.hurry()
    office.poll()
    with office.scope(), unit_of_work() as session:
        assert session.scalars(select(Complaint.id)).all() == [complaint_id]
    assert [each.state for each in office.news("report")] == ["pending"]
    assert office.deliver() == 1
    assert len(office.filed()) == 1
    assert office.link(complaint_id) is not None
    office.poll()
    assert [each.outcome for each in office.news("report")] == ["Sudah tertaut"]


def test_a_second_report_there_with_our_number_waits_for_a_person(office: Office, sent: uuid.UUID) -> None:
    first = office.external_id(sent)
    number = office.complaint(sent).number
    second = office.simulator.add_complaint(office.account.institution_id, tags_raw=f"#SA-{number}")
    office.poll()
    waiting = [each.outcome for each in office.news("report") if each.state == "waiting"]
    assert waiting == [f"Laporan {number} ada dua kali di SP4N: {first} dan {second}"]
    assert office.do(queries.summary).only_there == 1
    with office.scope(), unit_of_work() as session:
        assert session.scalars(select(Complaint.id)).all() == [sent]
        assert session.scalars(select(Sp4nTask.cause).where(Sp4nTask.state == "open")).all() == waiting


def test_what_another_office_holds_waits_for_a_mapping(office: Office) -> None:
    unit = office.simulator.add_institution("Dinas Uji", parent_id=office.account.institution_id)
    office.simulator.add_complaint(unit.institution_id, title="Untuk dinas")
    office.poll()
    assert [(each.state, each.outcome) for each in office.news("report")] == [
        ("waiting", "Instansi “Dinas Uji” perlu pemetaan")
    ]
    office.do(upkeep.map_value, "department", "pupr", str(unit.institution_id))
    office.poll()
    assert [each.state for each in office.news("report")] == ["applied"]


def test_a_report_finished_there_makes_no_new_case(office: Office) -> None:
    number = office.simulator.add_complaint(office.account.institution_id)
    office.simulator.set_status(number, "Ditutup oleh Admin")
    office.poll()
    with office.scope(), unit_of_work() as session:
        assert session.scalars(select(Complaint)).all() == []
    assert [each.outcome for each in office.news("report")] == ["Sudah selesai di SP4N"]


def test_a_failed_poll_comes_again_and_loses_nothing(office: Office, sent: uuid.UUID) -> None:
    office.poll()
    cursor = office.row().polled_until
    office.simulator.add_complaint(office.account.institution_id, title="Di tengah gangguan")
    office.simulator.add_fault("server_error", client_id=office.account.client_id, endpoint="list")
    office.poll()
    row = office.row()
    assert row.polled_until == cursor
    assert row.last_cause == "SP4N sedang bermasalah (503)"
    assert row.paused_until is not None
    assert row.next_poll_at is not None
    assert row.next_poll_at >= row.paused_until
    before = office.simulator.requests(client_id=office.account.client_id)
    office.poll()
    assert office.simulator.requests(client_id=office.account.client_id) == before, "paused"
    office.simulator.clear_faults()
    office.hurry()
    office.poll()
    with office.scope(), unit_of_work() as session:
        assert "Di tengah gangguan" in session.scalars(select(Complaint.title)).all()
    assert office.row().paused_until is None


def test_an_account_without_the_list_still_reads_its_reports(
    office: Office, sent: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is an assumption of ours; the documented calls must be enough for what is linked."""

    def unknown(*_args: object, **_values: object) -> None:
        raise DoNotTry("SP4N tidak mengenal laporan atau layanan ini", status=404)

    monkeypatch.setattr(Sp4nClient, "list_incoming", unknown)
    office.simulator.add_followup(office.external_id(sent), "Terbaca juga.")
    office.poll()
    assert office.history(sent)[-1].text == "Admin Nasional: Terbaca juga."
    link = office.link(sent)
    assert link is not None
    assert link.next_check_at is not None
    assert link.next_check_at < clock.now() + timedelta(seconds=61), (
        "without the list each report is asked for"
    )


def test_a_report_that_cannot_be_read_does_not_stop_the_others(office: Office) -> None:
    broken, fine = office.file(), office.file()
    office.deliver()
    with office.scope(), unit_of_work() as session:
        session.execute(
            update(Sp4nLink).where(Sp4nLink.complaint_id == broken).values(external_id="999999999")
        )
    office.simulator.add_followup(office.external_id(fine), "Ini sampai.")
    office.poll()
    assert office.history(fine)[-1].text == "Admin Nasional: Ini sampai."
    link = office.link(broken)
    assert link is not None
    assert link.next_check_at is not None
    assert link.next_check_at > clock.now() + timedelta(minutes=50)


def test_the_list_makes_changed_reports_due_and_leaves_the_rest(office: Office) -> None:
    """Reports are not read one by one at every poll where the list tells what changed."""
    quiet, changed = office.file(), office.file()
    office.deliver()
    office.poll()
    with office.scope(), unit_of_work() as session:
        # Read long after their last change, as after an hour of silence.
        later = clock.now() + timedelta(hours=1)
        session.execute(update(Sp4nLink).values(checked_at=later, next_check_at=later))
        session.execute(
            update(Sp4nLink)
            .where(Sp4nLink.complaint_id == changed)
            .values(checked_at=clock.now() - timedelta(hours=1))
        )
        session.execute(update(Sp4nSettings).values(next_poll_at=clock.now()))
    office.simulator.add_followup(office.external_id(changed), "Hanya yang ini.")
    after = office.simulator.requests(client_id=office.account.client_id)[-1]["id"]
    with office.scope():
        assert poll() == 1
    read = office.simulator.requests(client_id=office.account.client_id, endpoint="detail", after=after)
    assert [str(each["complaint_id"]) for each in read] == [office.external_id(changed)]
    assert office.history(changed)[-1].text == "Admin Nasional: Hanya yang ini."
    assert len(office.history(quiet)) == 1


def test_a_poll_runs_only_when_it_is_due_and_never_twice_at_once(office: Office) -> None:
    with office.scope():
        assert poll() == 0  # configure() made it due
    before = office.simulator.requests(client_id=office.account.client_id, endpoint="list")
    assert len(before) == 1
    with office.scope():
        poll()
    assert office.simulator.requests(client_id=office.account.client_id, endpoint="list") == before
    next_poll_at = office.row().next_poll_at
    assert next_poll_at is not None
    assert timedelta(seconds=40) < next_poll_at - clock.now() <= timedelta(seconds=60)


def test_reading_leaves_room_for_what_is_sent(office: Office) -> None:
    """A city that may call sixty times a minute has ten calls at hand; half of them are not for reading."""
    for number in range(8):
        office.file(title=f"Laporan lama {number}")
    assert office.deliver() == 8
    office.connect(requests_per_minute=60)
    assert 0 < office.poll(gives_way=True) < 8, "reading stops where the room for sending begins"
    newest = office.file(title="Laporan baru")
    assert office.deliver() == 1
    assert office.link(newest) is not None


def test_reading_ends_where_something_waits_to_be_sent(office: Office) -> None:
    """A city has one turn: an answer written during a poll goes out after the report that is being read."""
    for number in range(4):
        office.file(title=f"Laporan lama {number}")
    assert office.deliver() == 4
    forget_wake_ups(office.app)
    jobs = office.app.extensions["jobs"]
    jobs.put_aside(DELIVER, office.city.id)
    assert office.poll(gives_way=True) == 1
    with office.scope():
        assert is_any_due()
    jobs.take_up(office.city.id)
    assert [job.args for job in jobs.queue("sync").jobs] == [[DELIVER, office.city.id]]
    jobs.queue("sync").empty()
    assert office.poll() == 4


def test_trial_mode_reads_and_sends_nothing(office: Office, sent: uuid.UUID) -> None:
    office.simulator.add_followup(office.external_id(sent), "Dibaca dalam masa uji.")
    office.connect(mode="trial")
    office.do(desk.verify, sent, DESK, classification="unsupervised")
    office.do(handling.respond, sent, DESK, text="Tidak boleh keluar.")
    office.poll()
    assert office.deliver() == 0
    assert office.history(sent)[-1].text == "Admin Nasional: Dibaca dalam masa uji."
    (there,) = office.filed()
    assert [each["content"] for each in there["followups"]] == ["Dibaca dalam masa uji."]


def test_mode_off_neither_reads_nor_stays_due(office: Office, sent: uuid.UUID) -> None:
    office.connect(mode="off")
    assert office.row().next_poll_at is None
    before = office.simulator.requests(client_id=office.account.client_id)
    assert office.poll() == 0
    assert office.simulator.requests(client_id=office.account.client_id) == before


def test_messages_of_two_cities_stay_apart(office: Office, other_office: Office, sent: uuid.UUID) -> None:
    other = other_office
    office.simulator.add_followup(office.external_id(sent), "Untuk kota pertama.")
    other.poll()
    assert other.news("followup") == []
    with other.scope(), unit_of_work() as session:
        assert session.scalars(select(Complaint)).all() == []
