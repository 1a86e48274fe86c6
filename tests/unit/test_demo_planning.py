"""The demonstration's stories: alive on any day, told within hours and rules, the same each time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from complaints import workflow
from complaints.deadlines import Calendar, DueState, SlaRules
from complaints.escalation import ladder_of
from complaints.workflow import Act
from demo import chapters, planning, scenario
from demo.story import REPORTER, SYSTEM, Clockwork
from tenants.calendar_source import national_holidays
from tenants.provisioning import default_data

JAKARTA = ZoneInfo("Asia/Jakarta")
DATA = scenario.load()
LADDER = ladder_of(
    (rule["level"], rule["after_working_minutes"]) for rule in default_data("escalation")["rules"]
)
SCENES = frozenset(text.scene for text in DATA.texts if text.scene)
#: a working morning, the night before a Monday, the long holidays, the last minute of a month and of a year
PRESENTS = [
    datetime(2026, 11, 24, 11, 30, tzinfo=JAKARTA),
    datetime(2026, 7, 13, 0, 5, tzinfo=JAKARTA),
    datetime(2026, 3, 22, 9, 0, tzinfo=JAKARTA),
    datetime(2026, 2, 28, 23, 59, tzinfo=JAKARTA),
    datetime(2027, 1, 1, 14, 0, tzinfo=JAKARTA),
]


@pytest.fixture(scope="module")
def calendar():
    days = {day: name for day, name, _ in national_holidays(range(2024, 2029))}
    return Calendar(JAKARTA, holidays=days)


@pytest.fixture(scope="module", params=PRESENTS, ids=str)
def told(request, calendar):
    """(present, stories of all three cities)."""
    now = request.param.astimezone(UTC)
    return now, [planned(calendar, city, now) for city in DATA.cities]


def planned(calendar, city, now, **options):
    return planning.plan(DATA, city, calendar, SlaRules(), now, scenes=SCENES, ladder=LADDER, **options)


def test_every_city_has_its_reports_in_every_status(told):
    for city, stories in zip(DATA.cities, told[1], strict=True):
        assert len(stories) == DATA.pace_of(city.slug)["complaints"] >= 150
        statuses = {story.status for story in stories}
        assert statuses - {workflow.PROPOSED} == set(chapters.STATUSES)
        assert (workflow.PROPOSED in statuses) == bool(DATA.pace_of(city.slug).get("needs_approval"))
        assert len({story.report.form_key for story in stories}) == len(stories)


def test_nothing_is_in_the_future_or_more_than_a_year_old(told):
    now, cities = told
    for stories in cities:
        times = [deed.at for story in stories for deed in story.deeds]
        assert max(times) <= now
        assert min(times) > now - timedelta(days=367)


def test_the_inbox_is_alive(told, calendar):
    """Something new, something due soon, a few late."""
    now, cities = told
    for stories in cities:
        waiting = [story for story in stories if story.status in workflow.OFFICER_TURN]
        states = [calendar.remaining(story.due_at, now).state for story in waiting]
        assert 0 < states.count(DueState.LATE) < len(states) / 3
        new = [story for story in stories if story.received_at > now - timedelta(days=1.5)]
        assert len([story for story in new if story.status == workflow.RECEIVED]) >= 2


def test_due_soon_is_due_today_or_tomorrow_where_tomorrow_is_a_working_day(calendar):
    now = PRESENTS[0].astimezone(UTC)
    for city in DATA.cities:
        stories = [each for each in planned(calendar, city, now) if each.status in workflow.OFFICER_TURN]
        states = {calendar.remaining(story.due_at, now).state for story in stories}
        assert states == set(DueState)


def test_people_act_at_hours_at_which_people_act(told, calendar):
    for stories in told[1]:
        for story in stories:
            for deed in story.deeds:
                local = deed.at.astimezone(JAKARTA)
                if deed.by == REPORTER:
                    assert 7 <= local.hour <= 21
                elif deed.by != SYSTEM:
                    assert calendar.is_working_day(local.date())
                    assert 7 <= local.hour < 16


def test_every_story_follows_the_workflow_in_order(told, calendar):
    for stories in told[1]:
        for story in stories:
            clock = Clockwork(calendar, SlaRules(), story.received_at, story.report.text.classification)
            for before, deed in zip(story.deeds, story.deeds[1:], strict=False):
                assert deed.at > before.at
                clock.move(deed.act, deed.at, deed.values)
            assert (clock.status, clock.due_at) == (story.status, story.due_at)


def test_texts_are_whole_and_fit_the_forms(told):
    for stories in told[1]:
        for story in stories:
            report = story.report
            assert 10 <= len(report.title) <= 100
            assert 30 <= len(report.body) <= 2000
            assert 1 <= len(report.landmark) <= 200
            words = [report.title, report.body, report.landmark]
            for deed in story.deeds:
                spoken = [value for value in deed.values.values() if isinstance(value, str)]
                words += spoken
                if deed.act is Act.RESPOND:
                    assert 50 <= len(deed.values["text"]) <= 2000
            assert not [text for text in words if "{" in text or "}" in text or not text.strip()]


def test_officers_act_within_their_department(told):
    for city, stories in zip(DATA.cities, told[1], strict=True):
        units = {officer.email: (officer.role, officer.department) for officer in city.officers}
        for story in stories:
            held_by = None
            for deed in story.deeds:
                held_by = deed.values.get("department", held_by)
                role, department = units.get(deed.by, ("", None))
                if role in ("liaison_officer", "handler", "department_head"):
                    assert department == held_by


def test_the_same_seed_tells_the_same_stories(calendar):
    now = PRESENTS[0].astimezone(UTC)
    city = DATA.cities[0]
    assert planned(calendar, city, now, count=40) == planned(calendar, city, now, count=40)


def test_cities_differ(calendar):
    now = PRESENTS[0].astimezone(UTC)
    first, second = (planned(calendar, city, now, count=20) for city in DATA.cities[:2])
    assert {story.report.form_key for story in first}.isdisjoint(story.report.form_key for story in second)
    assert [story.report.title for story in first] != [story.report.title for story in second]


def test_acts_of_a_city_are_done_in_order_of_time(calendar):
    stories = planned(calendar, DATA.cities[1], PRESENTS[0].astimezone(UTC), count=30)
    deeds = planning.deeds_in_order(stories)
    assert [deed.at for _, _, deed in deeds] == sorted(deed.at for story in stories for deed in story.deeds)
    seen = dict.fromkeys((story.report.form_key for story in stories), 0)
    for story, place, _ in deeds:
        assert place == seen[story.report.form_key]
        seen[story.report.form_key] += 1


def test_the_newest_reports_come_after_the_city_is_connected(calendar):
    stories = planned(calendar, DATA.cities[1], PRESENTS[0].astimezone(UTC))
    joined = planning.connected_from(stories)
    assert sum(story.received_at > joined for story in stories) == planning.CONNECTED
