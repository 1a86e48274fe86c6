"""The approved rows: new reports together where they are clear, all others one after the other, and either
way through the same door as what polling reads.

Invariant: a row is finished in the transaction that says what became of it; done twice it changes nothing,
because each piece of news is stored under its name once.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints.acts import national
from core import clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import DomainError
from core.jobs.queue import INBOUND, TenantJob, registry
from sp4n import applying, settings
from sp4n.excel import importing, reading
from sp4n.excel.comparing import FACTS, case_of, facts_of
from sp4n.excel.models import APPLYING, DONE, FINISHED, NEW, TODO, Sp4nImport, Sp4nImportRow
from sp4n.excel.news import report_news, status_news
from sp4n.excel.rows import ExportRow, from_json
from sp4n.excel.together import MADE, OUTCOMES, apply_together, other_texts
from sp4n.inbound import store_news
from sp4n.mapping import normalised
from sp4n.models import InboundMessage, Sp4nLink
from sp4n.settings import Connection

MOST_SECONDS = 60.0
BATCH = 500


def work() -> int:
    """Go on with the bound tenant's import, within bounds. Returns how many rows were applied."""
    found = importing.claim()
    if found is None:
        return 0
    done, is_more = 0, False
    try:
        if found.state != APPLYING:
            reading.read(found)
        else:
            done, is_more = _apply(found)
    finally:
        importing.release(found.id)
    if is_more:
        registry().wake(importing.IMPORT, bound_tenant_id())
    return done


JOB = TenantJob(
    importing.IMPORT,
    INBOUND,
    work,
    "SELECT tenant_id FROM sp4n_import WHERE state IN ('queued','reading','applying')"
    " AND (leased_until IS NULL OR leased_until <= now())",
)


def _apply(found: Sp4nImport) -> tuple[int, bool]:
    """(rows applied, whether some are left)."""
    connection = settings.load()
    if connection is None:
        raise RuntimeError("an import of a city without a connection")
    started, done = clock.now(), 0
    while batch := _next(found.id):
        new = [(row_id, said) for row_id, kind, said in batch if kind == NEW]
        together = apply_together(found, connection, new)
        done += len(together)
        for row_id, _, said in batch:
            if row_id in together:
                continue
            if (clock.now() - started).total_seconds() > MOST_SECONDS:
                return done, True
            if not _Row(found, connection, row_id, said).apply():
                return done, False
            done += 1
        if (clock.now() - started).total_seconds() > MOST_SECONDS:
            return done, True
    with unit_of_work() as session:
        held = importing.locked(session, found.id)
        if held.state == APPLYING:
            importing.end(session, held, DONE)
    return done, False


def _next(import_id: uuid.UUID) -> list[tuple[uuid.UUID, str, ExportRow]]:
    """(id, kind, what it says) of the next rows in the order of the sheet."""
    with unit_of_work() as session:
        rows = session.execute(
            select(Sp4nImportRow.id, Sp4nImportRow.kind, Sp4nImportRow.payload)
            .where(Sp4nImportRow.import_id == import_id, Sp4nImportRow.state == TODO)
            .order_by(Sp4nImportRow.position)
            .limit(BATCH)
        )
        return [(row.id, row.kind, from_json(row.payload)) for row in rows]


