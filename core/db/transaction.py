"""Units of work: the only place that commits. What must happen after the commit waits in a list of its own.

The list is run by `unit_of_work` itself and not by a session event, because those also fire when a
savepoint is released.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from flask import current_app
from sqlalchemy import Connection, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from core.db.reading import leave_reading
from core.db.roles import guard

_QUEUE = "after_commit"
_log = structlog.get_logger(__name__)


def _session() -> Session:
    from core.extensions import db

    return db.session()


def after_commit(action: Callable[[], None]) -> None:
    """Run `action` once the surrounding unit of work has committed.

    It is a hint only: the row is the truth.
    """
    _session().info.setdefault(_QUEUE, []).append(action)


@contextmanager
def unit_of_work(*, goes_on: bool = False) -> Iterator[Session]:
    """One transaction: commit at the end, roll back on any error. Not to be nested.

    What was loaded on this session before counts no longer, so that no decision rests on it. A unit of work
    that `goes_on` keeps it: it writes down that something was read, and decides nothing.
    """
    session = _session()
    if session.info.get("in_unit_of_work"):
        raise RuntimeError("units of work do not nest")
    if not goes_on:
        leave_reading(session)
    session.info["in_unit_of_work"] = True
    session.info[_QUEUE] = []
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        session.info[_QUEUE] = []
        raise
    finally:
        session.info["in_unit_of_work"] = False
    _run_queue(session)


def _run_queue(session: Session) -> None:
    queue: list[Callable[[], None]] = session.info.pop(_QUEUE, [])
    for action in queue:
        try:
            action()
        except Exception:  # the commit stands; a failed wake-up is made good by the sweep
            _log.warning("after_commit_failed", exc_info=True)


@contextmanager
def owner_transaction() -> Iterator[Connection]:
    """One transaction as the tables' owner, for the operator's commands only.

    No web or worker process has its URL.
    """
    url = current_app.extensions["settings"].database_owner_url
    if url is None:
        raise RuntimeError("DATABASE_OWNER_URL belum diisi: perintah ini memerlukan peran pemilik")
    engine = create_engine(url, poolclass=NullPool)
    guard(engine, may_own=True)
    with engine.begin() as connection:
        yield connection
