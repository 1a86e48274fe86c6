"""The nightly check of a city's record; what it found stands on the auditor's page until the next one.

Each night reads the whole audit, every seal and a seventh of the histories, so that a job stays within its
time; `flask audit verify` reads everything at once.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from complaints.queries import integrity
from core import audit, clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.extensions import db
from tenants.models import Tenant

DUE_SQL = "SELECT tenant_id FROM audit_head WHERE check_due_at <= now()"
#: a run that was cut off is tried again after this
RETRY = timedelta(hours=6)
#: cities begin minutes apart, from this hour of their own night on
BEGINS, SPREAD_MINUTES = time(1), 240
_log = structlog.get_logger(__name__)


def prove() -> bool:
    """Check the bound city and keep the result. Returns whether everything is what was written."""
    with unit_of_work() as session:
        audit.lock_head(session).check_due_at = clock.now() + RETRY
    report = integrity.check(part=clock.now().toordinal() % integrity.PARTS)
    with unit_of_work() as session:
        head = audit.lock_head(session)
        head.checked_at, head.check_due_at = clock.now(), _next_night()
        if report.is_intact:
            head.intact_to, head.fault = report.intact_to, None
        else:
            head.fault = report.faults[0].message
    if report.is_intact:
        # kept outside the database, this line shows later whether the whole was put back to an older state
        _log.info("audit_intact", head=report.head, events=report.events, seals=report.seals)
    else:
        _log.error("audit_broken", faults=[fault.message for fault in report.faults])
    return report.is_intact


def _next_night() -> datetime:
    tenant_id = bound_tenant_id()
    zone = ZoneInfo(db.session.execute(select(Tenant.timezone).where(Tenant.id == tenant_id)).scalar_one())
    local = clock.now().astimezone(zone)
    minutes = timedelta(minutes=tenant_id * 7 % SPREAD_MINUTES)
    begins = datetime.combine(local.date(), BEGINS, zone) + minutes
    return begins if begins > local else begins + timedelta(days=1)
