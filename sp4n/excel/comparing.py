"""What a row of the export would change here, found for many rows at once and without changing anything.

Invariant: a row of an institution that is not this city's is refused, and nothing about a report is guessed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from complaints.models import Complaint
from core.db.many import each_found
from core.outbox.models import UNFINISHED, OutboxMessage
from sp4n import applying, composing
from sp4n.delivery import BEGUN, same_text
from sp4n.excel.models import CHANGED, EQUAL, NEW, SKIPPED, UNREADABLE
from sp4n.excel.rows import ExportRow
from sp4n.mapping import RemoteState, normalised, remote_state
from sp4n.models import InboundMessage, Sp4nInstitution, Sp4nLink, Sp4nMapping
from sp4n.settings import Connection
from sp4n.subscribers import CREATE
from tenants.models import Area

#: under which name a case keeps what an export said of it
FACTS = "sp4n_export"
_village, _district = aliased(Area), aliased(Area)
_links, _link = each_found(
    Sp4nLink.external_id,
    Sp4nLink.tenant_id,
    Sp4nLink.complaint_id,
    Sp4nLink.status_raw,
    Sp4nLink.origin,
    given="numbers",
)
_LINKED = (
    select(
        _link.c.external_id,
        _link.c.status_raw,
        _link.c.origin,
        Complaint.title,
        Complaint.body,
        Complaint.final_body,
        Complaint.landmark,
        _village.name.label("village"),
        _district.name.label("district"),
        Complaint.external[FACTS].label("facts"),
    )
    .select_from(_links)
    .join(Complaint, (Complaint.tenant_id == _link.c.tenant_id) & (Complaint.id == _link.c.complaint_id))
    .outerjoin(_village, (_village.tenant_id == Complaint.tenant_id) & (_village.id == Complaint.village_id))
    .outerjoin(
        _district, (_district.tenant_id == Complaint.tenant_id) & (_district.id == Complaint.district_id)
    )
)
_news, _told = each_found(
    InboundMessage.external_id,
    InboundMessage.report_id,
    InboundMessage.state,
    InboundMessage.outcome,
    given="names",
)
_TOLD = select(_told.c.report_id, _told.c.state, _told.c.outcome).select_from(_news)
#: what of a row is kept and compared again
_LABELS = {
    "status": "status",
    "title": "judul",
    "initial": "isi awal",
    "final": "isi akhir",
    "institution": "instansi terdisposisi",
    "category": "kategori",
    "classification": "klasifikasi",
    "reason": "alasan tunda/arsip",
    "rating": "penilaian",
    "decree": "nomor SK",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What kind a row is, and why."""

    kind: str
    reason: str | None = None


def facts_of(row: ExportRow) -> dict[str, str]:
    """What a case keeps of a row; long texts by their digest, as the parity keeps the texts themselves."""
    return {
        "status": row.status,
        "title": row.title,
        "initial": digest(row.initial),
        "final": digest(row.final),
        "institution": row.institution,
        **row.kept,
    }


