"""How each date of a case came about, line by line, for whoever has to account for it; pure.

Invariant: the lines are those of the very periods the dates were reckoned from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from complaints.deadlines import CLOSED, DAY, Calendar, Line, SlaRules, Step
from complaints.due import STEP_NAMES
from complaints.reckoning import EXTENSION, Facts, Period, instant, pauses_of, periods_of
from core import formats

_BEGUN = {
    Step.VERIFICATION: "laporan diterima",
    Step.FIRST_RESPONSE: "disposisi",
    Step.RESOLUTION: "laporan diterima",
    Step.CLARIFICATION: "keterangan diminta",
    Step.AUTO_CLOSE: "tanggapan terakhir",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line: a day, a span of days or a rule, and what it means."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """One clock, or the rules all of them follow."""

    title: str
    rows: list[Fact]


@dataclass(frozen=True, slots=True)
class Basis:
    """The rule set that holds for the case. `since` None: it always did."""

    legal_basis: str
    since: date | None
    classification_label: str


def explain(
    facts: Facts, calendar: Calendar, rules: SlaRules, basis: Basis, *, until: datetime
) -> list[Part]:
    """Every clock that has begun, the time passed until `until`, and the legal basis."""
    parts = [_clock(period, facts, calendar, basis) for period in periods_of(facts, calendar, rules).values()]
    return [*parts, _passed(facts, calendar, until), _rules(calendar, basis)]


def _clock(period: Period, facts: Facts, calendar: Calendar, basis: Basis) -> Part:
    zone, step = calendar.tz, period.step
    begun = _begun(step, facts)
    rows = [
        Fact("Mulai", f"{formats.long_datetime(period.starts_at, zone)}, {begun}; hari ini tidak dihitung"),
        Fact("Jangka waktu", _limit(period, basis)),
    ]
    if step is Step.RESOLUTION:
        rows += _extensions(facts.intervals, period.starts_at, calendar)
    lines = calendar.explain(period.starts_at, period.working_days, period.pauses)[1:]
    rows += [Fact(_days(first.date, last.date), words) for first, last, words in _summed(lines)]
    rows.append(Fact("Batas waktu", formats.long_datetime(period.ends_at, zone)))
    return Part(f"Batas {STEP_NAMES[step].lower()}", rows)


def _begun(step: Step, facts: Facts) -> str:
    if step is Step.RESOLUTION and facts.resolution_from is not None:
        return "laporan dibuka kembali"
    if step is Step.FIRST_RESPONSE and facts.assigned_at is None:
        return "laporan diverifikasi, belum didisposisikan"
    return _BEGUN[step]


def _limit(period: Period, basis: Basis) -> str:
    name = basis.classification_label
    kind = f" ({name})" if period.step is Step.RESOLUTION and name else ""
    extra = f" ditambah perpanjangan {period.extra} hari kerja" if period.extra else ""
    return f"{period.limit} hari kerja{kind}{extra}"


def _extensions(intervals: Iterable[Mapping[str, object]], since: datetime, calendar: Calendar) -> list[Fact]:
    found = []
    for each in intervals:
        if each["kind"] != EXTENSION or instant(str(each["at"])) < since:
            continue
        on = formats.long_date(instant(str(each["at"])), calendar.tz)
        words = f"{each['working_days']} hari kerja oleh {each['by']}, {on}. Alasan: {each['reason']}"
        found.append(Fact("Perpanjangan", words))
    return found


def _summed(lines: Sequence[Line]) -> Iterable[tuple[Line, Line, str]]:
    """Days in spans of the same kind: (first, last, words).

    A weekend between two working days belongs to their span; every other day off keeps its name.
    """
    runs = [(words, list(days)) for words, days in groupby(lines, key=_words)]
    merged: list[tuple[str, list[Line]]] = []
    for place, (words, days) in enumerate(runs):
        before = merged[-1][0] if merged else None
        after = runs[place + 1][0] if place + 1 < len(runs) else None
        if before == "" and (words == "" or (words == CLOSED and after == "")):
            merged[-1][1].extend(days)
        else:
            merged.append((words, list(days)))
    counted = 0
    for words, days in merged:
        worked = sum(day.counts for day in days)
        counted += worked
        yield days[0], days[-1], words or _worked(worked, counted, len(days))


def _words(line: Line) -> str:
    """The same for days that may stand on one line; nothing for working days."""
    return "" if line.counts else line.text


def _worked(days: int, counted: int, span: int) -> str:
    first = "" if days == 1 else f"{counted - days + 1} sampai "
    which = f"hari kerja ke-{first}{counted}"
    return f"{which}; akhir pekan tidak dihitung" if span > days else which


def _days(first: date, last: date) -> str:
    """ "Rabu 18 – Jumat 20 Maret 2026"."""
    ends = f"{_weekday(last)} {last.day} {formats.MONTHS[last.month - 1]} {last.year}"
    if first == last:
        return ends
    year = "" if first.year == last.year else f" {first.year}"
    month = "" if first.month == last.month and not year else f" {formats.MONTHS[first.month - 1]}"
    return f"{_weekday(first)} {first.day}{month}{year} – {ends}"


def _weekday(day: date) -> str:
    return formats.DAYS[day.weekday()]


def _passed(facts: Facts, calendar: Calendar, until: datetime) -> Part:
    rows = [Fact("Sejak laporan diterima", _both(facts, calendar, facts.received_at, until))]
    if facts.assigned_at is not None and facts.assigned_at <= until:
        rows.append(Fact("Sejak disposisi", _both(facts, calendar, facts.assigned_at, until)))
    rows.append(Fact("Dihitung sampai", formats.long_datetime(until, calendar.tz)))
    return Part("Waktu yang sudah berjalan", rows)


def _both(facts: Facts, calendar: Calendar, start: datetime, end: datetime) -> str:
    """Office time without paused days, and time on the wall."""
    pauses = pauses_of(facts.intervals, calendar, now=end)
    days = calendar.counted_days(start, end, pauses)
    minutes = calendar.working_minutes_between(start, end)
    for pause in pauses:
        first = max(start, datetime.combine(pause.first, time(), calendar.tz))
        last = min(end, datetime.combine(pause.last + DAY, time(), calendar.tz))
        minutes -= calendar.working_minutes_between(first, last)
    without = ", tanpa hari yang dijeda" if pauses else ""
    return f"{days} hari kerja ({_time(minutes)} jam kantor{without}); kalender: {_wall(end - start)}"


def _time(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} jam {rest} menit"


def _wall(passed: timedelta) -> str:
    passed = max(passed, timedelta())
    return f"{passed.days} hari {_time(passed.seconds // 60)}"


def _rules(calendar: Calendar, basis: Basis) -> Part:
    since = f", berlaku untuk laporan sejak {formats.long_date(basis.since)}" if basis.since else ""
    closing = "jam kantor terakhir pada hari itu"
    rows = [
        Fact("Hari kerja", f"{_week(calendar)}; libur nasional, cuti bersama, dan libur daerah dilewati"),
        Fact("Pukul", f"Batas waktu berakhir pada {closing}"),
        Fact("Jeda", "Hari kerja saat laporan menunggu pelapor tidak dihitung, bila lebih dari satu hari"),
    ]
    if basis.legal_basis:
        rows.append(Fact("Dasar", f"{basis.legal_basis}{since}"))
    return Part("Aturan yang dipakai", rows)


def _week(calendar: Calendar) -> str:
    days = sorted(calendar.work_days)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{formats.DAYS[days[0]]} sampai {formats.DAYS[days[-1]]}"
    return ", ".join(formats.DAYS[day] for day in days)
