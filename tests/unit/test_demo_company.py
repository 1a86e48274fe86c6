"""The reports beside the year's stories: who joins whom, in order, in office hours, the same each time."""

from datetime import timedelta

import pytest

from complaints import workflow
from complaints.deadlines import SlaRules
from complaints.workflow import Act
from demo import planning
from demo.company import CHILDREN, DUPLICATES, GROUPS
from demo.story import REPORTER, Clockwork
from tests.unit.test_demo_planning import DATA, JAKARTA, PRESENTS, calendar, planned

__all__ = ["calendar"]


@pytest.fixture(scope="module", params=PRESENTS, ids=str)
def company(request, calendar):
    """(present, [(stories, the further ones)] of all three cities)."""
    now = request.param.astimezone(PRESENTS[0].tzinfo)
    told = []
    for city in DATA.cities:
        stories = planned(calendar, city, now)
        told.append((stories, planning.company(DATA, city, calendar, SlaRules(), now, stories)))
    return now, told


def test_every_city_has_groups_and_a_parent_and_the_first_passes_one_on(company):
    merged = 0
    for place, (_, further) in enumerate(company[1]):
        acts = [deed.act for story in further for deed in story.deeds]
        assert DUPLICATES <= acts.count(Act.MERGE) <= GROUPS * DUPLICATES
        merged += acts.count(Act.MERGE)
        assert acts.count(Act.LINK_PARENT) == CHILDREN
        assert acts.count(Act.TRANSFER) == (place == 0)
    assert merged > len(DATA.cities) * DUPLICATES


def test_who_is_joined_is_open_and_has_had_its_last_act(company):
    for stories, further in company[1]:
        hosts = {story.report.form_key: story for story in stories}
        for story in further:
            for deed in story.deeds:
                key = deed.values.get("main") or deed.values.get("parent")
                if key is not None:
                    host = hosts[key]
                    assert host.status in workflow.OPEN_STATUSES
                    assert host.received_at < story.received_at
                    assert host.deeds[-1].at < deed.at
                    assert host.report.person != story.report.person


def test_in_order_in_the_past_and_in_office_hours(company, calendar):
    now, told = company
    for _, further in told:
        for story in further:
            clock = Clockwork(calendar, SlaRules(), story.received_at, story.report.text.classification)
            for before, deed in zip(story.deeds, story.deeds[1:], strict=False):
                assert before.at < deed.at < now
                clock.move(deed.act, deed.at, deed.values)
                local = deed.at.astimezone(JAKARTA)
                assert calendar.is_working_day(local.date())
                assert 7 <= local.hour < 16
            assert story.deeds[0].by == REPORTER
            assert story.received_at > now - timedelta(days=20)
            assert (clock.status, clock.due_at) == (story.status, story.due_at)
            assert clock.due_at is None or clock.due_at > now


def test_texts_are_whole_and_fit_the_forms(company):
    for _, told in company[1]:
        for story in told:
            report = story.report
            assert 10 <= len(report.title) <= 100
            assert 30 <= len(report.body) <= 2000
            assert 1 <= len(report.landmark) <= 200
            spoken = [
                value for deed in story.deeds for value in deed.values.values() if isinstance(value, str)
            ]
            for text in (report.title, report.body, report.landmark, *spoken):
                assert text.strip()
                assert "{" not in text


def test_the_same_each_time_and_no_key_twice(company, calendar):
    now, told = company
    keys = []
    for city, (stories, further) in zip(DATA.cities, told, strict=True):
        assert planning.company(DATA, city, calendar, SlaRules(), now, stories) == further
        keys += [story.report.form_key for story in (*stories, *further)]
    assert len(set(keys)) == len(keys)
