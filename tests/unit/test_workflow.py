"""The whole product of status × act against a table written by hand, and what holds on every way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints import labels, workflow
from complaints.deadlines import Step
from complaints.workflow import Act
from tests.unit import workflow_table as table

#: where they lead only the history knows
GOING_BACK = (Act.UNDO, Act.UNMERGE)
EXPECTED = table.transitions()
PAIRS = list(itertools.product(table.STATUSES, [str(act) for act in Act]))


@pytest.mark.parametrize(("status", "act"), PAIRS)
def test_status_and_act(status: str, act: str) -> None:
    step = workflow.transition(status, Act(act))
    expected = EXPECTED.get((status, act))
    assert (step is None) == (expected is None)
    if step is not None and expected is not None:
        assert (step.to, frozenset(step.required)) == expected
        assert step.permission == (None if act in table.REPORTERS_OWN else f"complaint.{act}")
        assert step.syncs == (act in table.TOLD)
        assert step.rule, "every row names the rule it comes from"


def test_the_table_has_no_row_beside_the_product() -> None:
    assert {(status, str(act)) for status, act in workflow.TRANSITIONS} == set(EXPECTED)
    assert list(workflow.STATUSES) == sorted(workflow.STATUSES, key=workflow.STATUSES.index)
    assert set(workflow.STATUSES) == set(table.STATUSES)


def test_open_and_ended_are_all_statuses() -> None:
    assert set(workflow.ENDED_STATUSES) == table.ENDED
    assert set(workflow.OPEN_STATUSES) == set(table.STATUSES) - table.ENDED
    assert set(workflow.OFFICER_TURN) < set(workflow.OPEN_STATUSES)


def test_acts_from_lists_what_the_table_allows() -> None:
    for status in table.STATUSES:
        assert {str(act) for act in workflow.acts_from(status)} == {a for s, a in EXPECTED if s == status}


def test_an_unknown_status_allows_nothing() -> None:
    assert all(workflow.transition(status, act) is None for status in ("", "new", "RECEIVED") for act in Act)


def test_nothing_is_submitted_twice() -> None:
    assert all(act is not Act.SUBMIT for _, act in workflow.TRANSITIONS)


def test_doing_it_again_is_known_for_acts_that_lead_there() -> None:
    assert {str(act): status for act, status in workflow.ALREADY.items()} == table.DONE_ALREADY
    for act, status in workflow.ALREADY.items():
        assert any(step.to == status for (_, each), step in workflow.TRANSITIONS.items() if each is act)
        assert workflow.transition(status, act) is None, "else doing it again would be a change"


def test_everybody_waited_for_has_a_clock() -> None:
    """Total over the statuses: a case without a clock would never be late."""
    assert set(workflow.WAITS_FOR) == set(table.STATUSES)
    for status, step in workflow.WAITS_FOR.items():
        assert (step is None) == (status in table.ENDED)
    officer = {Step.VERIFICATION, Step.FIRST_RESPONSE, Step.RESOLUTION}
    for status in workflow.OPEN_STATUSES:
        assert (workflow.WAITS_FOR[status] in officer) == (status in workflow.OFFICER_TURN)


def test_every_status_has_words() -> None:
    for status in table.STATUSES:
        view = labels.status_view(status)
        assert view.label
        assert view.token


# --- ways through the table --------------------------------------------------------------------------------


def ends_reachable_from(status: str) -> set[str]:
    seen, queue = {status}, [status]
    while queue:
        at = queue.pop()
        for (start, _), step in workflow.TRANSITIONS.items():
            if start == at and step.to not in seen:
                seen.add(step.to)
                queue.append(step.to)
    return seen & table.ENDED


@pytest.mark.parametrize("status", [status for status in table.STATUSES if status not in table.ENDED])
def test_every_open_status_has_a_way_to_an_end(status: str) -> None:
    assert "completed" in ends_reachable_from(status)
    by_officers = {
        step.to for (start, _), step in workflow.TRANSITIONS.items() if start == status and step.permission
    }
    assert by_officers - {status}, "officers must be able to go on without the reporter"


def test_every_status_is_reached_from_a_new_report() -> None:
    seen, queue = {"received"}, ["received"]
    while queue:
        at = queue.pop()
        reached = {step.to for (s, _), step in workflow.TRANSITIONS.items() if s == at}
        queue += (new := reached - seen - {workflow.PREVIOUS})
        seen |= new
    assert seen == set(table.STATUSES)


def walk(choices: list[int]) -> Iterator[tuple[str, Act, str]]:
    """(from, act, to) of a random way from a new report."""
    status = workflow.RECEIVED
    for choice in choices:
        acts = [act for act in workflow.acts_from(status) if act not in GOING_BACK]
        act = acts[choice % len(acts)]
        step = workflow.transition(status, act)
        assert step is not None
        yield status, act, step.to
        status = step.to


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 1000), max_size=60))
def test_what_holds_on_every_way(choices: list[int]) -> None:
    verified = responded = False
    for start, act, to in walk(choices):
        if start in table.ENDED and to != start:
            assert act is Act.REOPEN, "an end is only left by reopening"
            assert start == "completed"
        if act in workflow.REMARKS:
            assert to == start
        verified |= act is Act.VERIFY
        responded |= act is Act.RESPOND
        if act in (Act.ASSIGN, Act.FOLLOW_UP, Act.RESPOND, Act.CLOSE, Act.RATE, Act.REOPEN):
            assert verified, "no unit works on what nobody verified"
        if to == "completed":
            assert responded, "nothing is completed that the reporter was never answered"
        if start == "declined" or start == "archived":
            assert to == start


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 1000), max_size=30))
def test_doing_an_act_again_never_goes_elsewhere(choices: list[int]) -> None:
    for _, act, to in walk(choices):
        again = workflow.transition(to, act)
        assert again is None or again.to == to or act is Act.PROVIDE_INFO or act in GOING_BACK, (act, to)
