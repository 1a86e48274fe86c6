"""What an operator sees and mends of a city's connection: its state, stopped messages, missing mappings."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from complaints.models import Complaint
from complaints.workflow import OPEN_STATUSES
from core import audit, clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import FieldProblem
from core.ids import uuid7
from core.jobs.queue import registry, wake_after_commit
from core.outbox import relay
from core.outbox.models import DELIVERED, GIVEN_UP, PENDING, REJECTED, OutboxMessage
from sp4n import circuit, settings
from sp4n.mapping import RemoteState
from sp4n.models import (
    ACTIVE,
    OFF,
    InboundMessage,
    Sp4nInstitution,
    Sp4nLink,
    Sp4nMapping,
    Sp4nSettings,
)
from sp4n.subscribers import DELIVER, NATIONAL_CHANNEL, POLL, TOPICS, queue_report

MAPPING_KINDS = ("category", "classification", "department", "institution", "status")
BACKFILL_BATCH = 500


@dataclass(frozen=True, slots=True)
class State:
    """A city's connection in figures. `outbox`: messages by state; `unmapped`: what waits for a person."""

    mode: str
    base_url: str
    institution_id: str
    institution_name: str | None
    failures: int
    paused_until: datetime | None
    last_success_at: datetime | None
    last_cause: str | None
    polled_until: datetime | None
    next_poll_at: datetime | None
    outbox: dict[str, int]
    oldest_pending_at: datetime | None
    links: int
    unmapped: dict[str, int]


def state() -> State | None:
    """The bound tenant's state, or None where nothing is configured."""
    with unit_of_work() as session:
        row = settings.row_of(session)
        if row is None:
            return None
        counts = dict(
            session.execute(
                select(OutboxMessage.state, func.count())
                .where(OutboxMessage.topic.in_(TOPICS))
                .group_by(OutboxMessage.state)
            ).all()
        )
        oldest = session.scalar(
            select(func.min(OutboxMessage.created_at)).where(
                OutboxMessage.topic.in_(TOPICS), OutboxMessage.state == PENDING
            )
        )
        waiting = session.execute(
            select(InboundMessage.outcome, func.count())
            .where(InboundMessage.state == "waiting")
            .group_by(InboundMessage.outcome)
        ).all()
        return State(
            mode=row.mode,
            base_url=row.base_url,
            institution_id=row.institution_id,
            institution_name=row.institution_name,
            failures=row.failures,
            paused_until=row.paused_until,
            last_success_at=row.last_success_at,
            last_cause=row.last_cause,
            polled_until=row.polled_until,
            next_poll_at=row.next_poll_at,
            outbox={name: counts.get(name, 0) for name in (PENDING, DELIVERED, REJECTED, GIVEN_UP)},
            oldest_pending_at=oldest,
            links=session.scalar(select(func.count()).select_from(Sp4nLink)) or 0,
            unmapped={outcome or "": count for outcome, count in waiting},
        )


def retry_stopped() -> int:
    """Put stopped messages back in the queue and end a pause. Returns how many messages."""
    with unit_of_work() as session:
        stopped = list(
            session.scalars(
                select(OutboxMessage.id)
                .where(OutboxMessage.topic.in_(TOPICS), OutboxMessage.state.in_((REJECTED, GIVEN_UP)))
                .order_by(OutboxMessage.sequence)
            )
        )
    circuit.end_pause()
    again = sum(relay.try_again(message_id) for message_id in stopped)
    with unit_of_work():
        _note("sp4n.retried", count=again)
    registry().wake(DELIVER, bound_tenant_id())
    return again


def backfill() -> int:
    """Queue the open reports filed here while nothing was sent; how many. FieldProblem unless `active`."""
    queued = 0
    while batch := _unsent():
        with unit_of_work() as session:
            if session.scalar(select(Sp4nSettings.mode)) != ACTIVE:
                raise FieldProblem("mode", "Mode harus active")
            for complaint_id in batch:
                queue_report(complaint_id)
        queued += len(batch)
    with unit_of_work():
        _note("sp4n.backfilled", count=queued)
    return queued


