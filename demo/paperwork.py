"""What the desk and the units do around a report's main acts: copies, acceptance, approval, more time, and
the ladder that a late one climbs; pure.

Invariant: a told story keeps its acts and their times; acts are only put between them, after the last one,
or (an answer that the head approves) in the place of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from complaints import workflow as w
from complaints.escalation import Ladder, level_after, next_step
from complaints.workflow import Act
from demo.moments import in_office
from demo.story import SYSTEM, Clockwork, Deed, Report, Setting, Story

_UNIT_ROLES = ("liaison_officer", "handler", "department_head")
_COPIED, _DATED, _ACCEPTED, _ACCEPTED_LAST, _PROPOSED = 0.15, 0.3, 0.75, 0.5, 0.6
_EXTENDED, _EXTENDED_LAST = 0.1, 0.4
#: time to the next act in a case that was given more of it
_LONG = timedelta(days=2)
_INTERNAL_WORKING_DAYS = 4
#: classifications whose period leaves room for a date of the unit's own
_ROOMY = (w.SUPERVISED, w.UNSUPERVISED)
#: how long the sweep takes to come by
_SWEEP = timedelta(seconds=45)


def with_paperwork(story: Story, setting: Setting, ladder: Ladder) -> Story:
    """The story with its paperwork. Its random numbers are its own, so that no other story changes."""
    return _Clerk(story, setting).story(ladder)


class _Clerk:
    def __init__(self, story: Story, setting: Setting) -> None:
        self.report, self.setting = story.report, setting
        self.told = story
        self.rng = Random(f"{story.report.form_key}/paperwork")
        self.roles = {officer.email: officer.role for officer in setting.place.officers}
        self.department = next(
            (deed.values["department"] for deed in story.deeds if "department" in deed.values), None
        )

    def story(self, ladder: Ladder) -> Story:
        """Everything in its order."""
        deeds = list(self.told.deeds)
        if self.department is not None:
            deeds = [self._disposition(deed) if deed.act is Act.ASSIGN else deed for deed in deeds]
            deeds = list(self._accepted(deeds))
            if self.setting.pace.get("needs_approval"):
                deeds = list(self._approved(deeds))
            deeds = list(self._extended(deeds))
            deeds += self._afterwards(deeds[-1])
        clock = _clock(self.setting, self.report, deeds[0].at)
        deeds = list(_climbing(deeds, clock, self.setting, ladder))
        return Story(self.report, tuple(deeds), clock.status, clock.due_at)

    def _disposition(self, deed: Deed) -> Deed:
        values = dict(deed.values)
        others = [str(each["code"]) for each in self.setting.place.departments]
        others.remove(values["department"])
        if self.rng.random() < _COPIED:
            values["copies"] = [self.rng.choice(others)]
        waited = self.setting.calendar.working_days_between(self.told.received_at, deed.at)
        if self.report.text.classification in _ROOMY and waited <= 5 and self.rng.random() < _DATED:
            day = self.setting.calendar.local_date(deed.at)
            values["internal_due_on"] = self.setting.calendar.add_working_days(day, _INTERNAL_WORKING_DAYS)
        return replace(deed, values=values)

    def _accepted(self, deeds: list[Deed]) -> Iterator[Deed]:
        """The unit takes the case on before it works on it."""
        for place, deed in enumerate(deeds):
            yield deed
            if deed.act is not Act.ASSIGN:
                continue
            following = deeds[place + 1] if place + 1 < len(deeds) else None
            before = following.at if following else self.setting.now
            by = following.by if following and self.roles.get(following.by) in _UNIT_ROLES else None
            by = by or self._officer("liaison_officer")
            at = deed.at + timedelta(minutes=self.rng.randint(12, 70))
            wanted = self.rng.random() < (_ACCEPTED if following else _ACCEPTED_LAST)
            if wanted and by and at < before and in_office(at, self.setting.calendar):
                yield Deed(at, Act.ACCEPT, by)

    def _approved(self, deeds: list[Deed]) -> Iterator[Deed]:
        """Where heads approve answers: the unit's answer is put to the head, who sends it."""
        previous = deeds[0]
        for deed in deeds:
            if deed.act is Act.RESPOND and self.roles[deed.by] in ("liaison_officer", "handler"):
                head = self._head()
                at = deed.at - timedelta(minutes=self.rng.randint(20, 45))
                if at > previous.at and in_office(at, self.setting.calendar):
                    yield replace(deed, at=at, act=Act.PROPOSE)
                    deed = Deed(deed.at, Act.APPROVE, head, {"text": deed.values["text"]})
                else:
                    deed = replace(deed, by=head)
            yield deed
            previous = deed

    def _extended(self, deeds: list[Deed]) -> Iterator[Deed]:
        """Some work that began needs more time than its period; the head gives it."""
        for place, deed in enumerate(deeds):
            yield deed
            before = deeds[place + 1].at if place + 1 < len(deeds) else self.setting.now
            at = deed.at + timedelta(minutes=self.rng.randint(30, 150))
            share = _EXTENDED_LAST if deed is deeds[-1] else _EXTENDED
            wanted = deed.act is Act.FOLLOW_UP and self.rng.random() < share
            if wanted and at + _LONG < before and in_office(at, self.setting.calendar):
                yield Deed(at, Act.EXTEND, self._head(), self._more_time())

    def _more_time(self) -> dict[str, object]:
        work = "field" if self.report.text.is_field_work else "desk"
        reason = self.rng.choice(self.setting.common["extension_reasons"][work])
        return {"working_days": self.rng.choice((5, 7, 10)), "reason": reason}

    def _afterwards(self, last: Deed) -> list[Deed]:
        """The answer of a case under way waits for the head."""
        at = last.at + timedelta(minutes=self.rng.randint(30, 150))
        by = self.roles.get(last.by)
        if last.act is not Act.FOLLOW_UP or at > self.setting.now or not in_office(at, self.setting.calendar):
            return []
        answers = self.report.text.responses
        if not self.setting.pace.get("needs_approval") or not answers or by not in _UNIT_ROLES:
            return []
        if self.rng.random() < _PROPOSED:
            answer = self.rng.choice(answers)
            filled = self.setting.fill(answer, self.report.village, self.report.spot)
            return [Deed(at, Act.PROPOSE, last.by, {"text": filled})]
        return []

    def _head(self) -> str:
        """The head of the department, or whoever may approve in that place."""
        found = self._officer("department_head")
        desk = (each.email for each in self.setting.place.officers if each.role == "city_administrator")
        return found or next(desk)

    def _officer(self, role: str) -> str | None:
        officers = self.setting.place.officers
        found = [each for each in officers if each.role == role and each.department == self.department]
        return found[0].email if found else None


def _clock(setting: Setting, report: Report, received_at: datetime) -> Clockwork:
    return Clockwork(setting.calendar, setting.rules, received_at, report.text.classification)


def _climbing(deeds: list[Deed], clock: Clockwork, setting: Setting, ladder: Ladder) -> Iterator[Deed]:
    """The acts, with every step that time took between them and until now. Moves the clock along."""
    level = 0
    for place, deed in enumerate(deeds):
        if place:
            before = clock.due_at
            clock.move(deed.act, deed.at, deed.values)
            level = level_after(before, clock.due_at, level)
        yield deed
        until = deeds[place + 1].at if place + 1 < len(deeds) else setting.now
        at = deed.at
        while step := next_step(clock.due_at, clock.status, level, ladder, setting.calendar):
            at = max(step.at, at) + _SWEEP
            if at >= until:
                break
            level = step.level
            yield Deed(at, Act.ESCALATE, SYSTEM)
