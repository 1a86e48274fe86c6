"""The case's state machine: one pure table (status, act) → Transition. Every act of every channel goes
through it.

Sources named in `rule`: PermenPANRB 62/2018, Perpres 76/2013, and the public description of SP4N-LAPOR!
(statuses, admin acts).
A local database keeps what this table decides; nothing else decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from complaints.deadlines import Step

RECEIVED, DEFERRED, VERIFIED, ASSIGNED = "received", "deferred", "verified", "assigned"
IN_PROGRESS, RESPONDED, REPORTER_REPLIED = "in_progress", "responded", "reporter_replied"
COMPLETED, REOPENED, DECLINED, MERGED, ARCHIVED = "completed", "reopened", "declined", "merged", "archived"
OPEN_STATUSES = (RECEIVED, DEFERRED, VERIFIED, ASSIGNED, IN_PROGRESS, RESPONDED, REPORTER_REPLIED, REOPENED)
ENDED_STATUSES = (COMPLETED, DECLINED, MERGED, ARCHIVED)
STATUSES = OPEN_STATUSES + ENDED_STATUSES

KINDS = ("complaint", "aspiration", "information_request")
SUPERVISED, UNSUPERVISED = "supervised", "unsupervised"
CLASSIFICATIONS = (SUPERVISED, UNSUPERVISED, "aspiration", "information_request")


class Act(StrEnum):
    """What can be done to a case."""

    SUBMIT = "submit"
    VERIFY = "verify"
    ASSIGN = "assign"
    FOLLOW_UP = "follow_up"
    RESPOND = "respond"
    CLOSE = "close"
    DECLINE_JURISDICTION = "decline_jurisdiction"
    DEFER = "defer"
    ARCHIVE = "archive"
    PROVIDE_INFO = "provide_info"
    RATE = "rate"
    REOPEN = "reopen"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Transition:
    """Where an act leads and what it takes. `permission` is None for the reporter's own acts."""

    to: str
    permission: str | None
    required: tuple[str, ...] = ()
    syncs: bool = False  # must the national side learn of it
    rule: str = ""


_LAPOR = "SP4N-LAPOR!: tindakan admin"
_62 = "PermenPANRB 62/2018"

_VERIFY = Transition(
    VERIFIED, "complaint.verify", ("classification",), rule=f"{_62}: verifikasi 3 hari kerja"
)
_ASSIGN = Transition(ASSIGNED, "complaint.assign", ("department_id",), syncs=True, rule=f"{_LAPOR} disposisi")
_FOLLOW_UP = Transition(
    IN_PROGRESS, "complaint.follow_up", ("text",), syncs=True, rule=f"{_62}: tindak lanjut"
)
_RESPOND = Transition(
    RESPONDED, "complaint.respond", ("text",), syncs=True, rule=f"{_62}: tanggapan kepada pelapor"
)
_DECLINE = Transition(
    DECLINED,
    "complaint.decline_jurisdiction",
    ("institution", "reason"),
    syncs=True,
    rule=f"{_LAPOR} bukan wewenang",
)
_ARCHIVE = Transition(
    ARCHIVED, "complaint.archive", ("reason",), syncs=True, rule=f"{_LAPOR} arsipkan, dengan alasan"
)
_DEFER = Transition(
    DEFERRED, "complaint.defer", ("text",), syncs=True, rule=f"{_LAPOR} tunda: kelengkapan 10 hari kerja"
)
_CLOSE = Transition(COMPLETED, "complaint.close", rule=f"{_LAPOR} tutup oleh admin")

