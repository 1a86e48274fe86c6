"""How an officer likes to work: only the officer decides, and nobody else sees it."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from core.db.transaction import unit_of_work
from tenants.models import Officer


def set_shortcuts(officer_id: uuid.UUID, wanted: bool) -> None:
    """Turn the keyboard shortcuts on or off."""
    with unit_of_work() as session:
        session.scalars(select(Officer).where(Officer.id == officer_id)).one().has_shortcuts = wanted
