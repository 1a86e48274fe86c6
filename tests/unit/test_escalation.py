"""The ladder: monotone, never early, never twice, and begun anew where the deadline moves on."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import workflow
from complaints.deadlines import Calendar
from complaints.escalation import (
    EARLIEST,
    LATEST,
    LEVELS,
    TARGETS,
    Ladder,
    ladder_of,
    level_after,
    next_step,
    placed,
)

WIB = ZoneInfo("Asia/Jakarta")
#: Friday 20 to Tuesday 24 March 2026 are days off, as around Idulfitri of that year
OFFICE = Calendar(WIB, holidays=dict.fromkeys((date(2026, 3, day) for day in (20, 23, 24)), "Libur"))
WHOLE = ladder_of([(1, 0), (2, 450), (3, 1350), (4, 2250), (5, 4500)])
ROWS = st.dictionaries(st.sampled_from(list(LEVELS)), st.integers(0, 6_000), max_size=5)
DUES = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def local(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=WIB).astimezone(UTC)


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    rows = dict(draw(ROWS))
    if 1 in rows and draw(st.booleans()):
        rows[1] = draw(st.integers(EARLIEST, -1))
    return ladder_of(rows.items())


def climbed(due_at: datetime, ladder: Ladder, level: int = 0) -> list[tuple[int, datetime]]:
    """Every step from `level` to the end, while nobody acts."""
    steps: list[tuple[int, datetime]] = []
    while (step := next_step(due_at, workflow.ASSIGNED, level, ladder, OFFICE)) is not None:
        steps.append((step.level, step.at))
        level = step.level
    return steps


@given(due_at=DUES, ladder=ladders())
def test_levels_rise_and_instants_never_fall(due_at: datetime, ladder: Ladder) -> None:
    steps = climbed(due_at, ladder)
    assert [level for level, _ in steps] == [rung.level for rung in ladder]
    assert [at for _, at in steps] == sorted(at for _, at in steps)


@given(due_at=DUES, ladder=ladders())
def test_a_step_lies_its_working_time_from_the_deadline(due_at: datetime, ladder: Ladder) -> None:
    minutes = {rung.level: rung.after_working_minutes for rung in ladder}
    for level, at in climbed(due_at, ladder):
        if minutes[level] >= 0:
            assert at >= due_at
            assert OFFICE.working_minutes_between(due_at, at) == minutes[level]
        else:
            assert at < due_at
            assert OFFICE.working_minutes_between(at, due_at) >= -minutes[level]
            assert OFFICE.working_minutes_between(at + timedelta(minutes=1), due_at) <= -minutes[level]


@given(due_at=DUES, ladder=ladders(), status=st.sampled_from(workflow.STATUSES), level=st.integers(0, 5))
def test_only_who_owes_an_act_is_escalated(due_at: datetime, ladder: Ladder, status: str, level: int) -> None:
    step = next_step(due_at, status, level, ladder, OFFICE)
    left = [rung for rung in ladder if rung.level > level]
    assert (step is not None) == (status in workflow.OFFICER_TURN and bool(left))
    if step is not None:
        assert step.level == left[0].level
        assert step.target == TARGETS[step.level - 1]
        assert workflow.transition(status, workflow.Act.ESCALATE) is not None
    assert next_step(None, status, level, ladder, OFFICE) is None


@given(rows=ROWS)
def test_a_ladder_stored_in_disorder_is_climbed_in_order(rows: dict[int, int]) -> None:
    ladder = ladder_of(reversed(rows.items()))
    assert [rung.level for rung in ladder] == sorted(rows)
    for below, above in itertools.pairwise(ladder):
        assert below.after_working_minutes <= above.after_working_minutes
    assert all(rung.after_working_minutes >= rows[rung.level] for rung in ladder)


def test_across_a_holiday_to_the_minute() -> None:
    """Due on Thursday at closing time. Friday, Monday and Tuesday are days off: the next office minute is
    Wednesday's first. An office day has 8 hours here, 08.00 to 16.00."""
    day = OFFICE.working_minutes_between(local(25, 0), local(26, 0))
    ladder = ladder_of([(1, 0), (2, day // 2), (3, day), (4, 2 * day), (5, 3 * day)])
    opens = OFFICE.add_working_minutes(local(25, 0), 1) - timedelta(minutes=1)
    assert opens.astimezone(WIB).date() == date(2026, 3, 25)
    assert climbed(local(19, 16), ladder) == [
        (1, local(19, 16)),
        (2, OFFICE.add_working_minutes(opens, day // 2)),
        (3, local(25, 16)),
        (4, local(26, 16)),
        (5, local(27, 16)),
    ]


def test_a_warning_before_the_deadline() -> None:
    day = OFFICE.working_minutes_between(local(25, 0), local(26, 0))
    step = next_step(local(25, 16), workflow.ASSIGNED, 0, ladder_of([(1, -day)]), OFFICE)
    assert step is not None
    # the whole of Wednesday is one office day: at its opening, or in any idle minute before it
    assert OFFICE.working_minutes_between(step.at, local(25, 16)) == day
    assert OFFICE.working_minutes_between(step.at + timedelta(minutes=1), local(25, 16)) < day


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        (local(19, 16), local(19, 16), 3),  # a note, a follow-up: still late
        (local(19, 16), local(26, 16), 0),  # the next step, an extension, a pause that ended
        (local(26, 16), local(19, 16), 3),  # a holiday was removed
        (local(19, 16), None, 3),  # ended
        (None, local(19, 16), 3),  # reopened: it had no deadline, hence no rungs to forget
    ],
)
def test_when_the_ladder_begins_anew(before: datetime, after: datetime | None, level: int) -> None:
    assert level_after(before, after, 3) == level


@given(due_at=DUES, level=st.integers(0, 5), ladder=ladders())
def test_placing_twice_is_placing_once(due_at: datetime, level: int, ladder: Ladder) -> None:
    first = placed(None, due_at, workflow.VERIFIED, level, ladder, OFFICE)
    assert placed(due_at, due_at, workflow.VERIFIED, first[0], ladder, OFFICE) == first


def test_no_ladder_no_steps() -> None:
    assert climbed(local(19, 16), ()) == []
    assert placed(None, local(19, 16), workflow.RECEIVED, 0, (), OFFICE) == (0, None)


def test_the_bounds_are_those_of_the_table() -> None:
    from complaints.models import EscalationRule

    checks = " ".join(str(getattr(each, "sqltext", "")) for each in EscalationRule.__table_args__)
    assert f"BETWEEN {EARLIEST} AND {LATEST}" in checks
    assert f"BETWEEN {LEVELS[0]} AND {LEVELS[-1]}" in checks


def test_the_defaults_are_the_same_for_old_and_new_cities() -> None:
    from importlib import import_module

    from tenants.provisioning import default_data

    defaults = {rule["level"]: rule["after_working_minutes"] for rule in default_data("escalation")["rules"]}
    assert defaults == import_module("migrations.versions.0015_escalation")._DEFAULTS
    assert [rung.after_working_minutes for rung in WHOLE] == [defaults[level] for level in sorted(defaults)]
