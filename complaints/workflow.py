"""The case's state machine: one pure table (status, act) → Transition. Every act of every channel goes
through it.

Sources named in `rule`: PermenPANRB 62/2018, Perpres 76/2013, and the public description of SP4N-LAPOR!
(statuses, admin acts).
A local database keeps what this table decides; nothing else decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from complaints.deadlines import Step

RECEIVED, DEFERRED, VERIFIED, ASSIGNED = "received", "deferred", "verified", "assigned"
IN_PROGRESS, PROPOSED, RESPONDED = "in_progress", "proposed", "responded"
REPORTER_REPLIED, COMPLETED, REOPENED = "reporter_replied", "completed", "reopened"
DECLINED, MERGED, ARCHIVED = "declined", "merged", "archived"
OPEN_STATUSES = (
    RECEIVED, DEFERRED, VERIFIED, ASSIGNED, IN_PROGRESS, PROPOSED, RESPONDED, REPORTER_REPLIED, REOPENED,
)  # fmt: skip
ENDED_STATUSES = (COMPLETED, DECLINED, MERGED, ARCHIVED)
STATUSES = OPEN_STATUSES + ENDED_STATUSES

KINDS = ("complaint", "aspiration", "information_request")
SUPERVISED, UNSUPERVISED = "supervised", "unsupervised"
CLASSIFICATIONS = (SUPERVISED, UNSUPERVISED, "aspiration", "information_request")

#: `to` of an act that takes the case back where it was; the history knows where
PREVIOUS = "previous"


class Act(StrEnum):
    """What can be done to a case. Each but the reporter's own has the permission `complaint.<act>`."""

    SUBMIT = "submit"
    VERIFY = "verify"
    RECATEGORISE = "recategorise"
    MARK_CONFIDENTIAL = "mark_confidential"
    ASSIGN = "assign"
    ACCEPT = "accept"
    HAND_OVER = "hand_over"
    RETURN = "return"
    FOLLOW_UP = "follow_up"
    PROPOSE = "propose"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    RESPOND = "respond"
    CLOSE = "close"
    EXTEND = "extend"
    ESCALATE = "escalate"
    DECLINE_JURISDICTION = "decline_jurisdiction"
    TRANSFER = "transfer"
    DEFER = "defer"
    RESUME = "resume"
    ARCHIVE = "archive"
    MERGE = "merge"
    UNMERGE = "unmerge"
    LINK_PARENT = "link_parent"
    UNLINK_PARENT = "unlink_parent"
    PROVIDE_INFO = "provide_info"
    RATE = "rate"
    REOPEN = "reopen"
    NOTE = "note"
    UNDO = "undo"


#: acts that tell something and move nothing; they cannot be undone
REMARKS = frozenset({Act.NOTE, Act.UNDO, Act.ESCALATE})


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
_PAPER = "Lembar disposisi"
#: statuses in which a department has the case
_AT_UNIT = (ASSIGNED, IN_PROGRESS, PROPOSED, REPORTER_REPLIED, REOPENED)
#: statuses in which an officer works towards the answer
_WORKED_ON = (VERIFIED, *_AT_UNIT)


def _row(
    act: Act, starts: Iterable[str], to: str | None, *required: str, syncs: bool = False, rule: str
) -> dict[tuple[str, Act], Transition]:
    """Rows of an officer's act; `to` None leaves the status as it is."""
    return {
        (start, act): Transition(to or start, f"complaint.{act}", required, syncs, rule) for start in starts
    }


def _own(
    act: Act, starts: Iterable[str], to: str, *required: str, syncs: bool = False, rule: str
) -> dict[tuple[str, Act], Transition]:
    """Rows of an act of the reporter's own."""
    return {(start, act): Transition(to, None, required, syncs, rule) for start in starts}


