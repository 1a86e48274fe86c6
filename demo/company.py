"""Reports beside the year's stories: duplicates of one, others that follow it, one for another city; pure.

Invariant: the stories stay as they were told. A report that others join has had its last act before they do.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from complaints import workflow as w
from complaints.workflow import Act
from demo.moments import Moments
from demo.scenario import Scenario, Text, Village
from demo.story import REPORTER, Clockwork, Deed, Report, Setting, Story
from tenants.officers.roles import Role

_NAMESPACE = uuid.UUID("8a1d6b52-3277-4c0e-b1f4-5a7f0c9e2d31")
#: reports with duplicates, and how many each has; how many follow the one report that others follow
GROUPS, DUPLICATES, CHILDREN = 2, 2, 3
#: how far back the desk may have looked through its list
_DAYS_BACK = 14


def with_company(
    data: Scenario, setting: Setting, stories: Sequence[Story], target: str | None
) -> list[Story]:
    """The further stories. `target`: the city that one of them belongs to, by its slug."""
    hosts = [story for story in stories if _is_plain(story)]
    company = _Company(data, setting, hosts)
    hosts = [story for story in hosts if company.is_quiet(story)]
    hosts.sort(key=lambda story: (story.received_at, story.report.form_key), reverse=True)
    parents, mains = hosts[:1], hosts[1 : 1 + GROUPS]
    told = [company.follower(host, n) for host in parents for n in range(CHILDREN)]
    told += [company.duplicate(host.report, n) for host in mains for n in range(DUPLICATES)]
    if target is not None:
        told.append(company.stray(target))
    return told


def _is_plain(story: Story) -> bool:
    """Whether others may have seen the same: work outside, under way, and open to be read."""
    report = story.report
    return (
        story.status in (w.ASSIGNED, w.IN_PROGRESS, w.REOPENED)
        and report.text.is_field_work
        and not (report.is_anonymous or report.is_confidential or report.text.is_sensitive)
    )


class _Company:
    """What the further reports of one city are made of."""

    def __init__(self, data: Scenario, setting: Setting, hosts: Sequence[Story]) -> None:
        self.setting, self.place, self.texts = setting, setting.place, data.texts
        self.rng = Random(f"{data.numbers['seed']}/{self.place.slug}/company")
        known = {story.report.person for story in hosts}
        self.people = [each for each in data.people if each not in known]
        self.rng.shuffle(self.people)
        self.moments = Moments(setting.calendar, self.rng, setting.numbers["hour_weights"])
        self.filed_at, self.sorted_at = self._instants()
        self.desk = next(each.email for each in self.place.officers if each.role == Role.VERIFIER)

    def is_quiet(self, story: Story) -> bool:
        """Whether nothing happens to this report any more once the others join it."""
        return story.received_at < self.filed_at and story.deeds[-1].at < self.sorted_at

    def duplicate(self, host: Report, number: int) -> Story:
        """The same trouble, reported by somebody else and merged."""
        body = self.setting.common["duplicates"][number]
        report = self._report(
            host.text, host.village, f"{host.form_key}/{number}", host.title, body, host.spot
        )
        words = self.setting.common["merge_message"]
        return self._story(report, [(Act.MERGE, {"main": host.form_key, "text": words})])

    def follower(self, host: Story, number: int) -> Story:
        """The same kind of trouble in another kelurahan, tied to the first report and given to its unit."""
        villages = [each for each in self.place.villages if each != host.report.village]
        village, text = villages[self.rng.randrange(len(villages))], host.report.text
        spot = self.setting.fill(self.rng.choice(text.landmarks), village, "")
        report = self._report(text, village, f"{host.report.form_key}/{number}", text.title, text.body, spot)
        unit = next(deed.values["department"] for deed in host.deeds if "department" in deed.values)
        assigned = {"department": unit, "urgency": "normal", "instructions": ["act"], "note": None}
        verified = {"classification": text.classification, "text": None}
        return self._story(
            report,
            [
                (Act.VERIFY, verified),
                (Act.LINK_PARENT, {"parent": host.report.form_key}),
                (Act.ASSIGN, assigned),
            ],
        )

    def stray(self, target: str) -> Story:
        """A report of a place in another city, passed on to it."""
        fitting = (
            each
            for each in self.texts
            if each.is_field_work and not each.months and self.place.kind in each.tenant_kinds
        )
        text, village = next(fitting), self.place.villages[0]
        spot = self.setting.fill(text.landmarks[0], village, "")
        report = self._report(text, village, target, text.title, text.body, spot)
        reason = self.setting.fill(self.setting.common["transfer_reason"], village, spot)
        return self._story(report, [(Act.TRANSFER, {"target": target, "reason": reason})])

    def _report(self, text: Text, village: Village, key: str, title: str, body: str, spot: str) -> Report:
        return Report(
            form_key=uuid.uuid5(_NAMESPACE, f"{self.place.slug}/{key}"),
            text=text,
            title=self.setting.fill(title, village, spot),
            body=self.setting.fill(body, village, spot),
            village=village,
            spot=spot,
            landmark=spot[:1].upper() + spot[1:],
            incident_on=self.setting.calendar.local_date(self.filed_at),
            person=self.people.pop(),
            is_anonymous=False,
            is_confidential=False,
        )

    def _story(self, report: Report, acts: Sequence[tuple[Act, dict[str, Any]]]) -> Story:
        filed_at, at = self.filed_at + timedelta(minutes=self.rng.randrange(40)), self.sorted_at
        deeds = [Deed(filed_at, Act.SUBMIT, REPORTER)]
        clock = Clockwork(self.setting.calendar, self.setting.rules, filed_at, report.text.classification)
        for act, values in acts:
            at += timedelta(seconds=self.rng.randrange(50, 110))
            clock.move(act, at, values)
            deeds.append(Deed(at, act, self.desk, values))
        return Story(report, tuple(deeds), clock.status, clock.due_at)

    def _instants(self) -> tuple[datetime, datetime]:
        """When the reports were filed, and when, on a later day, the desk sorted them."""
        calendar, now = self.setting.calendar, self.setting.now
        for back in range(1, _DAYS_BACK):
            at = self.moments.office(now - timedelta(days=back), 0)
            if at < now - timedelta(hours=1):
                day = calendar.local_date(at) - timedelta(days=1)
                return self.moments.citizen_on(day), at
        raise RuntimeError(f"no working day within {_DAYS_BACK} days")
