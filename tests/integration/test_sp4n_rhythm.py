"""How often reports are read, by counting the calls of whole days, and what a version spares."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from complaints.acts import handling
from complaints.models import Complaint
from core import clock
from core.db.transaction import unit_of_work
from core.jobs.queue import registry
from sp4n import inbound, seen
from sp4n.models import Sp4nLink
from tests.integration.test_sp4n_parity import case_id, office, row, simulator
from tests.sp4n_office import DESK, Office

__all__ = ["case_id", "office", "simulator"]
EVERY = timedelta(minutes=15)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Days:
    """The clockwork of a city from now on, on a clock of its own."""

    def __init__(self, office: Office, *, lists_incoming: bool) -> None:
        self.office = office
        office.connect(lists_incoming=lists_incoming, poll_seconds=round(EVERY.total_seconds()))
        self.now = clock.now() + EVERY
        self.calls: Counter[str] = Counter()

    def pass_by(self, length: timedelta, meanwhile: Callable[[int], None] = lambda _poll: None) -> None:
        """So much time with a poll every quarter of an hour; `meanwhile` is called after each."""
        account = self.office.account.client_id
        logged = self.office.simulator.requests(client_id=account)
        for number in range(length // EVERY):
            with clock.frozen(self.now):
                self.office.do(inbound.poll)
            meanwhile(number)
            self.now += EVERY
        made = self.office.simulator.requests(client_id=account, after=logged[-1]["id"])
        self.calls = Counter(f"{each['endpoint']} {each['status']}" for each in made)

    def next_reading(self, case: uuid.UUID) -> str:
        """Poll when the report is due; tells what was called of it."""
        due = link(self.office, case).next_check_at
        assert due is not None
        self.now = max(self.now, due)
        self.pass_by(EVERY)
        return ", ".join(
            sorted(each for each in self.calls if not each.startswith(("list", "inst", "templ")))
        )


@pytest.fixture
def settled(office: Office, case_id: uuid.UUID) -> Days:
    """An answered report, identical on both sides, in a city without the list, a few readings later."""
    days = Days(office, lists_incoming=False)
    days.pass_by(timedelta(minutes=75))
    assert row(office, case_id).state == "identical"
    return days


def link(office: Office, case: uuid.UUID) -> Sp4nLink:
    found = office.link(case)
    assert found is not None
    return found


def words(office: Office, case: uuid.UUID) -> list[str | None]:
    return [each.text for each in office.history(case)]


IN_FULL, UNCHANGED = "detail 200, followups 200", "detail 304"


def test_a_quiet_report_is_read_ever_more_rarely(settled: Days) -> None:
    settled.pass_by(DAY)
    assert 8 <= settled.calls["detail 200"] + settled.calls["detail 304"] <= 20, "not 96"
    assert settled.calls["followups 200"] == settled.calls["detail 200"] <= 5, "in full every six hours"
    settled.pass_by(DAY)
    assert settled.calls["detail 200"] + settled.calls["detail 304"] == 8, "every three hours"


def test_a_busy_report_is_read_often_and_each_reply_is_found_soon(settled: Days, case_id: uuid.UUID) -> None:
    office, number = settled.office, settled.office.external_id(case_id)
    found: dict[int, int] = {}

    def reply(poll: int) -> None:
        told = sum("Kabar ke" in (text or "") for text in words(office, case_id))
        found.setdefault(told, poll)
        if poll % 8 == 0:
            office.simulator.add_followup(number, f"Kabar ke-{poll // 8}.")

    settled.pass_by(timedelta(hours=12), reply)
    delays = [found[told] - 8 * (told - 1) for told in range(1, 7)]
    assert max(delays) * EVERY <= HOUR / 2, "at most a quarter of the two hours between them"
    assert 20 <= settled.calls["detail 200"] + settled.calls["detail 304"] <= 48


def test_where_the_list_tells_what_changed_the_reports_are_hardly_read(
    office: Office, case_id: uuid.UUID
) -> None:
    days = Days(office, lists_incoming=True)
    days.pass_by(HOUR)
    days.pass_by(DAY)
    assert days.calls["list 200"] == 96
    assert days.calls["detail 200"] + days.calls["detail 304"] <= 14
    assert days.calls["followups 200"] <= 6


def test_an_ended_report_is_read_once_a_day_and_then_no_more(settled: Days, case_id: uuid.UUID) -> None:
    office = settled.office
    office.simulator.set_status(office.external_id(case_id), "Ditutup oleh Admin")
    settled.pass_by(DAY / 4)
    assert office.complaint(case_id).status == "completed"
    settled.now += timedelta(days=8)
    settled.pass_by(2 * DAY)
    assert settled.calls["detail 200"] + settled.calls["detail 304"] == 2
    settled.now += timedelta(days=30)
    settled.pass_by(EVERY)
    assert link(office, case_id).next_check_at is None
    settled.pass_by(DAY)
    assert settled.calls["detail 200"] + settled.calls["detail 304"] == 0


def test_what_did_not_change_is_read_no_further_and_stays_as_it_is(settled: Days, case_id: uuid.UUID) -> None:
    office = settled.office
    before, compared = link(office, case_id), row(office, case_id).compared_at
    told = words(office, case_id)
    assert settled.next_reading(case_id) == UNCHANGED
    after = link(office, case_id)
    assert after.next_check_at > before.next_check_at  # type: ignore[operator] # both are due some time
    assert after.checked_at > before.checked_at  # type: ignore[operator] # both were read
    assert (after.status_raw, after.changed_at) == (before.status_raw, before.changed_at)
    assert row(office, case_id).compared_at == compared, "a comparison is one that was made"
    assert words(office, case_id) == told


def test_a_change_there_is_read_in_full(settled: Days, case_id: uuid.UUID) -> None:
    office = settled.office
    assert settled.next_reading(case_id) == UNCHANGED
    office.simulator.add_followup(office.external_id(case_id), "Sudah kami teruskan.")
    assert settled.next_reading(case_id) == IN_FULL
    assert words(office, case_id)[-1] == "Admin Nasional: Sudah kami teruskan."


def test_a_reading_that_was_asked_for_is_in_full(settled: Days, case_id: uuid.UUID) -> None:
    """The list, a call, the night and a person all make a report due before its time."""
    office = settled.office
    assert settled.next_reading(case_id) == UNCHANGED
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nLink).values(next_check_at=settled.now))
    assert settled.next_reading(case_id) == IN_FULL


def test_after_an_act_here_both_sides_are_compared_again(settled: Days, case_id: uuid.UUID) -> None:
    office = settled.office
    office.connect(mode="trial")
    assert settled.next_reading(case_id) == UNCHANGED
    with clock.frozen(settled.now):
        office.do(handling.follow_up, case_id, DESK, text="Ini tidak terkirim dalam masa uji.")
    assert settled.next_reading(case_id) == IN_FULL
    assert row(office, case_id).state == "different"
    assert settled.next_reading(case_id) == IN_FULL, "a difference is looked at in full each time"


def test_our_own_answer_there_makes_the_report_due(settled: Days, case_id: uuid.UUID) -> None:
    office = settled.office
    settled.pass_by(DAY)
    with clock.frozen(settled.now):
        office.do(handling.follow_up, case_id, DESK, text="Petugas memeriksa sekali lagi.")
        assert office.deliver() == 1
    assert link(office, case_id).next_check_at == settled.now
    settled.pass_by(HOUR)
    assert settled.calls["detail 200"] + settled.calls["detail 304"] == 4, "at every poll"


def test_a_side_that_always_says_unchanged_is_found_out(settled: Days, case_id: uuid.UUID) -> None:
    office = settled.office
    office.simulator.add_fault("not_modified", client_id=office.account.client_id, endpoint="detail")
    office.simulator.set_status(office.external_id(case_id), "Ditutup oleh Admin")
    settled.pass_by(seen.TRUSTED / 2)
    assert office.complaint(case_id).status != "completed", "it was believed"
    settled.pass_by(seen.TRUSTED)
    assert link(office, case_id).problem == "SP4N menjawab “tidak berubah” tanpa ditanya"
    office.simulator.clear_faults()
    settled.pass_by(inbound.AFTER_FAILURE + EVERY)
    assert office.complaint(case_id).status == "completed"
    assert link(office, case_id).problem is None


@pytest.mark.parametrize("fault", ["shuffled", "doubled", "unknown_status", "long_dates"])
def test_a_spoiled_reading_spares_nothing_later(settled: Days, case_id: uuid.UUID, fault: str) -> None:
    """What was read spoiled is another version than what is true: the true one is read in full."""
    office = settled.office
    number, account = office.external_id(case_id), office.account.client_id
    office.simulator.add_fault(fault, client_id=account, endpoint="detail")
    office.simulator.add_followup(number, "Dibaca dengan gangguan.")
    for _ in range(3):
        settled.next_reading(case_id)
    office.simulator.clear_faults()
    office.simulator.set_status(number, "Ditutup oleh Admin")
    assert settled.next_reading(case_id) == IN_FULL
    assert office.complaint(case_id).status == "completed"
    assert "Admin Nasional: Dibaca dengan gangguan." in words(office, case_id)


def test_without_redis_every_reading_is_in_full(settled: Days, case_id: uuid.UUID) -> None:
    assert settled.next_reading(case_id) == UNCHANGED
    with settled.office.scope():
        registry().redis.delete(*registry().redis.keys(f"tenant:{settled.office.city.id}:sp4n-seen:*"))
    assert settled.next_reading(case_id) == IN_FULL


def test_a_reading_asked_for_during_another_one_stays_due(office: Office, case_id: uuid.UUID) -> None:
    """A call comes in while the report is being read: what it tells of may be missing from that reading."""
    number, asked = office.external_id(case_id), clock.now()
    was_due = link(office, case_id).next_check_at
    assert was_due is not None
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nLink).values(next_check_at=asked))
        inbound._update_link(session, number, was_due, asked + HOUR, problem=None)
    assert link(office, case_id).next_check_at == asked


def test_the_version_of_a_number_that_was_linked_anew_does_not_count(
    settled: Days, case_id: uuid.UUID
) -> None:
    office, number = settled.office, settled.office.external_id(case_id)
    other = office.file()
    with office.scope(), unit_of_work() as session:
        assert session.scalar(select(Complaint.id).where(Complaint.id == other)) == other
        session.execute(
            update(Sp4nLink).values(complaint_id=other, checked_at=None, next_check_at=settled.now)
        )
    with office.scope(), clock.frozen(settled.now):
        assert seen.version_of(number) is None
