"""The chain of a city's audit: each entry carries a MAC over itself and the one before, keyed by the
deployment.

Whoever has the database alone can neither write an entry nor put the end somewhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_ignore
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry, AuditHead
from core.crypto import derive_key
from core.db.tenancy import bound_tenant_id

_PURPOSE, _ID_PURPOSE = "audit-chain", "audit-chain-id"
#: columns of an entry under its MAC, in this order, after the city's id; changing this needs a new purpose
_CONTENT = (
    "sequence",
    "id",
    "occurred_at",
    "actor_id",
    "actor_name",
    "action",
    "subject_id",
    "remote_address",
    "request_id",
    "detail",
    "key_id",
    "previous_hash",
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The deployment's signing keys by id. New entries take the first; the others still prove old ones."""

    newest: str
    secrets: Mapping[str, bytes]


@lru_cache(maxsize=4)
def keys_from(masters: tuple[str, ...]) -> Keys:
    """Signing keys derived from the encryption keys, newest first. Raises ValueError for none."""
    if not masters:
        raise ValueError("the audit needs at least one key")
    found = {derive_key(master, _ID_PURPOSE).hex()[:12]: derive_key(master, _PURPOSE) for master in masters}
    return Keys(next(iter(found)), found)


def keys() -> Keys:
    """Those of the current application."""
    return keys_from(current_app.extensions["settings"].encryption_keys)


def entry_mac(secret: bytes, tenant_id: int, row: Mapping[str, Any]) -> str:
    """HMAC-SHA256, hexadecimal, over an entry's columns."""
    return _mac(secret, ["entry", tenant_id, *(row[name] for name in _CONTENT)])


def head_mac(secret: bytes, tenant_id: int, sequence: int, last_hash: str) -> str:
    """HMAC-SHA256, hexadecimal, over where the chain ends."""
    return _mac(secret, ["head", tenant_id, sequence, last_hash])


def _mac(secret: bytes, content: list[Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


def stored(value: Any) -> Any:
    """A value as JSONB gives it back, so that the MAC made before storing holds afterwards."""
    if isinstance(value, Mapping):
        return {str(key): stored(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [stored(each) for each in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if value is None or isinstance(value, bool | int):
        return value
    return _plain(value).replace("\x00", "")


_HEAD = (
    select(AuditHead.sequence, AuditHead.hash, AuditHead.key_id, AuditHead.mac)
    .where(AuditHead.tenant_id == bindparam("tenant"))
    .with_for_update()
)
_LAST = (
    select(AuditEntry.sequence)
    .where(AuditEntry.tenant_id == bindparam("tenant"))
    .order_by(AuditEntry.sequence.desc())
    .limit(1)
)
_MOVE = (
    update(AuditHead)
    .where(AuditHead.tenant_id == bindparam("tenant"))
    .values(
        sequence=bindparam("to_sequence"),
        hash=bindparam("to_hash"),
        key_id=bindparam("by_key"),
        mac=bindparam("to_mac"),
    )
    .execution_options(synchronize_session=False)
)


def append(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Chain and insert entries in this order; the head stays locked until the transaction ends."""
    signing, tenant_id = keys(), bound_tenant_id()
    secret = signing.secrets[signing.newest]
    sequence, last_hash = _locked_end(session, signing, tenant_id)
    for row in rows:
        sequence += 1
        row |= {"sequence": sequence, "key_id": signing.newest, "previous_hash": last_hash}
        row["hash"] = last_hash = entry_mac(secret, tenant_id, row)
    session.execute(insert(AuditEntry), list(rows))
    session.execute(
        _MOVE,
        {
            "tenant": tenant_id,
            "to_sequence": sequence,
            "to_hash": last_hash,
            "by_key": signing.newest,
            "to_mac": head_mac(secret, tenant_id, sequence, last_hash),
        },
    )


def _locked_end(session: Session, signing: Keys, tenant_id: int) -> tuple[int, str]:
    """The last entry's place and hash.

    An end that is missing or not ours is never taken over: the chain goes on with a gap that `verify` finds,
    because work must not stop and signing a forged end would hide what was cut off.
    """
    head = session.execute(_HEAD, {"tenant": tenant_id}).first()
    if head is None:
        lock_head(session)
        head = session.execute(_HEAD, {"tenant": tenant_id}).one()
    secret = signing.secrets.get(head.key_id)
    expected = "" if secret is None else head_mac(secret, tenant_id, head.sequence, head.hash)
    last = session.scalar(_LAST, {"tenant": tenant_id}) if head.sequence == 0 else head.sequence
    if hmac.compare_digest(expected, head.mac) and last in (None, head.sequence):
        return head.sequence, head.hash
    return int(session.scalar(_LAST, {"tenant": tenant_id}) or 0), ""


def lock_head(session: Session) -> AuditHead:
    """The bound city's head, made where there is none, locked."""
    signing, tenant_id = keys(), bound_tenant_id()
    wanted = select(AuditHead).with_for_update().execution_options(populate_existing=True)
    head = session.scalars(wanted).first()
    if head is None:
        first = head_mac(signing.secrets[signing.newest], tenant_id, 0, "")
        session.execute(
            insert_or_ignore(AuditHead)
            .values(key_id=signing.newest, mac=first, sequence=0, hash="")
            .on_conflict_do_nothing()
        )
        head = session.scalars(wanted).one()
    return head
