"""An imported file and its rows. What a row says of people is kept only until the row is applied."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped, references

QUEUED, READING, READY, APPLYING = "queued", "reading", "ready", "applying"
DONE, REFUSED, CANCELLED = "done", "refused", "cancelled"
#: one of these at a time in a city
UNDER_WAY = (QUEUED, READING, READY, APPLYING)
#: states in which a worker has something to do
FOR_WORKERS = (QUEUED, READING, APPLYING)

NEW, CHANGED, EQUAL, SKIPPED, UNREADABLE = "new", "changed", "equal", "skipped", "unreadable"
KINDS = (NEW, CHANGED, EQUAL, SKIPPED, UNREADABLE)
TODO, FINISHED = "todo", "finished"


class Sp4nImport(TenantScoped, Base):
    """One uploaded export. `as_of`: what it says was so at this instant; later changes are newer than it.

    counts: rows by kind. failed: applied rows that came to nothing yet.
    """

    __tablename__ = "sp4n_import"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued','reading','ready','applying','done','refused','cancelled')", name="state"
        ),
        Index(
            "ix_sp4n_import_under_way",
            "tenant_id",
            unique=True,
            postgresql_where=text("state IN ('queued','reading','ready','applying')"),
        ),
    )

    name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    storage_key: Mapped[str | None]  # the file itself, until it is done with
    state: Mapped[str] = mapped_column(default=QUEUED)
    cause: Mapped[str | None]
    as_of: Mapped[datetime | None]
    expected: Mapped[int] = mapped_column(default=0)
    read: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    applied: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    created_by_id: Mapped[uuid.UUID | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]

    @property
    def is_ready(self) -> bool:
        """Whether it waits for approval."""
        return self.state == READY

    @property
    def is_under_way(self) -> bool:
        """Whether it can still be cancelled."""
        return self.state in UNDER_WAY

    @property
    def to_apply(self) -> int:
        """Rows that would change something."""
        return int(self.counts.get(NEW, 0)) + int(self.counts.get(CHANGED, 0))

    @property
    def progress(self) -> dict[str, int] | None:
        """Rows done and to be done while a worker is at it."""
        if self.state in (QUEUED, READING):
            return {"done": self.read, "most": max(self.expected, self.read, 1)}
        if self.state == APPLYING:
            return {"done": self.applied + self.failed, "most": max(self.to_apply, 1)}
        return None


class Sp4nImportRow(TenantScoped, Base):
    """One row of the sheet, as it compared when it was read. `payload`: an ExportRow while to be done."""

    __tablename__ = "sp4n_import_row"
    __table_args__ = (
        UniqueConstraint("tenant_id", "import_id", "position"),
        references("import_id", "sp4n_import", ondelete="CASCADE"),
        CheckConstraint("kind IN ('new','changed','equal','skipped','unreadable')", name="kind"),
        CheckConstraint("state IN ('todo','finished')", name="state"),
        Index("ix_sp4n_import_row_kind", "tenant_id", "import_id", "kind", "position"),
        Index(
            "ix_sp4n_import_row_todo",
            "tenant_id",
            "import_id",
            "position",
            postgresql_where=text("state = 'todo'"),
        ),
    )

    import_id: Mapped[uuid.UUID]
    position: Mapped[int]
    external_id: Mapped[str | None]
    title: Mapped[str | None]
    status: Mapped[str | None]
    kind: Mapped[str]
    reason: Mapped[str | None]
    state: Mapped[str]
    payload: Mapped[dict[str, Any] | None]
    outcome: Mapped[str | None]
