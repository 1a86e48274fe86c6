"""What waits to be counted anew after the calendar or the periods changed."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped


class Recount(TenantScoped, Base):
    """One walk over the open cases. `after_id` is the last case it has passed; None: not begun."""

    __tablename__ = "recount"
    __table_args__ = (Index("ix_recount_waiting", "tenant_id", postgresql_where=text("finished_at IS NULL")),)

    causes: Mapped[list[str]]
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)
    after_id: Mapped[uuid.UUID | None]
    moved: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
