"""One complaint's life as a list of acts; pure: the same random numbers tell the same story.

Invariant: the acts are in order of time, and each is one that the workflow allows after the one before it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from random import Random
from typing import Any

from complaints import workflow
from complaints.deadlines import Calendar, DueState, SlaRules
from complaints.reckoning import EXTENSION, Dates, Facts, reckon, turned
from complaints.workflow import Act
from demo.moments import Moments
from demo.scenario import Person, Place, Text, Village

REPORTER, SYSTEM = "reporter", "system"
_ANSWERS = (Act.RESPOND, Act.APPROVE)


@dataclass(frozen=True, slots=True)
class Shot:
    """A drawn photo of a scene: the other way round, from near by, or after it was put right."""

    scene: str
    is_mirrored: bool = False
    is_near: bool = False
    is_after: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """One act at an instant. `by` is an officer's address, REPORTER or SYSTEM; `values` go to the act."""

    at: datetime
    act: Act
    by: str
    values: Mapping[str, Any] = field(default_factory=dict)
    shots: tuple[Shot, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What the citizen wrote. Codes instead of ids, so that nothing here needs a database."""

    form_key: uuid.UUID
    text: Text
    title: str
    body: str
    village: Village
    spot: str  # what the texts call the place
    landmark: str  # the same with its street, as the form asks for it
    incident_on: date
    person: Person
    is_anonymous: bool
    is_confidential: bool


@dataclass(frozen=True, slots=True)
class Story:
    """A report with everything that happened to it, and the status it ends in."""

    report: Report
    deeds: tuple[Deed, ...]
    status: str
    due_at: datetime | None

    @property
    def received_at(self) -> datetime:
        """When the report was filed."""
        return self.deeds[0].at


@dataclass(frozen=True, slots=True)
class Setting:
    """Where stories of one city take place: its rules, its pace and the present."""

    place: Place
    calendar: Calendar
    rules: SlaRules
    numbers: Mapping[str, Any]
    common: Mapping[str, Any]
    pace: Mapping[str, Any]
    start: datetime
    now: datetime
    scenes: frozenset[str]

    def slowness(self, at: datetime) -> float:
        """Factor on every duration: a city's trend from its first value to its second over the year."""
        first, last = self.numbers["trends"][self.pace["trend"]]
        share = (at - self.start) / (self.now - self.start)
        return float(first + (last - first) * min(1.0, max(0.0, share)))

    def fill(self, text: str, village: Village, spot: str) -> str:
        """The text with its placeholders filled."""
        return text.format(
            landmark=spot, kelurahan=village.name, kecamatan=village.district_name, **self.place.words
        )

    def urgency(self, due_at: datetime) -> DueState:
        """How near a deadline is now."""
        return self.calendar.remaining(due_at, self.now).state


class Clockwork:
    """The state of a case as far as its deadlines depend on it, moved by acts as the engine moves it."""

    def __init__(
        self, calendar: Calendar, rules: SlaRules, received_at: datetime, classification: str
    ) -> None:
        self._calendar, self._rules, self._classification = calendar, rules, classification
        self.received_at = received_at
        self.status = workflow.RECEIVED
        self._verified_at: datetime | None = None
        self._assigned_at: datetime | None = None
        self._answered_at: datetime | None = None
        self._responded_at: datetime | None = None
        self._resolution_from: datetime | None = None
        self._intervals: list[dict[str, Any]] = []

    def move(self, act: Act, at: datetime, values: Mapping[str, Any] | None = None) -> None:
        """Apply an act. Raises ValueError where the workflow has no such row."""
        row = workflow.transition(self.status, act)
        if row is None:
            raise ValueError(f"{act} is not allowed from {self.status}")
        if act is Act.VERIFY:
            self._verified_at = at
        elif act is Act.ASSIGN:
            self._assigned_at = self._assigned_at or at
        elif act in (Act.FOLLOW_UP, *_ANSWERS):
            self._answered_at = self._answered_at or at
            self._responded_at = at if act in _ANSWERS else self._responded_at
        elif act is Act.EXTEND:
            days = (values or {})["working_days"]
            self._intervals = [
                *self._intervals,
                {"kind": EXTENSION, "working_days": days, "at": at.isoformat(), "event": None},
            ]
        elif act is Act.REOPEN:
            self._resolution_from, self._responded_at = at, None
        self.status = row.to
        self._intervals = turned(self._intervals, self.status, None, at)

    @property
    def due_at(self) -> datetime | None:
        """The deadline of the step that the case waits for."""
        return self._dates.due

    @property
    def complete_due(self) -> datetime:
        """When the case must be completed, were it verified as what it is."""
        found = self._dates.complete
        assert found is not None, "the classification is known from the start"
        return found

    @property
    def _dates(self) -> Dates:
        facts = Facts(
            received_at=self.received_at,
            verified_at=self._verified_at,
            assigned_at=self._assigned_at,
            first_answered_at=self._answered_at,
            responded_at=self._responded_at,
            resolution_from=self._resolution_from,
            classification=self._classification,
            waits_for=workflow.WAITS_FOR[self.status],
            intervals=self._intervals,
        )
        return reckon(facts, self._calendar, self._rules)

    def days_left(self, after: datetime) -> int:
        """Working days from `after` until the case must be completed."""
        return self._calendar.working_days_between(after, self.complete_due)


class Narrator:
    """Writes the acts of one report, one after the other, drawing times and words as it goes."""

    def __init__(self, setting: Setting, rng: Random, report: Report, received_at: datetime) -> None:
        self.setting, self.rng, self.report, self.text = setting, rng, report, report.text
        self.moments = Moments(setting.calendar, rng, setting.numbers["hour_weights"])
        self.clock = Clockwork(setting.calendar, setting.rules, received_at, self.text.classification)
        self.slowness = setting.slowness(received_at)
        self.deeds = [Deed(received_at, Act.SUBMIT, REPORTER, shots=self._reporters_shots())]
        department = setting.place.department_for(self.text.department_kind, report.village.district_code)
        self.department = department or ""

    @property
    def at(self) -> datetime:
        """When the last act was done."""
        return self.deeds[-1].at

    def story(self) -> Story:
        """What has been told so far."""
        return Story(self.report, tuple(self.deeds), self.clock.status, self.clock.due_at)

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.rng.random() < share

    def days(self, name: str) -> int:
        """Working days of a step, from the city's pace and its trend."""
        weights = self.setting.pace[name]
        base = self.rng.choices(range(len(weights)), weights)[0]
        return int(base * self.slowness + self.rng.random())

    def words(self, text: str) -> str:
        """A text with its placeholders filled."""
        return self.setting.fill(text, self.report.village, self.report.spot)

    def tell(self, act: Act, by: str, at: datetime, shots: tuple[Shot, ...] = (), **values: Any) -> None:
        """Add an act."""
        self.clock.move(act, at)
        self.deeds.append(Deed(at, act, by, values, shots))

    def office(self, working_days: int) -> datetime:
        """An officer's moment that many working days after the last act."""
        return self.moments.office(self.at, working_days)

    def desk(self) -> str:
        """Somebody of the city's desk."""
        return self._officer(("verifier", "verifier", "city_administrator"), None)

    def unit(self, *roles: str) -> str:
        """Somebody of the department, by the first drawn role that it has."""
        return self._officer(roles, self.department)

    def _officer(self, roles: tuple[str, ...], department: str | None) -> str:
        wanted = [self.rng.choice(roles), "liaison_officer", "city_administrator"]
        for role in wanted:
            found = [
                each.email
                for each in self.setting.place.officers
                if each.role == role and (department is None or each.department == department)
            ]
            if found:
                return self.rng.choice(found)
        raise LookupError(f"no officer for {department}")

    def shot_after(self) -> tuple[Shot, ...]:
        """The reporter's photo once more, put right; none where the reporter sent none."""
        return tuple(replace(shot, is_after=True) for shot in self.deeds[0].shots[:1])

    def _reporters_shots(self) -> tuple[Shot, ...]:
        shares, scene = self.setting.numbers["shares"], self.text.scene
        if scene is None or scene not in self.setting.scenes:
            return ()
        if not self.chance(shares["with_photos"] if self.text.wants_photo else shares["photos_for_others"]):
            return ()
        first = Shot(scene, is_mirrored=self.chance(0.5))
        return (first, replace(first, is_near=True)) if self.chance(shares["second_photo"]) else (first,)

    def later(self, first: int, last: int) -> datetime:
        """A citizen's moment some calendar days after the last act."""
        return self.moments.citizen(self.at, self.rng.randint(first, last))