class _Row:
    """One row on its way into a case."""

    def __init__(self, found: Sp4nImport, connection: Connection, row_id: uuid.UUID, said: ExportRow) -> None:
        self._import_id, self._row_id, self._said = found.id, row_id, said
        self._as_of = found.as_of or found.created_at
        self._connection = connection

    def apply(self) -> bool:
        """Store, apply, note what came of it. Returns False where the import was cancelled meanwhile.

        In one transaction; where a part is refused, in steps, so that what is stored waits with its cause.
        """
        try:
            with unit_of_work() as session:
                return self._at_once(session)
        except (DomainError, IntegrityError):
            return self._in_steps()

    def _at_once(self, session: Session) -> bool:
        if importing.locked(session, self._import_id).state != APPLYING:
            return False
        number = self._said.number
        is_linked = _link(session, number) is not None
        if not is_linked:
            store_news(session, [report_news(self._said, self._connection)])
            applying.apply_within(session, f"report:{number}", self._connection)
        status_key = self._bring_up_to_date(session)
        if status_key is not None:
            applying.apply_within(session, status_key, self._connection)
        return self._finish(session, status_key, was_linked=is_linked)

    def _in_steps(self) -> bool:
        number = self._said.number
        with unit_of_work() as session:
            is_linked = _link(session, number) is not None
            if not is_linked:
                store_news(session, [report_news(self._said, self._connection)])
        if not is_linked:
            applying.apply_pending(self._connection, named=f"report:{number}")
        with unit_of_work() as session:
            status_key = self._bring_up_to_date(session)
        if status_key is not None:
            applying.apply_pending(self._connection, named=status_key)
        with unit_of_work() as session:
            return self._finish(session, status_key, was_linked=is_linked)

    def _bring_up_to_date(self, session: Session) -> str | None:
        """Keep what the row says beside the case; returns the name of its news of a status, if it has any."""
        link = _link(session, self._said.number)
        if link is None:
            return None
        facts: dict[str, Any] = {**facts_of(self._said), "as_of": self._as_of.isoformat()}
        facts["texts"] = other_texts(self._said, case_of(session, self._said.number))
        national.keep_external(link.complaint_id, facts, FACTS)
        if not self._tells_status(link):
            return None
        item = status_news(self._said, self._as_of)
        store_news(session, [item])
        link.status_unmapped = applying.state_of(session, self._said.status) is None
        link.status_raw, link.changed_at = self._said.status, clock.now()
        return str(item["external_id"])

    def _tells_status(self, link: Sp4nLink) -> bool:
        """Whether the export knows more of the status than we do: another one, and not an older reading.

        An export tells whole seconds, so a reading of the same second is not newer.
        """
        is_older = link.checked_at is not None and link.checked_at.replace(microsecond=0) > self._as_of
        return not is_older and normalised(link.status_raw or "") != normalised(self._said.status)

    def _finish(self, session: Session, status_key: str | None, *, was_linked: bool) -> bool:
        held = importing.locked(session, self._import_id)
        if held.state != APPLYING:
            return False
        row = session.scalars(
            select(Sp4nImportRow)
            .where(Sp4nImportRow.id == self._row_id)
            .execution_options(populate_existing=True)
        ).one()
        if row.state == TODO:
            row.outcome, is_done = self._outcome(session, status_key, was_linked=was_linked)
            row.state, row.payload = FINISHED, None
            held.applied += is_done
            held.failed += not is_done
        return True

    def _outcome(self, session: Session, status_key: str | None, *, was_linked: bool) -> tuple[str, bool]:
        words = []
        if not was_linked:
            if _link(session, self._said.number) is None:
                told = _told(session, f"report:{self._said.number}")
                if told is not None and told.state in (applying.WAITING, applying.IGNORED):
                    return told.outcome or "Tidak mengubah apa pun", told.state == applying.IGNORED
                return "Belum dapat dibuat, dicoba lagi pada pemeriksaan berikutnya", False
            words.append(MADE)
        if status_key is not None:
            told = _told(session, status_key)
            words.append(OUTCOMES[told.state if told is not None else "pending"])
        return ", ".join(words) or "Perubahan dicatat di samping laporan", True


def _link(session: Session, number: str) -> Sp4nLink | None:
    return session.scalars(
        select(Sp4nLink).where(Sp4nLink.external_id == number).execution_options(populate_existing=True)
    ).first()


def _told(session: Session, name: str) -> InboundMessage | None:
    return session.scalars(
        select(InboundMessage)
        .where(InboundMessage.external_id == name)
        .execution_options(populate_existing=True)
    ).first()
