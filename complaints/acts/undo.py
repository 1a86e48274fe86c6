"""The before-image of an act, kept on the case while the act can be undone.

Invariant: an image is there only for the last act of an officer, and only until its window has passed.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy.types import TypeEngine

from complaints.models import Complaint
from core import clock

#: what an act never changes, or what goes on when an act is taken back
_FIXED = frozenset(
    {"tenant_id", "id", "number", "form_key", "version", "last_event", "last_hash", "undo", "external"}
)
_COLUMNS = tuple(column for column in Complaint.__table__.columns if column.key not in _FIXED)


def window(actor_kind: str) -> float:
    """Seconds in which this actor's acts can be undone; messages wait as long. Only officers' acts can."""
    return float(current_app.extensions["settings"].undo_seconds) if actor_kind == "officer" else 0.0


def image(complaint: Complaint) -> dict[str, Any]:
    """Everything of the case that an act may change, as JSON."""
    return {column.key: _plain(getattr(complaint, column.key)) for column in _COLUMNS}


def slot(
    before: dict[str, Any] | None, event_id: uuid.UUID, officer_id: uuid.UUID | None, seconds: float
) -> dict[str, Any] | None:
    """What `Complaint.undo` holds; None where the act cannot be undone."""
    if before is None:
        return None
    until = clock.now() + timedelta(seconds=seconds)
    return {"event": str(event_id), "officer": str(officer_id), "until": until.isoformat(), "before": before}


def restore(complaint: Complaint, before: dict[str, Any]) -> None:
    """Make the case what it was. Columns an older image does not know stay as they are."""
    for column in _COLUMNS:
        if column.key in before:
            setattr(complaint, column.key, _typed(column.type, before[column.key]))


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return value


def _typed(stored_as: TypeEngine[Any], value: Any) -> Any:
    if value is None:
        return None
    kind = stored_as.python_type
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return uuid.UUID(value) if kind is uuid.UUID else value
