"""The signed-in officer.

A session names tenant, officer and epoch; all three must match the host's tenant and the row.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import Flask
from flask_login import UserMixin
from sqlalchemy import bindparam, select

from core.extensions import db, login_manager
from core.web.tenant import request_tenant
from core.web.tracing import trace
from tenants.models import Department, Officer
from tenants.officers.asking import ask_to_sign_in
from tenants.officers.roles import DEPARTMENT_ROLES, LABELS


@dataclass(frozen=True, slots=True)
class CurrentOfficer(UserMixin):  # type: ignore[misc] # flask_login is untyped
    """Who is signed in on this host."""

    id: uuid.UUID
    tenant_id: int
    epoch: int
    name: str
    email: str
    role: str
    department_id: uuid.UUID | None
    department_name: str | None
    has_shortcuts: bool = False

    @property
    def role_label(self) -> str:
        """The role in words."""
        return LABELS[self.role]

    @property
    def own_department_only(self) -> bool:
        """Whether the officer sees only the own department's cases."""
        return self.role in DEPARTMENT_ROLES

    def get_id(self) -> str:
        """What the session keeps."""
        return f"{self.tenant_id}:{self.id}:{self.epoch}"


def from_row(officer: Officer, department_name: str | None) -> CurrentOfficer:
    """The session's view of an officer row."""
    return CurrentOfficer(
        id=officer.id,
        tenant_id=officer.tenant_id,
        epoch=officer.session_epoch,
        name=officer.name,
        email=officer.email,
        role=officer.role,
        department_id=officer.department_id,
        department_name=department_name,
        has_shortcuts=officer.has_shortcuts,
    )


def may_work(officer: Officer) -> bool:
    """Whether the account is in use.

    A role of a department without one works nowhere: an empty limit must not read as no limit.
    """
    return officer.is_active and (officer.role not in DEPARTMENT_ROLES or officer.department_id is not None)


_BY_ID = (
    select(Officer, Department.name)
    .outerjoin(Department, Department.id == Officer.department_id)
    .where(Officer.id == bindparam("officer_id"))
)


def load(session_value: str) -> CurrentOfficer | None:
    """The officer a session names, if it is of this host's tenant, active and of the present epoch."""
    tenant = request_tenant()
    parts = session_value.split(":")
    if tenant is None or len(parts) != 3 or parts[0] != str(tenant.id):
        return None
    try:
        officer_id, epoch = uuid.UUID(parts[1]), int(parts[2])
    except ValueError:
        return None
    row = db.session.execute(_BY_ID, {"officer_id": officer_id}).first()
    if row is None or not may_work(row[0]) or row[0].session_epoch != epoch:
        return None
    trace(officer_id=str(officer_id))
    return from_row(row[0], row[1])


def install(app: Flask) -> None:
    """Bind the login manager."""
    login_manager.init_app(app)
    login_manager.session_protection = (
        None  # the session names its tenant and epoch; addresses change on phones
    )
    login_manager.user_loader(load)
    login_manager.unauthorized_handler(ask_to_sign_in)
