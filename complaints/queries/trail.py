"""The auditor's list: audit entries and history entries of a city in one order of time, newest first.

It shows who did what to which case, never who reported: neither what reporters wrote nor their names.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, select, tuple_

from complaints import numbering
from complaints.actions import ACT_LABELS, ACTION_LABELS, action_label
from complaints.acts import sealing
from complaints.labels import status_label
from complaints.models import Complaint, ComplaintEvent
from core.audit.models import AuditEntry, AuditHead
from core.extensions import db
from tenants.models import Officer

SIZES = (25, 50, 100)
EXPORT_BATCH = 1000
#: kinds of actors that are no officers; those of the audit go by the name they are recorded under
KINDS = {"reporter": "Pelapor", "system": "Sistem", "sp4n": "SP4N-LAPOR!", "operator": "Operator"}
_RECORDED_AS = {"system": "Sistem", "operator": "operator"}
#: in a history entry's data, but shown elsewhere or no change of the case
_NOT_SHOWN = frozenset({"actor_name", "from"})
CSV_HEADING = ("waktu", "siapa", "tindakan", "laporan", "alamat", "permintaan", "rincian", "sidik")
Found = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show. `actor` is an officer's id or one of KINDS; `action` an act or an action of the audit."""

    start: datetime | None = None
    end: datetime | None = None
    actor: str = ""
    action: str = ""
    complaint_id: uuid.UUID | None = None
    address: str = ""
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after; `before` is None where only the new one is known."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One line: when, who, what, on which case, from where."""

    id: uuid.UUID
    at: datetime
    who: str
    action: str
    label: str
    number: str | None
    address: str | None
    request_id: str | None
    detail: dict[str, Any]
    hash: str
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trail:
    """A page of the list. `cursor` continues after its last row; None at the end."""

    rows: list[TrailRow]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class ChainState:
    """What the last check of the chains found; times are None before the first one."""

    checked_at: datetime | None
    intact_to: datetime | None
    fault: str | None


def load(wanted: Filter, size: int) -> Trail:
    """A page of the list. Two SQL statements."""
    found = _page(wanted, size + 1)
    page = found[:size]
    more = len(found) > size
    return Trail(page, _cursor(page[-1]) if more else None)


def export(wanted: Filter, most: int | None = None) -> Iterator[tuple[str, ...]]:
    """Rows for CSV, newest first, in constant memory; `most` ends it."""
    count = 0
    while True:
        page = _page(wanted, EXPORT_BATCH)
        db.session.rollback()
        for row in page:
            if most is not None and count >= most:
                return
            count += 1
            yield _csv(row)
        if len(page) < EXPORT_BATCH:
            return
        wanted = replace(wanted, after=_cursor(page[-1]))


def state() -> ChainState:
    """Of the bound city's chains."""
    row = db.session.execute(select(AuditHead.checked_at, AuditHead.intact_to, AuditHead.fault)).first()
    return ChainState(*row) if row is not None else ChainState(None, None, None)


def officers() -> dict[str, str]:
    """Id → name of everybody who has or had an account, by name."""
    rows = db.session.execute(select(Officer.id, Officer.name).order_by(Officer.name, Officer.id))
    return {str(row.id): row.name for row in rows}


def case_id(text: str) -> uuid.UUID | None:
    """The id of the city's case with this number, as people write it."""
    number = numbering.normalise(text)
    return db.session.scalar(select(Complaint.id).where(Complaint.number == number)) if number else None


def actions() -> dict[str, str]:
    """Every action the list may hold, by code, in words."""
    return ACT_LABELS | ACTION_LABELS


def _page(wanted: Filter, most: int) -> list[TrailRow]:
    place = _read_cursor(wanted.after)
    rows: list[TrailRow] = []
    if wanted.action not in ACT_LABELS and wanted.actor not in ("reporter", "sp4n"):
        rows += [_of_audit(row) for row in db.session.execute(_audit(wanted, place).limit(most))]
    if (not wanted.action or wanted.action in ACT_LABELS) and wanted.actor != "operator":
        rows += [_of_history(row) for row in db.session.execute(_history(wanted, place).limit(most))]
    return sorted(rows, key=lambda row: (row.at, row.id), reverse=True)[:most]


def _audit(wanted: Filter, place: tuple[datetime, uuid.UUID] | None) -> Select[*tuple[Any, ...]]:
    at, id_ = AuditEntry.occurred_at, AuditEntry.id
    statement = select(AuditEntry).where(*_within(at, id_, wanted, place)).order_by(at.desc(), id_.desc())
    if wanted.action:
        statement = statement.where(AuditEntry.action == wanted.action)
    else:
        statement = statement.where(AuditEntry.action != sealing.ACTION)
    if wanted.actor in KINDS:
        name = _RECORDED_AS[wanted.actor]
        statement = statement.where(AuditEntry.actor_id.is_(None), AuditEntry.actor_name == name)
    elif wanted.actor:
        statement = statement.where(AuditEntry.actor_id == uuid.UUID(wanted.actor))
    if wanted.complaint_id is not None:
        statement = statement.where(AuditEntry.subject_id == wanted.complaint_id)
    if wanted.address:
        statement = statement.where(AuditEntry.remote_address == wanted.address)
    return statement


