"""Working days against numpy as an independent oracle, and the fixed cases the office would check by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.deadlines import Calendar, DueState, SlaRules, Step
from tenants.calendar_source import national_holidays

WIB, WITA, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")
NATIONAL = {day: name for day, name, _ in national_holidays([2026, 2027])}
OFFICE = Calendar(WIB, holidays=NATIONAL)

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
INSTANTS = st.integers(0, 7 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
CLOSING_TIMES = st.integers(12 * 60, 24 * 60 - 1).map(lambda minutes: time(*divmod(minutes, 60)))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    work_days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    days_off = draw(st.lists(DAYS, max_size=40))
    return Calendar(
        tz=draw(st.sampled_from([WIB, WITA, WIT])),
        work_days=work_days,
        closes_at=draw(
            st.times(time(12), time(23, 59)).map(lambda each: each.replace(second=0, microsecond=0))
        ),
        holidays=dict.fromkeys(days_off, "Libur setempat"),
    )


def oracle(calendar: Calendar) -> np.busdaycalendar:
    weekmask = [weekday in calendar.work_days for weekday in range(7)]
    return np.busdaycalendar(weekmask=weekmask, holidays=[np.datetime64(day) for day in calendar.holidays])


def local(year: int, month: int, day: int, hour: int = 9, minute: int = 0, zone: ZoneInfo = WIB) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


@given(calendar=calendars(), start=DAYS, working_days=st.integers(1, 90))
def test_the_nth_working_day_is_that_of_numpy(calendar: Calendar, start: date, working_days: int) -> None:
    expected = np.busday_offset(
        np.datetime64(start), working_days, roll="backward", busdaycal=oracle(calendar)
    ).astype(date)
    assert calendar.add_working_days(start, working_days) == expected


@given(calendar=calendars(), day=DAYS)
def test_an_open_day_is_that_of_numpy(calendar: Calendar, day: date) -> None:
    assert calendar.is_working_day(day) == bool(np.is_busday(np.datetime64(day), busdaycal=oracle(calendar)))


@given(calendar=calendars(), one=INSTANTS, other=INSTANTS)
def test_days_between_are_those_of_numpy(calendar: Calendar, one: datetime, other: datetime) -> None:
    start, end = sorted([one, other])
    first, last = calendar.local_date(start), calendar.local_date(end)
    expected = np.busday_count(np.datetime64(first) + 1, np.datetime64(last) + 1, busdaycal=oracle(calendar))
    assert calendar.working_days_between(start, end) == expected


@given(calendar=calendars(), received=INSTANTS, working_days=st.integers(1, 60))
def test_a_deadline_is_a_working_day_at_closing_time(
    calendar: Calendar, received: datetime, working_days: int
) -> None:
    deadline = calendar.deadline_at(received, working_days)
    at_office = deadline.astimezone(calendar.tz)
    assert deadline.tzinfo is UTC
    assert deadline > received
    assert at_office.time() == calendar.closes_at
    assert calendar.is_working_day(at_office.date())
    assert calendar.working_days_between(received, deadline) == working_days


@given(calendar=calendars(), received=INSTANTS, working_days=st.integers(1, 60))
def test_the_explanation_counts_to_the_deadline(
    calendar: Calendar, received: datetime, working_days: int
) -> None:
    lines = calendar.explain(received, working_days)
    assert sum(line.counts for line in lines) == working_days
    assert lines[0].date == calendar.local_date(received)
    assert lines[-1].date == calendar.local_date(calendar.deadline_at(received, working_days))
    assert [line.date for line in lines] == [
        lines[0].date + timedelta(days=number) for number in range(len(lines))
    ]


def test_the_week_of_nyepi_and_idul_fitri() -> None:
    assert OFFICE.add_working_days(date(2026, 3, 16), 3) == date(2026, 3, 26)


def test_joint_leave_is_what_moves_it() -> None:
    only_public = {day: name for day, name, category in national_holidays([2026]) if category == "public"}
    assert Calendar(WIB, holidays=only_public).add_working_days(date(2026, 3, 16), 3) == date(2026, 3, 20)


@pytest.mark.parametrize(
    ("received", "last"),
    [
        (local(2026, 11, 24, 9), date(2026, 11, 27)),  # Tuesday morning
        (local(2026, 11, 24, 23, 59), date(2026, 11, 27)),  # the last minute of the same day
        (local(2026, 11, 25, 0, 0), date(2026, 11, 30)),  # one minute later
        (local(2026, 11, 28, 12), date(2026, 12, 2)),  # Saturday
        (local(2026, 3, 19, 12), date(2026, 3, 27)),  # Nyepi, inside the long leave
        (local(2026, 12, 23, 15), date(2026, 12, 30)),  # before joint leave and Christmas
    ],
)
def test_three_working_days_from(received: datetime, last: date) -> None:
    assert OFFICE.deadline_at(received, 3) == local(last.year, last.month, last.day, 16)


@pytest.mark.parametrize(("zone", "hour"), [(WIB, 9), (WITA, 8), (WIT, 7)])
def test_closing_time_is_local(zone: ZoneInfo, hour: int) -> None:
    deadline = Calendar(zone).deadline_at(datetime(2026, 11, 24, 2, tzinfo=UTC), 1)
    assert deadline == datetime(2026, 11, 25, hour, tzinfo=UTC)


def test_the_same_instant_is_another_day_further_east() -> None:
    at = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 22.30 WIB, 00.30 WIT of the next day
    assert Calendar(WIB).deadline_at(at, 1).astimezone(WIB).date() == date(2026, 11, 25)
    assert Calendar(WIT).deadline_at(at, 1).astimezone(WIT).date() == date(2026, 11, 26)


def test_a_six_day_week_and_another_closing_time() -> None:
    clinic = Calendar(WIB, work_days=frozenset(range(6)), closes_at=time(14, 30))
    assert clinic.deadline_at(local(2026, 11, 27), 1) == local(2026, 11, 28, 14, 30)


def test_between_is_zero_on_the_same_day_and_backwards() -> None:
    assert OFFICE.working_days_between(local(2026, 11, 24, 8), local(2026, 11, 24, 15)) == 0
    assert OFFICE.working_days_between(local(2026, 11, 27), local(2026, 11, 24)) == 0


@pytest.mark.parametrize(
    ("now", "state", "working_days"),
    [
        (local(2026, 11, 20, 9), DueState.RUNNING, 4),
        (local(2026, 11, 25, 9), DueState.DUE_TOMORROW, 1),
        (local(2026, 11, 26, 9), DueState.DUE_TODAY, 0),
        (local(2026, 11, 26, 16), DueState.DUE_TODAY, 0),
        (local(2026, 11, 26, 16, 1), DueState.LATE, 0),
        (local(2026, 11, 27, 0, 0), DueState.LATE, 1),
        (local(2026, 11, 29, 12), DueState.LATE, 1),
        (local(2026, 11, 30, 8), DueState.LATE, 2),
    ],
)
def test_remaining(now: datetime, state: DueState, working_days: int) -> None:
    left = OFFICE.remaining(local(2026, 11, 26, 16), now)
    assert (left.state, left.working_days) == (state, working_days)


def test_a_monday_deadline_is_not_tomorrow_on_friday() -> None:
    left = OFFICE.remaining(local(2026, 11, 30, 16), local(2026, 11, 27, 10))
    assert (left.state, left.working_days) == (DueState.RUNNING, 1)


def test_the_explanation_names_each_day() -> None:
    lines = OFFICE.explain(local(2026, 12, 23, 15), 2)
    assert [(line.date.day, line.text, line.counts) for line in lines] == [
        (23, "Hari laporan diterima, tidak dihitung", False),
        (24, "Libur: Cuti Bersama Hari Raya Natal", False),
        (25, "Libur: Hari Raya Natal", False),
        (26, "Bukan hari kerja", False),
        (27, "Bukan hari kerja", False),
        (28, "Hari kerja ke-1", True),
        (29, "Hari kerja ke-2, batas waktu pukul 16.00", True),
    ]


@pytest.mark.parametrize("work_days", [frozenset[int](), frozenset({7}), frozenset({-1, 2})])
def test_a_week_without_a_working_day_is_refused(work_days: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="weekday"):
        Calendar(WIB, work_days=work_days)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        OFFICE.deadline_at(local(2026, 11, 24).replace(tzinfo=None), 3)


def test_counting_backward_is_refused() -> None:
    with pytest.raises(ValueError, match="forward"):
        OFFICE.add_working_days(date(2026, 11, 24), -1)


@pytest.mark.parametrize(
    ("step", "classification", "working_days"),
    [
        (Step.VERIFICATION, None, 3),
        (Step.FIRST_RESPONSE, "supervised", 5),
        (Step.CLARIFICATION, None, 10),
        (Step.AUTO_CLOSE, None, 10),
        (Step.RESOLUTION, "information_request", 5),
        (Step.RESOLUTION, "aspiration", 5),
        (Step.RESOLUTION, "unsupervised", 14),
        (Step.RESOLUTION, "supervised", 60),
    ],
)
def test_published_periods(step: Step, classification: str | None, working_days: int) -> None:
    assert SlaRules().working_days_for(step, classification) == working_days


def test_a_tenant_may_promise_less() -> None:
    assert SlaRules(unsupervised=10).working_days_for(Step.RESOLUTION, "unsupervised") == 10


@pytest.mark.parametrize("classification", [None, "urgent"])
def test_a_resolution_needs_a_known_classification(classification: str | None) -> None:
    with pytest.raises(ValueError, match="classification"):
        SlaRules().working_days_for(Step.RESOLUTION, classification)


@pytest.mark.parametrize("working_days", [0, -3, 367])
def test_a_limit_out_of_range_is_refused(working_days: int) -> None:
    with pytest.raises(ValueError, match="verification"):
        SlaRules(verification=working_days)


def test_both_categories_of_2026_come_sorted_once_a_day() -> None:
    rows = national_holidays([2026])
    days = [day for day, _, _ in rows]
    assert days == sorted(set(days))
    assert (date(2026, 3, 19), "Hari Suci Nyepi", "public") in rows
    assert (date(2026, 3, 18), "Cuti Bersama Hari Suci Nyepi", "government") in rows
    assert [sum(each == wanted for _, _, each in rows) for wanted in ("public", "government")] == [17, 8]


# --- office hours ------------------------------------------------------------------------------------------

HOURS = {
    **dict.fromkeys(range(4), ((time(7, 30), time(12)), (time(13), time(16)))),
    4: ((time(7, 30), time(11, 30)), (time(13), time(16, 30))),
}
SPLIT = Calendar(WIB, holidays=NATIONAL, hours=HOURS)


def test_a_deadline_ends_with_the_last_span_of_its_day() -> None:
    assert SPLIT.deadline_at(local(2026, 11, 24), 2) == local(2026, 11, 26, 16)
    assert SPLIT.deadline_at(local(2026, 11, 24), 3) == local(2026, 11, 27, 16, 30)
    assert SPLIT.explain(local(2026, 11, 24), 3)[-1].text == "Hari kerja ke-3, batas waktu pukul 16.30"


def test_a_day_without_spans_of_its_own_closes_as_the_city_does() -> None:
    six = Calendar(WIB, frozenset(range(6)), time(13), hours=HOURS)
    assert six.deadline_at(local(2026, 11, 27), 1) == local(2026, 11, 28, 13)


@pytest.mark.parametrize(
    "spans",
    [
        ((time(13), time(16)), (time(7, 30), time(12))),
        ((time(8), time(12)), (time(11), time(16))),
        ((time(8), time(12)), (time(12), time(16))),
        ((time(16), time(8)),),
    ],
)
def test_spans_out_of_order_are_refused(spans: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="spans"):
        Calendar(WIB, hours={0: spans})


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (local(2026, 11, 24, 8), local(2026, 11, 24, 9), 60),
        (local(2026, 11, 24, 11, 30), local(2026, 11, 24, 13, 30), 60),  # over the break
        (local(2026, 11, 24, 5), local(2026, 11, 24, 23), 450),
        (local(2026, 11, 27, 16), local(2026, 11, 30, 8), 60),  # Friday till 16.30, over the weekend
        (local(2026, 3, 17, 15), local(2026, 3, 25, 8), 90),  # over Nyepi and Idul Fitri
        (local(2026, 11, 24, 9), local(2026, 11, 24, 8), 0),
    ],
)
def test_office_time_between(start: datetime, end: datetime, minutes: int) -> None:
    assert SPLIT.working_minutes_between(start, end) == minutes


SHORT = st.integers(0, 30 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
PLACES = st.sampled_from([SPLIT, Calendar(WIT, frozenset({0, 5}), time(6), NATIONAL, HOURS)])


def open_minutes(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Minute by minute, from the definition alone."""
    count, moment = 0, start
    while moment < end:
        office = moment.astimezone(calendar.tz)
        spans = HOURS.get(office.weekday()) or ((time(0), calendar.closes_at),)
        is_open = office.weekday() in calendar.work_days and office.date() not in calendar.holidays
        count += is_open and any(opens <= office.time() < closes for opens, closes in spans)
        moment += timedelta(minutes=1)
    return count


@settings(max_examples=25, deadline=None)
@given(calendar=PLACES, one=SHORT, other=SHORT)
def test_office_time_is_that_of_a_count_by_minutes(
    calendar: Calendar, one: datetime, other: datetime
) -> None:
    start, end = sorted([one, other])
    assert calendar.working_minutes_between(start, end) == open_minutes(calendar, start, end)


@given(calendar=PLACES, start=SHORT, minutes=st.integers(0, 10_000))
def test_adding_office_time_is_the_way_back(calendar: Calendar, start: datetime, minutes: int) -> None:
    reached = calendar.add_working_minutes(start, minutes)
    assert reached >= start
    assert calendar.working_minutes_between(start, reached) == minutes
    if minutes:  # and not a minute later than needed
        assert calendar.working_minutes_between(start, reached - timedelta(minutes=1)) == minutes - 1


def test_office_time_is_counted_forward_only() -> None:
    with pytest.raises(ValueError, match="forward"):
        SPLIT.add_working_minutes(local(2026, 11, 24), -1)
