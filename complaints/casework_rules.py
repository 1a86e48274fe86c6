"""The bound city's own rules of casework: whether heads approve answers, how long and how often to reopen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from complaints.models import CaseworkSettings
from core.extensions import db


@dataclass(frozen=True, slots=True)
class CaseworkRules:
    """`reopen_working_days` from 1 to 366, `most_reopenings` from 0 to 20."""

    needs_approval: bool = False
    reopen_working_days: int = 10
    most_reopenings: int = 2


DEFAULTS = CaseworkRules()
_LOAD = select(
    CaseworkSettings.needs_approval, CaseworkSettings.reopen_working_days, CaseworkSettings.most_reopenings
)


def load() -> CaseworkRules:
    """The city's rules, or the defaults where it has set none. One statement."""
    row = db.session.execute(_LOAD).first()
    return DEFAULTS if row is None else CaseworkRules(*row)