def digest(text: str) -> str:
    """The same for texts that differ in white space only."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:24]


def digest_of(row: ExportRow) -> str:
    """The same for rows that say the same."""
    return hashlib.sha256(json.dumps(row.as_json(), sort_keys=True).encode()).hexdigest()[:32]


class Comparison:
    """Judges rows for one city. What holds for the whole file is read once."""

    def __init__(self, session: Session, connection: Connection) -> None:
        self._connection = connection
        self._own_names = _own_names(session, connection)
        self._own_numbers = {connection.institution_id} | {
            int(number)
            for number in session.scalars(
                select(Sp4nMapping.remote_id).where(Sp4nMapping.kind == "department")
            )
            if number.isdigit()
        }
        self._overrides = applying.overrides(session)
        self._under_way = _titles_under_way(session)

    def judge(self, session: Session, rows: Sequence[ExportRow]) -> list[Verdict]:
        """One verdict for each row, in order; two statements whatever their number."""
        numbers = [row.number for row in rows]
        linked = {found.external_id: found for found in session.execute(_LINKED, {"numbers": numbers})}
        names = [f"report:{number}" for number in numbers]
        told = {found.report_id: found for found in session.execute(_TOLD, {"names": names})}
        return [self._one(row, linked.get(row.number), told.get(row.number)) for row in rows]

    def _one(self, row: ExportRow, link: Any, told: Any) -> Verdict:
        foreign = self.foreign(row)
        if foreign is not None:
            return Verdict(UNREADABLE, foreign)
        if link is not None:
            return _against(row, link)
        if told is not None and told.state != applying.PENDING:
            return _as_told(told)
        state = remote_state(row.status, row.status, overrides=self._overrides)
        if state in (RemoteState.COMPLETED, RemoteState.ARCHIVED):
            return Verdict(SKIPPED, f"Sudah selesai di SP4N: {row.status}")
        own = self._under_way.get(normalised(row.title))
        if own is not None:
            return Verdict(
                UNREADABLE,
                f"Mungkin laporan {own} dari sini, yang pengirimannya belum pasti; hubungkan nomornya dahulu",
            )
        return Verdict(NEW, None if state is not None else f"Status “{row.status}” perlu pemetaan")

    def foreign(self, row: ExportRow) -> str | None:
        """Why the row is not this city's, or None where it is."""
        parent = normalised(row.parent)
        if parent and self._own_names and parent not in self._own_names:
            return f"Instansi Induk “{row.parent}” bukan instansi kota ini"
        is_ours_by_name = bool(parent) and parent in self._own_names
        if row.institution_id in self._own_numbers or is_ours_by_name:
            return None
        if row.institution_id is None:
            return "Instansi tidak disebut, jadi tidak dapat dipastikan milik kota ini"
        name = row.institution or row.parent or "-"
        return f"ID Instansi Terdisposisi {row.institution_id} (“{name}”) bukan instansi kota ini"


def _as_told(told: Any) -> Verdict:
    """A report that was read before, by whatever way, and has no case here."""
    if told.state == applying.WAITING:
        return Verdict(EQUAL, told.outcome)
    if told.state == applying.IGNORED:
        return Verdict(SKIPPED, told.outcome)
    return Verdict(SKIPPED, f"Pernah dibuat sebagai {told.outcome}, lalu tautannya dilepas")


def _against(row: ExportRow, link: Any) -> Verdict:
    """A row about a report that is linked: against what an export last said, else against the case."""
    facts = facts_of(row)
    if link.facts:
        names = [name for name in _LABELS if facts.get(name, "") != link.facts.get(name, "")]
    else:
        same = {
            "status": normalised(row.status) == normalised(link.status_raw or ""),
            **same_texts(row, link),
        }
        names = [name for name, is_same in same.items() if not is_same]
    if not names:
        return Verdict(EQUAL)
    words = [
        f"status: {link.status_raw or 'belum diketahui'} → {row.status}"
        if name == "status"
        else _LABELS[name]
        for name in names
    ]
    return Verdict(CHANGED, f"Berubah: {', '.join(words)}")


def case_of(session: Session, number: str) -> Any:
    """The linked case of a number there, as `same_texts` takes it; None where there is none."""
    return session.execute(_LINKED, {"numbers": [number]}).first()


def same_texts(row: ExportRow, case: Any) -> dict[str, bool]:
    """Which texts are ours. Those we filed went there with the place under them, and perhaps edited first."""
    is_ours = case.origin == "local"
    place = (case.landmark, case.village, case.district)

    def is_one_of(theirs: str, *ours: str | None) -> bool:
        return any(
            same_text(theirs, text) or (is_ours and same_text(theirs, composing.placed(text, *place)))
            for text in ours
            if text
        )

    return {
        "title": not row.title or same_text(row.title, case.title),
        "initial": is_one_of(row.initial, case.body, case.final_body if is_ours else None),
        "final": is_one_of(row.final, case.final_body or case.body),
    }


def _own_names(session: Session, connection: Connection) -> set[str]:
    listed = session.scalar(
        select(Sp4nInstitution.name).where(Sp4nInstitution.number == connection.institution_id)
    )
    return {normalised(name) for name in (connection.institution_name, listed) if name}


def _titles_under_way(session: Session) -> dict[str, str]:
    """Titles of reports of ours whose first sending began and is not known to have arrived."""
    rows = session.execute(
        select(Complaint.title, Complaint.number, OutboxMessage.steps)
        .join(OutboxMessage, OutboxMessage.subject_id == Complaint.id)
        .where(OutboxMessage.topic == CREATE, OutboxMessage.state.in_(UNFINISHED))
    )
    return {normalised(row.title): row.number for row in rows if BEGUN in row.steps}
