"""How this package joins the application."""

from __future__ import annotations

from flask import Flask

from complaints.acts import escalation, groups, lapse, proving, recounting, sealing, uploads
from complaints.acts.moves import carrying, sending
from complaints.cli import audit_cli
from complaints.events import ActUndone
from complaints.notices import wiring as notices
from complaints.permissions import GRANTS, Permission
from complaints.presence import Presence
from complaints.provisioning import add_defaults
from complaints.views import (
    acting,
    delegation,
    files,
    handling_settings,
    printing,
    tracking,
    trail,
    units,
)
from complaints.views import escalation as ladder_pages
from complaints.views.bulk import bulk_page as bulk_page
from complaints.views.inbox import inbox_page as inbox_page
from complaints.views.mentions import mentions_page as mentions_page
from complaints.views.profile import profile_page as profile_page
from complaints.views.saved_filters import saved_filters_page as saved_filters_page
from complaints.views.settings import blueprint as settings
from complaints.views.settings_answers import templates_page as templates_page
from complaints.views.settings_calendar import calendar_page as calendar_page
from complaints.views.settings_periods import periods_page as periods_page
from core.crypto import derive_key
from core.events import subscribe
from core.jobs.queue import SYNC, UPKEEP, TenantJob
from core.web.navigation import StaffPage, add_pages
from tenants.calendar import CalendarChanged
from tenants.provisioning import TenantProvisioned

__all__ = ["GRANTS", "wire"]

#: the officers' pages in the header
PAGES = (
    StaffPage("casework.inbox", "Kotak masuk", Permission.VIEW, "/petugas/"),
    StaffPage("units.queue", "Antrean unit", Permission.VIEW, "/petugas/unit"),
    StaffPage("escalation.cases", "Eskalasi", Permission.ESCALATED, "/petugas/eskalasi"),
    StaffPage("trail.page", "Audit", Permission.AUDIT, "/petugas/audit"),
    StaffPage("settings.index", "Pengaturan", Permission.CONFIGURE, "/petugas/pengaturan/"),
)


def wire(app: Flask) -> None:
    """Pages of citizens and officers, defaults of a new city, what time does to a case."""
    app.extensions["link_key"] = derive_key(app.extensions["settings"].secret_key, "tracking-link")
    app.extensions["presence"] = Presence(app.extensions["settings"].redis_url)
    app.register_blueprint(tracking.blueprint)
    app.register_blueprint(acting.blueprint)
    app.register_blueprint(files.blueprint)
    for pages in (units, printing, delegation, handling_settings):
        app.register_blueprint(pages.blueprint)
    app.register_blueprint(trail.blueprint)
    app.register_blueprint(ladder_pages.blueprint)
    app.register_blueprint(settings)
    add_pages(app, *PAGES)
    app.cli.add_command(audit_cli)
    subscribe(TenantProvisioned, add_defaults)
    notices.wire(app)
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
    jobs.add(TenantJob("complaints.unsent_files", UPKEEP, uploads.sweep_orphans, uploads.UNSENT_SQL))
