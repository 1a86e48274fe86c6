"""Pooled connections prove that they live before they are used, if there is a reason to doubt it.

A restart of the database at night costs nobody a page; under load nothing is asked in vain.
"""

from __future__ import annotations

import select
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

#: a connection that was used so short a time ago is only asked when the server has said something since
FRESH_SECONDS = 1.0
_SINCE = "idle_since"


def install(engine: Engine) -> None:
    """Ask the doubtful ones as they are taken; a dead one empties the pool and is replaced unseen."""

    @event.listens_for(engine, "checkin")
    def _given_back(_connection: Any, record: Any) -> None:
        record.info[_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get(_SINCE)
        if since is None or (time.monotonic() - since < FRESH_SECONDS and not _spoke(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _spoke(connection: Any) -> bool:
    """Whether something came unasked, such as a server's farewell: sees what is there, waits for nothing."""
    if connection.closed:
        return True
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return bool(watch.poll(0))
