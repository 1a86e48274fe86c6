"""How soon a report is read again, by how long nothing has changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sp4n import rhythm

OWN = timedelta(minutes=5)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet_minutes", "open_", "listed", "ended"),
    [
        (0, 5, 60, 60),
        (20, 5, 60, 60),
        (40, 10, 60, 60),
        (8 * 60, 120, 120, 120),
        (12 * 60, 180, 180, 180),
        (3 * 24 * 60, 180, 180, 18 * 60),
        (90 * 24 * 60, 180, 180, 24 * 60),
    ],
)
def test_the_wait_grows_with_the_silence_up_to_its_bound(
    quiet_minutes: int, open_: int, listed: int, ended: int
) -> None:
    quiet = timedelta(minutes=quiet_minutes)
    waits = [
        rhythm.wait(OWN, quiet, has_list=has_list, is_ended=is_ended)
        for has_list, is_ended in ((False, False), (True, False), (False, True))
    ]
    assert [each / timedelta(minutes=1) for each in waits] == [open_, listed, ended]


def test_a_citys_own_interval_is_never_undercut() -> None:
    own = timedelta(hours=6)
    assert rhythm.wait(own, timedelta(days=9), has_list=False, is_ended=False) == own
    assert rhythm.wait(own, timedelta(0), has_list=True, is_ended=True) == own


@pytest.mark.parametrize(
    ("ended_at", "expected"),
    [(None, False), (NOW - timedelta(days=30), False), (NOW - timedelta(days=30, seconds=1), True)],
)
def test_an_ended_report_is_watched_for_thirty_days(ended_at: datetime | None, expected: bool) -> None:
    assert rhythm.is_past(ended_at, NOW) is expected
