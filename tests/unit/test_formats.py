"""Indonesian formats, held to CLDR (Babel) and to libphonenumber."""

from __future__ import annotations

import decimal
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from hypothesis import assume, given
from hypothesis import strategies as st

from core import formats
from core.phone import parse_phone

WIB, WITA, WIT = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jayapura")
ZONES = st.sampled_from([WIB, WITA, WIT, ZoneInfo("Asia/Pontianak")])
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
INSTANTS = st.integers(0, 60 * 365 * 24 * 60).map(
    lambda minutes: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
AT = datetime(2026, 12, 4, 7, 20, tzinfo=UTC)


@given(day=DAYS)
def test_dates_are_those_of_cldr(day: date) -> None:
    assert formats.long_date(day) == format_date(day, "EEEE, d MMMM y", locale="id")
    assert formats.short_date(day) == format_date(day, "d MMM y", locale="id")


@given(at=INSTANTS, zone=ZONES)
def test_instants_are_those_of_cldr(at: datetime, zone: ZoneInfo) -> None:
    def oracle(pattern: str) -> str:
        return format_datetime(at, pattern, tzinfo=zone, locale="id")

    assert formats.long_datetime(at, zone) == oracle("EEEE, d MMMM y HH.mm zzz")
    assert formats.short_datetime(at, zone) == oracle("d MMM HH.mm")
    assert formats.weekday_datetime(at, zone) == oracle("EEEE d MMM HH.mm")
    assert formats.time_of_day(at, zone) == oracle("HH.mm")
    assert formats.long_date(at, zone) == oracle("EEEE, d MMMM y")


@given(value=st.integers(-(10**12), 10**12))
def test_numbers_are_those_of_cldr(value: int) -> None:
    assert formats.number(value) == format_decimal(value, locale="id")


@given(value=st.floats(0, 10**9) | st.decimals(0, 10**9, places=4), digits=st.integers(0, 3))
def test_decimals_are_those_of_cldr(value: float | decimal.Decimal, digits: int) -> None:
    pattern = "#,##0." + "#" * digits
    with decimal.localcontext(rounding=decimal.ROUND_HALF_UP):
        assert formats.decimal(value, digits) == format_decimal(value, pattern, locale="id")


@given(share=st.floats(0, 2))
def test_percents_are_those_of_cldr(share: float) -> None:
    with decimal.localcontext(rounding=decimal.ROUND_HALF_UP):
        assert formats.percent(share) == format_percent(share, "#,##0.#%", locale="id")


def test_as_the_pages_show_them() -> None:
    assert formats.long_date(date(2026, 12, 4)) == "Jumat, 4 Desember 2026"
    assert formats.short_date(date(2026, 12, 4)) == "4 Des 2026"
    assert formats.long_datetime(AT, WIB) == "Jumat, 4 Desember 2026 14.20 WIB"
    assert formats.long_datetime(AT, WITA) == "Jumat, 4 Desember 2026 15.20 WITA"
    assert formats.long_datetime(AT, WIT) == "Jumat, 4 Desember 2026 16.20 WIT"
    assert formats.short_datetime(AT, WIB) == "4 Des 14.20"
    assert formats.weekday_datetime(AT, WIB) == "Jumat 4 Des 14.20"
    assert formats.number(1284) == "1.284"
    assert formats.decimal(3.5) == "3,5"
    assert formats.decimal(4.0) == "4"
    assert formats.decimal(100.0, 0) == "100"
    assert formats.decimal(2.25) == "2,3"
    assert formats.decimal(-0.01) == "0"
    assert formats.decimal(-1234.56) == "-1.234,6"
    assert formats.percent(0.875) == "87,5%"
    assert formats.percent(1) == "100%"


def test_the_date_of_an_instant_is_local() -> None:
    late = datetime(2026, 12, 4, 16, 30, tzinfo=UTC)
    assert formats.short_date(late, WIB) == "4 Des 2026"
    assert formats.short_date(late, WIT) == "5 Des 2026"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        formats.long_date(AT)
    with pytest.raises(ValueError, match="time zone"):
        formats.long_datetime(AT.replace(tzinfo=None), WIB)


def test_a_zone_abroad_has_no_name() -> None:
    with pytest.raises(ValueError, match="Asia/Tokyo"):
        formats.zone_name(ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KB"),
        (319_488, "312 KB"),
        (1_023_999, "1.000 KB"),
        (1_024_000, "1 MB"),
        (1_258_291, "1,2 MB"),
        (8 * 1024 * 1024, "8 MB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert formats.file_size(size) == text


@pytest.mark.parametrize(
    ("e164", "text"),
    [
        ("+6281221700800", "0812-2170-0800"),
        ("+62227103733", "(022) 7103733"),
        ("+622125557890", "(021) 25557890"),
        ("+62274512345", "(0274) 512345"),
        ("112", "112"),
        ("+60123456789", "+60123456789"),
    ],
)
def test_phones_as_the_pages_show_them(e164: str, text: str) -> None:
    assert formats.phone(e164) == text


@given(digits=st.from_regex(r"8[1-9][0-9]{7,10}|[2-79][0-9]{6,10}", fullmatch=True))
def test_numbers_are_grouped_as_libphonenumber_does(digits: str) -> None:
    e164 = parse_phone("0" + digits) or ""
    assume(e164)
    oracle = phonenumbers.format_number(
        phonenumbers.parse(e164, None), phonenumbers.PhoneNumberFormat.NATIONAL
    )
    assert formats.phone(e164) == oracle


@pytest.mark.parametrize(
    "typed",
    [
        "081221700800",
        "0812 2170 0800",
        "0812-2170-0800",
        "0812.2170.0800",
        "6281221700800",
        "+62 812-2170-0800",
        "  +62 (812) 2170 0800 ",
        "+620812 2170 0800",
    ],
)
def test_a_mobile_number_however_typed(typed: str) -> None:
    assert parse_phone(typed) == "+6281221700800"


def test_a_landline_is_a_number() -> None:
    assert parse_phone("(022) 7103733") == "+62227103733"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "abc",
        "0812",
        "1708",
        "112",
        "0812 2170 0800 ext 5",
        "0812-FLOWERS",
        "+60 12-345 6789",
        "08" * 30,
        "+",
    ],
)
def test_no_number_of_a_person_here(typed: str) -> None:
    assert parse_phone(typed) is None


@given(text=st.text(max_size=50))
def test_any_text_is_a_number_or_nothing(text: str) -> None:
    e164 = parse_phone(text)
    assert e164 is None or parse_phone(e164) == e164