TRANSITIONS: dict[tuple[str, Act], Transition] = {
    **_row(
        Act.VERIFY, (RECEIVED, DEFERRED), VERIFIED, "classification", rule=f"{_62}: verifikasi 3 hari kerja"
    ),
    **_row(
        Act.ASSIGN,
        (VERIFIED, ASSIGNED, IN_PROGRESS, REPORTER_REPLIED, REOPENED),
        ASSIGNED,
        "department_id",
        syncs=True,
        rule=f"{_LAPOR} disposisi",
    ),
    **_row(Act.ACCEPT, (ASSIGNED, REOPENED), None, rule=f"{_PAPER}: diterima unit"),
    **_row(Act.HAND_OVER, _AT_UNIT, None, "handler_id", rule=f"{_PAPER}: petugas yang menangani"),
    **_row(
        Act.FOLLOW_UP,
        (ASSIGNED, IN_PROGRESS, REPORTER_REPLIED, REOPENED),
        IN_PROGRESS,
        "text",
        syncs=True,
        rule=f"{_62}: tindak lanjut",
    ),
    **_row(Act.FOLLOW_UP, (RESPONDED,), None, "text", syncs=True, rule=f"{_62}: tindak lanjut"),
    # LAPOR!'s "Kelola": from `verified` the desk answers by itself
    **_row(
        Act.RESPOND,
        (VERIFIED, ASSIGNED, IN_PROGRESS, RESPONDED, REPORTER_REPLIED, REOPENED),
        RESPONDED,
        "text",
        syncs=True,
        rule=f"{_62}: tanggapan kepada pelapor",
    ),
    **_row(
        Act.PROPOSE,
        (ASSIGNED, IN_PROGRESS, REPORTER_REPLIED, REOPENED),
        PROPOSED,
        "text",
        rule="Ketentuan kota: tanggapan disetujui kepala unit",
    ),
    **_row(
        Act.APPROVE,
        (PROPOSED,),
        RESPONDED,
        "text",
        syncs=True,
        rule="Ketentuan kota: tanggapan disetujui kepala unit",
    ),
    **_row(
        Act.SEND_BACK,
        (PROPOSED,),
        IN_PROGRESS,
        "reason",
        rule="Ketentuan kota: tanggapan disetujui kepala unit",
    ),
    **_row(Act.CLOSE, (RESPONDED, REPORTER_REPLIED, REOPENED), COMPLETED, rule=f"{_LAPOR} tutup oleh admin"),
    **_row(Act.RETURN, _AT_UNIT, VERIFIED, "reason", rule=f"{_PAPER}: dikembalikan ke admin"),
    **_row(
        Act.EXTEND,
        _WORKED_ON,
        None,
        "working_days",
        "reason",
        rule=f"{_62}: perpanjangan penyelesaian dengan alasan",
    ),
    **_row(
        Act.ESCALATE,
        (RECEIVED, *_WORKED_ON),
        None,
        "level",
        rule="Pengaduan lewat batas waktu diteruskan ke atasan (UU 25/2009 ps. 36)",
    ),
    **_row(Act.RECATEGORISE, (RECEIVED, *_WORKED_ON), None, "category_id", rule=f"{_LAPOR} ubah kategori"),
    **_row(Act.MARK_CONFIDENTIAL, OPEN_STATUSES, None, rule="SP4N-LAPOR!: laporan rahasia"),
    **_row(
        Act.DECLINE_JURISDICTION,
        (RECEIVED, VERIFIED, ASSIGNED),
        DECLINED,
        "institution",
        "reason",
        syncs=True,
        rule=f"{_LAPOR} bukan wewenang",
    ),
    **_row(
        Act.TRANSFER,
        (RECEIVED, VERIFIED, ASSIGNED),
        DECLINED,
        "target",
        "reason",
        syncs=True,
        rule=f"{_LAPOR} bukan wewenang; no wrong door policy",
    ),
    **_row(
        Act.DEFER,
        (RECEIVED,),
        DEFERRED,
        "text",
        syncs=True,
        rule=f"{_LAPOR} tunda: kelengkapan 10 hari kerja",
    ),
    **_row(Act.RESUME, (DEFERRED,), RECEIVED, "reason", rule=f"{_LAPOR} tunda diakhiri tanpa menunggu"),
    **_row(
        Act.ARCHIVE,
        (RECEIVED, DEFERRED, VERIFIED, ASSIGNED, IN_PROGRESS, REOPENED),
        ARCHIVED,
        "reason",
        syncs=True,
        rule=f"{_LAPOR} arsipkan, dengan alasan",
    ),
    **_row(
        Act.MERGE,
        (RECEIVED, DEFERRED, VERIFIED, ASSIGNED, IN_PROGRESS, REOPENED),
        MERGED,
        "main",
        syncs=True,
        rule="Perpres 76/2013: laporan yang sama ditangani bersama",
    ),
    **_row(
        Act.UNMERGE,
        (MERGED,),
        PREVIOUS,
        "reason",
        syncs=True,
        rule="Perpres 76/2013: laporan yang sama ditangani bersama",
    ),
    **_row(
        Act.LINK_PARENT,
        (RECEIVED, *_WORKED_ON),
        None,
        "parent",
        rule=f"{_PAPER}: satu instruksi untuk beberapa",
    ),
    **_row(Act.UNLINK_PARENT, OPEN_STATUSES, None, rule=f"{_PAPER}: satu instruksi untuk beberapa"),
    **_row(Act.NOTE, STATUSES, None, "text", rule="Catatan internal tidak mengubah status"),
    **_row(
        Act.UNDO,
        STATUSES,
        PREVIOUS,
        rule="Tindakan dapat diurungkan sebelum siapa pun di luar mengetahuinya",
    ),
    **_own(
        Act.PROVIDE_INFO,
        (DEFERRED,),
        RECEIVED,
        "text",
        syncs=True,
        rule=f"{_62}: pelapor melengkapi keterangan",
    ),
    **_own(
        Act.PROVIDE_INFO,
        (RESPONDED,),
        REPORTER_REPLIED,
        "text",
        syncs=True,
        rule="SP4N-LAPOR!: ditanggapi oleh pelapor",
    ),
    **_own(
        Act.RATE,
        (RESPONDED, COMPLETED),
        COMPLETED,
        "score",
        "solved",
        rule="SP4N-LAPOR!: penilaian pelapor",
    ),
    **_own(Act.REOPEN, (RESPONDED, COMPLETED), REOPENED, "reason", syncs=True, rule="Pelapor belum puas"),
}

#: what an act already done looks like: the same act again from here changes nothing
ALREADY: dict[Act, str] = {
    Act.VERIFY: VERIFIED,
    Act.CLOSE: COMPLETED,
    Act.ARCHIVE: ARCHIVED,
    Act.DECLINE_JURISDICTION: DECLINED,
    Act.TRANSFER: DECLINED,
    Act.DEFER: DEFERRED,
    Act.PROPOSE: PROPOSED,
    Act.MERGE: MERGED,
}

#: the step each status waits for, hence whose deadline counts; None: nobody is waited for
WAITS_FOR: dict[str, Step | None] = {
    RECEIVED: Step.VERIFICATION,
    DEFERRED: Step.CLARIFICATION,
    VERIFIED: Step.FIRST_RESPONSE,
    ASSIGNED: Step.FIRST_RESPONSE,
    IN_PROGRESS: Step.RESOLUTION,
    PROPOSED: Step.RESOLUTION,
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
OFFICER_TURN = (RECEIVED, VERIFIED, ASSIGNED, IN_PROGRESS, PROPOSED, REPORTER_REPLIED, REOPENED)
#: statuses in which the clock stands still because the reporter is awaited, or nobody any more
PAUSED = (DEFERRED, RESPONDED, COMPLETED)
