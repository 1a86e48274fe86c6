"""News from the national side: stored once, applied through the same acts as an officer's, never guessed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from complaints.acts import desk, engine, handling, national
from complaints.acts.engine import Actor
from complaints.models import Complaint, Reporter
from complaints.permissions import GRANTS
from core import clock
from core.db.transaction import unit_of_work
from sp4n import sync_views, upkeep
from sp4n.client import DoNotTry, Sp4nClient
from sp4n.inbound import poll
from sp4n.mapping import RemoteState
from sp4n.models import Sp4nLink, Sp4nSettings
from tests.conftest import City
from tests.simulator_process import SimulatorProcess, running_simulator
from tests.sp4n_office import Office

DESK = Actor("officer", "Petugas", grants=GRANTS["city_administrator"])


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    with running_simulator(tmp_path_factory.mktemp("sp4n") / "data.sqlite3") as running:
        yield running


@pytest.fixture
def office(app: Flask, make_city: Callable[..., City], simulator: SimulatorProcess) -> Office:
    simulator.clear_faults()
    found = Office(app, make_city(), simulator, simulator.add_institution())
    found.connect()
    return found


@pytest.fixture
def sent(office: Office) -> uuid.UUID:
    """A report of ours that both sides know."""
    complaint_id = office.file()
    office.deliver()
    return complaint_id


def answered(office: Office, complaint_id: uuid.UUID) -> None:
    office.do(desk.verify, complaint_id, DESK, classification="unsupervised")
    office.do(handling.respond, complaint_id, DESK, text="Sudah ditambal.")
    office.deliver()


def acts(office: Office, complaint_id: uuid.UUID) -> list[tuple[str, str, str]]:
    return [(each.act, each.actor_kind, each.to_status) for each in office.history(complaint_id)]


def test_an_answer_there_appears_on_the_timeline_once(office: Office, sent: uuid.UUID) -> None:
    number = office.external_id(sent)
    office.simulator.add_followup(number, "Mohon segera ditangani.")
    for _ in range(3):
        office.poll()
    last = office.history(sent)[-1]
    assert len(office.history(sent)) == 2
    assert (last.act, last.actor_kind, last.visibility) == ("sp4n", "sp4n", "public")
    assert last.text == "Admin Nasional: Mohon segera ditangani."
    assert office.complaint(sent).status == "received"
    assert [each.state for each in office.news("followup")] == ["noted"]


def test_a_long_thread_is_read_to_its_end(office: Office, sent: uuid.UUID) -> None:
    number = office.external_id(sent)
    for each in range(105):  # the client asks for pages of 100
        office.simulator.add_followup(number, f"Kabar {each}")
    office.poll()
    assert office.history(sent)[-1].text == "Admin Nasional: Kabar 104"
    assert len(office.history(sent)) == 106


def test_our_own_answers_do_not_come_back_as_news(office: Office, sent: uuid.UUID) -> None:
    answered(office, sent)
    before = acts(office, sent)
    office.poll()
    assert acts(office, sent) == before
    assert [each.state for each in office.news("followup")] == ["ignored"]
    assert {each.state for each in office.news("status")} == {"ignored"}, "they moved the status there"


def test_an_answer_of_ours_is_known_again_before_its_delivery_is_recorded(
    office: Office, sent: uuid.UUID
) -> None:
    office.simulator.add_fault("error_after_commit", endpoint="add_followup", remaining=1)
    answered(office, sent)
    assert [each.state for each in office.messages()] == ["delivered", "pending"]
    office.hurry()
    office.poll()
    assert [each.state for each in office.news("followup")] == ["ignored"]
    assert office.deliver() == 1
    (there,) = office.filed()
    assert len(there["followups"]) == 1
    assert len(office.history(sent)) == 3


def test_a_status_goes_through_the_same_act_as_an_officers(office: Office, sent: uuid.UUID) -> None:
    office.simulator.set_status(office.external_id(sent), "Terverifikasi")
    office.poll()
    complaint = office.complaint(sent)
    assert (complaint.status, complaint.classification) == ("verified", "unsupervised")
    assert complaint.verified_at is not None
    assert complaint.answer_due_at is not None
    assert complaint.external["sp4n"]["status_name"] == "Terverifikasi"
    assert acts(office, sent)[-1] == ("verify", "sp4n", "verified")
    link = office.link(sent)
    assert link is not None
    assert link.status_raw == "Terverifikasi"
    assert office.messages()[-1].topic == "sp4n.create", "what came from there is not sent back"


def test_changes_between_two_polls_are_applied_in_their_order(office: Office, sent: uuid.UUID) -> None:
    number = office.external_id(sent)
    office.simulator.set_status(number, "Terverifikasi")
    office.simulator.set_status(number, "Diarsipkan oleh Admin", note="Bukan urusan layanan publik")
    office.poll()
    assert acts(office, sent)[1:] == [("verify", "sp4n", "verified"), ("archive", "sp4n", "archived")]
    assert office.history(sent)[-1].text == (
        "Status di SP4N-LAPOR!: Diarsipkan oleh Admin. Bukan urusan layanan publik"
    )


def test_the_reporters_reply_there_reaches_the_officers(office: Office, sent: uuid.UUID) -> None:
    answered(office, sent)
    office.simulator.add_followup(office.external_id(sent), "Masih berlubang, Pak.", from_name="Pelapor")
    office.poll()
    assert office.complaint(sent).status == "reporter_replied"
    assert [each.text for each in office.history(sent)[-2:]] == [
        "Pelapor: Masih berlubang, Pak.",
        "Status di SP4N-LAPOR!: Ditanggapi oleh Pelapor",
    ]


def test_closed_there_closes_an_answered_case_and_only_tells_of_an_open_one(office: Office) -> None:
    open_case, answered_case = office.file(), office.file()
    office.deliver()
    answered(office, answered_case)
    for each in (open_case, answered_case):
        office.simulator.set_status(office.external_id(each), "Ditutup oleh Sistem")
    office.poll()
    assert office.complaint(answered_case).status == "completed"
    assert office.complaint(answered_case).closed_by == "sp4n"
    assert office.complaint(open_case).status == "received"
    assert acts(office, open_case)[-1] == ("sp4n", "sp4n", "received")
    assert office.history(open_case)[-1].text == "Status di SP4N-LAPOR!: Ditutup oleh Sistem"


def test_news_older_than_the_last_act_only_goes_on_the_timeline(office: Office, sent: uuid.UUID) -> None:
    answered(office, sent)
    office.simulator.set_status(office.external_id(sent), "Ditutup oleh Admin")
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        office.do(handling.respond, sent, DESK, text="Kami perbarui: pekerjaan ulang besok.")
    office.poll()
    assert office.complaint(sent).status == "responded"
    assert acts(office, sent)[-1] == ("sp4n", "sp4n", "responded")


@pytest.mark.parametrize("state", list(RemoteState))
def test_every_state_of_the_table_can_be_applied(office: Office, state: RemoteState) -> None:
    """Applied, noted or ignored, never an error; and the history stays one unbroken chain."""
    complaint_id = office.file()
    with office.scope(), unit_of_work():
        first = national.apply_status(complaint_id, state.value, text="Kabar dari sana")
    with office.scope(), unit_of_work():
        again = national.apply_status(complaint_id, state.value, text="Kabar dari sana")
    reached = office.complaint(complaint_id).status
    if state.value in ("verified", "assigned", "archived", "deferred"):
        assert (first, again) == ("applied", "ignored")
        assert reached == ("verified" if state is RemoteState.ASSIGNED else state.value)
    else:
        assert first == ("ignored" if state.value in ("received", "reporter_replied") else "noted")
        assert reached == "received"
    previous = ""
    for entry in office.history(complaint_id):
        assert entry.previous_hash == previous
        assert engine.digest(entry) == entry.hash
        previous = entry.hash


def test_an_unknown_status_waits_for_a_person(office: Office, sent: uuid.UUID) -> None:
    office.simulator.set_status(office.external_id(sent), "Menunggu Review Inspektorat")
    office.poll()
    office.poll()
    assert office.complaint(sent).status == "received"
    assert len(office.history(sent)) == 1, "nothing is guessed"
    waiting = [each for each in office.news("status") if each.state == "waiting"]
    assert [each.outcome for each in waiting] == ["Status “Menunggu Review Inspektorat” perlu pemetaan"]
    view = office.do(sync_views.sync_of, [sent])[sent]
    assert (view.state, view.cause) == (
        "needs_person",
        "Status SP4N “Menunggu Review Inspektorat” perlu pemetaan",
    )
    assert office.do(upkeep.state).unmapped == {waiting[0].outcome: 1}
    office.do(upkeep.map_value, "status", "menunggu review inspektorat", "verified")
    office.poll()
    assert office.complaint(sent).status == "verified"
    assert office.do(sync_views.sync_of, [sent])[sent].state == "synced"
    assert office.do(upkeep.state).unmapped == {}


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
    assert [each.outcome for each in office.news("report")] == ["Laporan dari sini"]
    assert office.deliver() == 1
    assert len(office.filed()) == 1
    assert office.link(complaint_id) is not None


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
    before = office.simulator.requests(client_id=office.account.client_id)
    assert len(before) == 1
    with office.scope():
        poll()
    assert office.simulator.requests(client_id=office.account.client_id) == before
    next_poll_at = office.row().next_poll_at
    assert next_poll_at is not None
    assert timedelta(seconds=50) < next_poll_at - clock.now() <= timedelta(seconds=60)


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


def test_messages_of_two_cities_stay_apart(
    app: Flask, make_city: Callable[..., City], office: Office, sent: uuid.UUID
) -> None:
    other = Office(app, make_city(), office.simulator, office.simulator.add_institution())
    other.connect()
    office.simulator.add_followup(office.external_id(sent), "Untuk kota pertama.")
    other.poll()
    assert other.news("followup") == []
    with other.scope(), unit_of_work() as session:
        assert session.scalars(select(Complaint)).all() == []
