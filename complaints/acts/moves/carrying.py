"""The way between two cities: the only place where work done for one tenant writes at another.

Invariant: killed at any instant, the report is at the other city once or not at all, and the message is
delivered only after it is there.
"""

from __future__ import annotations

import uuid
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints.acts.moves.parcel import Parcel, pack
from complaints.acts.moves.receiving import receive
from complaints.acts.moves.sending import TOPIC
from complaints.events import ComplaintMovedOut
from complaints.models import Complaint
from core import audit, clock, events
from core.db.tenancy import handed_over
from core.db.transaction import unit_of_work
from core.errors import DomainError
from core.outbox import relay
from core.outbox.relay import Delivery, DoNotTry, TryLater
from core.storage import StorageError, StorageMissing, own_key, store
from tenants.models import ACTIVE, Tenant

DUE_SQL = (
    "SELECT tenant_id FROM outbox_message WHERE due_at <= now() AND topic = 'case.move' GROUP BY tenant_id"
)
MOST_MOVES = 50
MOST_SECONDS = 60.0
_COPIED = "files"

_log = structlog.get_logger(__name__)


def deliver_due() -> int:
    """Carry what is due from the bound city, within bounds. Returns how many reports."""
    delivered, _ = relay.drain({TOPIC: carry}, most=MOST_MOVES, seconds=MOST_SECONDS)
    return delivered


def carry(delivery: Delivery) -> None:
    """Bring one report to its new city. Raises TryLater, DoNotTry."""
    complaint_id = uuid.UUID(delivery.payload["complaint_id"])
    target = int(delivery.payload["target"])
    with unit_of_work() as session:
        parcel = pack(session, complaint_id, delivery.subject_id)
        _check_open(session, target)
    if parcel is None:  # taken back: nothing is to be moved any more
        relay.record_delivered(delivery)
        return
    if _COPIED not in delivery.steps:
        _copy_files(parcel, target)
        delivery.keep(_COPIED, True)
    _hand_over(parcel, target)
    relay.record_delivered(delivery, also=lambda session: _note_arrival(session, parcel))


def _check_open(session: Session, target: int) -> None:
    row = session.execute(select(Tenant.name, Tenant.status).where(Tenant.id == target)).first()
    if row is None:
        raise DoNotTry("Kota tujuan tidak terdaftar lagi")
    if row.status != ACTIVE:
        raise DoNotTry(f"{row.name} sedang tidak menerima laporan")


def _copy_files(parcel: Parcel, target: int) -> None:
    """Every file under the same name at the other city; again: over itself."""
    for row in parcel.attachments:
        for key in (row["storage_key"], row["thumbnail_key"]):
            if key is not None:
                _copy(key, target)


def _copy(key: str, target: int) -> None:
    try:
        data = store().get(key)
        with handed_over(target):
            store().put(own_key(key), data)
    except StorageMissing:  # it is lost here too: the report does not wait for it
        _log.warning("moved_file_missing", key=key)
    except StorageError as error:
        raise TryLater("Penyimpanan lampiran sedang tidak dapat dipakai") from error


def _hand_over(parcel: Parcel, target: int) -> None:
    try:
        with handed_over(target), unit_of_work() as session:
            receive(session, parcel)
    except IntegrityError as error:  # two workers at once: the next try finds what the other one did
        raise TryLater("Laporan sedang diterima kota tujuan") from error
    except DomainError as error:
        raise DoNotTry(error.message) from error


def _note_arrival(session: Session, parcel: Parcel) -> None:
    """The sending city keeps a record and learns that the report is there."""
    complaint = session.scalars(
        select(Complaint).where(Complaint.id == parcel.complaint["id"]).with_for_update()
    ).one()
    moved = complaint.moved or {}
    at: datetime = clock.now()
    complaint.moved = {**moved, "to": {**moved["to"], "arrived_at": at.isoformat()}}
    audit.record(
        "complaint.moved_out",
        actor_id=None,
        actor_name=parcel.actor_name,
        subject_id=complaint.id,
        to=moved["to"]["slug"],
        move=str(parcel.move),
    )
    session.flush()
    events.publish(ComplaintMovedOut(complaint.id, parcel.sent_by))
