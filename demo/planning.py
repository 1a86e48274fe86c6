"""A city's year of reports, planned to the last act before anything is written; pure.

Invariant: the same seed, city, calendar and present give the same stories, and nothing is in the future.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from complaints import workflow as w
from complaints.deadlines import Calendar, DueState, SlaRules
from complaints.escalation import Ladder
from complaints.workflow import Act
from demo import chapters, scenario
from demo.company import with_company
from demo.moments import WAKING, Moments
from demo.paperwork import with_paperwork
from demo.scenario import Place, Scenario, Text
from demo.story import Deed, Narrator, Report, Setting, Story

_NAMESPACE = uuid.UUID("6c1f9d0e-3277-4f5a-9a57-0d3f0e7c1a20")
#: recent reports a city has at least, so that its inbox is worth opening
FEWEST_RECENT = 30
#: reports that were filed just now and nobody has looked at yet
FRESH = 2
#: the newest reports, filed after the city was connected to the national side
CONNECTED = 12
TRIES = 300
#: how near the deadline of an open case should be; the share of late ones is the city's own
_WISHES: dict[str, float] = {DueState.DUE_TODAY: 0.16, DueState.DUE_TOMORROW: 0.2, DueState.RUNNING: 0.64}
_NOT_LATE = frozenset(DueState) - {DueState.LATE}
#: weight of a text for each time it was used already
_USED = 0.02
#: how much likelier a report with a photo is: it shows more of the product
_SHOWN = 3.0


def plan(
    data: Scenario,
    place: Place,
    calendar: Calendar,
    rules: SlaRules,
    now: datetime,
    *,
    count: int | None = None,
    scenes: frozenset[str] = frozenset(),
    ladder: Ladder = (),
) -> list[Story]:
    """The city's stories by time of receipt. `count`: how many, the scenario's number by default."""
    setting = _setting(data, place, calendar, rules, now, scenes)
    return _Author(data, setting, ladder).write(count or setting.pace["complaints"])


def company(
    data: Scenario,
    place: Place,
    calendar: Calendar,
    rules: SlaRules,
    now: datetime,
    stories: Sequence[Story],
) -> list[Story]:
    """Further reports that have to do with the planned ones; the first city also passes one on."""
    first, second = data.cities[:2]
    target = second.slug if place.slug == first.slug else None
    return with_company(data, _setting(data, place, calendar, rules, now, frozenset()), stories, target)


def _setting(
    data: Scenario,
    place: Place,
    calendar: Calendar,
    rules: SlaRules,
    now: datetime,
    scenes: frozenset[str],
) -> Setting:
    today = calendar.local_date(now)
    start = datetime.combine(_months_before(today, data.numbers["months"]), time(), calendar.tz)
    pace = data.pace_of(place.slug)
    return Setting(
        place, calendar, rules, data.numbers, data.common, pace, start.astimezone(UTC), now, scenes
    )


def deeds_in_order(stories: list[Story]) -> list[tuple[Story, int, Deed]]:
    """Every act of the city with its place in its story, in order of time."""
    deeds = [(story, place, deed) for story in stories for place, deed in enumerate(story.deeds)]
    return sorted(deeds, key=lambda entry: (entry[2].at, entry[0].report.form_key, entry[1]))


def connected_from(stories: list[Story]) -> datetime:
    """When the city was connected to the national side: a minute before the newest reports begin."""
    newest = stories[-min(CONNECTED, len(stories)) :]
    return newest[0].received_at - timedelta(minutes=1)


class _Author:
    """Writes one city's stories and remembers which texts and people it has used."""

    def __init__(self, data: Scenario, setting: Setting, ladder: Ladder) -> None:
        self.data, self.setting, self.ladder = data, setting, ladder
        self.used: Counter[str] = Counter()
        self.texts = [
            each
            for each in data.texts
            if setting.place.kind in each.tenant_kinds
            and setting.place.department_for(each.department_kind, "") is not None
        ]
        self.people = list(data.people)
        self.rng_of("people").shuffle(self.people)
        self.today = setting.calendar.local_date(setting.now)
        self.recent_from = _working_days_before(
            setting.calendar, self.today, data.numbers["recent_working_days"]
        )

    @property
    def fresh_days(self) -> int:
        """How far back "just filed" reaches: to today, or to yesterday as long as nobody is awake."""
        return 0 if self.setting.now.astimezone(self.setting.calendar.tz).hour > WAKING[0] else 1

    @property
    def seed(self) -> str:
        """What makes this city's random numbers its own."""
        return f"{self.data.numbers['seed']}/{self.setting.place.slug}"

    def rng_of(self, what: int | str) -> Random:
        """Random numbers for one purpose, so that one story does not depend on how long another took."""
        return Random(f"{self.seed}/{what}")

    def write(self, count: int) -> list[Story]:
        """`count` stories, of which a fair part is recent."""
        stories = []
        numbers = self.data.numbers
        recent = min(FEWEST_RECENT, count // 2)
        targets = _quota(numbers["statuses_recent"], recent)
        targets += _quota(numbers["statuses_old"], count - recent)
        fresh = [index for index in range(recent) if targets[index] == w.RECEIVED][:FRESH]
        for index, status in enumerate(targets):
            days_back = None
            if index < recent:
                days_back = self.fresh_days if index in fresh else (self.today - self.recent_from).days
            stories.append(self._story(self.rng_of(index), index, status, days_back))
        return sorted(stories, key=lambda story: (story.received_at, story.report.form_key))

    def _story(self, rng: Random, index: int, status: str, days_back: int | None) -> Story:
        """A story that ends as wished; where chance does not give one, the deadline's wish goes.

        `days_back`: received at most that many days ago; None: any time of the year.
        """
        is_fresh = days_back == self.fresh_days
        for wish in (frozenset(DueState),) if is_fresh else (self._wish(rng), _NOT_LATE, frozenset(DueState)):
            for _ in range(TRIES):
                story = self._draft(rng, index, status, days_back)
                if story is not None and self._fits(story, wish):
                    self.used[story.report.text.title] += 1
                    return story
        raise RuntimeError(f"no story of {self.setting.place.slug} ends as {status}")

    def _wish(self, rng: Random) -> frozenset[DueState]:
        if rng.random() < self.setting.pace["overdue_open"]:
            return frozenset({DueState.LATE})
        return frozenset({DueState(scenario.weighted(rng, _WISHES))})

    def _fits(self, story: Story, wish: frozenset[DueState]) -> bool:
        """In the past altogether, not waiting for a reporter beyond the period, and as urgent as wished."""
        now = self.setting.now
        if story.deeds[-1].at > now:
            return False
        if story.due_at is None or story.status not in w.OFFICER_TURN:
            return story.due_at is None or story.due_at > now
        return self.setting.urgency(story.due_at) in wish

    def _draft(self, rng: Random, index: int, status: str, days_back: int | None) -> Story | None:
        received_at = self._received_at(rng, days_back)
        text = self._text(rng, received_at, status)
        if received_at > self.setting.now or text is None:
            return None
        narrator = Narrator(self.setting, rng, self._report(rng, index, text, received_at), received_at)
        chapters.tell(narrator, status)
        story = narrator.story()
        if story.deeds[-1].at > self.setting.now:
            return None
        return with_paperwork(story, self.setting, self.ladder)

    def _received_at(self, rng: Random, days_back: int | None) -> datetime:
        setting, numbers = self.setting, self.data.numbers
        moments = Moments(setting.calendar, rng, numbers["hour_weights"])
        if days_back is not None:
            back = min(rng.randint(0, days_back), rng.randint(0, days_back))  # more of the last days
            return moments.citizen_on(self.today - timedelta(days=back))
        weights = numbers["month_weights"]
        month = scenario.drawn(rng, weights)
        first = _months_before(self.today, len(weights) - month)
        last = _months_before(self.today, len(weights) - month - 1)
        days_of_month = [first + timedelta(days=offset) for offset in range((last - first).days)]
        by_weekday = [numbers["weekday_weights"][day.weekday()] for day in days_of_month]
        return moments.citizen_on(rng.choices(days_of_month, by_weekday)[0])

    def _text(self, rng: Random, received_at: datetime, status: str) -> Text | None:
        month = self.setting.calendar.local_date(received_at).month
        texts = [
            each
            for each in self.texts
            if (not each.months or month in each.months)
            and (status != w.DECLINED or each.declines)
            and (status != w.ARCHIVED or each.archive_reasons)
        ]
        weights = [
            each.weight * (_SHOWN if each.wants_photo else 1.0) * _USED ** self.used[each.title]
            for each in texts
        ]
        return rng.choices(texts, weights)[0] if texts else None

    def _report(self, rng: Random, index: int, text: Text, received_at: datetime) -> Report:
        shares, place = self.data.numbers["shares"], self.setting.place
        village = rng.choice(place.villages)
        spot = self.setting.fill(rng.choice(text.landmarks), village, "")
        kind = "sensitive_" if text.is_sensitive else ""
        before = scenario.drawn(rng, shares["incident_before_days"])
        return Report(
            form_key=uuid.uuid5(_NAMESPACE, f"{self.seed}/{index}"),
            text=text,
            title=self.setting.fill(text.title, village, spot),
            body=self.setting.fill(text.body, village, spot),
            village=village,
            spot=spot,
            landmark=f"{rng.choice(village.streets)}, {spot}"
            if village.streets
            else spot[:1].upper() + spot[1:],
            incident_on=self.setting.calendar.local_date(received_at) - timedelta(days=before),
            person=self.people[index % len(self.people)],
            is_anonymous=rng.random() < shares[f"{kind}anonymous"],
            is_confidential=rng.random() < shares[f"{kind}confidential"],
        )


def _quota(shares: Mapping[str, float], count: int) -> list[str]:
    """`count` statuses by their shares, the rarest at least once where there is room (largest remainders)."""
    total = sum(shares.values())
    counts: Counter[str] = Counter()
    for status, _ in sorted(shares.items(), key=lambda item: item[1])[:count]:
        counts[status] = 1
    while counts.total() < count:
        wanted = max(shares, key=lambda status: shares[status] / total * count - counts[status])
        counts[wanted] += 1
    return sorted(counts.elements())


def _working_days_before(calendar: Calendar, day: date, working_days: int) -> date:
    while working_days:
        day -= timedelta(days=1)
        working_days -= calendar.is_working_day(day)
    return day


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or the last one that it has."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(f"no day in {year}-{month + 1}")


def counts(stories: list[Story]) -> dict[str, Any]:
    """How many reports end in each status, and how many acts of each kind there are."""
    return {
        "statuses": Counter(story.status for story in stories),
        "acts": Counter(str(deed.act) for story in stories for deed in story.deeds),
        "photos": sum(len(deed.shots) for story in stories for deed in story.deeds),
        "submits": sum(deed.act is Act.SUBMIT for story in stories for deed in story.deeds),
    }
