"""The tasks as the page, the badge and the command show them. Three statements for any number of tasks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, literal_column, or_, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from complaints.labels import act_title
from complaints.models import Complaint, ComplaintEvent
from complaints.queries.paging import cursor_of, read_cursor
from core import clock
from core.extensions import db
from core.outbox.models import PENDING, OutboxMessage
from sp4n.models import InboundMessage, Sp4nLink
from sp4n.subscribers import CREATE, DECLINE
from sp4n.tasks.advice import Advice, advise
from sp4n.tasks.models import MESSAGE, NEWS, OPEN, REPORT, RESOLVED, SKIPPED, Sp4nTask

SIZE = 50
#: what was resolved is listed so long; what was skipped, always
KEPT = timedelta(days=30)
#: the lists of the page: key in its address → state, label
LISTS = {
    "terbuka": (OPEN, "Perlu tindakan"),
    "dilewati": (SKIPPED, "Dilewati"),
    "selesai": (RESOLVED, "Selesai 30 hari terakhir"),
}
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in words. `detail`: technical facts, label and value; `is_waiting`: it is tried by itself."""

    id: uuid.UUID
    kind: str
    what: str
    cause: str
    advice: Advice
    state: str
    opened_at: datetime
    ended_at: datetime | None
    owner_id: uuid.UUID | None
    owner_name: str | None
    ended_by: str | None
    reason: str | None
    number: str | None
    title: str | None
    is_waiting: bool
    can_skip: bool
    can_retry: bool
    detail: list[tuple[str, str]]


def rows(
    key: str, after: str | None = None, complaint_id: uuid.UUID | None = None, size: int = SIZE
) -> tuple[list[TaskRow], str | None]:
    """One page of a list and the cursor of the next; open ones oldest first, ended ones newest first."""
    statement = _statement().where(Sp4nTask.state == LISTS[key][0])
    if complaint_id is not None:
        statement = statement.where(Sp4nTask.complaint_id == complaint_id)
    is_open = key == "terbuka"
    place: InstrumentedAttribute[Any] = Sp4nTask.opened_at if is_open else Sp4nTask.ended_at
    order = (place, Sp4nTask.id) if is_open else (place.desc(), Sp4nTask.id.desc())
    if key == "selesai":
        statement = statement.where(Sp4nTask.ended_at > clock.now() - KEPT)
    if (start := read_cursor(after)) is not None:
        here = tuple_(place, Sp4nTask.id)
        statement = statement.where(here > tuple_(*start) if is_open else here < tuple_(*start))
    found = db.session.execute(statement.order_by(*order).limit(size + 1)).all()
    shown = [_row(each) for each in found[:size]]
    if len(found) <= size:
        return shown, None
    last: Sp4nTask = found[size - 1].Sp4nTask
    at: Any = last.opened_at if is_open else last.ended_at
    return shown, cursor_of(at, last.id)


def _statement() -> Select[Any]:
    own = Sp4nTask.tenant_id
    return (
        select(
            Sp4nTask,
            Complaint.number,
            Complaint.title,
            OutboxMessage.topic,
            OutboxMessage.state.label("message_state"),
            OutboxMessage.attempts,
            OutboxMessage.steps,
            OutboxMessage.due_at,
            OutboxMessage.created_at,
            InboundMessage.kind.label("news_kind"),
            InboundMessage.report_id,
            InboundMessage.external_id.label("news_key"),
            Sp4nLink.external_id.label("link_number"),
            ComplaintEvent.act,
            ComplaintEvent.data,
        )
        .outerjoin(Complaint, and_(Complaint.tenant_id == own, Complaint.id == Sp4nTask.complaint_id))
        .outerjoin(
            OutboxMessage,
            and_(
                OutboxMessage.tenant_id == own,
                OutboxMessage.id == Sp4nTask.ref_id,
                Sp4nTask.kind == MESSAGE,
            ),
        )
        .outerjoin(
            InboundMessage,
            and_(
                InboundMessage.tenant_id == own, InboundMessage.id == Sp4nTask.ref_id, Sp4nTask.kind == NEWS
            ),
        )
        .outerjoin(
            Sp4nLink,
            and_(Sp4nLink.tenant_id == own, Sp4nLink.id == Sp4nTask.ref_id, Sp4nTask.kind == REPORT),
        )
        .outerjoin(
            ComplaintEvent,
            and_(
                ComplaintEvent.tenant_id == own,
                func.concat("act:", ComplaintEvent.id) == OutboxMessage.dedupe_key,
                ComplaintEvent.complaint_id == OutboxMessage.subject_id,
            ),
        )
    )


