"""Facts about cases, for the packages above. Published in the transaction that makes them true."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from core.events import Event


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What figures need of a case at one moment.

    Dates are local; `due_on` only while an officer is awaited.
    """

    status: str
    kind: str
    received_on: date
    due_at: datetime | None
    verify_days: int | None
    answer_days: int | None
    closed_on: date | None
    was_on_time: bool | None
    reopened: int
    escalation_level: int = 0


@dataclass(frozen=True, slots=True)
class ActRecorded(Event):
    """An act was done to a case: the history has a new entry."""

    complaint_id: uuid.UUID
    event_id: uuid.UUID
    act: str
    actor_kind: str
    is_public: bool
    syncs: bool
    before: Snapshot | None
    after: Snapshot
    hold_seconds: float = 0.0  # how long nobody outside may learn of it, because it can still be undone


@dataclass(frozen=True, slots=True)
class CasesTakenOver(Event):
    """Cases filed elsewhere came in together, as they stand there. That is no news: nobody is told."""

    after: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True)
class ActUndone(Event):
    """An act was taken back before anybody outside learned of it. Whoever queued a message takes it out.

    A subscriber that already sent it raises Conflict.
    """

    complaint_id: uuid.UUID
    event_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class DeadlineMoved(Event):
    """The calendar or the periods changed, and with them the dates of a case. Nobody acted."""

    complaint_id: uuid.UUID
    before: Snapshot
    after: Snapshot


@dataclass(frozen=True, slots=True)
class ComplaintSubmitted(Event):
    """A report was filed on this side."""

    complaint_id: uuid.UUID
    channel: str


@dataclass(frozen=True, slots=True)
class ComplaintRated(Event):
    """The reporter judged the handling, 1 to 5."""

    complaint_id: uuid.UUID
    score: int
    rated_on: date


@dataclass(frozen=True, slots=True)
class Escalated(Event):
    """A late case climbed to a level of the ladder (`escalation.TARGETS`). `on` is the local date."""

    complaint_id: uuid.UUID
    event_id: uuid.UUID
    level: int
    target: str
    on: date


@dataclass(frozen=True, slots=True)
class ComplaintMovedOut(Event):
    """Another tenant of this deployment has taken the report in; `event_id` is the act that sent it there."""

    complaint_id: uuid.UUID
    event_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ComplaintMovedIn(Event):
    """A report came from another tenant of this deployment, with the number the national side knows it by."""

    complaint_id: uuid.UUID
    national_number: str | None


@dataclass(frozen=True, slots=True)
class OfficersMentioned(Event):
    """An internal note names officers of the city, who may all read the case."""

    complaint_id: uuid.UUID
    event_id: uuid.UUID
    officer_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class SidesCompared(Event):
    """How the city's reports compare with the national side: counts by state, as told last and now.

    States: identical, different, only_here, only_there, unknown, not_compared, ignored.
    """

    before: dict[str, int]
    after: dict[str, int]