def _history(wanted: Filter, place: tuple[datetime, uuid.UUID] | None) -> Select[*tuple[Any, ...]]:
    at, id_ = ComplaintEvent.recorded_at, ComplaintEvent.id
    statement = (
        select(
            *(column for column in ComplaintEvent.__table__.columns if column.name != "text"),
            Complaint.number.label("number"),
        )
        .join(
            Complaint,
            and_(
                Complaint.tenant_id == ComplaintEvent.tenant_id,
                Complaint.id == ComplaintEvent.complaint_id,
            ),
        )
        .where(*_within(at, id_, wanted, place))
        .order_by(at.desc(), id_.desc())
    )
    if wanted.action:
        statement = statement.where(ComplaintEvent.act == wanted.action)
    if wanted.actor in KINDS:
        statement = statement.where(ComplaintEvent.actor_kind == wanted.actor)
    elif wanted.actor:
        statement = statement.where(ComplaintEvent.actor_id == uuid.UUID(wanted.actor))
    if wanted.complaint_id is not None:
        statement = statement.where(ComplaintEvent.complaint_id == wanted.complaint_id)
    if wanted.address:
        statement = statement.where(ComplaintEvent.data["from"]["address"].astext == wanted.address)
    return statement


def _within(
    at: Any, id_: Any, wanted: Filter, place: tuple[datetime, uuid.UUID] | None
) -> Iterator[ColumnElement[bool]]:
    if wanted.start is not None:
        yield at >= wanted.start
    if wanted.end is not None:
        yield at < wanted.end
    if place is not None:
        yield tuple_(at, id_) < tuple_(*place)


def _of_audit(found: Found) -> TrailRow:
    entry: AuditEntry = found[0]
    return TrailRow(
        id=entry.id,
        at=entry.occurred_at,
        who=entry.actor_name,
        action=entry.action,
        label=action_label(entry.action),
        number=entry.detail.get("number"),
        address=entry.remote_address,
        request_id=entry.request_id,
        detail=entry.detail,
        hash=entry.hash,
        changes=_changes(entry.detail),
    )


def _of_history(row: Found) -> TrailRow:
    data = {} if row.actor_kind == "reporter" else row.data
    origin = data.get("from") or {}
    shown = {key: value for key, value in data.items() if key not in _NOT_SHOWN}
    name = data.get("actor_name")
    before = status_label(row.from_status) if row.from_status else None
    changes = (
        [] if row.from_status == row.to_status else [Change("Status", before, status_label(row.to_status))]
    )
    return TrailRow(
        id=row.id,
        at=row.recorded_at,
        who=f"{name} ({row.actor_label})" if name else row.actor_label,
        action=row.act,
        label=action_label(row.act),
        number=row.number,
        address=origin.get("address"),
        request_id=origin.get("request"),
        detail={"from_status": row.from_status, "to_status": row.to_status, **shown},
        hash=row.hash,
        changes=changes + _changes(shown),
    )


def _changes(detail: dict[str, Any]) -> list[Change]:
    """Pairs of old and new values where the entry has them, its other values alone."""
    old, new = _side(detail, "old", "before"), _side(detail, "new", "after")
    pairs = [Change(key, _text(old.get(key)), _text(new.get(key))) for key in sorted({*old, *new})]
    alone = {
        key: value
        for key, value in detail.items()
        if key != "number" and not (key in ("old", "before", "new", "after") and isinstance(value, dict))
    }
    return [pair for pair in pairs if pair.before != pair.after] + [
        Change(key, None, _text(value)) for key, value in alone.items()
    ]


def _side(detail: dict[str, Any], *names: str) -> dict[str, Any]:
    return next((detail[name] for name in names if isinstance(detail.get(name), dict)), {})


def _text(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _csv(row: TrailRow) -> tuple[str, ...]:
    cells = (
        row.at.isoformat(timespec="seconds"),
        row.who,
        row.action,
        row.number or "",
        row.address or "",
        row.request_id or "",
        json.dumps(row.detail, ensure_ascii=False, sort_keys=True, default=str),
        row.hash,
    )
    # a spreadsheet takes a cell that begins like this for a formula
    return tuple(f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in cells)


def _cursor(row: TrailRow) -> str:
    return base64.urlsafe_b64encode(f"{row.at.isoformat()}|{row.id}".encode()).decode().rstrip("=")


def _read_cursor(value: str | None) -> tuple[datetime, uuid.UUID] | None:
    """The place a cursor names; a garbled one means the beginning."""
    if not value or len(value) > 200:
        return None
    try:
        at, last_id = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode().split("|")
        return datetime.fromisoformat(at), uuid.UUID(last_id)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return None
