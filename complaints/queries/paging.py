"""Where a page of a list ends, as text for the next page's address: an instant and an id. Pure."""

from __future__ import annotations

import base64
import binascii
import uuid
from datetime import datetime

LONGEST = 200


def cursor_of(at: datetime, last_id: uuid.UUID) -> str:
    """The place after the row with this instant and id."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{last_id}".encode()).decode().rstrip("=")


def read_cursor(value: str | None) -> tuple[datetime, uuid.UUID] | None:
    """The place a cursor names; a garbled one means the beginning."""
    if not value or len(value) > LONGEST:
        return None
    try:
        at, last_id = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode().split("|")
        place = datetime.fromisoformat(at), uuid.UUID(last_id)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return None
    return place if place[0].tzinfo is not None else None
