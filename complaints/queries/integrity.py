"""Whether a city's record is what was written: its audit chain, every case's history, every seal over them.

Constant memory whatever the city's size; each statement sees one moment, so work may go on meanwhile.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from complaints.acts import sealing
from complaints.acts.engine import digest
from complaints.models import Complaint, ComplaintEvent
from core.audit.checking import Fault, Walked, walk
from core.audit.models import AuditEntry, AuditHead
from core.extensions import db

CASES_AT_ONCE = 200
#: a nightly check reads the histories in as many nights
PARTS = 7
#: faults listed; one is enough to doubt the rest
MOST_FAULTS = 50
#: called now and then with how many entries have been seen
Progress = Callable[[int], None]
Found = Row[*tuple[Any, ...]]

_EVENT = [column for column in ComplaintEvent.__table__.columns if column.name != "tenant_id"]
_CASES = (
    select(Complaint.tenant_id, Complaint.id, Complaint.number, Complaint.last_event, Complaint.last_hash)
    .where(Complaint.id > bindparam("after"))
    .order_by(Complaint.id)
    .limit(CASES_AT_ONCE)
)
_ORPHANS = (
    select(func.count())
    .select_from(ComplaintEvent)
    .outerjoin(
        Complaint,
        (Complaint.tenant_id == ComplaintEvent.tenant_id) & (Complaint.id == ComplaintEvent.complaint_id),
    )
    .where(ComplaintEvent.ordinal > bindparam("low"), ComplaintEvent.ordinal <= bindparam("high"))
    .where(Complaint.id.is_(None))
)
_UNSEALED = select(func.count(), func.min(ComplaintEvent.recorded_at)).where(
    ComplaintEvent.ordinal > bindparam("low")
)


@dataclass(slots=True)
class Report:
    """What a check found. `intact_to` is the last audit entry's time; `head` is worth keeping elsewhere."""

    entries: int = 0
    cases: int = 0
    events: int = 0
    seals: int = 0
    unsealed: int = 0
    intact_to: datetime | None = None
    head: str = ""
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return not self.faults

    def add(self, chain: str, message: str) -> None:
        """Note a fault, up to a number that can still be read."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(chain, message))


def check(since: datetime | None = None, progress: Progress | None = None, part: int | None = None) -> Report:
    """Check everything of the bound city, or what was recorded from `since` on.

    `part` (0 to PARTS - 1) reads the audit and every seal, but only one part in PARTS of the histories.
    """
    report = Report()
    tell = progress or (lambda _seen: None)
    seals = _Seals(report, tell)
    walked = walk(since, seals.visit)
    _audit_results(report, walked, seals, whole=since is None)
    for row in _histories(since, part):
        _check_history(report, row)
        if report.cases % CASES_AT_ONCE == 0:
            tell(report.events)
    return report


def _audit_results(report: Report, walked: Walked, seals: _Seals, whole: bool) -> None:
    report.entries, report.intact_to = walked.entries, walked.at
    report.head = f"{walked.sequence}:{walked.hash}"
    if walked.fault is not None:
        report.faults.append(walked.fault)
        return
    if not whole and not report.seals:
        return
    noted = db.session.scalar(select(AuditHead.sealed_ordinal)) or 0
    report.unsealed = db.session.execute(_UNSEALED, {"low": noted}).one()[0]
    db.session.rollback()
    if noted < (seals.up_to or 0):
        report.add("segel", f"Kepala rantai mengaku disegel sampai {noted}, padahal sampai {seals.up_to}.")
    elif noted > (seals.up_to or 0) and not seals.grew(noted):
        report.add("segel", f"Segel sampai urutan {noted} tidak ada dalam catatan audit.")


class _Seals:
    """Checks each seal the walk comes upon against the entries it covers."""

    def __init__(self, report: Report, tell: Progress) -> None:
        self._report, self._tell = report, tell
        self.up_to: int | None = None

    def visit(self, row: Found) -> None:
        """A sound audit entry; the seals among them are looked at."""
        if row.action != sealing.ACTION:
            return
        low, high = row.detail["above"], row.detail["up_to"]
        if self.up_to is not None and low != self.up_to:
            self._report.add("segel", f"Segel {row.sequence} tidak menyambung ke segel sebelumnya.")
        self.up_to = high
        self._report.seals += 1
        made = _digest_of(low, high)
        wanted = {key: row.detail[key] for key in ("above", "up_to", "count", "digest")}
        if made.detail(low, high) != wanted:
            self._report.add("segel", _words(row, made.count))
        elif missing := db.session.scalar(_ORPHANS, {"low": low, "high": high}):
            self._report.add(
                "segel", f"Segel {row.sequence}: {missing} kejadian tidak lagi mempunyai laporan."
            )
        db.session.rollback()
        self._tell(made.count)

    def grew(self, noted: int) -> bool:
        """Whether the city was sealed further, up to `noted`, since the walk came past the end."""
        last = db.session.scalar(
            select(AuditEntry.detail)
            .where(AuditEntry.action == sealing.ACTION)
            .order_by(AuditEntry.sequence.desc())
            .limit(1)
        )
        db.session.rollback()
        return last is not None and last.get("up_to") == noted


def _words(row: Found, count: int) -> str:
    sealed = row.detail["count"]
    when = f"{row.occurred_at:%Y-%m-%d %H.%M} UTC"
    if count < sealed:
        return f"Segel {row.sequence} ({when}): {sealed - count} dari {sealed} kejadian tidak ada lagi."
    if count > sealed:
        return f"Segel {row.sequence} ({when}): ada {count - sealed} kejadian yang disisipkan."
    return f"Segel {row.sequence} ({when}): kejadian di dalamnya diubah atau ditukar urutannya."


def _digest_of(low: int, high: int) -> sealing.Digest:
    made = sealing.Digest()
    while rows := db.session.execute(sealing.RANGE, {"low": low, "high": high, "most": 5000}).all():
        made.take(rows)
        low = rows[-1].ordinal
    return made


def _histories(since: datetime | None, part: int | None) -> Iterator[list[Found]]:
    """Each case's row beside each of its entries, in order; a case without any comes with NULLs."""
    after = uuid.UUID(int=0)
    cases = _CASES
    if since is not None:
        cases = cases.where(
            Complaint.id.in_(select(ComplaintEvent.complaint_id).where(ComplaintEvent.recorded_at >= since))
        )
    if part is not None:
        cases = cases.where(func.get_byte(func.uuid_send(Complaint.id), 15) % PARTS == part)
    batch = cases.subquery("batch")
    statement = (
        select(batch.c.number, batch.c.last_event, batch.c.last_hash, batch.c.id.label("case_id"), *_EVENT)
        .select_from(batch)
        .outerjoin(
            ComplaintEvent,
            (ComplaintEvent.tenant_id == batch.c.tenant_id) & (ComplaintEvent.complaint_id == batch.c.id),
        )
        .order_by(batch.c.id, ComplaintEvent.sequence)
    )
    while rows := db.session.execute(statement, {"after": after}).all():
        db.session.rollback()
        after = rows[-1].case_id
        for _, group in groupby(rows, key=attrgetter("case_id")):
            yield list(group)


def _check_history(report: Report, rows: list[Found]) -> None:
    case, previous, place = rows[0], "", 0
    report.cases += 1
    for row in rows:
        if row.sequence is None:
            break
        place += 1
        report.events += 1
        message = _entry_problem(row, place, previous)
        if message:
            report.add(case.number, f"Laporan {case.number}: {message}")
            return
        previous = row.hash
    if case.last_event > place:
        report.add(
            case.number,
            f"Laporan {case.number}: kejadian {place + 1} sampai {case.last_event} tidak ada lagi.",
        )
    elif (case.last_event, case.last_hash) != (place, previous):
        report.add(case.number, f"Laporan {case.number}: baris laporan tidak cocok dengan akhir riwayatnya.")


def _entry_problem(row: Found, place: int, previous: str) -> str | None:
    if row.sequence != place:
        return f"kejadian {place} tidak ada: dihapus atau nomornya diubah."
    if digest(row) != row.hash:
        return f"kejadian {place} ({row.act}) bukan yang dulu ditulis: isinya diubah."
    if row.previous_hash != previous:
        return f"kejadian {place} ({row.act}) tidak menyambung ke kejadian sebelumnya."
    return None
