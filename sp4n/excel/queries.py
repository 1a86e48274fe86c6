"""What the pages of imports show. Identities never leave the rows' payload."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.extensions import db
from sp4n.excel.models import CHANGED, EQUAL, NEW, SKIPPED, UNDER_WAY, UNREADABLE, Sp4nImport, Sp4nImportRow

PAGE = 50
MOST_LISTED = 50
#: the lists of the preview, by the word in the address
LISTS = {
    "baru": (NEW, "Baru"),
    "berubah": (CHANGED, "Berubah"),
    "sama": (EQUAL, "Sama"),
    "dilewati": (SKIPPED, "Dilewati"),
    "tidak-terbaca": (UNREADABLE, "Tidak dapat dipakai"),
}
STATES = {
    "queued": "Menunggu dibaca",
    "reading": "Sedang dibaca",
    "ready": "Menunggu persetujuan",
    "applying": "Sedang diterapkan",
    "done": "Selesai",
    "refused": "Ditolak",
    "cancelled": "Dibatalkan",
}


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows of a preview; `next` is the position after which the next page begins."""

    rows: Sequence[Any]
    next: int | None


def history() -> Sequence[Sp4nImport]:
    """The latest imports, newest first."""
    return db.session.scalars(
        select(Sp4nImport).order_by(Sp4nImport.created_at.desc(), Sp4nImport.id.desc()).limit(MOST_LISTED)
    ).all()


def under_way() -> uuid.UUID | None:
    """The import that is not finished, if there is one."""
    found: uuid.UUID | None = db.session.scalar(select(Sp4nImport.id).where(Sp4nImport.state.in_(UNDER_WAY)))
    return found


def lists(found: Sp4nImport) -> dict[str, int]:
    """How many rows each list of the preview has."""
    return {key: int(found.counts.get(kind, 0)) for key, (kind, _) in LISTS.items()}


def one(import_id: uuid.UUID) -> Sp4nImport | None:
    """An import of the bound city."""
    return db.session.scalars(select(Sp4nImport).where(Sp4nImport.id == import_id)).first()


def rows(import_id: uuid.UUID, kind: str, after: int) -> RowPage:
    """The rows of one kind, in the order of the sheet."""
    found = db.session.execute(
        select(
            Sp4nImportRow.position,
            Sp4nImportRow.external_id,
            Sp4nImportRow.title,
            Sp4nImportRow.status,
            Sp4nImportRow.reason,
            Sp4nImportRow.outcome,
        )
        .where(
            Sp4nImportRow.import_id == import_id,
            Sp4nImportRow.kind == kind,
            Sp4nImportRow.position > after,
        )
        .order_by(Sp4nImportRow.position)
        .limit(PAGE + 1)
    ).all()
    shown = found[:PAGE]
    return RowPage(shown, shown[-1].position if len(found) > PAGE else None)
