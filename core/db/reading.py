"""Transactions that only read end with COMMIT, so that what the server has prepared outlives them.

At each ROLLBACK the driver (psycopg) throws away a connection's prepared statements, and every statement
after it is parsed and planned anew.
Invariant: what was written outside a unit of work is never committed here.
"""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import BindParameter, Connection, Engine, Executable, TextualSelect, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

_WROTE = "wrote"
_log = structlog.get_logger(__name__)


def reading(sql: str, *parameters: BindParameter[Any]) -> TextualSelect:
    """SQL of our own that only reads. A plain `text` counts as writing."""
    return text(sql).bindparams(*parameters).columns()


def end_reading(session: Session) -> None:
    """End the transaction: COMMIT where it only read, otherwise ROLLBACK."""
    if _has_written(session):
        session.rollback()
    else:
        session.commit()


def leave_reading(session: Session) -> None:
    """Nothing that was loaded counts any more. A transaction that only read goes on, others are rolled back.

    It may go on because each statement sees what is committed when it begins (READ COMMITTED): a row that is
    locked now is as it is now. Ending it would cost three more messages to the server.
    """
    if session.in_transaction() and (_has_written(session) or _has_failed(session)):
        session.rollback()
    session.expire_all()


def _has_written(session: Session) -> bool:
    waiting = session.new or session.dirty or session.deleted
    return bool(waiting or not session.is_active or session.connection().info[_WROTE])


def _has_failed(session: Session) -> bool:
    driver: Any = session.connection().connection.driver_connection
    return bool(driver.info.transaction_status is TransactionStatus.INERROR)


def note_writing(connection: Connection) -> None:
    """The transaction holds what only a unit of work may commit."""
    connection.info[_WROTE] = True


def install(app: Flask, engine: Engine) -> None:
    """End what a request or a job has read before its session is given back. After `db.init_app`."""

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.info[_WROTE] = False

    @event.listens_for(engine, "before_execute")
    def _executed(connection: Connection, statement: Executable, *_rest: object) -> None:
        if not statement.is_select:
            note_writing(connection)

    @app.teardown_appcontext
    def _end(error: BaseException | None) -> None:
        from core.extensions import db

        if error is None and db.session.registry.has() and db.session().in_transaction():
            try:
                end_reading(db.session())
            except SQLAlchemyError:  # it only read, and a dead connection is dropped when it is given back
                _log.info("reading_not_ended", exc_info=True)
