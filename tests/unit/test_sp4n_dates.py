"""Dates of the national system: every writing seen in public, and whatever else may come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp4n.contract import WIB, parse_date, parse_instant, write_instant

WITA = timezone(timedelta(hours=8))
MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
START = datetime(1980, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 200 * 365 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("23-02-2023 10:44:05", datetime(2023, 2, 23, 3, 44, 5, tzinfo=UTC)),
        ("23-02-2023 10:44", datetime(2023, 2, 23, 3, 44, tzinfo=UTC)),
        ("3/1/2026", datetime(2026, 1, 2, 17, 0, tzinfo=UTC)),
        ("Kamis, 23 Februari 2023, 10:44", datetime(2023, 2, 23, 3, 44, tzinfo=UTC)),
        ("Jum'at, 24 Februari 2023, 10:44", datetime(2023, 2, 24, 3, 44, tzinfo=UTC)),
        ("Jumat, 4 Desember 2026 pukul 14.20 WIB", datetime(2026, 12, 4, 7, 20, tzinfo=UTC)),
        ("4 Desember 2026 14.20 WITA", datetime(2026, 12, 4, 6, 20, tzinfo=UTC)),
        ("4 desember 2026 14.20 wit", datetime(2026, 12, 4, 5, 20, tzinfo=UTC)),
        ("3 Jan 2026", datetime(2026, 1, 2, 17, 0, tzinfo=UTC)),
        ("17 Agu. 2026", datetime(2026, 8, 16, 17, 0, tzinfo=UTC)),
        (" 17  Aug 2026\n08:00 ", datetime(2026, 8, 17, 1, 0, tzinfo=UTC)),
        ("2026-12-04T07:20:00Z", datetime(2026, 12, 4, 7, 20, tzinfo=UTC)),
        ("2026-12-04T07:20:00.000000+00:00", datetime(2026, 12, 4, 7, 20, tzinfo=UTC)),
        ("2026-12-04 14:20:00", datetime(2026, 12, 4, 7, 20, tzinfo=UTC)),
        ("2026-12-04", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
    ],
)
def test_every_writing_seen_in_public_is_read(raw: str, expected: datetime) -> None:
    assert parse_instant(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        0,
        1700000000,
        True,
        [],
        {},
        "kemarin",
        "31-02-2026 10:00:00",
        "4 Brumaire 2026",
        "23-13-2023",
        "23-02-2023 25:00",
        "0001-01-01",
        "99-99-9999",
        "6340753",
        "20260103",
        "2026-W01-1",
        "4 Desember 2026 besok",
        "٢٣-٠٢-٢٠٢٣",
        "4 Desember 2026 " + " " * 60 + "10:00" * 9,
    ],
)
def test_anything_else_is_unknown(raw: object) -> None:
    assert parse_instant(raw) is None


def test_the_assumed_zone_holds_only_where_none_is_named() -> None:
    assert parse_instant("04-12-2026 14:20:00", WITA) == datetime(2026, 12, 4, 6, 20, tzinfo=UTC)
    assert parse_instant("4 Desember 2026 14.20 WIB", WITA) == datetime(2026, 12, 4, 7, 20, tzinfo=UTC)
    assert parse_instant("2026-12-04T14:20:00+07:00", WITA) == datetime(2026, 12, 4, 7, 20, tzinfo=UTC)


def test_a_calendar_date_is_the_one_on_the_wall() -> None:
    assert parse_date("3 Jan 2026") == date(2026, 1, 3)
    assert parse_date("2026-12-04T20:00:00Z") == date(2026, 12, 5)
    assert parse_date("nanti") is None


@given(MOMENTS, st.sampled_from([WIB, WITA, UTC]))
def test_what_is_written_is_read_back(moment: datetime, zone: timezone) -> None:
    assert parse_instant(write_instant(moment, zone), zone) == moment


@given(MOMENTS, st.sampled_from(["Senin, ", "senin ", ""]), st.sampled_from([", ", " ", " pukul "]))
def test_long_writings_of_any_moment(moment: datetime, weekday: str, before_time: str) -> None:
    text = f"{weekday}{moment.day} {MONTHS[moment.month - 1]} {moment.year}{before_time}{moment:%H.%M.%S}"
    assert parse_instant(text, UTC) == moment


@given(st.text(max_size=80) | st.integers() | st.floats() | st.none() | st.binary())
def test_no_input_raises(raw: object) -> None:
    found = parse_instant(raw)
    assert found is None or found.tzinfo is UTC


def test_an_instant_without_a_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="zone"):
        write_instant(datetime(2026, 12, 4))  # noqa: DTZ001  # the naive value is the case under test
