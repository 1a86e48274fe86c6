"""The paper of a disposition in data, and what passing a case on makes of the case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from complaints.acts.engine import Change
from complaints.deadlines import Step
from complaints.models import Complaint, Disposition
from complaints.statute import Statute
from core import formats
from core.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Paper:
    """One disposition: to whom, copied to whom, how urgent, what to do, by which local day, a note."""

    department_id: uuid.UUID
    copies: tuple[uuid.UUID, ...]
    urgency: str
    instructions: tuple[str, ...]
    internal_due_on: date | None
    note: str | None

    def data(self, names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
        """What the history keeps of it. `names` by department."""
        return {
            "department_id": str(self.department_id),
            "department_name": names[self.department_id],
            "copies": [names[each] for each in self.copies],
            "urgency": self.urgency,
            "instructions": list(self.instructions),
            "internal_due_on": self.internal_due_on.isoformat() if self.internal_due_on else None,
            "note": self.note,
        }

    def rows(
        self, complaint_id: uuid.UUID, event_id: uuid.UUID | None, by: uuid.UUID | None, at: datetime
    ) -> list[Disposition]:
        """One row a department, the main one first."""
        return [
            Disposition(
                complaint_id=complaint_id,
                event_id=event_id,
                department_id=department_id,
                is_copy=department_id != self.department_id,
                urgency=self.urgency,
                instructions=list(self.instructions),
                internal_due_on=self.internal_due_on,
                note=self.note,
                assigned_by=by,
                assigned_at=at,
            )
            for department_id in (self.department_id, *self.copies)
        ]


def assigned_by(paper: Paper) -> Change:
    """The change of a case that is passed on: what the department before had done with it ends."""

    def change(_session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        complaint.department_id, complaint.handler_id = paper.department_id, None
        complaint.accepted_at = complaint.proposal = None
        complaint.copied_to = [str(each) for each in paper.copies]
        complaint.assigned_at = complaint.assigned_at or at
        if complaint.first_answered_at is None:
            complaint.answer_due_at = rules.deadline(Step.FIRST_RESPONSE, complaint.assigned_at)
        complaint.internal_due_at = _internal_due(paper.internal_due_on, complaint, rules, at)

    return change


def _internal_due(day: date | None, complaint: Complaint, rules: Statute, at: datetime) -> datetime | None:
    """Closing time of the internal deadline's day, never later than the statutory one. FieldProblem else."""
    if day is None:
        return None
    statutory = complaint.complete_due_at
    if day < rules.on(at):
        raise FieldProblem("internal_due_on", "Batas waktu internal tidak boleh sebelum hari ini")
    if statutory is not None and day > (last := rules.on(statutory)):
        latest = f"{last.day} {formats.MONTHS[last.month - 1]} {last.year}"
        raise FieldProblem("internal_due_on", f"Batas waktu internal tidak boleh melewati {latest}")
    if not rules.calendar.is_working_day(day):
        raise FieldProblem("internal_due_on", "Batas waktu internal harus hari kerja")
    eve = datetime.combine(day - timedelta(days=1), time(12), rules.calendar.tz).astimezone(UTC)
    closing = rules.calendar.deadline_at(eve, 1)
    return closing if statutory is None else min(closing, statutory)
