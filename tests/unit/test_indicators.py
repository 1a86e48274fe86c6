"""Indicators: exact against the written-out list, and a case's cells against its snapshots."""

import statistics
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.events import Snapshot
from complaints.workflow import COMPLETED, KINDS, OFFICER_TURN, OPEN_STATUSES, STATUSES
from monitoring import indicators as i
from monitoring import page, periods

counts = st.dictionaries(st.integers(0, 400), st.integers(0, 30), max_size=25)
instants = st.integers(0, 189_000_000_000_000).map(
    lambda microseconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
dates = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def written_out(histogram):
    return [value for value, count in histogram.items() for _ in range(count)]


@st.composite
def snapshots(draw):
    status = draw(st.sampled_from(STATUSES))
    completed = status == COMPLETED
    return Snapshot(
        status=status,
        kind=draw(st.sampled_from(KINDS)),
        received_on=draw(dates),
        due_at=draw(instants) if status in OFFICER_TURN else None,
        verify_days=draw(st.none() | st.integers(0, 300)),
        answer_days=draw(st.none() | st.integers(0, 300)),
        closed_on=draw(dates) if completed else None,
        was_on_time=draw(st.booleans()) if completed else None,
        reopened=draw(st.integers(0, 2)),
    )


@given(counts)
def test_median_is_that_of_the_written_out_list(histogram):
    values = written_out(histogram)
    assert i.median(histogram) == (statistics.median(values) if values else None)


@given(counts, st.integers(1, 100))
def test_percentile_is_the_nearest_rank(histogram, percent):
    values = sorted(written_out(histogram))
    expected = values[ceil(len(values) * percent / 100) - 1] if values else None
    assert i.percentile(histogram, percent) == expected


@pytest.mark.parametrize("percent", [0, 101])
def test_percentile_refuses_what_is_no_percentage(percent):
    with pytest.raises(ValueError, match="1 to 100"):
        i.percentile({1: 1}, percent)


def test_a_count_below_zero_counts_nobody():
    assert i.median({1: -2, 4: 1}) == 4
    assert i.share_up_to({1: -2, 4: 1}, 3) == i.Share(0, 1)
    assert i.on_time_share({i.ON_TIME: -1, i.LATE: 2}) == i.Share(0, 2)


@given(counts, st.integers(0, 400))
def test_share_up_to_is_the_part_of_the_list(histogram, limit):
    values = written_out(histogram)
    within = sum(value <= limit for value in values)
    expected = i.Share(within / len(values), len(values)) if values else i.Share(None, 0)
    assert i.share_up_to(histogram, limit) == expected


def test_on_time_share():
    assert i.on_time_share({i.ON_TIME: 7, i.LATE: 1}) == i.Share(0.875, 8)
    assert i.on_time_share({}) == i.Share(None, 0)


@given(instants)
def test_a_minute_cell_leads_back_to_its_minute(at):
    _, on, bucket = i.minute_cell(i.UNSENT, at)
    assert i.minute_of(on, bucket) == at.replace(second=0, microsecond=0)


@given(instants, st.integers(-3000, 3000))
def test_a_deadline_is_past_from_its_own_instant_on(now, minutes):
    """Deadlines lie on full minutes: late means later than the deadline, not from its minute on."""
    due = now.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    _, on, bucket = i.minute_cell(i.OPEN_DUE, due)
    assert ((on, bucket) < i.first_minute_not_past(now)) == (now > due)


@given(st.lists(snapshots(), min_size=1, max_size=8))
def test_the_changes_of_a_case_sum_up_to_its_present_state(states):
    total: Counter[i.Cell] = Counter()
    before = None
    for after in states:
        for cell, delta in i.difference(before, after).items():
            assert delta
            total[cell] += delta
        before = after
    assert {cell: n for cell, n in total.items() if n} == dict(i.cells_of(states[-1]))


@given(snapshots())
def test_what_a_case_counts_as(case):
    by_metric = Counter[str]()
    for (metric, _, _), n in i.cells_of(case).items():
        by_metric[metric] += n
    assert by_metric[i.RECEIVED] == 1
    assert by_metric[i.OPEN] == (case.status in OPEN_STATUSES)
    assert by_metric[i.OPEN_DUE] == (case.status in OFFICER_TURN)
    assert by_metric[i.CLOSED] == (case.status == COMPLETED)
    assert by_metric[i.REOPENED] == case.reopened


def test_a_reopened_case_is_never_on_time():
    closed = Snapshot(
        COMPLETED, "complaint", date(2026, 3, 2), None, 1, 2, date(2026, 3, 9), was_on_time=True, reopened=0
    )
    assert i.cells_of(closed)[i.CLOSED, date(2026, 3, 9), i.ON_TIME] == 1
    assert i.cells_of(replace(closed, reopened=1))[i.CLOSED, date(2026, 3, 9), i.LATE] == 1


@pytest.mark.parametrize(
    ("age", "text", "token"),
    [
        (timedelta(seconds=-3), "Sedang dikirim", "sinkron"),
        (timedelta(minutes=4, seconds=59), "Sedang dikirim", "sinkron"),
        (timedelta(minutes=5), "Tertua 5 menit", "sinkron"),
        (timedelta(minutes=59), "Tertua 59 menit", "tunggu"),
        (timedelta(minutes=60), "Tertua 1 jam", "tunggu"),
        (timedelta(hours=23, minutes=59), "Tertua 23 jam", "tunggu"),
        (timedelta(days=1), "Tertua 1 hari", "lambat"),
        (timedelta(days=12), "Tertua 12 hari", "lambat"),
    ],
)
def test_backlog_in_words(age, text, token):
    now = datetime(2026, 3, 16, 3, tzinfo=UTC)
    assert i.backlog(now - age, now) == i.Backlog(text, token)


def test_an_empty_backlog_says_so():
    assert i.backlog(None, datetime(2026, 3, 16, tzinfo=UTC)) == i.Backlog("Tidak ada antrean", "selesai")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("bulan", periods.Period("bulan", i.MONTH, date(2026, 2, 1), date(2026, 2, 1))),
        ("30h", periods.Period("30h", i.DAY, date(2026, 1, 15), date(2026, 2, 13))),
        ("triwulan", periods.Period("triwulan", i.MONTH, date(2026, 1, 1), date(2026, 2, 1))),
        ("tahun", periods.Period("tahun", i.MONTH, date(2025, 3, 1), date(2026, 2, 1))),
        ("selamanya", periods.Period("tahun", i.MONTH, date(2025, 3, 1), date(2026, 2, 1))),
        (None, periods.Period("tahun", i.MONTH, date(2025, 3, 1), date(2026, 2, 1))),
    ],
)
def test_periods(wanted, expected):
    assert periods.choose(wanted, date(2026, 2, 13)) == expected


