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
from sqlalchemy import BindParameter, TextualSelect, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

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
    return bool(session.info.get(_WROTE) or session.new or session.dirty or session.deleted)


def _has_failed(session: Session) -> bool:
    driver: Any = session.connection().connection.driver_connection
    return bool(driver.info.transaction_status is TransactionStatus.INERROR)


def note_writing(session: Session) -> None:
    """The transaction holds what only a unit of work may commit."""
    session.info[_WROTE] = True


def install(app: Flask) -> None:
    """End what a request or a job has read before its session is given back. After `db.init_app`."""

    @app.teardown_appcontext
    def _end(error: BaseException | None) -> None:
        from core.extensions import db

        if error is None and db.session.registry.has() and db.session().in_transaction():
            try:
                end_reading(db.session())
            except SQLAlchemyError:  # it only read, and a dead connection is dropped when it is given back
                _log.info("reading_not_ended", exc_info=True)


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info[_WROTE] = False


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _context: object) -> None:
    note_writing(session)


@event.listens_for(Session, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    if not state.is_select:
        note_writing(state.session)
