"""How this package joins the application."""

from __future__ import annotations

from flask import Flask

from core.web.access import CITY
from core.web.navigation import StaffPage, add_pages
from sp4n import subscribers, sync_views
from sp4n.cli import sp4n_cli
from sp4n.excel import apply
from sp4n.jobs import JOBS
from sp4n.permissions import GRANTS, Sp4nPermission
from sp4n.settings import IdleOutbound
from sp4n.views import callback, connection, imports, linking, mapping, parity, preview, tasks
from sp4n.views.blueprint import blueprint

__all__ = ["GRANTS", "wire"]
#: modules that add their routes to the blueprint by being imported
_PAGES = (parity, tasks, imports, linking, mapping, preview, connection, callback)


def wire(app: Flask) -> None:
    """Subscribers, delivery, polling, the views of casework and the operator's commands."""
    settings = app.extensions["settings"]
    # Made once, before any fork: it keeps no connection, and reading the certificates takes a while.
    app.extensions["sp4n_http"] = IdleOutbound(allow_loopback=settings.allow_loopback_http)
    app.extensions["sync_source"] = sync_views.sync_of
    app.extensions["failed_sync"] = sync_views.FAILED
    app.extensions["sync_tasks"] = tasks.badge
    app.extensions["sync_tasks_of"] = tasks.report_tasks
    app.extensions["sync_differences_of"] = parity.differences_page
    app.extensions["number_finder"] = sync_views.find_by_number
    app.extensions["link_page"] = linking.link_page
    app.extensions["preview_page"] = preview.preview_page
    for job in (*JOBS, apply.JOB):
        app.extensions["jobs"].add(job)
    subscribers.subscribe()
    app.register_blueprint(blueprint)
    app.register_blueprint(callback.calls)
    add_pages(app, StaffPage("sp4n.parity", "SP4N-LAPOR!", Sp4nPermission.VIEW, "/petugas/sp4n/", (CITY,)))
    app.cli.add_command(sp4n_cli)