TRANSITIONS: dict[tuple[str, Act], Transition] = {
    (RECEIVED, Act.VERIFY): _VERIFY,
    (RECEIVED, Act.DEFER): _DEFER,
    (RECEIVED, Act.DECLINE_JURISDICTION): _DECLINE,
    (RECEIVED, Act.ARCHIVE): _ARCHIVE,
    (DEFERRED, Act.VERIFY): _VERIFY,
    (DEFERRED, Act.ARCHIVE): _ARCHIVE,
    (DEFERRED, Act.PROVIDE_INFO): Transition(
        RECEIVED, None, ("text",), syncs=True, rule=f"{_62}: pelapor melengkapi keterangan"
    ),
    (VERIFIED, Act.ASSIGN): _ASSIGN,
    (VERIFIED, Act.RESPOND): _RESPOND,  # LAPOR!'s "Kelola": the desk answers by itself
    (VERIFIED, Act.DECLINE_JURISDICTION): _DECLINE,
    (VERIFIED, Act.ARCHIVE): _ARCHIVE,
    (ASSIGNED, Act.ASSIGN): _ASSIGN,
    (ASSIGNED, Act.FOLLOW_UP): _FOLLOW_UP,
    (ASSIGNED, Act.RESPOND): _RESPOND,
    (ASSIGNED, Act.DECLINE_JURISDICTION): _DECLINE,
    (ASSIGNED, Act.ARCHIVE): _ARCHIVE,
    (IN_PROGRESS, Act.ASSIGN): _ASSIGN,
    (IN_PROGRESS, Act.FOLLOW_UP): _FOLLOW_UP,
    (IN_PROGRESS, Act.RESPOND): _RESPOND,
    (IN_PROGRESS, Act.ARCHIVE): _ARCHIVE,
    (RESPONDED, Act.FOLLOW_UP): Transition(
        RESPONDED, "complaint.follow_up", ("text",), syncs=True, rule=f"{_62}: tindak lanjut"
    ),
    (RESPONDED, Act.RESPOND): _RESPOND,
    (RESPONDED, Act.CLOSE): _CLOSE,
    (RESPONDED, Act.RATE): Transition(
        COMPLETED, None, ("score", "solved"), rule="SP4N-LAPOR!: penilaian pelapor"
    ),
    (RESPONDED, Act.REOPEN): Transition(REOPENED, None, ("reason",), syncs=True, rule="Pelapor belum puas"),
    (RESPONDED, Act.PROVIDE_INFO): Transition(
        REPORTER_REPLIED, None, ("text",), syncs=True, rule="SP4N-LAPOR!: ditanggapi oleh pelapor"
    ),
    (REPORTER_REPLIED, Act.ASSIGN): _ASSIGN,
    (REPORTER_REPLIED, Act.FOLLOW_UP): _FOLLOW_UP,
    (REPORTER_REPLIED, Act.RESPOND): _RESPOND,
    (REPORTER_REPLIED, Act.CLOSE): _CLOSE,
    (COMPLETED, Act.RATE): Transition(
        COMPLETED, None, ("score", "solved"), rule="SP4N-LAPOR!: penilaian pelapor"
    ),
    (COMPLETED, Act.REOPEN): Transition(REOPENED, None, ("reason",), syncs=True, rule="Pelapor belum puas"),
    (REOPENED, Act.ASSIGN): _ASSIGN,
    (REOPENED, Act.FOLLOW_UP): _FOLLOW_UP,
    (REOPENED, Act.RESPOND): _RESPOND,
    (REOPENED, Act.CLOSE): _CLOSE,
    (REOPENED, Act.ARCHIVE): _ARCHIVE,
} | {
    (status, Act.NOTE): Transition(
        status, "complaint.note", ("text",), rule="Catatan internal tidak mengubah status"
    )
    for status in STATUSES
}

#: what an act already done looks like: the same act again from here changes nothing
ALREADY: dict[Act, str] = {
    Act.VERIFY: VERIFIED,
    Act.CLOSE: COMPLETED,
    Act.ARCHIVE: ARCHIVED,
    Act.DECLINE_JURISDICTION: DECLINED,
    Act.DEFER: DEFERRED,
}

#: the step each status waits for, hence whose deadline counts; None: nobody is waited for
WAITS_FOR: dict[str, Step | None] = {
    RECEIVED: Step.VERIFICATION,
    DEFERRED: Step.CLARIFICATION,
    VERIFIED: Step.FIRST_RESPONSE,
    ASSIGNED: Step.FIRST_RESPONSE,
    IN_PROGRESS: Step.RESOLUTION,
    RESPONDED: Step.AUTO_CLOSE,
    REPORTER_REPLIED: Step.RESOLUTION,
    REOPENED: Step.RESOLUTION,
} | dict.fromkeys(ENDED_STATUSES)


def transition(status: str, act: Act) -> Transition | None:
    """The transition of an act from a status, or None where the table has no such row."""
    return TRANSITIONS.get((status, act))


def acts_from(status: str) -> tuple[Act, ...]:
    """Acts the table allows from a status, in the table's order."""
    return tuple(act for (start, act) in TRANSITIONS if start == status)


#: statuses in which an officer is awaited; only these can be overdue
OFFICER_TURN = (RECEIVED, VERIFIED, ASSIGNED, IN_PROGRESS, REPORTER_REPLIED, REOPENED)
