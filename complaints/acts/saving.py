"""Saving, renaming, sharing and removing a list. Only its owner may; sharing is told to the audit."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.acts.engine import Actor
from complaints.models import SavedFilter
from core import audit
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, NotFound
from core.extensions import db
from tenants.models import Officer

MOST = 30
TAKEN = "Nama saringan sudah dipakai"


def save(actor: Actor, *, name: str, query: str, is_shared: bool) -> uuid.UUID:
    """Keep a list under a name. Raises FieldProblem for a name in use, and for one list too many."""
    with unit_of_work() as session:
        own = _own(session, actor)
        if len(own) >= MOST:
            raise FieldProblem("name", f"Paling banyak {MOST} saringan. Hapus yang tidak dipakai lagi")
        _check_name(own, name, None)
        kept = SavedFilter(owner_id=actor.id, name=name, query=query, is_shared=is_shared)
        session.add(kept)
        session.flush()
        if is_shared:
            _tell(actor, kept, {"shared": [False, True]})
        return kept.id


def change(filter_id: uuid.UUID, actor: Actor, *, name: str, is_shared: bool) -> None:
    """Rename, share or stop sharing. Raises NotFound for anything but one's own, FieldProblem."""
    with unit_of_work() as session:
        own = _own(session, actor)
        kept = _one(own, filter_id)
        _check_name(own, name, filter_id)
        old = kept.name, kept.is_shared
        kept.name, kept.is_shared = name, is_shared
        if True in (old[1], is_shared) and old != (name, is_shared):
            _tell(actor, kept, {"name": [old[0], name], "shared": [old[1], is_shared]})


def check_own(filter_id: uuid.UUID, actor: Actor) -> None:
    """Raise NotFound for a list that is not this officer's own."""
    mine = select(SavedFilter.id).where(SavedFilter.id == filter_id, SavedFilter.owner_id == actor.id)
    if db.session.scalar(mine) is None:
        raise NotFound()


def remove(filter_id: uuid.UUID, actor: Actor) -> str:
    """Remove one's own; returns its name. Raises NotFound."""
    with unit_of_work() as session:
        kept = _one(_own(session, actor), filter_id)
        name = kept.name
        if kept.is_shared:
            _tell(actor, kept, {"shared": [True, False]})
        session.delete(kept)
        return name


def _own(session: Session, actor: Actor) -> list[SavedFilter]:
    """The officer's lists. The officer's row is locked: two savings at once must not take one name."""
    session.execute(select(Officer.id).where(Officer.id == actor.id).with_for_update(key_share=True))
    return list(session.scalars(select(SavedFilter).where(SavedFilter.owner_id == actor.id)))


def _one(own: list[SavedFilter], filter_id: uuid.UUID) -> SavedFilter:
    found = next((kept for kept in own if kept.id == filter_id), None)
    if found is None:
        raise NotFound()
    return found


def _check_name(own: list[SavedFilter], name: str, but: uuid.UUID | None) -> None:
    if any(kept.name.casefold() == name.casefold() and kept.id != but for kept in own):
        raise FieldProblem("name", TAKEN)


def _tell(actor: Actor, kept: SavedFilter, changes: dict[str, object]) -> None:
    audit.record(
        "filter.changed", actor_id=actor.id, actor_name=actor.name, subject_id=kept.id, name=kept.name,
        query=kept.query, changes=changes,
    )  # fmt: skip
