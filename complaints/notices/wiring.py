"""How messages join the application: pages, jobs, subscribers, the operator's command."""

from __future__ import annotations

from flask import Flask

from complaints.notices import subscribers
from complaints.notices.cli import messages_cli
from complaints.notices.jobs import JOBS, add_settings
from complaints.views import messaging, messaging_settings
from core.events import subscribe
from core.http import OutboundClient
from tenants.provisioning import TenantProvisioned


def wire(app: Flask) -> None:
    """Everything of messages."""
    # Made once, before any fork: it keeps no connection, and reading the certificates takes a while.
    app.extensions["gateway_http"] = OutboundClient(
        allow_loopback=app.extensions["settings"].allow_loopback_http
    )
    app.register_blueprint(messaging.blueprint)
    app.register_blueprint(messaging_settings.blueprint)
    app.cli.add_command(messages_cli)
    subscribe(TenantProvisioned, add_settings)
    subscribers.subscribe()
    for job in JOBS:
        app.extensions["jobs"].add(job)
