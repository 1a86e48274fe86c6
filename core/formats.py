"""Dates, numbers, phones and sizes as Indonesian readers write them; pure.

Names and separators are written out here because a page formats hundreds of values, at tens of microseconds
each with a full locale library. The tests hold every function to CLDR.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
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
)
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
ZONE_NAMES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}

_TO_INDONESIAN = str.maketrans(",.", ".,")
_KILOBYTE = 1024
# The two-digit area codes of five large cities; every other area has three digits.
_SHORT_AREA_CODES = ("21", "22", "24", "31", "61")


def zone_name(zone: ZoneInfo) -> str:
    """WIB, WITA or WIT. Raises ValueError for a zone outside Indonesia."""
    try:
        return ZONE_NAMES[zone.key]
    except KeyError:
        raise ValueError(f"not an Indonesian time zone: {zone.key}") from None


def long_date(value: date, zone: ZoneInfo | None = None) -> str:
    """ "Jumat, 4 Desember 2026". An instant needs `zone`, otherwise ValueError: its date depends on it."""
    day = _local_day(value, zone)
    return f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def short_date(value: date, zone: ZoneInfo | None = None) -> str:
    """ "4 Des 2026". An instant needs `zone`, otherwise ValueError."""
    day = _local_day(value, zone)
    return f"{day.day} {SHORT_MONTHS[day.month - 1]} {day.year}"


def long_datetime(at: datetime, zone: ZoneInfo) -> str:
    """ "Jumat, 4 Desember 2026 14.20 WIB" of an aware instant."""
    local = _local(at, zone)
    return f"{long_date(local, zone)} {local:%H.%M} {zone_name(zone)}"


def short_datetime(at: datetime, zone: ZoneInfo) -> str:
    """ "4 Des 14.20" of an aware instant."""
    local = _local(at, zone)
    return f"{local.day} {SHORT_MONTHS[local.month - 1]} {local:%H.%M}"


def weekday_datetime(at: datetime, zone: ZoneInfo) -> str:
    """ "Jumat 4 Des 14.20" of an aware instant."""
    local = _local(at, zone)
    return f"{DAYS[local.weekday()]} {short_datetime(local, zone)}"


def time_of_day(at: datetime, zone: ZoneInfo) -> str:
    """ "14.20" of an aware instant."""
    return f"{_local(at, zone):%H.%M}"


def number(value: int) -> str:
    """ "1.284"."""
    return f"{value:,d}".replace(",", ".")


def decimal(value: float | Decimal, digits: int = 1) -> str:
    """ "3,5" and "4": at most `digits` decimals, halves rounded up as spreadsheets do."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{rounded:,f}".translate(_TO_INDONESIAN)
    text = text.rstrip("0").removesuffix(",") if "," in text else text
    return "0" if text == "-0" else text


def percent(share: float | Decimal) -> str:
    """ "87,5%" of a share from 0 to 1, at most one decimal."""
    return f"{decimal(Decimal(str(share)) * 100)}%"


def phone(e164: str) -> str:
    """ "0812-2170-0800" or "(022) 7103733" of +62…; anything else, such as 112, as it is."""
    if not e164.startswith("+62"):
        return e164
    national = e164[3:]
    if national.startswith("8"):
        digits = "0" + national
        middle = 7 if len(digits) <= 10 else 8
        return f"{digits[:4]}-{digits[4:middle]}-{digits[middle:]}"
    area = 2 if national.startswith(_SHORT_AREA_CODES) else 3
    return f"(0{national[:area]}) {national[area:]}"


def span(seconds: float) -> str:
    """ "3 jam", "12 menit": how long, whole in the largest unit that fits."""
    for size, word in ((86_400, "hari"), (3_600, "jam"), (60, "menit")):
        if seconds >= size:
            return f"{number(int(seconds // size))} {word}"
    return f"{max(0, int(seconds))} detik"


def file_size(size: int) -> str:
    """ "900 B", "312 KB", "1,2 MB" (1 KB = 1024 bytes, as in the upload limit)."""
    if size < _KILOBYTE:
        return f"{size} B"
    if size < 1000 * _KILOBYTE:
        return f"{decimal(size / _KILOBYTE, 0)} KB"
    return f"{decimal(size / _KILOBYTE**2)} MB"


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(zone)


def _local_day(value: date, zone: ZoneInfo | None) -> date:
    if not isinstance(value, datetime):
        return value
    if zone is None:
        raise ValueError("the date of an instant needs a time zone")
    return _local(value, zone)
