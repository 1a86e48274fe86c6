"""Every SQL statement the application sends, with its parameters, while a block runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, event

from core.extensions import db


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as the driver got it."""

    sql: str
    parameters: Any


@contextmanager
def sent_by(app: Flask) -> Iterator[list[Sent]]:
    """Collects the statements of the application's engine, SET LOCAL included."""
    with app.app_context():
        engine = db.engine
    found: list[Sent] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        found.append(Sent(statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def rolled_back(app: Flask) -> Iterator[list[object]]:
    """Collects the connections to which a ROLLBACK is sent while a block runs."""
    with app.app_context():
        engine = db.engine
    found: list[object] = []

    def note(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if driver.info.transaction_status is not TransactionStatus.IDLE:
            found.append(connection)  # otherwise there is nothing to roll back, and nothing is sent

    event.listen(engine, "rollback", note)
    try:
        yield found
    finally:
        event.remove(engine, "rollback", note)
