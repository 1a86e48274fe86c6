"""How this package joins the application."""

from __future__ import annotations

from flask import Flask

from complaints.acts import answering, escalation, groups, lapse, proving, recounting, sealing, uploads
from complaints.acts.moves import carrying, sending
from complaints.cli import audit_cli
from complaints.events import ActUndone
from complaints.notices import subscribers as notices
from complaints.notices.cli import messages_cli
from complaints.notices.jobs import JOBS as NOTICE_JOBS
from complaints.notices.jobs import add_settings
from complaints.permissions import GRANTS
from complaints.provisioning import add_defaults
from complaints.views import (
    acting,
    delegation,
    files,
    handling_settings,
    messaging,
    printing,
    tracking,
    trail,
    units,
)
from complaints.views import escalation as ladder_pages
from core.crypto import derive_key
from core.events import subscribe
from core.http import OutboundClient
from core.jobs.queue import SYNC, UPKEEP, TenantJob
from tenants.calendar import CalendarChanged
from tenants.provisioning import TenantProvisioned

__all__ = ["GRANTS", "wire"]


def wire(app: Flask) -> None:
    """Pages of citizens and officers, defaults of a new city, what time does to a case."""
    app.extensions["link_key"] = derive_key(app.extensions["settings"].secret_key, "tracking-link")
    app.register_blueprint(tracking.blueprint)
    app.register_blueprint(acting.blueprint)
    app.register_blueprint(files.blueprint)
    for pages in (units, printing, delegation, handling_settings):
        app.register_blueprint(pages.blueprint)
    app.register_blueprint(messaging.blueprint)
    app.register_blueprint(trail.blueprint)
    app.register_blueprint(ladder_pages.blueprint)
    app.cli.add_command(audit_cli)
    app.cli.add_command(messages_cli)
    # Made once, before any fork: it keeps no connection, and reading the certificates takes a while.
    app.extensions["gateway_http"] = OutboundClient(
        allow_loopback=app.extensions["settings"].allow_loopback_http
    )
    subscribe(TenantProvisioned, add_defaults)
    subscribe(TenantProvisioned, add_settings)
    notices.subscribe()
    answering.subscribe()
    subscribe(CalendarChanged, recounting.on_calendar_changed)
    subscribe(ActUndone, groups.on_undone)
    subscribe(ActUndone, sending.on_undone)
    jobs = app.extensions["jobs"]
    jobs.add(TenantJob(sending.DELIVER, SYNC, carrying.deliver_due, carrying.DUE_SQL))
    jobs.add(TenantJob("complaints.lapse", UPKEEP, lapse.lapse, lapse.DUE_SQL))
    jobs.add(TenantJob("complaints.escalate", UPKEEP, escalation.escalate, escalation.DUE_SQL))
    jobs.add(TenantJob(recounting.JOB, UPKEEP, recounting.recount, recounting.DUE_SQL))
    jobs.add(TenantJob("complaints.seal", UPKEEP, sealing.seal, sealing.DUE_SQL))
    jobs.add(TenantJob("complaints.prove", UPKEEP, proving.prove, proving.DUE_SQL))
    for job in NOTICE_JOBS:
        jobs.add(job)
    jobs.add(TenantJob("complaints.unsent_files", UPKEEP, uploads.sweep_orphans, uploads.UNSENT_SQL))
