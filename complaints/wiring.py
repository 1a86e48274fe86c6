"""How this package joins the application."""

from __future__ import annotations

from flask import Flask

from complaints.permissions import GRANTS

__all__ = ["GRANTS", "wire"]


def wire(app: Flask) -> None:
    """Pages of citizens and officers, defaults of a new tenant, upkeep."""
