"""News from the national side: stored once, applied through the same acts as an officer's, never guessed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from complaints.acts import desk, engine, handling, national
from core import clock
from core.db.transaction import unit_of_work
from sp4n import sync_views, upkeep
from sp4n.mapping import RemoteState
from tests.sp4n_office import DESK, Office


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
