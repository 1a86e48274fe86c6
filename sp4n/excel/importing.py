"""An import from upload to its end: one at a time in a city, each step said in the row and in the audit.

Invariant: nothing of the file reaches a case before a person has seen the preview and said so.
"""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import after_commit, unit_of_work
from core.errors import Conflict, FieldProblem, NotFound
from core.jobs.queue import wake_after_commit
from core.media import safe_name
from core.storage import StorageError, key_for, store
from sp4n import settings
from sp4n.excel import guard
from sp4n.excel.guard import FileRefused
from sp4n.excel.models import (
    APPLYING,
    CANCELLED,
    DONE,
    FOR_WORKERS,
    READY,
    REFUSED,
    UNDER_WAY,
    Sp4nImport,
    Sp4nImportRow,
)

IMPORT = "sp4n.import"
LEASE = timedelta(seconds=180)
#: how long the rows of a finished import can be looked at
ROWS_LIVE = timedelta(days=30)
NO_CONNECTION = "Isi dahulu sambungan SP4N: tanpa nomor instansi tidak diketahui laporan mana milik kota ini"
OTHER_RUNS = "Masih ada impor yang belum selesai. Selesaikan atau batalkan impor itu dahulu"


@dataclass(frozen=True, slots=True)
class By:
    """The officer who asks."""

    name: str
    id: uuid.UUID | None = None


def start(name: str, data: bytes, by: By) -> uuid.UUID:
    """Keep the file and let a worker read it. Raises FieldProblem("file"): not taken, and why."""
    if not data:
        raise FieldProblem("file", "Pilih berkas ekspor SP4N-LAPOR! berformat .xlsx")
    if settings.load() is None:
        raise FieldProblem("file", NO_CONNECTION)
    try:
        guard.check_outside(data)
    except FileRefused as refusal:
        raise FieldProblem("file", refusal.message) from refusal
    key = key_for("impor", "xlsx")
    try:
        store().put(key, data)
        with unit_of_work() as session:
            return _begin(session, name, data, key, by)
    except StorageError as error:
        raise FieldProblem("file", "Berkas gagal disimpan, coba lagi") from error
    except IntegrityError as clash:
        drop_file(key)
        if "ix_sp4n_import_under_way" not in str(clash.orig):
            raise
        raise FieldProblem("file", OTHER_RUNS) from clash


def _begin(session: Session, name: str, data: bytes, key: str, by: By) -> uuid.UUID:
    made = Sp4nImport(
        name=safe_name(name or "ekspor.xlsx"),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        storage_key=key,
        counts={},
        created_by=by.name,
        created_by_id=by.id,
    )
    session.add(made)
    session.execute(
        delete(Sp4nImportRow).where(
            Sp4nImportRow.tenant_id == bound_tenant_id(),
            Sp4nImportRow.import_id.in_(
                select(Sp4nImport.id).where(Sp4nImport.finished_at < clock.now() - ROWS_LIVE)
            ),
        )
    )
    session.flush()
    _note("sp4n.import_started", made, by, file=made.name, sha256=made.sha256, size=made.size)
    wake_after_commit(IMPORT)
    return made.id


def approve(import_id: uuid.UUID, by: By) -> None:
    """Apply what the preview showed. Raises NotFound, Conflict."""
    with unit_of_work() as session:
        found = locked(session, import_id)
        if found.state != READY:
            raise Conflict("Impor ini tidak sedang menunggu persetujuan.")
        found.state, found.decided_by, found.decided_at = APPLYING, by.name, clock.now()
        _note("sp4n.import_approved", found, by, counts=found.counts)
        wake_after_commit(IMPORT)


def cancel(import_id: uuid.UUID, by: By) -> None:
    """End it; what is applied already stays. Raises NotFound, Conflict."""
    with unit_of_work() as session:
        found = locked(session, import_id)
        if found.state not in UNDER_WAY:
            raise Conflict("Impor ini sudah selesai.")
        found.decided_by, found.decided_at = by.name, clock.now()
        _note("sp4n.import_cancelled", found, by, state=found.state, applied=found.applied)
        end(session, found, CANCELLED)


def locked(session: Session, import_id: uuid.UUID) -> Sp4nImport:
    """The import as it is now, held. Raises NotFound."""
    found = session.scalars(
        select(Sp4nImport)
        .where(Sp4nImport.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound()
    return found


def end(session: Session, found: Sp4nImport, state: str, cause: str | None = None) -> None:
    """Close it in the present transaction: file and what rows say of people are kept no longer."""
    found.state, found.cause, found.finished_at, found.leased_until = state, cause, clock.now(), None
    release_file(found)
    session.execute(
        update(Sp4nImportRow)
        .where(Sp4nImportRow.tenant_id == bound_tenant_id(), Sp4nImportRow.import_id == found.id)
        .values(payload=None, state="finished")
        .execution_options(synchronize_session=False)
    )
    if state in (DONE, REFUSED):
        _note(
            "sp4n.imported" if state == DONE else "sp4n.import_refused",
            found,
            By("sistem"),
            counts=found.counts,
            applied=found.applied,
            failed=found.failed,
            cause=cause,
        )


def release_file(found: Sp4nImport) -> None:
    """Delete the file once the present transaction has committed."""
    key, found.storage_key = found.storage_key, None
    if key is not None:
        after_commit(lambda: drop_file(key))


def drop_file(key: str) -> None:
    """Best effort: a file that stays costs room and is found under no row."""
    with contextlib.suppress(StorageError):
        store().delete(key)


def claim() -> Sp4nImport | None:
    """Take the import that waits for a worker, so that no second one works on it meanwhile."""
    with unit_of_work() as session:
        now = clock.now()
        found = session.scalars(
            select(Sp4nImport)
            .where(Sp4nImport.state.in_(FOR_WORKERS))
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        ).first()
        if found is None or (found.leased_until or now) > now:
            return None
        found.leased_until = now + LEASE
        session.flush()
        session.expunge(found)
        return found


def release(import_id: uuid.UUID) -> None:
    """The worker is done for now."""
    with unit_of_work() as session:
        session.execute(
            update(Sp4nImport)
            .where(Sp4nImport.tenant_id == bound_tenant_id(), Sp4nImport.id == import_id)
            .values(leased_until=None)
            .execution_options(synchronize_session=False)
        )


def _note(action: str, found: Sp4nImport, by: By, **detail: Any) -> None:
    audit.record(action, actor_id=by.id, actor_name=by.name, subject_id=found.id, **detail)
