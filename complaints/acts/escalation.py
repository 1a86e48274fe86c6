"""What time does to a late case: it climbs the city's ladder, one recorded step after the other.

Invariant: `escalate_at` says when to look; whether a step is due is worked out again under the case's lock,
so that a sweep run twice, or by two workers at once, does nothing twice.
"""

from __future__ import annotations

import uuid
from datetime import datetime

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, aliased

from complaints import escalation, statute
from complaints.acts.engine import SYSTEM, Done, Entry, perform
from complaints.escalation import Next
from complaints.events import Escalated
from complaints.models import Complaint
from complaints.statute import Statute
from complaints.workflow import Act
from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.extensions import db
from tenants.models import Department, Tenant

BATCH = 200
#: batches of one run; what is left is found by the next sweep
MOST_BATCHES = 10
DUE_SQL = "SELECT DISTINCT tenant_id FROM complaint WHERE escalate_at <= now()"
_log = structlog.get_logger(__name__)

_DUE = (
    select(Complaint.id)
    .where(Complaint.escalate_at <= bindparam("now"))
    .order_by(Complaint.escalate_at, Complaint.id)
    .limit(BATCH)
)
_province = aliased(Tenant)
_NAMES = (
    select(Tenant.kind, Tenant.name, Department.name, _province.name)
    .outerjoin(_province, _province.id == Tenant.province_id)
    .outerjoin(Department, (Department.tenant_id == Tenant.id) & (Department.id == bindparam("department")))
    .where(Tenant.id == bindparam("tenant"))
)


def escalate() -> int:
    """Take every step that is due in the bound city. Returns how many were taken."""
    taken = 0
    for _ in range(MOST_BATCHES):
        found = list(db.session.scalars(_DUE, {"now": clock.now()}))
        looked_at = [done for done in map(climb, found) if done is not None]
        taken += sum(done.event_id is not None for done in looked_at)
        if not looked_at:  # none left, or all in other hands
            break
    if taken:
        _log.info("cases_escalated", steps=taken)
    return taken


def climb(complaint_id: uuid.UUID) -> Done | None:
    """Take the case's next step where it is due, else note when it is. None: the case is in other hands."""
    with unit_of_work() as session:
        complaint = session.scalars(
            select(Complaint)
            .where(Complaint.id == complaint_id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        ).first()
        if complaint is None:
            return None
        rules = statute.load(complaint.received_at)
        step = escalation.next_step(
            complaint.due_at, complaint.status, complaint.escalation_level, rules.ladder, rules.calendar
        )
        if step is None or step.at > clock.now():
            complaint.escalate_at = step.at if step else None
            session.flush()
            return Done(complaint.id, complaint.number, complaint.status, None)
        return _take(complaint, step, rules)


def _take(complaint: Complaint, step: Next, rules: Statute) -> Done:
    """The step as an entry of the history, and as a fact for whoever tells people or counts."""
    name = target_name(step.target, complaint.department_id)
    data = {"level": step.level, "target": step.target, "target_name": name}

    def change(_session: Session, found: Complaint, _rules: Statute, _at: datetime) -> None:
        found.escalation_level = step.level

    done = perform(
        complaint.id,
        Act.ESCALATE,
        SYSTEM,
        Entry(is_public=False, data=data),
        fields={"level": step.level},
        change=change,
    )
    if done.event_id is not None:
        on = rules.on(clock.now())
        events.publish(Escalated(complaint.id, done.event_id, step.level, step.target, on))
    return done


def target_name(target: str, department_id: uuid.UUID | None) -> str:
    """Who is told, in words for people. While no unit has the case, the city's desk answers for it."""
    kind, city, department, province = db.session.execute(
        _NAMES, {"tenant": bound_tenant_id(), "department": department_id}
    ).one()
    if target == escalation.HANDLER:
        return f"petugas {department}" if department else "petugas verifikasi"
    if target == escalation.DEPARTMENT_HEAD and department:
        return f"kepala {department}"
    if target == escalation.REGIONAL_HEAD:
        return "bupati" if kind == "kab" else "wali kota"
    if target == escalation.PROVINCE:
        return str(province or "pemerintah provinsi")
    return f"admin {city}"
