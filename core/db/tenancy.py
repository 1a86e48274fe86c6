"""Binding of a session to one tenant: the only place that sets `app.tenant_id`.

Invariant: a session serves one tenant from its first to its last transaction. The setting is made with SET
LOCAL when a
transaction begins, so it lives exactly as long as the transaction and works behind a transaction-mode pooler.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import current_app, has_app_context, has_request_context
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, SessionTransaction

if TYPE_CHECKING:
    from flask import Flask

_KEY = "tenant_id"


class TenantNotBound(RuntimeError):
    """Code that needs a tenant ran without one. Never fall back: no tenant means no rows."""


class TenantMismatch(RuntimeError):
    """A second tenant was about to enter a session that already serves another."""


def _session() -> Session:
    from core.extensions import db

    return db.session()


def bind(session: Session, tenant_id: int) -> None:
    """Bind a fresh session to a tenant. Raises TenantMismatch when it serves another one."""
    if type(tenant_id) is not int or tenant_id <= 0:
        raise TenantNotBound(f"not a tenant id: {tenant_id!r}")
    present = session.info.get(_KEY)
    if present not in (None, tenant_id):
        raise TenantMismatch(f"session serves tenant {present}, not {tenant_id}")
    if present is None and session.in_transaction():
        session.rollback()  # a transaction begun without a tenant must not go on with one
    session.info[_KEY] = tenant_id


def bound_tenant_id() -> int:
    """The tenant of the current session. Raises TenantNotBound where none is bound."""
    tenant_id = _session().info.get(_KEY) if has_app_context() else None
    if tenant_id is None:
        raise TenantNotBound("no tenant is bound")
    return int(tenant_id)


@contextmanager
def tenant_scope(tenant_id: int, app: Flask | None = None) -> Iterator[Session]:
    """A fresh session for one tenant, outside a request (jobs, CLI).

    Raises TenantMismatch inside another tenant's scope.
    """
    if has_app_context():
        outer = _session().info.get(_KEY)
        if outer not in (None, tenant_id):
            raise TenantMismatch(f"tenant {outer} is bound, cannot open {tenant_id}")
    with (app or current_app).app_context():
        session = _session()
        bind(session, tenant_id)
        yield session


@contextmanager
def handed_over(tenant_id: int) -> Iterator[Session]:
    """A fresh session of another tenant, for work that brings something there; then this tenant's again.

    The only door between two tenants: never in a request, and never with a unit of work open.
    """
    outer = _session()
    if outer.info.get(_KEY) is None:
        raise TenantNotBound("nothing to hand over from")
    if has_request_context() or outer.info.get("in_unit_of_work"):
        raise TenantMismatch("a request or a unit of work serves one tenant only")
    outer.rollback()  # its connection is free while the other tenant works
    with current_app.app_context():
        session = _session()
        bind(session, tenant_id)
        yield session


@event.listens_for(Session, "after_begin")
def _set_tenant(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    tenant_id = session.info.get(_KEY)
    if tenant_id is not None:
        connection.exec_driver_sql(f"SET LOCAL app.tenant_id = '{int(tenant_id)}'")
