"""Acts of the reporter:

prove the PIN, add what was missing, rate, reopen. Judged on the stored record alone.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import casework_rules, numbering, statute, workflow
from complaints.acts import uploads
from complaints.acts.desk import completed_by
from complaints.acts.engine import REPORTER, Done, Entry, lock, perform
from complaints.acts.intake import pin_key
from complaints.events import ComplaintRated
from complaints.models import Complaint, Rating, TrackingAccess
from complaints.statute import Statute
from complaints.workflow import Act
from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import DomainError, FieldProblem
from core.media import CleanUpload

MOST_TRIES = 5
LOCK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PinCheck:
    """Result of one try. `complaint_id` only when it matched."""

    complaint_id: uuid.UUID | None
    tries_left: int = MOST_TRIES
    locked_until: datetime | None = None


def check_pin(number: str, pin: str) -> PinCheck:
    """Compare a PIN; five wrong tries lock the report's tracking for 15 minutes.

    Unknown numbers answer alike.
    """
    with unit_of_work() as session:
        access = session.scalars(
            select(TrackingAccess)
            .join(
                Complaint,
                (Complaint.tenant_id == TrackingAccess.tenant_id)
                & (Complaint.id == TrackingAccess.complaint_id),
            )
            .where(Complaint.number == number)
            .with_for_update(of=TrackingAccess)
        ).first()
        now = clock.now()
        if access is None:
            return PinCheck(None)
        if access.locked_until is not None and access.locked_until > now:
            return PinCheck(None, 0, access.locked_until)
        issuer = access.issuer_id or bound_tenant_id()
        digest = numbering.pin_digest(pin_key(), issuer, access.complaint_id, pin)
        if hmac.compare_digest(digest, access.pin_digest):
            access.failures, access.locked_until = 0, None
            return PinCheck(access.complaint_id)
        access.failures += 1
        left = MOST_TRIES - access.failures
        if left <= 0:
            access.failures, access.locked_until = 0, now + LOCK
        return PinCheck(None, max(left, 0), access.locked_until)


def provide_info(
    complaint_id: uuid.UUID, *, text: str, files: list[CleanUpload] | None = None, at: datetime | None = None
) -> Done:
    """Add what the officers asked for, or answer their response.

    A deferred report waits for verification again; the days it waited for them are not counted.
    """
    cleans = files or []
    with uploads.stored(cleans) as keys, unit_of_work():
        done = perform(
            complaint_id,
            Act.PROVIDE_INFO,
            REPORTER,
            Entry(text, occurred_at=at),
            fields={"text": text},
        )
        uploads.attach(cleans, keys, complaint_id=complaint_id, event_id=done.event_id)
        return done


def rate(
    complaint_id: uuid.UUID,
    *,
    score: int,
    solved: str,
    comment: str | None = None,
    at: datetime | None = None,
) -> Done:
    """Judge the handling, once a round. Completes an answered case. Raises DomainError the second time."""
    if not 1 <= score <= 5 or solved not in ("yes", "partly", "no"):
        raise FieldProblem("score", "Pilih salah satu penilaian")
    with unit_of_work() as session:
        complaint = lock(session, complaint_id, REPORTER)
        rated = session.scalar(
            select(Rating.id).where(Rating.complaint_id == complaint_id, Rating.round == complaint.reopened)
        )
        if rated is not None:
            raise DomainError("Laporan ini sudah Anda nilai.", code="already_rated")
        was_open = complaint.status != workflow.COMPLETED
        when = at or clock.now()
        done = perform(
            complaint_id,
            Act.RATE,
            REPORTER,
            Entry(comment, data={"score": score, "solved": solved}, occurred_at=at),
            fields={"score": score, "solved": solved},
            change=completed_by(REPORTER) if was_open else None,
        )
        session.add(
            Rating(
                complaint_id=complaint_id,
                round=complaint.reopened,
                score=score,
                solved=solved,
                comment=comment,
                rated_at=when,
            )
        )
        session.flush()
        events.publish(ComplaintRated(complaint_id, score, statute.load(when).on(when)))
        return done


def reopen_until(complaint: Complaint, rules: Statute) -> datetime | None:
    """The last instant at which the case may be reopened, or None where it may not be (any more).

    By the city's window and count, and by the stored record alone.
    """
    ended = complaint.closed_at if complaint.status == workflow.COMPLETED else complaint.responded_at
    if workflow.transition(complaint.status, Act.REOPEN) is None or ended is None:
        return None
    own = casework_rules.load()
    if complaint.reopened >= own.most_reopenings:
        return None
    return rules.calendar.deadline_at(ended, own.reopen_working_days)


def reopen(
    complaint_id: uuid.UUID,
    *,
    reason: str,
    files: list[CleanUpload] | None = None,
    at: datetime | None = None,
) -> Done:
    """Say that it is not solved: within the city's window and count, by the stored record."""
    cleans = files or []

    def change(_session: Session, complaint: Complaint, _rules: Statute, at: datetime) -> None:
        complaint.reopened += 1
        complaint.closed_at = complaint.closed_by = complaint.complete_days = None
        complaint.responded_at = None
        complaint.accepted_at = None  # the department takes it in once more
        complaint.resolution_from = at

    with uploads.stored(cleans) as keys, unit_of_work() as session:
        complaint = lock(session, complaint_id, REPORTER)
        rules = statute.load(complaint.received_at)
        until = reopen_until(complaint, rules)
        if workflow.transition(complaint.status, Act.REOPEN) is not None and (
            until is None or (at or clock.now()) > until
        ):
            raise DomainError(
                "Batas membuka kembali sudah lewat. Anda dapat membuat laporan baru.", code="too_late"
            )
        done = perform(
            complaint_id,
            Act.REOPEN,
            REPORTER,
            Entry(reason, occurred_at=at),
            fields={"reason": reason},
            change=change,
        )
        uploads.attach(cleans, keys, complaint_id=complaint_id, event_id=done.event_id)
        return done
