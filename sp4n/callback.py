"""Calls from the national side: "look at report N now". Signed, believed in nothing else, off by default.

Invariant: a call changes no report; it brings forward when the report is read, and what is read there counts.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import Enum, auto

import structlog
from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints.acts.engine import Actor
from core import audit, clock
from core.crypto import Secrets, SecretUnreadable
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import Conflict
from core.jobs.queue import registry, wake_after_commit
from sp4n import settings
from sp4n.contract import ContractError, identifier, parse_json
from sp4n.contract.reading import at
from sp4n.models import OFF, Sp4nLink, Sp4nSettings
from sp4n.subscribers import POLL

#: headers of a call: Unix seconds, and hex of HMAC-SHA256 over "<seconds>.<body>"
TIME_HEADER, SIGNATURE_HEADER = "X-SatuAduan-Waktu", "X-SatuAduan-Tanda"
MOST_BYTES = 4_096
#: how far the two clocks may differ, and how long a call is good for
WINDOW_SECONDS = 300
SECRET_BYTES = 32

_log = structlog.get_logger(__name__)


class Answer(Enum):
    """What became of a call."""

    OFF = auto()
    UNSIGNED = auto()
    UNREADABLE = auto()
    TAKEN = auto()


def is_on() -> bool:
    """Whether the bound tenant takes calls. Inside the present transaction or a short one of its own."""
    with unit_of_work() as session:
        return session.scalar(select(Sp4nSettings.callback_secret)) is not None


def renew(actor: Actor) -> str:
    """Take calls from now on, with a new secret, which is told this once. Raises Conflict."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    _set(_secrets().encrypt(secret), actor, "sp4n.callback_renewed")
    return secret


def stop(actor: Actor) -> None:
    """Take no calls any more. Raises Conflict."""
    _set(None, actor, "sp4n.callback_stopped")


def take(seconds: str, signature: str, body: bytes) -> Answer:
    """Judge a call and, where it is good, have the report it names read soon."""
    secret = _present_secret()
    if secret is None:
        return Answer.OFF
    if not _is_signed(secret, seconds, signature, body):
        return Answer.UNSIGNED
    try:
        number = identifier(at(parse_json(body), "complaint_id"), "complaint_id")
    except ContractError:
        return Answer.UNREADABLE
    if _is_first(signature):
        with unit_of_work() as session:
            _bring_forward(session, number)
    return Answer.TAKEN


def signature_of(secret: str, seconds: str, body: bytes) -> str:
    """What a caller sends in SIGNATURE_HEADER."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


def _is_signed(secret: str, seconds: str, signature: str, body: bytes) -> bool:
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
        return False
    expected = signature_of(secret, seconds, body)
    is_same = hmac.compare_digest(expected.encode(), signature.strip().lower().encode())
    return is_same and abs(clock.now().timestamp() - int(seconds)) <= WINDOW_SECONDS


def _present_secret() -> str | None:
    with unit_of_work() as session:
        row = settings.row_of(session)
        sealed = None if row is None or row.mode == OFF or not row.receives else row.callback_secret
    if sealed is None:
        return None
    try:
        return _secrets().decrypt(sealed)
    except SecretUnreadable:
        _log.warning("sp4n_callback_secret_unreadable")
        return None


def _is_first(signature: str) -> bool:
    """Whether this very call was not taken before. Without Redis it counts again, which costs one reading."""
    digest = hashlib.sha256(signature.strip().lower().encode()).hexdigest()[:32]
    key = f"tenant:{bound_tenant_id()}:sp4n-call:{digest}"
    try:
        return bool(registry().redis.set(key, 1, nx=True, ex=2 * WINDOW_SECONDS))
    except RedisError:
        return True


def _bring_forward(session: Session, number: str) -> None:
    """The report is due now, and so is the next poll; one unknown here is found by the list."""
    now = clock.now()
    session.execute(
        update(Sp4nLink)
        .where(Sp4nLink.tenant_id == bound_tenant_id(), Sp4nLink.external_id == number)
        .values(next_check_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Sp4nSettings)
        .where(Sp4nSettings.tenant_id == bound_tenant_id(), Sp4nSettings.next_poll_at > now)
        .values(next_poll_at=now)
        .execution_options(synchronize_session=False)
    )
    wake_after_commit(POLL)


def _set(sealed: str | None, actor: Actor, action: str) -> None:
    with unit_of_work() as session:
        row = settings.row_of(session, lock=True)
        if row is None:
            raise Conflict("Isi dan simpan sambungan SP4N dahulu.")
        row.callback_secret = sealed
        audit.record(action, actor_id=actor.id, actor_name=actor.name or actor.label, subject_id=row.id)


def _secrets() -> Secrets:
    found: Secrets = current_app.extensions["secrets"]
    return found
