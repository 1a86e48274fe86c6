"""The clock of a case, moved by every act alike: pauses begin and end, the dates follow.

Invariant: the dates of a case are those `reckoning` finds for its facts; no act sets one itself.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from complaints import workflow
from complaints.models import Complaint
from complaints.reckoning import EXTENSION, Facts, days_taken, reckon, turned
from complaints.statute import Statute


def facts_of(complaint: Complaint) -> Facts:
    """What the dates of this case depend on."""
    return Facts(
        received_at=complaint.received_at,
        verified_at=complaint.verified_at,
        assigned_at=complaint.assigned_at,
        first_answered_at=complaint.first_answered_at,
        responded_at=complaint.responded_at,
        resolution_from=complaint.resolution_from,
        classification=complaint.classification,
        waits_for=workflow.WAITS_FOR[complaint.status],
        intervals=complaint.intervals or (),
    )


def set_dates(complaint: Complaint, rules: Statute) -> None:
    """Write the dates that follow from the facts. `rules` are those in force at receipt."""
    dates = reckon(facts_of(complaint), rules.calendar, rules.rules)
    complaint.verify_due_at = dates.verify
    complaint.answer_due_at = dates.answer
    complaint.complete_due_at = dates.complete
    complaint.due_at = dates.due


def move_clock(complaint: Complaint, event_id: uuid.UUID, at: datetime) -> None:
    """After an act: sign the intervals it made, and let the clock stand or run as the new status says."""
    signed = [
        {**each, "event": str(event_id)} if each["event"] is None else each
        for each in complaint.intervals or ()
    ]
    intervals = turned(signed, complaint.status, str(event_id), at)
    if intervals != complaint.intervals:
        complaint.intervals = intervals


def extended(complaint: Complaint, working_days: int, reason: str, by: str, at: datetime) -> None:
    """Add working days to the completion period that runs."""
    complaint.intervals = [
        *(complaint.intervals or ()),
        {
            "kind": EXTENSION,
            "working_days": working_days,
            "reason": reason,
            "at": at.isoformat(),
            "by": by,
            "event": None,
        },
    ]


def taken(complaint: Complaint, rules: Statute, starts_at: datetime, at: datetime) -> int:
    """Working days from one instant to another on which the case was not paused."""
    return days_taken(complaint.intervals or (), rules.calendar, starts_at, at)
