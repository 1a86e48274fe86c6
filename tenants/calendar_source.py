"""National public holidays and joint leave (cuti bersama), as proposals for the editable calendar.

The yearly joint decree of three ministers is the law; the library follows it, and marks movable feasts of
years without a decree as estimates. Nothing here is final until an administrator has it stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

PUBLIC = "public"
JOINT_LEAVE = "government"


def national_holidays(years: Iterable[int]) -> list[tuple[date, str, str]]:
    """(date, Indonesian name, category "public" or "government") of `years`, sorted, one row a date.

    A date in both categories is public. `government` is the library's word for joint leave.
    """
    # Imported here: the library is slow to load, and only a calendar import needs it.
    from holidays import country_holidays

    wanted = sorted(set(years))
    found: dict[date, tuple[str, str]] = {}
    for category in (PUBLIC, JOINT_LEAVE):
        for day, name in country_holidays("ID", years=wanted, categories=category, language="id").items():
            found.setdefault(day, (name, category))
    return [(day, name, category) for day, (name, category) in sorted(found.items())]