def _unsent() -> list[uuid.UUID]:
    link = select(Sp4nLink.id).where(Sp4nLink.complaint_id == Complaint.id)
    message = select(OutboxMessage.id).where(
        OutboxMessage.subject_id == Complaint.id, OutboxMessage.topic.in_(TOPICS)
    )
    with unit_of_work() as session:
        return list(
            session.scalars(
                select(Complaint.id)
                .where(
                    Complaint.status.in_(OPEN_STATUSES),
                    Complaint.channel != NATIONAL_CHANNEL,
                    ~link.exists(),
                    ~message.exists(),
                )
                .order_by(Complaint.received_at, Complaint.id)
                .limit(BACKFILL_BATCH)
            )
        )


def _note(action: str, **detail: Any) -> None:
    audit.record(action, actor_id=None, actor_name="operator", **detail)


def map_value(
    kind: str,
    local_key: str,
    remote_id: str,
    remote_name: str | None = None,
    *,
    actor_name: str = "operator",
    actor_id: uuid.UUID | None = None,
) -> bool:
    """Confirm that a local thing is a national one (see Sp4nMapping); an empty `remote_id` takes it back.

    Returns whether anything changed; a change is audited with both values. Raises FieldProblem.
    """
    _check_mapping(kind, local_key, remote_id)
    key = local_key.strip()
    with unit_of_work() as session:
        row = session.scalars(
            select(Sp4nMapping)
            .where(Sp4nMapping.kind == kind, Sp4nMapping.local_key == key)
            .with_for_update()
        ).first()
        old = {} if row is None else {"remote_id": row.remote_id, "remote_name": row.remote_name}
        if old.get("remote_id", "") == remote_id and remote_name in (None, old.get("remote_name")):
            return False
        new = {"remote_id": remote_id, "remote_name": remote_name or _name_of(session, kind, remote_id)}
        if not remote_id:
            new = {}
            session.delete(row)
        else:
            session.execute(
                insert(Sp4nMapping)
                .values(tenant_id=bound_tenant_id(), id=uuid7(), kind=kind, local_key=key, **new)
                .on_conflict_do_update(index_elements=["tenant_id", "kind", "local_key"], set_=new)
            )
        audit.record(
            "sp4n.mapped", actor_id=actor_id, actor_name=actor_name, kind=kind, local=key, old=old, new=new
        )
    return True


def _check_mapping(kind: str, local_key: str, remote_id: str) -> None:
    if kind not in MAPPING_KINDS:
        raise FieldProblem("kind", f"Jenis harus salah satu dari {', '.join(MAPPING_KINDS)}")
    if not local_key.strip():
        raise FieldProblem("local", "Isian ini diperlukan")
    if kind == "status":
        if remote_id and remote_id not in set(RemoteState):
            raise FieldProblem("remote", f"Status harus salah satu dari {', '.join(RemoteState)}")
    elif remote_id and not (remote_id.isascii() and remote_id.isdigit() and len(remote_id) < 10):
        raise FieldProblem("remote", "Nomor SP4N berupa angka")


def _name_of(session: Session, kind: str, remote_id: str) -> str | None:
    """The name of an institution of their list."""
    if kind not in ("department", "institution") or not remote_id:
        return None
    return session.scalar(select(Sp4nInstitution.name).where(Sp4nInstitution.number == int(remote_id)))


def take_up_waiting() -> None:
    """Let the next poll begin now: it applies what waited, in order."""
    _poll_soon()


def read_masters_soon() -> None:
    """Let the next poll begin now and read the lists of institutions and templates."""
    _poll_soon(masters_synced_at=None)


def _poll_soon(**values: None) -> None:
    with unit_of_work() as session:
        session.execute(
            update(Sp4nSettings)
            .where(Sp4nSettings.tenant_id == bound_tenant_id(), Sp4nSettings.mode != OFF)
            .values(next_poll_at=clock.now(), **values)
            .execution_options(synchronize_session=False)
        )
        wake_after_commit(POLL)
