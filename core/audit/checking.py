"""Walks a city's audit chain from its beginning and names the first entry that is not what was written."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from core.audit import chain
from core.audit.models import AuditEntry, AuditHead
from core.db.tenancy import bound_tenant_id
from core.extensions import db

BATCH = 1000
Entry = Row[*tuple[Any, ...]]
_COLUMNS = AuditEntry.__table__.columns
_NEXT = (
    select(*_COLUMNS)
    .where(AuditEntry.sequence > bindparam("last"))
    .order_by(AuditEntry.sequence)
    .limit(BATCH)
)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad place of one chain, in words. `chain` says which."""

    chain: str
    message: str


@dataclass(slots=True)
class Walked:
    """How far a walk came: entries seen, the last one's place, hash and time, the first fault."""

    entries: int = 0
    sequence: int = 0
    hash: str = ""
    at: datetime | None = None
    fault: Fault | None = None


def walk(since: datetime | None, visit: Callable[[Entry], None]) -> Walked:
    """Check the bound city's chain, or its part from `since` on; `visit` is called with each sound entry.

    Constant memory: a batch at a time. Stops at the first fault.
    """
    walked = _start(since)
    signing, tenant_id = chain.keys(), bound_tenant_id()
    for row in _entries(walked):
        message = _problem(row, walked, signing, tenant_id)
        if message:
            walked.fault = Fault("audit", message)
            return walked
        walked.entries, walked.sequence, walked.hash = walked.entries + 1, row.sequence, row.hash
        walked.at = row.occurred_at
        visit(row)
    message = _end_problem(walked, signing, tenant_id)
    walked.fault = Fault("audit", message) if message else None
    return walked


def _start(since: datetime | None) -> Walked:
    walked = Walked()
    if since is None:
        return walked
    before = db.session.execute(
        select(AuditEntry.sequence, AuditEntry.hash)
        .where(AuditEntry.occurred_at < since)
        .order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())
        .limit(1)
    ).first()
    if before is not None:
        walked.sequence, walked.hash = before
    return walked


def _entries(walked: Walked) -> Iterator[Entry]:
    while rows := _batch(walked.sequence):
        yield from rows


def _batch(last: int) -> Sequence[Entry]:
    rows = db.session.execute(_NEXT, {"last": last}).all()
    db.session.rollback()
    return rows


def _problem(row: Entry, walked: Walked, signing: chain.Keys, tenant_id: int) -> str | None:
    name = f"Catatan audit {row.sequence} ({row.action}, {row.occurred_at:%Y-%m-%d %H.%M} UTC)"
    if row.sequence != walked.sequence + 1:
        return f"Catatan audit {walked.sequence + 1} tidak ada: dihapus atau nomornya diubah."
    secret = signing.secrets.get(row.key_id)
    if secret is None:
        return f"{name} ditandatangani kunci {row.key_id} yang tidak ada di ENCRYPTION_KEYS."
    if not hmac.compare_digest(chain.entry_mac(secret, tenant_id, row._asdict()), row.hash):
        return f"{name} bukan yang dulu ditulis: isinya diubah."
    if row.previous_hash != walked.hash:
        return f"{name} tidak menyambung ke catatan sebelumnya."
    return None


def _end_problem(walked: Walked, signing: chain.Keys, tenant_id: int) -> str | None:
    """The head as it is now against the walk's end; entries written meanwhile are no fault."""
    head = db.session.execute(
        select(AuditHead.sequence, AuditHead.hash, AuditHead.key_id, AuditHead.mac)
    ).first()
    end = db.session.scalar(
        select(AuditEntry.hash).where(AuditEntry.sequence == (0 if head is None else head.sequence))
    )
    db.session.rollback()
    if head is None:
        return None if walked.sequence == 0 else "Kepala rantai audit tidak ada."
    secret = signing.secrets.get(head.key_id)
    if secret is None:
        return f"Kepala rantai audit ditandatangani kunci {head.key_id} yang tidak ada di ENCRYPTION_KEYS."
    if not hmac.compare_digest(chain.head_mac(secret, tenant_id, head.sequence, head.hash), head.mac):
        return "Kepala rantai audit diubah."
    if head.sequence < walked.sequence:
        return f"Kepala rantai audit menunjuk catatan {head.sequence}, padahal ada {walked.sequence}."
    if (end or "") != head.hash:
        return f"Catatan audit terakhir tidak ada: seharusnya sampai {head.sequence}."
    return None
