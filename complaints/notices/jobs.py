"""The two kinds of background work with messages, and a new city's settings row."""

from __future__ import annotations

from sqlalchemy import select

from complaints.models import MessagingSettings
from complaints.notices import delivery, digest
from complaints.notices.queueing import DELIVER
from core import clock
from core.extensions import db
from core.jobs.queue import NOTICES, TenantJob
from tenants.provisioning import TenantProvisioned

JOBS = (
    TenantJob(DELIVER, NOTICES, delivery.deliver_due, delivery.DUE_SQL),
    TenantJob("notices.digest", NOTICES, digest.send_due, digest.DUE_SQL),
)


def add_settings(_event: TenantProvisioned) -> None:
    """In the new tenant's scope and transaction; repeating it changes nothing."""
    if db.session.scalar(select(MessagingSettings.id)) is None:
        db.session.add(MessagingSettings(next_digest_at=clock.now()))
