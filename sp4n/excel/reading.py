"""From file to preview: every row read, judged and kept, in pieces, with the progress in the import's row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from core import clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.storage import StorageMissing, store
from sp4n import settings
from sp4n.contract import parse_instant
from sp4n.excel import importing, reader
from sp4n.excel.comparing import Comparison, Verdict
from sp4n.excel.guard import FileRefused
from sp4n.excel.models import (
    CHANGED,
    DONE,
    FINISHED,
    NEW,
    READING,
    READY,
    REFUSED,
    TODO,
    UNREADABLE,
    Sp4nImport,
    Sp4nImportRow,
)
from sp4n.excel.reader import Cell, Sheet
from sp4n.excel.rows import ExportRow, RowProblem, parse
from sp4n.settings import Connection

BATCH = 500
NO_ROWS = "Tidak ada laporan di bawah baris judul kolom."
LOST = "Berkas tidak ditemukan lagi di penyimpanan. Unggah sekali lagi."
_LONGEST_SHOWN = 200
_DATE = re.compile(
    r"\d{1,2}[-/ ](?:\d{1,2}|[A-Za-z]{3,9})[-/ ]\d{4}(?:[ ,]+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)?", re.ASCII
)
#: a row of the sheet: its number, and what it says or why it says nothing
Read = tuple[int, ExportRow | str]


class Cancelled(Exception):
    """A person ended the import meanwhile."""


def read(found: Sp4nImport) -> None:
    """Read the claimed import's file anew. Ends it where the file cannot be taken."""
    connection = settings.load()
    try:
        if connection is None:
            raise FileRefused(importing.NO_CONNECTION)
        if found.storage_key is None:
            raise FileRefused(LOST)
        data = store().get(found.storage_key)
        with reader.opened(data) as sheet:
            as_of = _Reading(found, connection).take(sheet)
    except FileRefused as refusal:
        _refuse(found, refusal.message)
    except StorageMissing:
        _refuse(found, LOST)
    except Cancelled:
        return
    else:
        _finish(found, as_of)


class _Reading:
    """One pass over one sheet."""

    def __init__(self, found: Sp4nImport, connection: Connection) -> None:
        self._id, self._connection = found.id, connection
        self._counts: Counter[str] = Counter()
        self._read = 0
        self._newest: str | None = None
        self._numbers: dict[str, int] = {}

    def take(self, sheet: Sheet) -> datetime | None:
        """Keep every row. Returns the instant of which the export tells."""
        with unit_of_work() as session:
            self._held(session).expected = sheet.expected
            session.execute(
                delete(Sp4nImportRow).where(
                    Sp4nImportRow.tenant_id == bound_tenant_id(), Sp4nImportRow.import_id == self._id
                )
            )
            comparison = Comparison(session, self._connection)
        rows = self._parsed(sheet.rows)
        while batch := list(islice(rows, BATCH)):
            with unit_of_work() as session:
                self._keep(session, comparison, batch)
        if not self._read:
            raise FileRefused(NO_ROWS)
        told = told_at(sheet.preamble, self._connection.zone)
        return told or (datetime.fromisoformat(self._newest) if self._newest else None)

    def _held(self, session: Session) -> Sp4nImport:
        found = importing.locked(session, self._id)
        if found.finished_at is not None:
            raise Cancelled
        found.state = READING
        return found

    def _parsed(self, rows: Iterable[tuple[int, dict[str, Cell]]]) -> Iterator[Read]:
        now = clock.now()
        for position, cells in rows:
            try:
                row = parse(cells, self._connection.zone, now)
            except RowProblem as problem:
                yield position, problem.message
                continue
            first = self._numbers.setdefault(row.number, position)
            if first != position:
                yield position, f"Tracking ID {row.number} sudah ada pada baris {first}"
                continue
            self._newest = max(self._newest or "", row.happened_at)
            yield position, row

    def _keep(self, session: Session, comparison: Comparison, batch: list[Read]) -> None:
        good = [row for _, row in batch if isinstance(row, ExportRow)]
        verdicts = iter(comparison.judge(session, good))
        values = [
            self._values(position, row, next(verdicts))
            if isinstance(row, ExportRow)
            else self._values(position, None, Verdict(UNREADABLE, row))
            for position, row in batch
        ]
        session.execute(insert(Sp4nImportRow), values)
        self._read += len(batch)
        self._counts.update(each["kind"] for each in values)
        found = self._held(session)
        found.read, found.counts = self._read, dict(self._counts)

    def _values(self, position: int, row: ExportRow | None, verdict: Verdict) -> dict[str, Any]:
        is_todo = verdict.kind in (NEW, CHANGED)
        return {
            "import_id": self._id,
            "position": position,
            "external_id": row.number if row else None,
            "title": (row.title or row.initial)[:_LONGEST_SHOWN] if row else None,
            "status": row.status if row else None,
            "kind": verdict.kind,
            "reason": verdict.reason,
            "state": TODO if is_todo else FINISHED,
            "payload": row.as_json() if row and is_todo else None,
            "outcome": None,
        }


def told_at(preamble: Iterable[str], zone: tzinfo) -> datetime | None:
    """When the export was made, as its preamble tells: the latest date there."""
    found = [parse_instant(each.group(), zone) for line in preamble for each in _DATE.finditer(line)]
    return max((each for each in found if each is not None and each <= clock.now()), default=None)


def _refuse(found: Sp4nImport, cause: str) -> None:
    with unit_of_work() as session:
        held = importing.locked(session, found.id)
        if held.finished_at is None:
            session.execute(
                delete(Sp4nImportRow).where(
                    Sp4nImportRow.tenant_id == bound_tenant_id(), Sp4nImportRow.import_id == held.id
                )
            )
            held.counts, held.read = {}, 0
            importing.end(session, held, REFUSED, cause)


def _finish(found: Sp4nImport, as_of: datetime | None) -> None:
    """To be seen and decided; where nothing is new it is done."""
    with unit_of_work() as session:
        held = importing.locked(session, found.id)
        if held.finished_at is not None:
            return
        held.as_of, held.expected = as_of or held.created_at, held.read
        if held.counts.get(NEW, 0) + held.counts.get(CHANGED, 0):
            held.state = READY
            importing.release_file(held)
        else:
            importing.end(session, held, DONE)