@given(dates, st.integers(1, 36))
def test_months_are_consecutive_and_end_with_the_present_one(today, n):
    months = periods.months_until(today, n)
    assert len(months) == n
    assert months[-1] == today.replace(day=1)
    assert all((b - a).days in (28, 29, 30, 31) for a, b in pairwise(months))


def test_chart_has_every_month_and_states_the_finding():
    months = periods.months_until(date(2026, 1, 20), 3)
    chart = page.chart(months, {(i.RECEIVED, date(2025, 12, 1)): 1200, (i.CLOSED, date(2026, 1, 1)): 84})
    assert [point.label for point in chart.series[0].points] == ["Nov 2025", "Des 2025", "Jan 2026"]
    assert [[point.value for point in line.points] for line in chart.series] == [[0, 1200, 0], [0, 0, 84]]
    assert chart.caption == (
        "Dalam 3 bulan sampai Jan 2026 masuk 1.200 laporan dan selesai 84; bulan terakhir belum lengkap"
    )


def test_a_row_shows_nothing_counted_as_nothing_known():
    city = page.City(7, "Kota Contoh", "kota-contoh", None, None)
    row = page.row(city, "http://kota-contoh.test", page.empty(), datetime(2026, 3, 16, tzinfo=UTC))
    assert (row.received, row.open, row.overdue, row.verified_n, row.closed_n) == (0, 0, 0, 0, 0)
    assert (row.verified_in_time, row.median_first_answer, row.on_time, row.stale_since) == (None,) * 4


@pytest.mark.parametrize(("minutes", "is_stale"), [(30, False), (31, True)])
def test_a_row_tells_how_old_its_figures_are(minutes, is_stale):
    now = datetime(2026, 3, 16, tzinfo=UTC)
    city = page.City(7, "Kota Contoh", "kota-contoh", now - timedelta(minutes=minutes), None)
    row = page.row(city, "http://kota-contoh.test", page.empty(), now)
    assert row.stale_since == (city.folded_at if is_stale else None)