def _row(row: Any) -> TaskRow:
    task: Sp4nTask = row.Sp4nTask
    is_open = task.state == OPEN
    return TaskRow(
        id=task.id,
        kind=task.kind,
        what=_what(row),
        cause=task.cause,
        advice=advise(task.kind, task.cause),
        state=task.state,
        opened_at=task.opened_at,
        ended_at=task.ended_at,
        owner_id=task.owner_id,
        owner_name=task.owner_name,
        ended_by=task.ended_by,
        reason=task.reason,
        number=row.number,
        title=row.title,
        is_waiting=row.message_state == PENDING,
        can_skip=is_open and task.kind in (MESSAGE, NEWS),
        can_retry=is_open and row.news_kind != "unreadable",
        detail=_detail(row),
    )


_NEWS = {
    "report": "Laporan baru dari SP4N-LAPOR!",
    "status": "Perubahan status dari SP4N-LAPOR!",
    "followup": "Tindak lanjut dari SP4N-LAPOR!",
}


def _what(row: Any) -> str:
    task: Sp4nTask = row.Sp4nTask
    if task.kind == NEWS:
        return _NEWS.get(row.news_kind, "Entri dari SP4N-LAPOR!")
    if task.kind == REPORT:
        return "Pembacaan laporan di SP4N-LAPOR!"
    if task.kind != MESSAGE:
        return "Sambungan ke SP4N-LAPOR!"
    if row.topic == CREATE:
        return "Pengiriman laporan ke SP4N-LAPOR!"
    if row.topic == DECLINE:
        return "Penerusan ke instansi lain di SP4N-LAPOR!"
    words = "Pengiriman tindak lanjut"
    return f"{words}: {act_title(row.act, row.data)}" if row.act else words


def _detail(row: Any) -> list[tuple[str, str]]:
    task: Sp4nTask = row.Sp4nTask
    facts = [
        ("Nomor pelacakan", task.ref_id),
        ("Jenis", row.topic or row.news_kind or task.kind),
        ("Keadaan kiriman", row.message_state),
        ("Percobaan", row.attempts),
        ("Langkah yang selesai", ", ".join(sorted(row.steps)) if row.steps else None),
        ("Dibuat", row.created_at and row.created_at.isoformat(timespec="seconds")),
        ("Dicoba lagi", row.due_at and row.due_at.isoformat(timespec="seconds")),
        ("Nomor SP4N-LAPOR!", row.link_number or row.report_id),
        ("Kunci kabar", row.news_key),
    ]
    return [(label, str(value)) for label, value in facts if value not in (None, "")]


def number_of(complaint_id: uuid.UUID | None) -> str | None:
    """The number of the report a list is narrowed to."""
    if complaint_id is None:
        return None
    return db.session.scalar(select(Complaint.number).where(Complaint.id == complaint_id))


def counts() -> dict[str, int]:
    """How many tasks each list has."""
    since = clock.now() - KEPT
    found = dict(
        db.session.execute(
            select(Sp4nTask.state, func.count())
            .where(or_(Sp4nTask.state != RESOLVED, Sp4nTask.ended_at > since))
            .group_by(Sp4nTask.state)
        ).all()
    )
    return {key: found.get(state, 0) for key, (state, _) in LISTS.items()}


# Constants in the condition: the planner reads the open ones along the index, and stops at the limit.
_OPEN_ONES = (
    select(Sp4nTask.id)
    .where(text("sp4n_task.state = 'open'"))
    .limit(literal_column(str(MOST_COUNTED + 1)))
    .subquery("open_ones")
)
#: how many are open, up to one more than MOST_COUNTED
COUNT = select(func.count()).select_from(_OPEN_ONES)
