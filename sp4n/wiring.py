"""How this package joins the application."""

from __future__ import annotations

from flask import Flask

from sp4n import subscribers, sync_views
from sp4n.cli import sp4n_cli
from sp4n.jobs import JOBS
from sp4n.permissions import GRANTS
from sp4n.settings import IdleOutbound
from sp4n.views import parity

__all__ = ["GRANTS", "wire"]


def wire(app: Flask) -> None:
    """Subscribers, delivery, polling, the views of casework and the operator's commands."""
    settings = app.extensions["settings"]
    # Made once, before any fork: it keeps no connection, and reading the certificates takes a while.
    app.extensions["sp4n_http"] = IdleOutbound(allow_loopback=settings.allow_loopback_http)
    app.extensions["sync_source"] = sync_views.sync_of
    app.extensions["failed_sync"] = sync_views.FAILED
    app.extensions["number_finder"] = sync_views.find_by_number
    for job in JOBS:
        app.extensions["jobs"].add(job)
    subscribers.subscribe()
    app.register_blueprint(parity.blueprint)
    app.cli.add_command(sp4n_cli)
