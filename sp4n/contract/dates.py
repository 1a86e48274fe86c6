"""Dates as the national system and its exports write them, read into aware UTC instants. Never raises."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

# The API gives no zone. Public clients treat its times as Western Indonesian Time; no source confirms it.
WIB = timezone(timedelta(hours=7), "WIB")
WIRE_FORMAT = "%d-%m-%Y %H:%M:%S"

_ZONES = {
    "WIB": WIB,
    "WITA": timezone(timedelta(hours=8), "WITA"),
    "WIT": timezone(timedelta(hours=9), "WIT"),
}
_MAX_LENGTH = 64
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari pebruari february feb peb",
            "maret march mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agu agt ags aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = (
    r"(?:[ T,]+(?:pukul\s+)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?"
    r"(?:\s*(?P<zone>WIB|WITA|WIT))?)?"
)
_NUMERIC = re.compile(
    r"(?P<day>\d{1,2})[-/](?P<month>\d{1,2})[-/](?P<year>\d{4})" + _TIME, re.ASCII | re.IGNORECASE
)
_WORDS = re.compile(
    r"(?:[a-z']+,?\s+)?(?P<day>\d{1,2})\s+(?P<month>[a-z]+)\.?,?\s+(?P<year>\d{4})" + _TIME,
    re.ASCII | re.IGNORECASE,
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].+)?", re.ASCII)


def parse_instant(raw: object, zone: tzinfo = WIB) -> datetime | None:
    """An aware UTC datetime of `d-m-Y H:i:s`, ISO 8601, "Kamis, 23 Februari 2023, 10:44" or "3 Jan 2026".

    `zone` holds where the text names none. A date without a time is its first minute. None otherwise.
    """
    if not isinstance(raw, str) or len(raw) > _MAX_LENGTH:
        return None
    text = " ".join(raw.split())
    try:
        local = _iso(text) if _ISO.fullmatch(text) else _written(text)
        if local is None:
            return None
        return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_date(raw: object, zone: tzinfo = WIB) -> date | None:
    """The calendar date in `zone` of anything `parse_instant` reads."""
    instant = parse_instant(raw, zone)
    return None if instant is None else instant.astimezone(zone).date()


def write_instant(moment: datetime, zone: tzinfo = WIB) -> str:
    """`d-m-Y H:i:s` in `zone`, as the API writes it. ValueError when `moment` has no zone."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs a zone")
    local = moment.astimezone(zone)
    return f"{local:%d-%m-}{local.year:04d}{local: %H:%M:%S}"


def _iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _written(text: str) -> datetime | None:
    match = _NUMERIC.fullmatch(text) or _WORDS.fullmatch(text)
    if match is None:
        return None
    word = match["month"].lower()
    month = int(word) if word.isdigit() else _MONTHS.get(word)
    if month is None:
        return None
    zone = _ZONES[match["zone"].upper()] if match["zone"] else None
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    return datetime(int(match["year"]), month, int(match["day"]), hour, minute, second, tzinfo=zone)
