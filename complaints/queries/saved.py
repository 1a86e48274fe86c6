"""Saved filters an officer sees: the own ones, and those colleagues share."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Uuid, bindparam, func, literal_column, or_, select

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


_officer = bindparam("officer", type_=Uuid)
_SEEN = (
    select(
        SavedFilter.id,
        SavedFilter.name,
        SavedFilter.query.label("asked"),
        SavedFilter.is_shared,
        (SavedFilter.owner_id == _officer).label("is_mine"),
        Officer.name.label("owner"),
    )
    .join(Officer, (Officer.tenant_id == SavedFilter.tenant_id) & (Officer.id == SavedFilter.owner_id))
    .where(or_(SavedFilter.owner_id == _officer, SavedFilter.is_shared))
    .order_by((SavedFilter.owner_id == _officer).desc(), SavedFilter.name, SavedFilter.id)
    .limit(literal_column(str(MOST_SHOWN)))
)
_each = _SEEN.subquery("saved").c
#: the same as one value, to be asked for with others; `read` makes views of it
SEEN = select(func.jsonb_agg(func.jsonb_build_array(*_each))).scalar_subquery()


def seen_by(officer_id: uuid.UUID) -> list[SavedView]:
    """The officer's own by name, then the shared ones of others."""
    return [SavedView(*row) for row in db.session.execute(_SEEN, {"officer": officer_id})]


def read(value: Sequence[Sequence[Any]] | None) -> list[SavedView]:
    """The views in what `SEEN` gave."""
    return [SavedView(uuid.UUID(filter_id), *rest) for filter_id, *rest in value or ()]
