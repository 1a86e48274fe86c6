"""Acts of whoever works on a case: follow up and respond, with evidence."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints.acts import photos, uploads
from complaints.acts.engine import Actor, Change, Done, Entry, perform
from complaints.answers import fingerprint
from complaints.models import Complaint
from complaints.permissions import Permission
from complaints.statute import Statute
from complaints.workflow import Act
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, InvalidTransition
from core.media import CleanUpload

BEFORE, AFTER = "before", "after"
Staged = list[tuple[str | None, list[CleanUpload]]]
NEEDS_APPROVAL = (
    "Di kota ini kepala unit menyetujui tanggapan lebih dahulu. Ajukan tanggapan kepada kepala unit."
)


def follow_up(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    text: str,
    is_public: bool = True,
    files: list[CleanUpload] | None = None,
    before: list[CleanUpload] | None = None,
    worked_on: date | None = None,
    progress: int | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """Tell what was done. The first one that the reporter sees stops the first-answer clock.

    `files` are from after the work, `before` from before it; `worked_on` is the local day of the work, from
    receipt to today; `progress` is a percentage. Raises FieldProblem for a day or a percentage out of range.
    """
    if progress is not None and not 0 <= progress <= 100:
        raise FieldProblem("progress", "Kemajuan 0 sampai 100 persen")
    data: dict[str, Any] = {}
    if worked_on is not None:
        data["worked_on"] = worked_on.isoformat()
    if progress is not None:
        data["progress"] = progress
    entry = Entry(text, is_public, data, at)

    def change(session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        if worked_on is not None:
            _check_day(worked_on, complaint, rules, at)
        if is_public and complaint.first_answered_at is None:
            first_answered(complaint, rules, at)
        taken_up(complaint, actor, at)

    staged: Staged = [(BEFORE, before or []), (AFTER, files or [])]
    return _say(complaint_id, Act.FOLLOW_UP, actor, entry, staged, change, version)


def _check_day(day: date, complaint: Complaint, rules: Statute, at: datetime) -> None:
    if day > rules.on(at):
        raise FieldProblem("worked_on", "Tanggal pengerjaan tidak boleh setelah hari ini")
    if day < rules.on(complaint.received_at):
        raise FieldProblem("worked_on", "Tanggal pengerjaan tidak boleh sebelum laporan diterima")


def respond(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    text: str,
    files: list[CleanUpload] | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """Answer the reporter; the case then waits for the reporter's judgement.

    Where heads approve answers, an officer who may not approve is refused (InvalidTransition) and proposes.
    """

    def change(_session: Session, complaint: Complaint, rules: Statute, at: datetime) -> None:
        if rules.needs_approval and proposes_instead(actor):
            raise InvalidTransition(complaint.status, Act.RESPOND, NEEDS_APPROVAL)
        photos.require_after_photo(complaint, actor, rules)
        answered(complaint, rules, at, text)

    entry = Entry(text, occurred_at=at)
    return _say(complaint_id, Act.RESPOND, actor, entry, [(None, files or [])], change, version)


def _say(
    complaint_id: uuid.UUID,
    act: Act,
    actor: Actor,
    entry: Entry,
    staged: Staged,
    change: Change,
    version: int | None,
) -> Done:
    cleans = [clean for _, files in staged for clean in files]
    with uploads.stored(cleans) as keys, unit_of_work():
        done = perform(
            complaint_id, act, actor, entry, fields={"text": entry.text}, change=change, version=version
        )
        places = iter(keys)
        for stage, files in staged:
            uploads.attach(
                files,
                [next(places) for _ in files],
                complaint_id=complaint_id,
                event_id=done.event_id,
                is_public=entry.is_public,
                stage=stage,
            )
        return done


def proposes_instead(actor: Actor) -> bool:
    """Whether this officer proposes an answer, and does not send one, where heads approve answers."""
    answers = actor.kind == "officer" and Permission.RESPOND in actor.grants
    return answers and Permission.APPROVE not in actor.grants


def first_answered(complaint: Complaint, rules: Statute, at: datetime) -> None:
    """The reporter hears for the first time: the first-answer period ends."""
    complaint.first_answered_at = at
    start = complaint.assigned_at or complaint.verified_at or complaint.received_at
    complaint.answer_days = rules.calendar.working_days_between(start, at)


def answered(complaint: Complaint, rules: Statute, at: datetime, text: str) -> None:
    """The change of a case that has its answer, in these words."""
    complaint.answer_print = fingerprint(text)
    if complaint.first_answered_at is None:
        first_answered(complaint, rules, at)
    complaint.responded_at = at
    complaint.proposal = None


def taken_up(complaint: Complaint, actor: Actor, at: datetime) -> None:
    """Whoever works on a case that nobody handles has accepted it."""
    if actor.kind != "officer":
        return
    if complaint.handler_id is None:
        complaint.handler_id = actor.id
    if complaint.accepted_at is None and complaint.department_id is not None:
        complaint.accepted_at = at
