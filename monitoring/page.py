"""The province's page in values: sums in, what the template shows out. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core import formats
from monitoring import indicators, periods
from monitoring.indicators import (
    ANSWER_DAYS,
    AT_PROVINCE,
    CLOSED,
    ESCALATED,
    OPEN,
    OPEN_DUE,
    PARITY,
    RECEIVED,
    VERIFIED_DAYS,
)

#: figures older than this tell of a stopped worker or scheduler
STALE_AFTER = timedelta(minutes=30)

#: what a city adds up to: metric → bucket → value
Sums = defaultdict[str, Counter[int]]


@dataclass(frozen=True, slots=True)
class City:
    """A city of the province, and how far its figures are. Instants are UTC."""

    id: int
    name: str
    slug: str
    folded_at: datetime | None
    oldest_unsent: datetime | None


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole province. `on_time` from 0 to 1, None where nothing was completed."""

    received: int
    open: int
    overdue: int
    on_time: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One city. Shares are 0 to 1, beside the number they rest on; answers are counted in working days.

    `escalated` climbed to the province in the period, `at_province` stand there now.
    """

    name: str
    slug: str
    host_url: str
    received: int
    open: int
    overdue: int
    verified_in_time: float | None
    verified_n: int
    median_first_answer: float | None
    p90_first_answer: int | None
    on_time: float | None
    closed_n: int
    escalated: int
    at_province: int
    parity: float | None
    parity_n: int
    backlog_text: str
    backlog_token: str
    stale_since: datetime | None


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a line."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the chart with its look."""

    label: str
    dash: str
    color: str
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over months and the finding in a sentence."""

    caption: str
    series: list[Line]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The page. `as_of` is when changes were last added up."""

    as_of: datetime
    totals: Totals
    rows: list[Row]
    chart: Chart | None


def empty() -> Sums:
    """No sums yet; every metric reads as nothing counted."""
    return defaultdict(Counter)


def row(city: City, host_url: str, sums: Sums, now: datetime) -> Row:
    """A city's line in the table."""
    verified = indicators.share_up_to(sums[VERIFIED_DAYS], indicators.VERIFICATION_WORKING_DAYS)
    on_time = indicators.on_time_share(sums[CLOSED])
    parity = indicators.parity_share(sums[PARITY])
    backlog = indicators.backlog(city.oldest_unsent, now)
    is_stale = city.folded_at is not None and now - city.folded_at > STALE_AFTER
    return Row(
        name=city.name,
        slug=city.slug,
        host_url=host_url,
        received=sums[RECEIVED].total(),
        open=sums[OPEN].total(),
        overdue=sums[OPEN_DUE].total(),
        verified_in_time=verified.value,
        verified_n=verified.n,
        median_first_answer=indicators.median(sums[ANSWER_DAYS]),
        p90_first_answer=indicators.percentile(sums[ANSWER_DAYS], 90),
        on_time=on_time.value,
        closed_n=on_time.n,
        escalated=sums[ESCALATED].total(),
        at_province=sums[AT_PROVINCE].total(),
        parity=parity.value,
        parity_n=parity.n,
        backlog_text=backlog.text,
        backlog_token=backlog.token,
        stale_since=city.folded_at if is_stale else None,
    )


def totals(cities: Iterable[Sums]) -> Totals:
    """All cities together."""
    whole = empty()
    for sums in cities:
        for metric in (RECEIVED, OPEN, OPEN_DUE, CLOSED):
            whole[metric].update(sums[metric])
    return Totals(
        received=whole[RECEIVED].total(),
        open=whole[OPEN].total(),
        overdue=whole[OPEN_DUE].total(),
        on_time=indicators.on_time_share(whole[CLOSED]).value,
    )


def chart(months: list[date], monthly: Mapping[tuple[str, date], int]) -> Chart:
    """Received against completed, month by month; `monthly` maps (metric, first of month) to the sum."""

    def line(label: str, metric: str, dash: str, color: str) -> Line:
        points = [Point(periods.month_label(month), monthly.get((metric, month), 0)) for month in months]
        return Line(label, dash, color, points)

    series = [line("Masuk", RECEIVED, "", "#0a489f"), line("Selesai", CLOSED, "8 5", "#b45309")]
    received, completed = (formats.number(sum(point.value for point in each.points)) for each in series)
    return Chart(
        f"Dalam {len(months)} bulan sampai {periods.month_label(months[-1])} masuk {received} laporan"
        f" dan selesai {completed}; bulan terakhir belum lengkap",
        series,
    )
