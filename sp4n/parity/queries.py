"""What the page "Kesamaan data" shows: the number, the lag, the trend, each difference with both sides."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, tuple_

from complaints.labels import status_label
from complaints.models import Complaint
from complaints.queries.paging import cursor_of, read_cursor
from core import clock
from core.db.reading import reading
from core.extensions import db
from sp4n.parity import store
from sp4n.parity.compare import Aspect, Kind
from sp4n.parity.models import DIFFERENT, IGNORED, ONLY_HERE, UNKNOWN, Parity, ParityDay

PAGE_SIZE = 25
TREND_DAYS = 30
LAG_SAMPLE = 1_000
LAG_REACH = timedelta(days=7)

#: the lists, by their key in the address
LISTS = {
    "berbeda": (DIFFERENT, "Berbeda"),
    "hanya-di-sini": (ONLY_HERE, "Hanya di sini"),
    "belum-pasti": (UNKNOWN, "Belum pasti"),
    "diabaikan": (IGNORED, "Diabaikan"),
}
ASPECTS = {
    Aspect.TITLE: "Judul",
    Aspect.TEXT: "Isi laporan",
    Aspect.CLASSIFICATION: "Klasifikasi",
    Aspect.CATEGORY: "Kategori",
    Aspect.INSTITUTION: "Instansi",
    Aspect.STATUS: "Status",
    Aspect.FOLLOW_UP: "Tindak lanjut",
    Aspect.ATTACHMENTS: "Lampiran",
    Aspect.ANONYMOUS: "Anonim",
    Aspect.CONFIDENTIAL: "Rahasia",
}
KINDS = {
    Kind.DIFFERS: "Berbeda",
    Kind.ONLY_HERE: "Hanya di sini",
    Kind.ONLY_THERE: "Hanya di SP4N",
    Kind.UNMAPPED: "Perlu pemetaan",
}
#: what "Pakai dari SP4N" can do, and what "Kirim dari sini" can
TAKEABLE = frozenset({Aspect.TEXT, Aspect.CLASSIFICATION, Aspect.CATEGORY, Aspect.STATUS, Aspect.ANONYMOUS,
                      Aspect.CONFIDENTIAL})  # fmt: skip


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One difference as the page shows it. `key` names it in a form."""

    key: str
    aspect: str
    kind: str
    here: str | None
    there: str | None
    can_take: bool
    can_send: bool
    reason: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report with its differences."""

    number: str
    title: str
    url: str
    since: datetime
    compared_at: datetime
    differences: list[DifferenceView]


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds from an act to its arrival there, over the last 7 days; and since when the oldest waits."""

    median: float | None
    p95: float | None
    count: int
    oldest_at: datetime | None


_LIST = (
    select(Parity, Complaint.number, Complaint.title)
    .join(Complaint, (Complaint.tenant_id == Parity.tenant_id) & (Complaint.id == Parity.complaint_id))
    .where(Parity.state == bindparam("state"))
    .order_by(Parity.since, Parity.id)
    .limit(PAGE_SIZE + 1)
)
_FURTHER = _LIST.where(tuple_(Parity.since, Parity.id) > tuple_(bindparam("at"), bindparam("last_id")))
_ONE = (
    select(Parity, Complaint.number, Complaint.title)
    .join(Complaint, (Complaint.tenant_id == Parity.tenant_id) & (Complaint.id == Parity.complaint_id))
    .where(Parity.complaint_id == bindparam("complaint"))
)
_LAG = reading("""
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds),
       count(*),
       (SELECT min(created_at) FROM outbox_message
        WHERE due_at IS NOT NULL AND topic IN ('sp4n.create', 'sp4n.follow_up', 'sp4n.decline'))
FROM (SELECT extract(epoch FROM settled_at - created_at)::float8 AS seconds
      FROM outbox_message
      WHERE settled_at >= :since AND state = 'delivered'
        AND topic IN ('sp4n.create', 'sp4n.follow_up', 'sp4n.decline')
      ORDER BY settled_at DESC LIMIT :most) AS recent
""")


