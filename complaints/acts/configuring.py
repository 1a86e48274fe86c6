"""Setting the city's rules of casework; every change is an audit entry with the old and the new values."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from complaints import casework_rules
from complaints.acts.engine import Actor
from complaints.casework_rules import CaseworkRules
from complaints.models import CaseworkSettings
from complaints.permissions import Permission
from core import audit
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, Forbidden
from core.ids import uuid7

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def set_rules(rules: CaseworkRules, actor: Actor) -> bool:
    """Keep the rules. Returns whether anything changed. Raises Forbidden, FieldProblem."""
    if Permission.CONFIGURE not in actor.grants:
        raise Forbidden()
    if not 1 <= rules.reopen_working_days <= 366:
        raise FieldProblem("reopen_working_days", "Jangka waktu 1 sampai 366 hari kerja")
    if not 0 <= rules.most_reopenings <= 20:
        raise FieldProblem("most_reopenings", "Paling banyak 20 kali")
    values = asdict(rules)
    with unit_of_work() as session:
        session.execute(_ONE_AT_A_TIME, {"key": f"casework-rules:{bound_tenant_id()}"})
        old = casework_rules.load()
        if old == rules:
            return False
        session.execute(
            insert(CaseworkSettings)
            .values(tenant_id=bound_tenant_id(), id=uuid7(), **values)
            .on_conflict_do_update(index_elements=["tenant_id"], set_=values)
        )
        audit.record(
            "casework.rules_changed",
            actor_id=actor.id,
            actor_name=actor.name,
            old=asdict(old),
            new=values,
        )
        return True
