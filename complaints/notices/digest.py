"""The morning's list: on working days each officer gets one mail of what is late or due, if anything is.

Invariant: one mail an officer and day, however often the job runs; days off are passed over.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from complaints import statute, workflow
from complaints.models import Complaint, Delegation, MessagingSettings, NoticePreference
from complaints.models.case import OPEN_SQL
from complaints.notices import queueing
from complaints.notices.channels import Channels
from complaints.notices.recipients import Recipient
from core import clock, formats
from core.db.transaction import unit_of_work
from core.extensions import db
from tenants.models import Officer
from tenants.officers.roles import Role

DUE_SQL = "SELECT tenant_id FROM messaging_settings WHERE next_digest_at <= now()"
MOST_READ, MOST_LISTED = 5_000, 20
#: names the digests of a day; the officer's id is the rest of the key
_SPACE = uuid.UUID("6e0a9d0c-7a55-5c0e-9a70-6d5f0c9b7f11")
_DESK_ROLES = (Role.CITY_ADMINISTRATOR, Role.VERIFIER)
_DESKS = (workflow.RECEIVED, workflow.VERIFIED)


@dataclass(frozen=True, slots=True)
class Due:
    """A case that is late or due by tomorrow."""

    number: str
    status: str
    department_id: uuid.UUID | None
    handler_id: uuid.UUID | None
    due_at: datetime


_DUE = (
    select(
        Complaint.number, Complaint.status, Complaint.department_id, Complaint.handler_id, Complaint.due_at
    )
    .where(
        text(f"complaint.{OPEN_SQL}"),
        Complaint.status == any_(bindparam("turn", type_=ARRAY(Text))),
        Complaint.due_at < bindparam("until"),
    )
    .order_by(Complaint.due_at, Complaint.id)
    .limit(MOST_READ)
)
_OFFICERS = (
    select(Officer.id, Officer.name, Officer.email, Officer.role, Officer.department_id)
    .outerjoin(
        NoticePreference,
        (NoticePreference.tenant_id == Officer.tenant_id) & (NoticePreference.officer_id == Officer.id),
    )
    .where(
        Officer.is_active,
        NoticePreference.wants_digest.is_(None) | NoticePreference.wants_digest,
    )
)
_ABSENT = select(Delegation.officer_id, Delegation.substitute_id).where(
    Delegation.starts_on <= bindparam("on"),
    Delegation.ends_on >= bindparam("on"),
    Delegation.ended_at.is_(None),
)


def send_due() -> int:
    """Queue the bound city's lists of today and set when the next ones are due. Returns how many."""
    with unit_of_work() as session:
        row = session.scalars(select(MessagingSettings).with_for_update()).first()
        now = clock.now()
        if row is None or row.next_digest_at is None or row.next_digest_at > now:
            return 0
        calendar = statute.load(now).calendar
        today = calendar.local_date(now)
        at = datetime.combine(today, row.digest_at, calendar.tz)
        row.next_digest_at = next_at(now, row.digest_at, calendar)
        is_morning = (
            at <= now < at + timedelta(hours=6)
        )  # a worker that was away all day writes no list at night
        if not (row.digest_on and Channels.of(row).mail and calendar.is_working_day(today) and is_morning):
            return 0
        return queueing.queue(_plans(today, now, calendar))


def next_at(now: datetime, digest_at: time, calendar: Any) -> datetime:
    """The next instant of this local time of day."""
    local = now.astimezone(calendar.tz)
    day = local.date() + timedelta(days=1 if local.time() >= digest_at else 0)
    return datetime.combine(day, digest_at, calendar.tz)


def _plans(today: date, now: datetime, calendar: Any) -> list[queueing.Plan]:
    end = datetime.combine(calendar.add_working_days(today, 1) + timedelta(days=1), time(), calendar.tz)
    rows = db.session.execute(_DUE, {"turn": list(workflow.OFFICER_TURN), "until": end}).all()
    cases = [Due(row.number, row.status, row.department_id, row.handler_id, row.due_at) for row in rows]
    plans: list[queueing.Plan] = []
    for officer, own in _shared_out(cases, today):
        recipient = Recipient(officer.id, officer.name, officer.email)
        plans += queueing.to_officers(
            uuid.uuid5(_SPACE, today.isoformat()),
            "digest",
            None,
            [recipient],
            payload=_payload(own, now, calendar),
        )
    return plans


def _shared_out(cases: Sequence[Due], today: date) -> Iterable[tuple[Row[*tuple[Any, ...]], list[Due]]]:
    """Each officer with what waits for them; for whoever is away the substitute has it as well."""
    absent = {row.officer_id: row.substitute_id for row in db.session.execute(_ABSENT, {"on": today})}
    officers = db.session.execute(_OFFICERS).all()
    for officer in officers:
        if officer.id in absent:
            continue
        stands_in_for = {one for one, other in absent.items() if other == officer.id}
        own = [case for case in cases if _waits_for(case, officer, stands_in_for)]
        if own:
            yield officer, own


def _waits_for(case: Due, officer: Row[*tuple[Any, ...]], stands_in_for: set[uuid.UUID]) -> bool:
    if case.handler_id is not None and (case.handler_id == officer.id or case.handler_id in stands_in_for):
        return case.status != workflow.PROPOSED
    if officer.role in _DESK_ROLES:
        return case.status in _DESKS
    if officer.department_id is None or officer.department_id != case.department_id:
        return False
    if officer.role == Role.DEPARTMENT_HEAD:
        return case.status == workflow.PROPOSED
    return officer.role == Role.LIAISON_OFFICER and case.handler_id is None and case.status not in _DESKS


def _payload(cases: Sequence[Due], now: datetime, calendar: Any) -> dict[str, Any]:
    today = calendar.local_date(now)
    late = sum(case.due_at < now for case in cases)
    due_today = sum(case.due_at >= now and calendar.local_date(case.due_at) == today for case in cases)
    counts = ((late, "terlambat"), (due_today, "jatuh tempo hari ini"))
    rest = len(cases) - late - due_today
    parts = [
        f"{formats.number(n)} {words}"
        for n, words in (*counts, (rest, "jatuh tempo hari kerja berikutnya"))
        if n
    ]
    lines = [_line(case, now, calendar) for case in cases[:MOST_LISTED]]
    if len(cases) > MOST_LISTED:
        lines.append(f"dan {formats.number(len(cases) - MOST_LISTED)} laporan lagi di kotak masuk")
    return {"summary": ", ".join(parts), "lines": lines}


def _line(case: Due, now: datetime, calendar: Any) -> str:
    when = formats.short_date(case.due_at, calendar.tz)
    return f"{case.number}, terlambat sejak {when}" if case.due_at < now else f"{case.number}, batas {when}"
