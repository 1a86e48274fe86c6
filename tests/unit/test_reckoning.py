"""The dates of a case from its facts: pauses as days off for numpy, extensions, and which date is awaited."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import workflow
from complaints.deadlines import Calendar, SlaRules, Step
from complaints.reckoning import Facts, days_taken, open_pause, pauses_of, periods_of, reckon, turned
from complaints.statute import UNTIL_THE_FIRST, RuleSet, Statute, in_force
from tenants.calendar_source import national_holidays

WIB, WITA, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")
NATIONAL = {day: name for day, name, _ in national_holidays([2025, 2026, 2027])}
MORNING, AFTERNOON = (time(7, 30), time(12)), (time(13), time(16))
HOURS = {
    **dict.fromkeys(range(4), (MORNING, AFTERNOON)),
    4: ((time(7, 30), time(11, 30)), (time(13), time(16, 30))),
}
OFFICE = Calendar(WIB, holidays=NATIONAL, hours=HOURS)
RULES = SlaRules()


def at(month: int, day: int, hour: int = 9, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=WIB)


def paused(begins: datetime, ends: datetime | None) -> dict[str, Any]:
    return {
        "kind": "pause", "step": "clarification", "from": begins.isoformat(), "event": None,
        "until": None if ends is None else ends.isoformat(), "why": "menunggu keterangan pelapor",
    }  # fmt: skip


def extended(days: int, when: datetime) -> dict[str, Any]:
    return {"kind": "extension", "working_days": days, "reason": "Alasan", "at": when.isoformat(),
            "event": None, "by": "Rina"}  # fmt: skip


def filed(received_at: datetime, **more: Any) -> Facts:
    plain: dict[str, Any] = dict.fromkeys(each.name for each in fields(Facts))
    return Facts(
        **(plain | {"received_at": received_at, "waits_for": Step.VERIFICATION, "intervals": ()} | more)
    )


# --- against numpy -----------------------------------------------------------------------------------------

INSTANTS = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[datetime, list[dict[str, Any]]]:
    """A receipt and pauses after it, in order, the last of which may go on."""
    start = draw(INSTANTS)
    moment, found = start, []
    for _ in range(draw(st.integers(0, 4))):
        begins = moment + timedelta(minutes=draw(st.integers(0, 20 * 24 * 60)))
        moment = begins + timedelta(minutes=draw(st.integers(0, 20 * 24 * 60)))
        found.append(paused(begins, moment))
    return start, found


def oracle(calendar: Calendar, intervals: list[dict[str, Any]]) -> np.busdaycalendar:
    """Days off and paused days alike: a pause takes its days when it spans more than one."""
    off = set(calendar.holidays)
    for each in intervals:
        first, last = (
            datetime.fromisoformat(each[end]).astimezone(calendar.tz).date() for end in ("from", "until")
        )
        if first != last:
            off |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    weekmask = [weekday in calendar.work_days for weekday in range(7)]
    return np.busdaycalendar(weekmask=weekmask, holidays=[np.datetime64(day) for day in off])


@given(
    history=histories(),
    zone=st.sampled_from([WIB, WITA, WIT]),
    work_days=st.frozensets(st.integers(0, 6), min_size=1),
    classification=st.sampled_from(workflow.CLASSIFICATIONS),
    extra=st.lists(st.integers(1, 60), max_size=2),
)
def test_every_date_is_that_of_numpy(
    history: tuple[datetime, list[dict[str, Any]]],
    zone: ZoneInfo,
    work_days: frozenset[int],
    classification: str,
    extra: list[int],
) -> None:
    received, intervals = history
    calendar = Calendar(zone, work_days, holidays=NATIONAL, hours=HOURS)
    known = oracle(calendar, intervals)
    facts = filed(
        received,
        verified_at=received,
        assigned_at=received,
        classification=classification,
        waits_for=Step.RESOLUTION,
        intervals=[*intervals, *(extended(days, received) for days in extra)],
    )
    dates = reckon(facts, calendar, RULES)
    limit = RULES.working_days_for(Step.RESOLUTION, classification) + sum(extra)
    for found, days in ((dates.verify, 3), (dates.answer, 5), (dates.complete, limit)):
        assert found is not None
        start = np.datetime64(calendar.local_date(received))
        expected = np.busday_offset(start, days, roll="backward", busdaycal=known).astype(date)
        assert calendar.local_date(found) == expected
        assert found.astimezone(zone).time() == calendar.closing_time(expected)
    assert dates.due == min(dates.answer, dates.complete)  # type: ignore[type-var] # both are known


@given(history=histories(), ends=INSTANTS)
def test_days_taken_are_those_of_numpy(
    history: tuple[datetime, list[dict[str, Any]]], ends: datetime
) -> None:
    received, intervals = history
    if ends <= received:
        ends = received + (received - ends)
    before = [each for each in intervals if datetime.fromisoformat(each["from"]) < ends]
    clipped = [
        {**each, "until": min(datetime.fromisoformat(each["until"]), ends).isoformat()} for each in before
    ]
    first, last = OFFICE.local_date(received), OFFICE.local_date(ends)
    expected = np.busday_count(
        np.datetime64(first) + 1, np.datetime64(last) + 1, busdaycal=oracle(OFFICE, clipped)
    )
    assert days_taken(intervals, OFFICE, received, ends) == expected


# --- by hand -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "verify"),
    [
        (at(3, 16), at(3, 26, 16)),  # before Nyepi and Idul Fitri with their joint leave
        (at(3, 16, 23, 59), at(3, 26, 16)),  # the last minute of the same day
        (at(3, 17, 0, 0), at(3, 27, 16, 30)),  # one minute later; a Friday closes at 16.30
        (at(3, 19, 12), at(3, 27, 16, 30)),  # on a holiday
        (at(12, 30), at(1, 6, 16, year=2027)),  # across the year's end: New Year, then Isra Mikraj on the 5th
        (at(11, 24, 9), at(11, 27, 16, 30)),
    ],
)
def test_verification(received: datetime, verify: datetime) -> None:
    assert reckon(filed(received), OFFICE, RULES).verify == verify


@pytest.mark.parametrize(
    ("zone", "verify"),
    [
        (WIB, datetime(2026, 3, 26, 9, tzinfo=UTC)),  # 23.30 on 16 March
        (WITA, datetime(2026, 3, 27, 8, 30, tzinfo=UTC)),  # already 00.30 on 17 March
        (WIT, datetime(2026, 3, 27, 7, 30, tzinfo=UTC)),
    ],
)
def test_the_same_instant_in_three_zones(zone: ZoneInfo, verify: datetime) -> None:
    calendar = replace_zone(OFFICE, zone)
    assert reckon(filed(datetime(2026, 3, 16, 16, 30, tzinfo=UTC)), calendar, RULES).verify == verify


def replace_zone(calendar: Calendar, zone: ZoneInfo) -> Calendar:
    return Calendar(zone, calendar.work_days, calendar.closes_at, calendar.holidays, calendar.hours)


def test_a_pause_takes_the_working_days_it_touches() -> None:
    # asked on Tuesday, answered on Thursday: three days are not counted
    intervals = [paused(at(11, 24, 15), at(11, 26, 8))]
    assert reckon(filed(at(11, 23), intervals=intervals), OFFICE, RULES).verify == at(12, 1, 16)


def test_a_pause_within_one_day_takes_nothing() -> None:
    intervals = [paused(at(11, 24, 8), at(11, 24, 15, 59))]
    assert reckon(filed(at(11, 23), intervals=intervals), OFFICE, RULES).verify == at(11, 26, 16)


def test_two_pauses_that_meet_on_one_day_take_it_once() -> None:
    intervals = [paused(at(11, 24, 8), at(11, 25, 9)), paused(at(11, 25, 10), at(11, 26, 9))]
    assert [(each.first.day, each.last.day) for each in pauses_of(intervals, OFFICE)] == [(24, 25), (26, 26)]
    assert reckon(filed(at(11, 23), intervals=intervals), OFFICE, RULES).verify == at(12, 1, 16)


def test_a_pause_over_a_holiday_takes_only_working_days() -> None:
    paused_at_leave = [paused(at(12, 23, 10), at(12, 28, 10))]
    assert reckon(filed(at(12, 22), intervals=paused_at_leave), OFFICE, RULES).verify == at(12, 31, 16)


def test_an_extension_moves_completion_alone() -> None:
    facts = filed(at(11, 2), verified_at=at(11, 3), assigned_at=at(11, 3), classification="unsupervised",
                  waits_for=Step.RESOLUTION, first_answered_at=at(11, 4))  # fmt: skip
    before = reckon(facts, OFFICE, RULES)
    after = reckon(replace(facts, intervals=[extended(5, at(11, 10))]), OFFICE, RULES)
    assert (before.complete, before.due) == (at(11, 20, 16, 30), at(11, 20, 16, 30))
    assert (after.complete, after.due) == (at(11, 27, 16, 30), at(11, 27, 16, 30))
    assert (after.verify, after.answer) == (before.verify, before.answer)


def test_a_reopened_case_has_a_new_period_without_the_old_extension() -> None:
    facts = filed(at(11, 2), verified_at=at(11, 3), classification="aspiration", waits_for=Step.RESOLUTION,
                  first_answered_at=at(11, 4), resolution_from=at(11, 16),
                  intervals=[extended(5, at(11, 5)), paused(at(11, 6), at(11, 16))])  # fmt: skip
    assert reckon(facts, OFFICE, RULES).complete == at(11, 23, 16)
    again = replace(facts, intervals=[*facts.intervals, extended(2, at(11, 17))])
    assert reckon(again, OFFICE, RULES).complete == at(11, 25, 16)


def test_the_unit_answers_to_the_earlier_of_both_until_it_has_answered() -> None:
    facts = filed(at(11, 2), verified_at=at(11, 3), assigned_at=at(11, 4), classification="supervised",
                  waits_for=Step.RESOLUTION)  # fmt: skip
    assert reckon(facts, OFFICE, RULES).due == at(11, 11, 16)
    answered = reckon(replace(facts, first_answered_at=at(11, 5)), OFFICE, RULES)
    assert answered.due == answered.complete


def test_the_first_answer_given_before_a_disposition_keeps_its_clock() -> None:
    facts = filed(at(11, 2), verified_at=at(11, 3), first_answered_at=at(11, 4), assigned_at=at(11, 16),
                  classification="aspiration", waits_for=Step.FIRST_RESPONSE)  # fmt: skip
    assert reckon(facts, OFFICE, RULES).answer == at(11, 10, 16)


@pytest.mark.parametrize("status", [workflow.DEFERRED, workflow.RESPONDED])
def test_the_reporter_has_ten_working_days(status: str) -> None:
    intervals = turned([], status, None, at(3, 16, 11))
    facts = filed(at(3, 10), waits_for=workflow.WAITS_FOR[status], intervals=intervals)
    assert reckon(facts, OFFICE, RULES).due == at(4, 7, 16)  # 3 April is a holiday


def test_the_last_answer_counts_for_closing() -> None:
    facts = filed(at(3, 2), verified_at=at(3, 3), classification="unsupervised", responded_at=at(3, 6, 11),
                  waits_for=Step.AUTO_CLOSE, intervals=[paused(at(3, 4), None)])  # fmt: skip
    assert reckon(facts, OFFICE, RULES).due == OFFICE.deadline_at(at(3, 6), 10)


def test_the_clock_stands_and_runs_with_the_status() -> None:
    asked = turned([], workflow.DEFERRED, "a", at(11, 3))
    assert open_pause(asked) == asked[0]
    assert turned(asked, workflow.DEFERRED, "b", at(11, 4)) == asked
    answered = turned(asked, workflow.RECEIVED, "c", at(11, 5))
    assert open_pause(answered) is None
    assert answered[0]["until"] == at(11, 5).isoformat()
    assert turned(answered, workflow.VERIFIED, "d", at(11, 6)) == answered
    told = turned(answered, workflow.RESPONDED, "e", at(11, 7))
    assert turned(told, workflow.COMPLETED, "f", at(11, 9)) == told
    assert turned(asked, workflow.ARCHIVED, "g", at(11, 9)) == asked


def test_a_pause_never_ends_before_it_began() -> None:
    asked = turned([], workflow.DEFERRED, None, at(11, 5))
    ended = turned(asked, workflow.RECEIVED, None, at(11, 4))
    assert ended[0]["until"] == ended[0]["from"]


def test_periods_are_those_of_the_dates() -> None:
    facts = filed(
        at(11, 2), verified_at=at(11, 3), classification="unsupervised", waits_for=Step.FIRST_RESPONSE
    )
    periods, dates = periods_of(facts, OFFICE, RULES), reckon(facts, OFFICE, RULES)
    assert [period.ends_at for period in periods.values()] == [dates.verify, dates.answer, dates.complete]


# --- rule sets ---------------------------------------------------------------------------------------------

OLD = RuleSet(date(2018, 12, 31), SlaRules(), "Peraturan lama")
NEW = RuleSet(date(2026, 12, 1), SlaRules(verification=2, unsupervised=10), "Peraturan baru")


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (datetime(2018, 12, 30, 16, 59, tzinfo=UTC), UNTIL_THE_FIRST),  # 23.59 local
        (datetime(2018, 12, 30, 17, 0, tzinfo=UTC), OLD),
        (datetime(2026, 11, 30, 16, 59, tzinfo=UTC), OLD),
        (datetime(2026, 11, 30, 17, 0, tzinfo=UTC), NEW),
    ],
)
def test_the_set_in_force_on_the_local_day_of_receipt(received: datetime, expected: RuleSet) -> None:
    law = Statute(OFFICE, OLD.rules, OLD.legal_basis, sets=(OLD, NEW))
    assert in_force(law.sets, law.on(received)) is expected
    judged = law.received(received)
    assert (judged.rules, judged.legal_basis) == (expected.rules, expected.legal_basis)
