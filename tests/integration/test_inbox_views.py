"""The timed views of the inbox hold exactly the cases of their window, page after page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from complaints.acts import intake
from complaints.queries import inbox
from core import clock
from tests.conftest import City, submission, utc

NOW = utc(2026, 3, 11, 3)  # a Wednesday morning


def numbers(view: str, size: int = 25) -> list[str]:
    """Every number of a view, walked page by page."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = inbox.load(view, department_id=None, after=after, size=size, own_unit=False)
        found += [row.number for row in page.rows]
        after = page.cursor
        if after is None:
            return found


def test_late_soon_and_later(city: City, in_city: Callable[[City], Any]) -> None:
    filed: dict[int, list[str]] = {}
    with in_city(city):
        for days_ago in (9, 8, 2, 1, 0):
            with clock.frozen(NOW - timedelta(days=days_ago)):
                filed[days_ago] = [intake.submit(submission()).number for _ in range(3)]
        with clock.frozen(NOW):
            late, soon, mine = numbers("terlambat", 2), numbers("segera", 2), numbers("perlu", 2)
            counts = inbox.load("perlu", department_id=None, after=None, size=25, own_unit=False).counts
    # verification takes three working days: filed on the 2nd and 3rd it was due by the 6th
    assert sorted(late) == sorted(filed[9] + filed[8])
    # due on the 12th and 13th, within two working days; what was filed today is due on the 16th
    assert sorted(soon) == sorted(filed[2] + filed[1])
    assert sorted(mine) == sorted(number for each in filed.values() for number in each)
    assert (counts["terlambat"], counts["segera"], counts["perlu"]) == (len(late), len(soon), len(mine))
