"""How this package joins the application."""

from __future__ import annotations

from flask import Flask

from core.jobs.queue import FIGURES, TenantJob
from core.web.access import PROVINCE
from core.web.navigation import StaffPage, add_pages
from monitoring import figures, front_page
from monitoring.cli import figures_cli
from monitoring.permissions import GRANTS, Permission
from monitoring.views import blueprint

__all__ = ["GRANTS", "wire"]


DASHBOARD = StaffPage(
    "monitoring.dashboard", "Dasbor provinsi", Permission.VIEW_FIGURES, "/provinsi/", (PROVINCE,)
)


def wire(app: Flask) -> None:
    """Subscribers, the fold, and the province's page."""
    figures.subscribe()
    app.extensions["jobs"].add(TenantJob(figures.FOLD, FIGURES, figures.fold, figures.DUE_SQL, is_noted=True))
    app.extensions["home_figures"] = front_page.figures
    app.register_blueprint(blueprint)
    add_pages(app, DASHBOARD)
    app.cli.add_command(figures_cli)
