"""Every date of a case from its facts, a calendar and the rules in force at its receipt; pure.

Invariant: the number shown, the order of the inbox, the explanation and the recount come from `periods_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from complaints import workflow
from complaints.deadlines import DAY, Calendar, Pause, SlaRules, Step

#: kinds of interval a case keeps
PAUSE, EXTENSION = "pause", "extension"
Interval = Mapping[str, Any]
_WHY = {
    Step.CLARIFICATION: "menunggu keterangan pelapor",
    Step.AUTO_CLOSE: "menunggu pelapor setelah tanggapan",
    None: "laporan selesai",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the dates of a case depend on. Instants are aware; `intervals` as the case stores them.

    A pause is {"kind", "step", "from", "until" (None while it lasts), "why", "event"}, an extension
    {"kind", "working_days", "reason", "at", "event", "by"}; instants are ISO texts.
    """

    received_at: datetime
    verified_at: datetime | None
    assigned_at: datetime | None
    first_answered_at: datetime | None
    responded_at: datetime | None
    resolution_from: datetime | None
    classification: str | None
    waits_for: Step | None
    intervals: Sequence[Interval] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """One running or past clock: `limit` and `extra` in working days, `pauses` those that may touch it."""

    step: Step
    starts_at: datetime
    limit: int
    extra: int
    pauses: tuple[Pause, ...]
    ends_at: datetime

    @property
    def working_days(self) -> int:
        """The whole limit."""
        return self.limit + self.extra


@dataclass(frozen=True, slots=True)
class Dates:
    """When each step of a case is due; `due` is that of the step it waits for."""

    verify: datetime
    answer: datetime | None
    complete: datetime | None
    due: datetime | None


def reckon(facts: Facts, calendar: Calendar, rules: SlaRules) -> Dates:
    """The dates of a case."""
    ends = {step: period.ends_at for step, period in periods_of(facts, calendar, rules).items()}
    answer, complete = ends.get(Step.FIRST_RESPONSE), ends.get(Step.RESOLUTION)
    return Dates(ends[Step.VERIFICATION], answer, complete, _awaited(facts, ends))


def _awaited(facts: Facts, ends: Mapping[Step, datetime]) -> datetime | None:
    """The date the case waits for; while a unit works, the earlier of unmet first answer and completion."""
    if facts.waits_for not in (Step.FIRST_RESPONSE, Step.RESOLUTION):
        return None if facts.waits_for is None else ends[facts.waits_for]
    answer = ends.get(Step.FIRST_RESPONSE) if facts.first_answered_at is None else None
    return min((end for end in (answer, ends.get(Step.RESOLUTION)) if end is not None), default=None)


def periods_of(facts: Facts, calendar: Calendar, rules: SlaRules) -> dict[Step, Period]:
    """The clocks of a case that have begun, by step."""
    pauses = pauses_of(facts.intervals, calendar)
    found: dict[Step, Period] = {}

    def run(step: Step, starts_at: datetime | None, extra: int = 0, *, pausing: bool = True) -> None:
        if starts_at is None:
            return
        limit, touched = rules.working_days_for(step, _classification(facts)), pauses if pausing else ()
        ends_at = calendar.deadline_at(starts_at, limit + extra, touched)
        found[step] = Period(step, starts_at, limit, extra, touched, ends_at)

    run(Step.VERIFICATION, facts.received_at)
    run(Step.FIRST_RESPONSE, _answer_from(facts))
    if facts.classification is not None or facts.resolution_from is not None:
        starts_at = facts.resolution_from or facts.received_at
        run(Step.RESOLUTION, starts_at, _extra(facts.intervals, starts_at))
    if facts.waits_for in (Step.CLARIFICATION, Step.AUTO_CLOSE):
        run(facts.waits_for, _waiting_since(facts), pausing=False)
    return found


def _classification(facts: Facts) -> str:
    # a report reopened without one gets the usual period of complaints
    return facts.classification or "unsupervised"


def _answer_from(facts: Facts) -> datetime | None:
    """The first answer runs from the disposition; before one, and where it was given before one, from the
    verification.
    """
    assigned, answered = facts.assigned_at, facts.first_answered_at
    if assigned is not None and (answered is None or assigned <= answered or facts.verified_at is None):
        return assigned
    return facts.verified_at


def _waiting_since(facts: Facts) -> datetime:
    """Since when the reporter is awaited: the question, or the last answer."""
    begun = open_pause(facts.intervals)
    since = [instant(begun["from"])] if begun is not None else []
    if facts.waits_for is Step.AUTO_CLOSE and facts.responded_at is not None:
        since.append(facts.responded_at)
    return max(since, default=facts.received_at)


def _extra(intervals: Iterable[Interval], since: datetime) -> int:
    """Working days added to a completion period that began at `since`."""
    return sum(
        int(each["working_days"])
        for each in intervals
        if each["kind"] == EXTENSION and instant(each["at"]) >= since
    )


def pauses_of(
    intervals: Iterable[Interval], calendar: Calendar, *, now: datetime | None = None
) -> tuple[Pause, ...]:
    """Ended pauses as local days, in order and without overlap; with `now`, all of them as they were then.

    A pause that begins and ends on one local day takes nothing.
    """
    found: list[Pause] = []
    for each in intervals:
        until = _ended(each, now) if each["kind"] == PAUSE else None
        if until is None:
            continue
        first, last = calendar.local_date(instant(each["from"])), calendar.local_date(until)
        if last <= first:
            continue
        if found and first <= found[-1].last:
            first = found[-1].last + DAY
        if first <= last:
            found.append(Pause(first, last, each["why"]))
    return tuple(found)


def _ended(pause: Interval, now: datetime | None) -> datetime | None:
    """When a pause ended, seen from `now`; None while it lasts."""
    if pause["until"] is None:
        return now
    until = instant(pause["until"])
    return until if now is None else min(until, now)


def days_taken(
    intervals: Iterable[Interval], calendar: Calendar, starts_at: datetime, ended_at: datetime
) -> int:
    """Working days a step took, without those on which the case was paused."""
    before = [each for each in intervals if each["kind"] == PAUSE and instant(each["from"]) < ended_at]
    return calendar.counted_days(starts_at, ended_at, pauses_of(before, calendar, now=ended_at))


def open_pause(intervals: Iterable[Interval]) -> Interval | None:
    """The pause that still lasts."""
    return next((each for each in intervals if each["kind"] == PAUSE and each["until"] is None), None)


def turned(
    intervals: Sequence[dict[str, Any]], status: str, event: str | None, at: datetime
) -> list[dict[str, Any]]:
    """The intervals once an act led to `status`: the clock stands while nobody's officer is awaited."""
    lasting = open_pause(intervals)
    if lasting is None and status in workflow.PAUSED:
        step = workflow.WAITS_FOR[status]
        begun = {
            "kind": PAUSE,
            "step": None if step is None else str(step),
            "from": at.isoformat(),
            "until": None,
            "why": _WHY[step],
            "event": event,
        }
        return [*intervals, begun]
    if lasting is not None and status in workflow.OFFICER_TURN:
        until = max(at, instant(lasting["from"])).isoformat()
        return [{**each, "until": until} if each is lasting else each for each in intervals]
    return list(intervals)


def instant(text: str) -> datetime:
    """An instant as intervals store it."""
    return datetime.fromisoformat(text)
