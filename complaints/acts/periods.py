"""The city's statutory periods: a new rule set from a day on. What held before stays as it was."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from complaints.acts import recounting
from complaints.acts.engine import Actor
from complaints.deadlines import SlaRules, Step
from complaints.models import SlaRule
from complaints.permissions import Permission
from complaints.workflow import CLASSIFICATIONS
from core import audit
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, Forbidden
from core.formats import long_date
from tenants.calendar import EARLIEST, LATEST

ADDED = "periods.added"
_PLAIN = (Step.VERIFICATION, Step.FIRST_RESPONSE, Step.CLARIFICATION, Step.AUTO_CLOSE)


def add_rule_set(effective_from: date, legal_basis: str, rules: SlaRules, actor: Actor) -> None:
    """Periods of reports received from a local day on; open ones received since are counted anew.

    Raises Forbidden, and FieldProblem("effective_from") for a day far off or one that has a set.
    """
    if Permission.CONFIGURE not in actor.grants:
        raise Forbidden()
    if not EARLIEST <= effective_from <= LATEST:
        raise FieldProblem("effective_from", f"Tanggal harus dari tahun {EARLIEST.year} sampai {LATEST.year}")
    periods = _periods(rules)
    with unit_of_work() as session:
        taken = select(SlaRule.id).where(SlaRule.effective_from == effective_from).limit(1)
        if session.scalar(taken) is not None:
            raise FieldProblem(
                "effective_from", "Sudah ada batas waktu yang berlaku mulai tanggal itu, pilih tanggal lain"
            )
        session.add_all(
            SlaRule(
                effective_from=effective_from,
                step=step,
                classification=classification,
                working_days=days,
                legal_basis=legal_basis,
            )
            for (step, classification), days in periods.items()
        )
        audit.record(
            ADDED,
            actor_id=actor.id,
            actor_name=actor.name,
            effective_from=effective_from.isoformat(),
            legal_basis=legal_basis,
            periods={" ".join(filter(None, key)): days for key, days in periods.items()},
        )
        recounting.request(f"Batas waktu baru berlaku mulai {long_date(effective_from)}: {legal_basis}")


def _periods(rules: SlaRules) -> dict[tuple[str, str], int]:
    """(step, classification or "") → working days."""
    plain = {(str(step), ""): rules.working_days_for(step) for step in _PLAIN}
    by_classification = {each: rules.working_days_for(Step.RESOLUTION, each) for each in CLASSIFICATIONS}
    return plain | {(str(Step.RESOLUTION), each): days for each, days in by_classification.items()}
