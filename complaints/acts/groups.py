"""Reports that belong together: duplicates merged into a main report, reports that follow a parent.

Invariant: nothing is merged into a report that is merged itself or has ended, so every chain of merges ends
at one report; a report that had others merged into it takes them along, and keeps them when it is unmerged.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import workflow
from complaints.acts.desk import ended_by
from complaints.acts.engine import Actor, Done, Entry, append, perform
from complaints.events import ActUndone
from complaints.models import Complaint, ComplaintEvent
from complaints.queries import groups as queries
from complaints.statute import Statute
from complaints.workflow import Act
from core import clock
from core.db.transaction import unit_of_work
from core.errors import Conflict, DomainError, FieldProblem
from core.extensions import db
from core.storage import StorageError

Version = int | None


class RowResult(NamedTuple):
    """What became of one report of several; `message` is empty where it went well."""

    number: str
    ok: bool
    message: str


def merge(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    main: uuid.UUID,
    text: str | None = None,
    version: Version = None,
) -> Done:
    """Handle this report together with `main`; its reporter follows the main one from now on.

    Raises FieldProblem on `main` where nothing can be merged into it.
    """
    with unit_of_work() as session:
        target = _locked_together(session, complaint_id, main)

        def change(session: Session, complaint: Complaint, rules: Statute, at: Any) -> None:
            _check_main(complaint, target)
            ended_by(actor, None)(session, complaint, rules, at)
            complaint.merged_into_id = main

        number = target.number if target is not None else ""
        done = perform(
            complaint_id,
            Act.MERGE,
            actor,
            Entry(text, data={"main": str(main), "main_number": number}),
            fields={"main": main},
            change=change,
            version=version,
        )
        if done.event_id is not None and target is not None:
            _tell(session, target, actor, f"Laporan {done.number} digabung ke laporan ini.", done.event_id)
        return done


def merge_many(main: uuid.UUID, ids: Iterable[uuid.UUID], actor: Actor) -> list[RowResult]:
    """Merge each of the reports into `main`, each in a unit of work of its own."""
    return each_of(ids, lambda complaint_id: merge(complaint_id, actor, main=main))


def unmerge(complaint_id: uuid.UUID, actor: Actor, *, reason: str, version: Version = None) -> Done:
    """Separate a merged report again: it stands where it stood, with the deadlines it had."""
    with unit_of_work() as session:
        main_id = session.scalar(select(Complaint.merged_into_id).where(Complaint.id == complaint_id))
        main = _locked_together(session, complaint_id, main_id)
        merged = _last_merge(session, complaint_id)

        def change(_session: Session, complaint: Complaint, _rules: Statute, _at: Any) -> None:
            if complaint.merged_into_id != main_id:
                raise Conflict("Laporan ini sudah diubah.")
            complaint.merged_into_id = None
            complaint.closed_at = complaint.closed_by = complaint.outcome = None

        done = perform(
            complaint_id,
            Act.UNMERGE,
            actor,
            Entry(reason, data={"main_number": main.number if main is not None else ""}),
            fields={"reason": reason},
            change=change,
            version=version,
            previous=merged.from_status if merged is not None else None,
        )
        if main is not None and done.event_id is not None:
            _tell(session, main, actor, f"Laporan {done.number} dipisahkan kembali.", done.event_id)
        return done


def link_parent(complaint_id: uuid.UUID, actor: Actor, *, parent: uuid.UUID, version: Version = None) -> Done:
    """Let this report follow a parent: what is decided there can be applied here too."""
    with unit_of_work() as session:
        target = _locked_together(session, complaint_id, parent)

        def change(session: Session, complaint: Complaint, _rules: Statute, _at: Any) -> None:
            _check_parent(session, complaint, target)
            complaint.parent_id = parent

        number = target.number if target is not None else ""
        return perform(
            complaint_id,
            Act.LINK_PARENT,
            actor,
            Entry(is_public=False, data={"main": str(parent), "main_number": number}),
            fields={"parent": parent},
            change=change,
            version=version,
        )


def unlink_parent(complaint_id: uuid.UUID, actor: Actor, *, version: Version = None) -> Done:
    """Let this report go its own way again. Raises FieldProblem where it follows none."""

    def change(_session: Session, complaint: Complaint, _rules: Statute, _at: Any) -> None:
        if complaint.parent_id is None:
            raise FieldProblem("parent", "Laporan ini tidak mengikuti laporan lain")
        complaint.parent_id = None

    with unit_of_work():
        entry = Entry(is_public=False)
        return perform(complaint_id, Act.UNLINK_PARENT, actor, entry, change=change, version=version)


def shared(parent_id: uuid.UUID, do: Callable[[uuid.UUID], Done]) -> list[RowResult]:
    """Do to each report that follows the parent what was done to the parent, each in its own unit of work."""
    return each_of([child.id for child in queries.children_of(parent_id)], do)


def each_of(ids: Iterable[uuid.UUID], do: Callable[[uuid.UUID], Done]) -> list[RowResult]:
    """One act for several reports; a refused one leaves the others as they are."""
    wanted = list(dict.fromkeys(ids))
    numbers = queries.numbers_of(wanted)
    results = []
    for complaint_id in wanted:
        number = numbers.get(complaint_id, "")
        try:
            do(complaint_id)
        except Conflict as refusal:
            who = f" oleh {refusal.who}" if refusal.who else ""
            results.append(RowResult(number, False, f"sudah diubah{who}"))
        except StorageError:
            results.append(RowResult(number, False, "berkas gagal disimpan"))
        except DomainError as refusal:
            results.append(RowResult(number, False, refusal.message))
        else:
            results.append(RowResult(number, True, ""))
    return results


def summary(results: list[RowResult]) -> str:
    """One sentence: how many went well, and why each of the others did not."""
    failed = [row for row in results if not row.ok]
    words = f"{len(results) - len(failed)} berhasil"
    if not failed:
        return f"{words}."
    why = "; ".join(f"{row.number} {row.message.rstrip('.')}" for row in failed)
    return f"{words}, {len(failed)} gagal: {why}."


def on_undone(fact: ActUndone) -> None:
    """A merge or an unmerge that is taken back is told on the main report too."""
    session = db.session()
    undone = session.scalars(select(ComplaintEvent).where(ComplaintEvent.id == fact.event_id)).first()
    if undone is None or undone.act not in (Act.MERGE, Act.UNMERGE):
        return
    main = session.scalars(
        select(Complaint)
        .where(Complaint.number == str(undone.data.get("main_number")))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    number = session.scalar(select(Complaint.number).where(Complaint.id == fact.complaint_id))
    if main is not None:
        actor = Actor(undone.actor_kind, undone.actor_label, undone.actor_id, _name_of(undone))
        what = "Penggabungan" if undone.act == Act.MERGE else "Pemisahan"
        _tell(session, main, actor, f"{what} laporan {number} diurungkan.", undone.id)


def _name_of(event: ComplaintEvent) -> str:
    return str(event.data.get("actor_name") or "")


def _locked_together(session: Session, one: uuid.UUID, other: uuid.UUID | None) -> Complaint | None:
    """Lock both rows in one order, so that two merges across each other wait and do not block for good.

    Returns the second one, or None where there is none.
    """
    rows = session.scalars(
        select(Complaint)
        .where(Complaint.id.in_([one, other]))
        .order_by(Complaint.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return next((row for row in rows if row.id == other), None)


def _check_main(complaint: Complaint, main: Complaint | None) -> None:
    if main is None:
        raise FieldProblem("main", "Laporan utama tidak ditemukan atau bukan milik kota ini")
    if main.id == complaint.id:
        raise FieldProblem("main", "Laporan tidak dapat digabung dengan dirinya sendiri")
    if main.status == workflow.MERGED:
        raise FieldProblem("main", f"Laporan {main.number} sudah digabung. Pilih laporan utamanya")
    if main.status not in workflow.OPEN_STATUSES:
        raise FieldProblem("main", f"Laporan {main.number} sudah berakhir. Pilih laporan yang masih terbuka")


def _check_parent(session: Session, complaint: Complaint, parent: Complaint | None) -> None:
    if parent is None:
        raise FieldProblem("parent", "Laporan induk tidak ditemukan atau bukan milik kota ini")
    if parent.id == complaint.id:
        raise FieldProblem("parent", "Laporan tidak dapat mengikuti dirinya sendiri")
    if parent.parent_id is not None:
        raise FieldProblem("parent", f"Laporan {parent.number} sendiri mengikuti laporan lain")
    if parent.status not in workflow.OPEN_STATUSES:
        raise FieldProblem(
            "parent", f"Laporan {parent.number} sudah berakhir. Pilih laporan yang masih terbuka"
        )
    own = select(Complaint.id).where(Complaint.parent_id == complaint.id).limit(1)
    if session.scalar(own) is not None:
        raise FieldProblem("parent", "Laporan ini sendiri diikuti laporan lain")


def _last_merge(session: Session, complaint_id: uuid.UUID) -> ComplaintEvent | None:
    return session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id == complaint_id, ComplaintEvent.act == Act.MERGE)
        .order_by(ComplaintEvent.sequence.desc())
        .limit(1)
    ).first()


def _tell(session: Session, main: Complaint, actor: Actor, text: str, about: uuid.UUID) -> None:
    """An internal entry on the main report. Its version stays: who is writing there is not disturbed."""
    entry = Entry(text, is_public=False, data={"about": str(about)})
    append(session, main, Act.NOTE, actor, entry, main.status, clock.now())
    session.flush()
