"""How this package joins the application."""

from __future__ import annotations

from flask import Flask

GRANTS: dict[str, frozenset[str]] = {}


def wire(app: Flask) -> None:
    """Subscribers, the fold, and the province's page."""
