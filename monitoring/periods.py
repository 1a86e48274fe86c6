"""The spans of time a dashboard can show, in local dates. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from core.formats import SHORT_MONTHS
from monitoring.indicators import DAY, MONTH

DEFAULT = "tahun"
#: key in the address → words for people
LABELS = {
    "bulan": "Bulan ini",
    "30h": "30 hari terakhir",
    "triwulan": "Triwulan ini",
    DEFAULT: "12 bulan terakhir",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Figures of this grain from `first` to `last`, both included."""

    key: str
    grain: str
    first: date
    last: date


def choose(wanted: str | None, today: date) -> Period:
    """The period of this key as it lies on `today`; an unknown key means the default."""
    key = wanted if wanted in LABELS else DEFAULT
    if key == "30h":
        return Period(key, DAY, today - timedelta(days=29), today)
    this_month = today.replace(day=1)
    back = {"bulan": 0, "triwulan": (today.month - 1) % 3}.get(key, 11)
    return Period(key, MONTH, months_before(this_month, back), this_month)


def months_before(month: date, n: int) -> date:
    """First day of the month `n` months before that of `month`."""
    index = month.year * 12 + month.month - 1 - n
    return date(index // 12, index % 12 + 1, 1)


def months_until(today: date, n: int) -> list[date]:
    """First days of the `n` months that end with the present one, in order."""
    return [months_before(today, back) for back in reversed(range(n))]


def month_label(month: date) -> str:
    """ "Des 2026"."""
    return f"{SHORT_MONTHS[month.month - 1]} {month.year}"
