"""Saved filters an officer sees: the own ones, and those colleagues share."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select

from complaints.models import SavedFilter
from core.extensions import db
from tenants.models import Officer

#: of the list beside the inbox
MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved filter. `asked` is the canonical query, without a leading question mark."""

    id: uuid.UUID
    name: str
    asked: str
    is_shared: bool
    is_mine: bool
    owner: str


_SEEN = (
    select(
        SavedFilter.id,
        SavedFilter.name,
        SavedFilter.query,
        SavedFilter.is_shared,
        SavedFilter.owner_id == bindparam("officer"),
        Officer.name,
    )
    .join(Officer, (Officer.tenant_id == SavedFilter.tenant_id) & (Officer.id == SavedFilter.owner_id))
    .where(or_(SavedFilter.owner_id == bindparam("officer"), SavedFilter.is_shared))
    .order_by((SavedFilter.owner_id == bindparam("officer")).desc(), SavedFilter.name, SavedFilter.id)
    .limit(MOST_SHOWN)
)


def seen_by(officer_id: uuid.UUID) -> list[SavedView]:
    """The officer's own by name, then the shared ones of others."""
    return [SavedView(*row) for row in db.session.execute(_SEEN, {"officer": officer_id})]
