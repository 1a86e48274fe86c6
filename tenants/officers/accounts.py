"""Accounts of officers: create, sign in, lock. One answer for a wrong address and a wrong password."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from core import audit, clock
from core.db.transaction import unit_of_work
from core.errors import DomainError, FieldProblem
from core.extensions import db
from tenants.models import Department, Officer
from tenants.officers import strangers
from tenants.officers.roles import DEPARTMENT_ROLES, Role
from tenants.officers.session import CurrentOfficer, from_row, may_work

MOST_FAILURES = 5
LOCK = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
# 19 MiB, 2 passes: 40 ms of one core; the library's default would let two sign-ins fill both cores
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class SignInRefused(DomainError):
    """The pair does not match, or the account is locked until `locked_until`."""

    code = "sign_in_refused"

    def __init__(self, message: str, locked_until: datetime | None = None) -> None:
        super().__init__(message)
        self.locked_until = locked_until


@cache
def _decoy() -> str:
    return _hasher.hash(uuid.uuid4().hex)


def hash_password(password: str) -> str:
    """Argon2id hash. Raises FieldProblem for a password that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise FieldProblem("password", f"Kata sandi paling sedikit {SHORTEST_PASSWORD} huruf")
    return _hasher.hash(password)


def create(
    *, email: str, name: str, role: Role, password: str | None, department_id: uuid.UUID | None = None
) -> Officer:
    """Add an officer to the bound tenant, in the present transaction.

    Without a password the account cannot sign in.
    """
    if (role in DEPARTMENT_ROLES) != (department_id is not None):
        raise FieldProblem(
            "department_id",
            "Peran ini harus" + (" " if role in DEPARTMENT_ROLES else " tidak ") + "berada di satu unit",
        )
    address = email.strip().lower()
    if db.session.scalar(select(Officer.id).where(Officer.email == address)) is not None:
        raise FieldProblem("email", "Surel ini sudah terdaftar")
    officer = Officer(
        email=address,
        name=name.strip(),
        role=role,
        department_id=department_id,
        password_hash=hash_password(password) if password else None,
    )
    db.session.add(officer)
    db.session.flush()
    return officer


def sign_in(email: str, password: str) -> CurrentOfficer:
    """Check a pair. Raises SignInRefused; five wrong tries lock the address, known or not, for 15 minutes.

    The password is verified outside any lock: hashing takes 40 ms.
    """
    address = email.strip().lower()
    row = db.session.execute(
        select(Officer, Department.name)
        .outerjoin(Department, Department.id == Officer.department_id)
        .where(Officer.email == address)
    ).first()
    officer: Officer | None = row[0] if row else None
    matches = _verify(officer.password_hash if officer else None, password)
    locked_until = officer.locked_until if officer is not None else strangers.locked_until(address)
    if locked_until is not None and locked_until > clock.now():
        _note_failure(officer, address, "locked")
        raise SignInRefused("locked", locked_until)
    if officer is None or row is None or not matches or not may_work(officer):
        if officer is not None:
            _count_failure(officer.id)
        else:
            strangers.count_failure(address, MOST_FAILURES, LOCK)
        _note_failure(officer, address, "inactive" if matches else "mismatch")
        raise SignInRefused("Surel atau kata sandi tidak cocok.")
    officer_id = officer.id
    with unit_of_work() as session:
        fresh = session.scalars(select(Officer).where(Officer.id == officer_id).with_for_update()).one()
        fresh.failed_sign_ins, fresh.locked_until, fresh.last_sign_in_at = 0, None, clock.now()
        audit.record("officer.signed_in", actor_id=fresh.id, actor_name=fresh.name, subject_id=fresh.id)
        return from_row(fresh, row[1])


def sign_out(officer: CurrentOfficer) -> None:
    """Record the end of a session."""
    with unit_of_work():
        audit.record(
            "officer.signed_out", actor_id=officer.id, actor_name=officer.name, subject_id=officer.id
        )


def _note_failure(officer: Officer | None, address: str, cause: str) -> None:
    """A refused try; of an address without an account only its ends, which may be a misplaced password's."""
    known = officer is not None
    with unit_of_work():
        audit.record(
            "officer.sign_in_failed",
            actor_id=officer.id if officer else None,
            actor_name=officer.name if officer else "tidak dikenal",
            subject_id=officer.id if officer else None,
            email=address if known else f"{address[:1]}…{address.rpartition('@')[2][-20:]}",
            cause=cause if known else "unknown",
        )


def _verify(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(stored or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def _count_failure(officer_id: uuid.UUID) -> None:
    with unit_of_work() as session:
        officer = session.scalars(select(Officer).where(Officer.id == officer_id).with_for_update()).one()
        officer.failed_sign_ins += 1
        if officer.failed_sign_ins >= MOST_FAILURES:
            officer.failed_sign_ins, officer.locked_until = 0, clock.now() + LOCK
