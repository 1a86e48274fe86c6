"""How this package joins the application."""

from __future__ import annotations

from flask import Flask

from tenants import resolver
from tenants.cli import tenants_cli
from tenants.officers import session
from tenants.officers.roles import GRANTS
from tenants.officers.views import blueprint as officers
from tenants.views import blueprint as pages

__all__ = ["GRANTS", "wire"]


def wire(app: Flask) -> None:
    """Resolver first: every request needs its tenant."""
    resolver.install(app, app.extensions["settings"])
    session.install(app)
    app.register_blueprint(pages)
    app.register_blueprint(officers)
    app.cli.add_command(tenants_cli)