def reports(kind: str, after: str | None) -> tuple[list[ReportView], str | None]:
    """A page of a list, longest standing first, and the cursor of the next one. 1 SQL statement."""
    values: dict[str, Any] = {"state": LISTS[kind][0]}
    place = read_cursor(after)
    if place is not None:
        values["at"], values["last_id"] = place
    rows = db.session.execute(_FURTHER if place else _LIST, values).all()
    page = rows[:PAGE_SIZE]
    last: Parity | None = page[-1][0] if len(rows) > PAGE_SIZE else None
    return [_report(*row) for row in page], cursor_of(last.since, last.id) if last else None


def report_of(complaint_id: uuid.UUID) -> tuple[str | None, ReportView] | None:
    """One report and the list it is in, if any; None where it was never compared. 1 SQL statement."""
    row = db.session.execute(_ONE, {"complaint": complaint_id}).first()
    if row is None:
        return None
    return next((key for key, (state, _) in LISTS.items() if state == row[0].state), None), _report(*row)


def lag() -> Lag:
    """How long messages take and how long the oldest has waited. 1 SQL statement."""
    row = db.session.execute(_LAG, {"since": clock.now() - LAG_REACH, "most": LAG_SAMPLE}).one()
    return Lag(*row)


def trend() -> list[ParityDay]:
    """The counts of the last days, oldest first."""
    rows = db.session.scalars(select(ParityDay).order_by(ParityDay.day.desc()).limit(TREND_DAYS)).all()
    return list(reversed(rows))


def share_of(day: ParityDay) -> float | None:
    """The share of a day, by the same rule as today's."""
    whole = day.identical + day.different + day.only_here + day.only_there + day.unknown + day.not_compared
    return day.identical / whole if whole else None


def summary() -> store.Summary:
    """The city's counts. 3 SQL statements."""
    return store.summary(db.session())


def key_of(parity_id: uuid.UUID, each: dict[str, Any]) -> str:
    """A difference's name: the report, and a digest of what differs, so that a changed one is another."""
    content = json.dumps([each.get(name) for name in ("aspect", "kind", "here", "there", "ref")])
    return f"{parity_id}:{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def can_take(each: dict[str, Any]) -> bool:
    """Whether their value can become ours by a click."""
    if each["kind"] == Kind.ONLY_THERE:
        return bool(each["aspect"] == Aspect.FOLLOW_UP)
    return each["kind"] == Kind.DIFFERS and each["aspect"] in TAKEABLE


def can_send(each: dict[str, Any]) -> bool:
    """Whether ours can be sent again: the API takes answers, and changes nothing that was filed."""
    return bool(each["aspect"] == Aspect.FOLLOW_UP and each["kind"] == Kind.ONLY_HERE)


def _report(row: Parity, number: str, title: str) -> ReportView:
    shown = [_difference(row.id, each) for each in (*row.differences, *row.ignored)]
    return ReportView(number, title, f"/petugas/laporan/{number}", row.since, row.compared_at, shown)


def _difference(parity_id: uuid.UUID, each: dict[str, Any]) -> DifferenceView:
    is_open = "reason" not in each
    here = each["here"]
    if each["aspect"] == Aspect.STATUS and here is not None:
        here = status_label(here)
    return DifferenceView(
        key=key_of(parity_id, each),
        aspect=ASPECTS[Aspect(each["aspect"])],
        kind=KINDS[Kind(each["kind"])],
        here=here,
        there=each["there"],
        can_take=is_open and can_take(each),
        can_send=is_open and can_send(each),
        reason=each.get("reason"),
        by=each.get("by"),
    )


def day_label(day: date) -> str:
    """A day on the axis of the trend."""
    return f"{day.day}/{day.month}"
