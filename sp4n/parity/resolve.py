"""Settling a difference: take theirs, send ours, or let it be with a reason.

Invariant: each is its own unit of work, audited, and goes through the acts and the outbox like everything
else; the next comparison, not this module, says whether the two sides agree.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from complaints.acts import national
from complaints.acts.engine import Actor
from complaints.models import Complaint
from core import audit, clock
from core.db.transaction import unit_of_work
from core.errors import DomainError
from core.extensions import db
from core.jobs.queue import wake_after_commit
from core.outbox import relay
from sp4n.applying import state_of
from sp4n.models import Sp4nFollowUp, Sp4nLink
from sp4n.parity.compare import Aspect
from sp4n.parity.models import IGNORED, Parity
from sp4n.parity.queries import ASPECTS, can_send, can_take, key_of
from sp4n.submissions import Counterparts
from sp4n.subscribers import DELIVER

TAKE, SEND, IGNORE = "pakai", "kirim", "abaikan"
MOST_AT_ONCE = 200
SHORTEST_REASON = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one difference; `message` says why it could not be done, or what was."""

    number: str
    aspect: str
    is_done: bool
    message: str


def settle(keys: list[str], how: str, actor: Actor, reason: str = "") -> list[Outcome]:
    """Settle each difference by its key; one that fails leaves the others alone."""
    return [_one(key, how, actor, reason.strip()) for key in keys[:MOST_AT_ONCE]]


def _one(key: str, how: str, actor: Actor, reason: str) -> Outcome:
    number, aspect = "–", "–"
    try:
        with unit_of_work():
            parity, each = _found(key)
            number = str(
                db.session.scalar(select(Complaint.number).where(Complaint.id == parity.complaint_id))
            )
            aspect = ASPECTS[Aspect(each["aspect"])]
            message = _WAYS[how](parity, each, actor, reason)
            audit.record(
                f"sp4n.parity_{_VERBS[how]}",
                actor_id=actor.id,
                actor_name=actor.name or actor.label,
                subject_id=parity.complaint_id,
                aspect=each["aspect"],
                ref=each["ref"],
                reason=reason or None,
            )
        return Outcome(number, aspect, True, message)
    except DomainError as refusal:
        return Outcome(number, aspect, False, refusal.message)


def _found(key: str) -> tuple[Parity, dict[str, Any]]:
    parity_id, _, _digest = key.partition(":")
    try:
        wanted = uuid.UUID(parity_id)
    except ValueError:
        wanted = uuid.UUID(int=0)
    row = db.session.scalars(select(Parity).where(Parity.id == wanted).with_for_update()).first()
    each = next((each for each in (row.differences if row else ()) if key_of(wanted, each) == key), None)
    if row is None or each is None:
        raise DomainError("Perbedaan ini sudah berubah atau sudah tidak ada.", code="difference_gone")
    return row, each


def _take(parity: Parity, each: dict[str, Any], actor: Actor, _reason: str) -> str:
    """Their value becomes ours."""
    if not can_take(each):
        raise DomainError("Nilai ini tidak dapat diambil dari SP4N.", code="cannot_take")
    aspect, theirs = Aspect(each["aspect"]), str(each["there"] or "")
    if aspect is Aspect.STATUS:
        return _take_status(parity.complaint_id, theirs)
    if aspect is Aspect.FOLLOW_UP:
        event_id = national.record_news(parity.complaint_id, theirs, data={"key": each["ref"]})
        db.session.add(
            Sp4nFollowUp(complaint_id=parity.complaint_id, event_id=event_id, external_id=each["ref"])
        )
        return "Tindak lanjut dari SP4N dicatat di sini"
    national.adopt(parity.complaint_id, actor, **_adopted(aspect, theirs))
    return "Nilai dari SP4N dipakai di sini"


def _take_status(complaint_id: uuid.UUID, label: str) -> str:
    state = state_of(db.session(), label)
    if state is None:
        raise DomainError(f"Status “{label}” perlu pemetaan.", code="unmapped")
    result = national.apply_status(complaint_id, state.value, text=f"Status di SP4N-LAPOR!: {label}")
    if result != national.APPLIED:
        raise DomainError("Status ini tidak dapat dipakai dari keadaan laporan sekarang.", code="not_applied")
    return "Status dari SP4N dipakai di sini"


def _adopted(aspect: Aspect, theirs: str) -> dict[str, Any]:
    if aspect is Aspect.TEXT:
        return {"final_body": theirs}
    if aspect in (Aspect.ANONYMOUS, Aspect.CONFIDENTIAL):
        name = "is_anonymous" if aspect is Aspect.ANONYMOUS else "is_confidential"
        return {name: theirs == "Ya"}
    key = Counterparts(db.session()).local_key(str(aspect), int(theirs))
    if key is None:
        raise DomainError("Nomor SP4N ini perlu pemetaan.", code="unmapped")
    return {str(aspect): key}


def _send(parity: Parity, each: dict[str, Any], _actor: Actor, _reason: str) -> str:
    """Ours is sent (again); the delivery looks there first, so nothing is doubled."""
    if not can_send(each):
        raise DomainError(
            "SP4N tidak menyediakan perubahan untuk isian ini; ubah di SP4N atau abaikan.", code="cannot_send"
        )
    linked = db.session.scalar(select(Sp4nLink.id).where(Sp4nLink.complaint_id == parity.complaint_id))
    if linked is None:
        raise DomainError("Laporan ini belum terhubung ke SP4N.", code="not_linked")
    payload = {"complaint_id": str(parity.complaint_id), "event_id": each["ref"]}
    relay.send_again("sp4n.follow_up", parity.complaint_id, f"act:{each['ref']}", payload)
    wake_after_commit(DELIVER)
    return "Dikirim lagi ke SP4N"


def _ignore(parity: Parity, each: dict[str, Any], actor: Actor, reason: str) -> str:
    """It stays as it is; the reason, who and when stay with it."""
    if len(reason) < SHORTEST_REASON:
        raise DomainError(f"Tulis alasan paling sedikit {SHORTEST_REASON} huruf.", code="reason_missing")
    decision = {
        **each,
        "reason": reason[:500],
        "by": actor.name or actor.label,
        "at": clock.now().isoformat(),
    }
    left = [other for other in parity.differences if other != each]
    parity.differences, parity.ignored = left, [*parity.ignored, decision]
    if not left:
        parity.state, parity.since = IGNORED, clock.now()
    return "Perbedaan diabaikan"


_WAYS = {TAKE: _take, SEND: _send, IGNORE: _ignore}
_VERBS = {TAKE: "taken", SEND: "sent", IGNORE: "ignored"}
