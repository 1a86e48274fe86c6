"""Taking over many reports that were filed elsewhere, as they stand there, in the present transaction.

Invariant: each becomes what filing it and telling its status one by one would make of it; only the statements
are fewer, whatever their number. Any that cannot be taken refuses them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import numbering, statute
from complaints.acts import national
from complaints.acts.engine import SP4N, snapshot
from complaints.acts.intake import Submission, composed, secrets_of
from complaints.acts.national import Told
from complaints.events import CasesTakenOver
from complaints.models import Complaint
from core import events
from core.db.base import TenantScoped
from core.db.many import add_many, each_found
from core.db.tenancy import bound_tenant_id
from core.extensions import db
from tenants.models import Tenant

_TRIES = 6
_cases, _case_found = each_found(Complaint.number, given="numbers")
_USED = select(_case_found.c.number).select_from(_cases)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report filed elsewhere, without a village. `external`: what the other side says, by source.

    `told`: the status it has there; None where that has no counterpart here.
    """

    submission: Submission
    received_at: datetime
    external: dict[str, Any]
    told: Told | None


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The case made, and what became of the status told: applied, noted or ignored; None without one."""

    complaint: Complaint
    outcome: str | None


def take_over(arrivals: Sequence[Arrival]) -> list[TakenOver]:
    """The cases of these reports, in order, written. Categories must be active ones of the bound city.

    Raises IntegrityError where one of them is here already.
    """
    if not arrivals:
        return []
    session = db.session()
    # The calendar from the earliest on holds for all, and each is judged by the periods of its own day.
    widest = statute.load(min(each.received_at for each in arrivals))
    numbers = _free_numbers(session, [widest.on(each.received_at) for each in arrivals])
    rows: list[TenantScoped] = []
    taken, after = [], []
    for arrival, number in zip(arrivals, numbers, strict=True):
        rules = widest.received(arrival.received_at)
        complaint, entry = composed(arrival.submission, SP4N, number, None, rules, arrival.received_at)
        complaint.external = arrival.external
        rows += [entry, *secrets_of(complaint, arrival.submission)]
        outcome = None
        if arrival.told is not None:
            outcome, news = national.arrived_as(session, complaint, arrival.told, rules)
            rows += [news] if news is not None else []
        taken.append(TakenOver(complaint, outcome))
        after.append(snapshot(complaint, rules))
    add_many(session, [each.complaint for each in taken])
    add_many(session, rows)
    events.publish(CasesTakenOver(tuple(after)))
    return taken


def _free_numbers(session: Session, days: Sequence[date]) -> list[str]:
    """A tracking number for each local day of receipt, none of them in use."""
    letters = session.scalars(select(Tenant.letters).where(Tenant.id == bound_tenant_id())).one()
    found: list[str | None] = [None] * len(days)
    used: set[str] = set()
    for _ in range(_TRIES):
        drawn = {
            place: numbering.tracking_number(letters, day)
            for place, day in enumerate(days)
            if found[place] is None
        }
        used |= set(session.scalars(_USED, {"numbers": sorted(drawn.values())}))
        for place, number in drawn.items():
            if number not in used:
                used.add(number)
                found[place] = number
        if None not in found:
            return [number for number in found if number is not None]
    raise RuntimeError("no free tracking numbers were found")
