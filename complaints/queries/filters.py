"""What an officer asks the inbox for: view, words, filters, place. One canonical query string for all of it.

Everything a client sends is checked here; what is garbled counts as not asked, and is told where a person
wrote it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from complaints import workflow
from complaints.forms.checks import one_line
from complaints.labels import CHANNELS, CLASSIFICATIONS
from complaints.queries import paging
from complaints.queries.views import DEFAULT, VIEWS

SIZES = (25, 50, 100)
USUAL_SIZE = 50
LONGEST_WORDS = 80
LONGEST_QUERY = 1_000
#: filters that name a row of the city, by the column of the complaint they compare
IDS = {
    "kategori": "category_id",
    "kecamatan": "district_id",
    "kelurahan": "village_id",
    "unit": "department_id",
    "penangan": "handler_id",
}
#: filters that name a word of a list
WORDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "status": ("status", workflow.STATUSES),
    "klasifikasi": ("classification", tuple(CLASSIFICATIONS)),
    "saluran": ("channel", tuple(CHANNELS)),
}
#: days of receipt, both included
DAYS = ("dari", "sampai")
KEYS = (*IDS, *WORDS, *DAYS)
LABELS = {
    "kategori": "Kategori",
    "kecamatan": "Kecamatan",
    "kelurahan": "Kelurahan atau desa",
    "unit": "Unit",
    "penangan": "Penangan",
    "status": "Status",
    "klasifikasi": "Klasifikasi",
    "saluran": "Saluran",
    "dari": "Diterima dari",
    "sampai": "Diterima sampai",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked request for a list. `filters` holds key → value as text, in the order of KEYS."""

    view: str = DEFAULT
    words: str = ""
    of_reporter: bool = False  # the words are a reporter's name
    filters: Mapping[str, str] = field(default_factory=dict)
    size: int = USUAL_SIZE
    after: str | None = None
    problems: tuple[str, ...] = ()

    def as_text(self, *, with_page: bool = True, **changes: Any) -> str:
        """The canonical query string; `with_page` keeps the place in the list, `changes` replace fields."""
        asked = replace(self, **changes) if changes else self
        pairs: list[tuple[str, str]] = [("tampilan", asked.view)]
        if asked.words:
            pairs.append(("q", asked.words))
            if asked.of_reporter:
                pairs.append(("di", "pelapor"))
        pairs += [(key, asked.filters[key]) for key in KEYS if key in asked.filters]
        if with_page:
            if asked.size != USUAL_SIZE:
                pairs.append(("per", str(asked.size)))
            if asked.after:
                pairs.append(("setelah", asked.after))
        return urlencode(pairs)

    def without(self, key: str) -> Asked:
        """The same without one filter, from the beginning of the list."""
        left = {name: value for name, value in self.filters.items() if name != key}
        return replace(self, filters=left, after=None)

    @property
    def is_narrowed(self) -> bool:
        """Whether filters or words leave anything out."""
        return bool(self.filters or self.words)


def read(given: Mapping[str, str]) -> Asked:
    """What a request's arguments ask for."""
    view = given.get("tampilan", "")
    size = given.get("per", "")
    after = given.get("setelah")
    problems: list[str] = []
    filters: dict[str, str] = {}
    for key in KEYS:
        typed = given.get(key, "").strip()
        if not typed:
            continue
        value = _value(key, typed)
        if value is not None:
            filters[key] = value
        elif key in DAYS:
            problems.append("Tulis tanggal dengan hari, bulan, dan tahun, misalnya 24/11/2026")
    if all(day in filters for day in DAYS) and filters["dari"] > filters["sampai"]:
        problems.append("Tanggal mulai harus sebelum tanggal akhir")
        filters = {key: value for key, value in filters.items() if key not in DAYS}
    return Asked(
        view=view if view in VIEWS else DEFAULT,
        words=str(one_line(given.get("q", "")))[:LONGEST_WORDS].strip(),
        of_reporter=given.get("di") == "pelapor",
        filters=filters,
        size=int(size) if size.isascii() and size.isdigit() and int(size[:9]) in SIZES else USUAL_SIZE,
        after=after if paging.read_cursor(after) else None,
        problems=tuple(dict.fromkeys(problems)),
    )


def read_query(query: str | None) -> Asked | None:
    """The request behind a canonical query string; None for anything longer or garbled."""
    if not query or len(query) > LONGEST_QUERY:
        return None
    try:
        pairs = parse_qsl(query, strict_parsing=True, max_num_fields=30)
    except ValueError:
        return None
    return read(dict(pairs))


def _value(key: str, typed: str) -> str | None:
    if key in WORDS:
        return typed if typed in WORDS[key][1] else None
    if key in DAYS:
        day = _day(typed)
        return None if day is None else day.isoformat()
    try:
        return str(uuid.UUID(typed))
    except ValueError:
        return None


def _day(typed: str) -> date | None:
    """2026-11-24 as browsers send it, or 24/11/2026 as people write it."""
    parts = typed[:10].replace("/", "-").replace(".", "-").split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    year, month, day = numbers if len(parts[0]) == 4 else numbers[::-1]
    try:
        return date(year, month, day) if 2000 <= year <= 2100 else None
    except ValueError:
        return None


def parameters(filters: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """Values of the filters for a statement. Days become instants of the city's own midnight."""
    values: dict[str, Any] = {}
    for key, value in filters.items():
        if key in IDS:
            values[key] = uuid.UUID(value)
        elif key == "dari":
            values[key] = _midnight(date.fromisoformat(value), zone)
        elif key == "sampai":
            values[key] = _midnight(date.fromisoformat(value) + timedelta(days=1), zone)
        else:
            values[key] = value
    return values


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
