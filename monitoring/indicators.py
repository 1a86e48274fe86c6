"""What is counted and how sums become indicators. Pure: no web, no database, no clock.

Invariant: what a case adds to the figures follows from its snapshot alone; a change is the difference of two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil

from complaints.escalation import PROVINCE_LEVEL
from complaints.events import Snapshot
from complaints.workflow import KINDS, OFFICER_TURN, OPEN_STATUSES

DAY, MONTH = "day", "month"

RECEIVED = "received"  # on the day of receipt; bucket: kind of report
VERIFIED_DAYS = "verified_days"  # on the day of receipt; bucket: working days from receipt to verification
ANSWER_DAYS = "answer_days"  # on the day of receipt; bucket: working days from disposition to answer
CLOSED = "closed"  # on the day of completion; bucket: ON_TIME or LATE
REOPENED = "reopened"  # on the day of receipt; counts reopenings, not reports
RATED = "rated"  # on the day of the rating; bucket: score
OPEN = "open"  # gauge on STANDING; bucket: kind of report
OPEN_DUE = "open_due"  # gauge of reports that wait for an officer, at the minute of their deadline (UTC)
ESCALATED = "escalated"  # on the day of the step; reports that climbed to the province
AT_PROVINCE = "at_province"  # gauge on STANDING of open reports that stand at the province's level
PARITY = "parity"  # gauge on STANDING of reports compared with the national side; bucket: PARITY_STATES
UNSENT = "unsent"  # gauge of messages the national system has not taken, at the minute they were made (UTC)

#: gauges say how it stands now; they have no history, hence no sum by month
GAUGES = frozenset({OPEN, OPEN_DUE, AT_PROVINCE, PARITY, UNSENT})
#: the day on which gauges without a date of their own are kept
STANDING = date(2000, 1, 1)
LATE, ON_TIME = 0, 1
PARITY_STATES = (
    "identical", "different", "only_here", "only_there", "unknown", "not_compared", "ignored",
)  # fmt: skip
#: PermenPANRB 62/2018: a report is verified within three working days
VERIFICATION_WORKING_DAYS = 3

#: (metric, day, bucket)
Cell = tuple[str, date, int]


def minute_cell(metric: str, at: datetime) -> Cell:
    """The cell of an instant: its UTC date, and the minute of that day as the bucket (0 to 1439)."""
    utc = at.astimezone(UTC)
    return metric, utc.date(), utc.hour * 60 + utc.minute


def minute_of(on: date, bucket: int) -> datetime:
    """The instant of a minute cell."""
    return datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(minutes=bucket)


def first_minute_not_past(now: datetime) -> tuple[date, int]:
    """UTC date and the first minute of it that is not before `now`: cells below it have passed."""
    utc = now.astimezone(UTC)
    start = utc.replace(hour=0, minute=0, second=0, microsecond=0)
    return start.date(), ceil((utc - start) / timedelta(minutes=1))


def cells_of(case: Snapshot | None) -> Counter[Cell]:
    """What one case adds to the figures as it is now; nothing for a case that is not there yet."""
    cells: Counter[Cell] = Counter()
    if case is None:
        return cells
    kind = KINDS.index(case.kind)
    cells[RECEIVED, case.received_on, kind] = 1
    if case.status in OPEN_STATUSES:
        cells[OPEN, STANDING, kind] = 1
    if case.status in OFFICER_TURN and case.escalation_level >= PROVINCE_LEVEL:
        cells[AT_PROVINCE, STANDING, 0] = 1
    if case.due_at is not None:
        cells[minute_cell(OPEN_DUE, case.due_at)] = 1
    if case.verify_days is not None:
        cells[VERIFIED_DAYS, case.received_on, case.verify_days] = 1
    if case.answer_days is not None:
        cells[ANSWER_DAYS, case.received_on, case.answer_days] = 1
    if case.closed_on is not None:
        # A reopened report was not solved by its first deadline, whatever the second one says.
        on_time = bool(case.was_on_time) and not case.reopened
        cells[CLOSED, case.closed_on, ON_TIME if on_time else LATE] = 1
    if case.reopened:
        cells[REOPENED, case.received_on, 0] = case.reopened
    return cells


def difference(before: Snapshot | None, after: Snapshot) -> dict[Cell, int]:
    """What an act adds to the figures; cells that stay as they are do not appear."""
    cells = cells_of(after)
    cells.subtract(cells_of(before))
    return {cell: delta for cell, delta in cells.items() if delta}


def median(histogram: Mapping[int, int]) -> float | None:
    """The exact median of {value: count}, as of the written-out list; None where nothing was counted."""
    n = size(histogram)
    if n == 0:
        return None
    return (_at_rank(histogram, (n + 1) // 2) + _at_rank(histogram, n // 2 + 1)) / 2


def percentile(histogram: Mapping[int, int], percent: int) -> int | None:
    """The smallest value that `percent` (1 to 100) of the counted do not exceed, by nearest rank."""
    if not 1 <= percent <= 100:
        raise ValueError("percent must be 1 to 100")
    n = size(histogram)
    return None if n == 0 else _at_rank(histogram, -(-n * percent // 100))


def size(histogram: Mapping[int, int]) -> int:
    """How many were counted. A count below zero waits for its other half to be folded: it counts no one."""
    return sum(count for count in histogram.values() if count > 0)


def _at_rank(histogram: Mapping[int, int], rank: int) -> int:
    seen = 0
    for value in sorted(histogram):
        seen += max(histogram[value], 0)
        if seen >= rank:
            return value
    raise ValueError(f"rank {rank} is beyond the {seen} counted")


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, 0 to 1, with the size of the whole; None where there is no whole."""

    value: float | None
    n: int


def share_up_to(histogram: Mapping[int, int], limit: int) -> Share:
    """Which part of the counted has a value of at most `limit`."""
    n = size(histogram)
    within = size({value: count for value, count in histogram.items() if value <= limit})
    return Share(within / n if n else None, n)


def on_time_share(closed: Mapping[int, int]) -> Share:
    """Which part of the completed was in time, from {ON_TIME: count, LATE: count}."""
    n = size(closed)
    return Share(max(closed.get(ON_TIME, 0), 0) / n if n else None, n)


def parity_share(states: Mapping[int, int]) -> Share:
    """Which part of all there is to compare is identical, with the number that was compared.

    What a person decided to ignore counts neither way; nothing compared is no share.
    """
    counts = {name: max(states.get(bucket, 0), 0) for bucket, name in enumerate(PARITY_STATES)}
    whole = sum(counts.values()) - counts["ignored"]
    compared = sum(counts[name] for name in ("identical", "different", "unknown", "ignored"))
    return Share(counts["identical"] / whole if whole and compared else None, compared)


@dataclass(frozen=True, slots=True)
class Backlog:
    """The wait of the oldest unsent message in words, with the look it calls for."""

    text: str
    token: str


def backlog(oldest: datetime | None, now: datetime) -> Backlog:
    """Words for a queue whose oldest message was made at `oldest` (None: the queue is empty)."""
    if oldest is None:
        return Backlog("Tidak ada antrean", "selesai")
    minutes = int((now - oldest) / timedelta(minutes=1))
    if minutes < 5:
        return Backlog("Sedang dikirim", "sinkron")
    if minutes < 60:
        return Backlog(f"Tertua {minutes} menit", "sinkron" if minutes < 15 else "tunggu")
    if minutes < 24 * 60:
        return Backlog(f"Tertua {minutes // 60} jam", "tunggu")
    return Backlog(f"Tertua {minutes // (24 * 60)} hari", "lambat")
