"""A city's connection to the national side: kept encrypted, handed out as plain values and a ready client.

Invariant: no secret leaves this module but inside the client, which calls only while no transaction is open.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, clock
from core.crypto import Secrets
from core.db.transaction import unit_of_work
from core.errors import FieldProblem
from core.extensions import db
from core.http import HttpResponse, OutboundClient
from sp4n.client import Sp4nClient
from sp4n.models import ACTIVE, OFF, TRIAL, Sp4nSettings
from sp4n.pace import Pace

MODES = (OFF, TRIAL, ACTIVE)
MOST_REQUESTS_A_MINUTE = 6_000
_IDS = {"channel_id", "classification_id", "category_id", "location_id", "user_id"}
_SWITCHES = {"sends", "receives", "lists_incoming", "send_confidential"}
SHORTEST_POLL_SECONDS, LONGEST_POLL_SECONDS = 2, 86_400
_NEEDED = ("base_url", "auth_secret", "token_secret", "institution_id")
_SECRETS = ("auth_secret", "token_secret", "callback_secret")
#: when each secret was last set, to be shown in its place
_STAMPED = {"auth_secret": "auth_changed_at", "token_secret": "token_changed_at"}
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")


class TransactionOpen(RuntimeError):
    """Code was about to call out while holding a transaction: a slow answer would keep rows locked."""


class IdleOutbound(OutboundClient):
    """The way out, refused while the current context's session is inside a transaction."""

    def request(self, method: str, url: str, **call: Any) -> HttpResponse:
        if db.session().in_transaction():
            raise TransactionOpen(f"{method} while a transaction is open")
        return super().request(method, url, **call)


@dataclass(frozen=True, slots=True)
class Connection:
    """The settings as one delivery or poll uses them. Both secrets are still encrypted here."""

    mode: str
    base_url: str
    auth_header: str
    auth_format: str
    auth_secret: str = field(repr=False)
    token_header: str
    token_secret: str = field(repr=False)
    institution_id: int
    institution_name: str | None
    channel_id: int
    classification_id: int
    category_id: int
    location_id: int
    user_id: int
    zone: ZoneInfo
    poll_seconds: int
    sends: bool
    receives: bool
    lists_incoming: bool
    text_sent: str
    send_anonymous: str
    send_confidential: bool
    requests_per_minute: int

    @property
    def is_sending(self) -> bool:
        """Whether what happens here is told there."""
        return self.mode == ACTIVE and self.sends

    @property
    def is_receiving(self) -> bool:
        """Whether what happens there is read here."""
        return self.mode != OFF and self.receives


def load() -> Connection | None:
    """The bound tenant's connection, or None where none is configured. Short transaction of its own."""
    with unit_of_work() as session:
        row = row_of(session)
        return None if row is None else connection_of(row)


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent, of whom. `is_on` is False where nothing is."""

    is_on: bool = False
    anonymous: bool = False
    confidential: bool = False

    def allows(self, *, is_anonymous: bool, is_confidential: bool) -> bool:
        """Whether a report with these flags goes to the national side."""
        may = (self.anonymous or not is_anonymous) and (self.confidential or not is_confidential)
        return self.is_on and may


_SENDING = select(
    Sp4nSettings.mode, Sp4nSettings.sends, Sp4nSettings.send_anonymous, Sp4nSettings.send_confidential
)


def sending() -> Sending:
    """The bound tenant's rules of sending, inside the present transaction."""
    row = db.session.execute(_SENDING).first()
    if row is None:
        return Sending()
    return Sending(row.mode == ACTIVE and row.sends, row.send_anonymous != "no", row.send_confidential)


def shown() -> dict[str, Any] | None:
    """What a page may show: everything but the secrets, and under `changed` when each of those was set."""
    row = db.session.scalars(select(Sp4nSettings)).first()
    if row is None:
        return None
    names = {"mode", "base_url", "auth_header", "auth_format", "token_header", "institution_id", "timezone",
             "poll_seconds", "requests_per_minute", "text_sent", "send_anonymous"}  # fmt: skip
    values = {name: getattr(row, name) for name in names | _IDS | _SWITCHES}
    return {**values, "changed": {name: getattr(row, at) for name, at in _STAMPED.items()}}


def row_of(session: Session, *, lock: bool = False) -> Sp4nSettings | None:
    """The tenant's one row, as it is in the database now."""
    statement = select(Sp4nSettings).execution_options(populate_existing=True)
    return session.scalars(statement.with_for_update() if lock else statement).first()


def client_for(connection: Connection, **limits: float) -> Sp4nClient:
    """A client of the city's account; `limits` are its seconds per call.

    Raises SecretUnreadable when our keys do not open its secrets.
    """
    return Sp4nClient(
        connection.base_url,
        connection.auth_header,
        _secrets().decrypt(connection.auth_secret),
        _secrets().decrypt(connection.token_secret),
        current_app.extensions["sp4n_http"],
        zone=connection.zone,
        auth_format=connection.auth_format,
        token_header=connection.token_header,
        before_call=Pace(connection.requests_per_minute).spend,
        **limits,
    )


