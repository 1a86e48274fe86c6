"""Append-only, chained record of what is done to settings and accounts and of every view of an identity.

The application role may insert and read entries, never change or remove them (grants in the migrations).
Invariant: the chain's head is the last thing a transaction locks, so that it never waits with it in hand.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from core import clock
from core.audit import chain
from core.audit.chain import lock_head
from core.audit.models import AuditEntry, AuditHead
from core.db.reading import note_writing
from core.extensions import db
from core.ids import uuid7

__all__ = ["AuditEntry", "AuditHead", "lock_head", "origin", "record", "record_many"]

_PENDING = "audit_pending"


def record(
    action: str,
    *,
    actor_id: uuid.UUID | None,
    actor_name: str,
    subject_id: uuid.UUID | None = None,
    **detail: Any,
) -> None:
    """Write an entry in the present transaction. `detail` holds ids and old/new values, never secrets."""
    record_many(action, actor_id=actor_id, actor_name=actor_name, entries=[(subject_id, detail)])


def record_many(
    action: str,
    *,
    actor_id: uuid.UUID | None,
    actor_name: str,
    entries: Iterable[tuple[uuid.UUID | None, Mapping[str, Any]]],
) -> None:
    """One entry for each (subject_id, detail), in the present transaction and in this order.

    A thousand cost three statements: they are written together when the transaction commits.
    """
    session = db.session()
    note_writing(session.connection())  # begins the transaction: its end is told even where nothing is asked
    within = session.get_nested_transaction()
    pending: list[tuple[SessionTransaction | None, dict[str, Any]]] = session.info.setdefault(_PENDING, [])
    address, request_id = origin()
    pending.extend(
        (
            within,
            {
                "id": uuid7(),
                "occurred_at": clock.now(),
                "actor_id": actor_id,
                "actor_name": chain.stored(actor_name),
                "action": action,
                "subject_id": subject_id,
                "remote_address": address,
                "request_id": request_id,
                "detail": chain.stored(detail),
            },
        )
        for subject_id, detail in entries
    )


def origin() -> tuple[str | None, str | None]:
    """Where the present request comes from: remote address, id of the request. Both None outside of one."""
    if not has_request_context():
        return None, None
    return request.remote_addr, g.get("request_id")


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    if not session.info.get(_PENDING) or session.in_nested_transaction():
        return
    pending = session.info.pop(_PENDING)
    session.flush()
    chain.append(session, [row for _, row in pending])


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """What a rolled back transaction, or savepoint, recorded did not happen."""
    pending = session.info.pop(_PENDING, None)
    if pending and ended.nested:
        session.info[_PENDING] = [(within, row) for within, row in pending if not _is_in(within, ended)]


def _is_in(within: SessionTransaction | None, ended: SessionTransaction) -> bool:
    while within is not None:
        if within is ended:
            return True
        within = within.parent
    return False
