"""How this package joins the application."""

from __future__ import annotations

from flask import Flask

from core.jobs.cli import jobs_cli
from core.web.access import Grants
from operating.cli import COMMANDS
from operating.keys_cli import keys_cli
from operating.views import blueprint

__all__ = ["GRANTS", "wire"]

GRANTS: Grants = {}


def wire(app: Flask) -> None:
    """The operator's commands and pages."""
    for command in COMMANDS:
        jobs_cli.add_command(command)
    app.cli.add_command(keys_cli)
    app.register_blueprint(blueprint)