def configure(*, actor_name: str = "operator", actor_id: uuid.UUID | None = None, **values: Any) -> None:
    """Set or change the bound tenant's connection; what is None or left out stays as it is.

    Names are the columns of Sp4nSettings that a person sets; secrets come plain. The first time base_url,
    both secrets and institution_id are needed. Raises FieldProblem. The change is audited, secrets left out.
    """
    given = {name: value for name, value in values.items() if value is not None}
    _check(given)
    with unit_of_work() as session:
        row = row_of(session, lock=True)
        if row is None:
            for name in _NEEDED:
                if name not in given:
                    raise FieldProblem(name, "Isian ini diperlukan")
            row = Sp4nSettings(mode=OFF, failures=0)
            session.add(row)
        old = {name: getattr(row, name) for name in given if name not in _SECRETS}
        for name, value in given.items():
            setattr(row, name, _secrets().encrypt(value) if name in _SECRETS else value)
            if name in _STAMPED:
                setattr(row, _STAMPED[name], clock.now())
        if given.keys() & {"base_url", "institution_id"}:
            row.institution_name = None
        row.failures, row.paused_until, row.last_cause, row.list_problem = 0, None, None, None
        row.next_poll_at = row.next_reconcile_at = None if row.mode == OFF else clock.now()
        session.flush()
        shown = {name: value for name, value in given.items() if name not in _SECRETS}
        audit.record(
            "sp4n.configured",
            actor_id=actor_id,
            actor_name=actor_name,
            subject_id=row.id,
            changed=sorted(given),
            old=old,
            new=shown,
        )


def _check(given: dict[str, Any]) -> None:
    rules: dict[str, tuple[Callable[[Any], object], str]] = {
        "mode": (lambda value: value in MODES, "Mode harus off, trial, atau active"),
        "base_url": (_is_address, "Tulis alamat lengkap, misalnya https://api.contoh.go.id/lapor/3.0.0"),
        "auth_header": (_HEADER.fullmatch, "Nama header hanya berisi huruf, angka, dan tanda hubung"),
        "auth_secret": (_is_sendable, "Kredensial tidak boleh kosong atau memuat huruf di luar ASCII"),
        "token_secret": (_is_sendable, "Kredensial tidak boleh kosong atau memuat huruf di luar ASCII"),
        "institution_id": (_NUMBER.fullmatch, "Nomor instansi berupa angka"),
        "timezone": (lambda value: value in available_timezones(), "Zona waktu tidak dikenal"),
        "token_header": (_HEADER.fullmatch, "Nama header hanya berisi huruf, angka, dan tanda hubung"),
        "auth_format": (_is_format, "Tulis bentuk isi header dengan {secret}, misalnya Bearer {secret}"),
        "callback_secret": (_is_sendable, "Kredensial tidak boleh kosong atau memuat huruf di luar ASCII"),
        "text_sent": (lambda value: value in ("initial", "final"), "Pilih isi laporan yang dikirim"),
        "send_anonymous": (
            lambda value: value in ("no", "without_identity"),
            "Pilih apakah laporan anonim dikirim",
        ),
        "requests_per_minute": (
            lambda value: 1 <= value <= MOST_REQUESTS_A_MINUTE,
            f"Permintaan per menit 1 sampai {MOST_REQUESTS_A_MINUTE}",
        ),
        "poll_seconds": (
            lambda value: SHORTEST_POLL_SECONDS <= value <= LONGEST_POLL_SECONDS,
            f"Jeda pemeriksaan {SHORTEST_POLL_SECONDS} sampai {LONGEST_POLL_SECONDS} detik",
        ),
    }
    known = rules.keys() | _IDS | _SWITCHES
    for name, value in given.items():
        if name not in known:
            raise TypeError(f"configure() knows no {name}")
        if name in rules and not rules[name][0](value):
            raise FieldProblem(name, rules[name][1])


def _is_address(value: str) -> bool:
    """A place paths can be added to, without a credential in it: the address is shown and audited."""
    parts = urlsplit(value)
    is_bare = "@" not in parts.netloc and not parts.query and not parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_bare


def _is_format(value: str) -> bool:
    return value.count("{secret}") == 1 and _is_sendable(value) and len(value) <= 60


def _is_sendable(value: str) -> bool:
    return bool(value) and value == value.strip() and value.isascii() and value.isprintable()


def connection_of(row: Sp4nSettings) -> Connection:
    return Connection(
        mode=row.mode,
        base_url=row.base_url,
        auth_header=row.auth_header,
        auth_format=row.auth_format,
        auth_secret=row.auth_secret,
        token_header=row.token_header,
        token_secret=row.token_secret,
        institution_id=int(row.institution_id),
        institution_name=row.institution_name,
        channel_id=row.channel_id,
        classification_id=row.classification_id,
        category_id=row.category_id,
        location_id=row.location_id,
        user_id=row.user_id,
        zone=ZoneInfo(row.timezone),
        poll_seconds=row.poll_seconds,
        sends=row.sends,
        receives=row.receives,
        lists_incoming=row.lists_incoming,
        text_sent=row.text_sent,
        send_anonymous=row.send_anonymous,
        send_confidential=row.send_confidential,
        requests_per_minute=row.requests_per_minute,
    )


def _secrets() -> Secrets:
    found: Secrets = current_app.extensions["secrets"]
    return found
