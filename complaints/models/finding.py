"""What helps to find a case: the words of every report, and the lists officers keep for themselves.

Invariant: `ComplaintSearch` follows its complaint by triggers of the database; nothing else writes it.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db.base import Base, TenantScoped, references


class ComplaintSearch(TenantScoped, Base):
    """Stems of a report's words and its departments, each led by the tenant; `id` is the complaint's."""

    __tablename__ = "complaint_search"
    __table_args__ = (
        references("id", "complaint", ondelete="CASCADE"),
        Index(
            "ix_complaint_search_words",
            "words",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 512},
        ),
    )

    words: Mapped[str] = mapped_column(TSVECTOR)


class SavedFilter(TenantScoped, Base):
    """A list an officer comes back to: the canonical query string of the inbox, under a name."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        UniqueConstraint("tenant_id", "owner_id", "name"),
        references("owner_id", "officer"),
    )

    owner_id: Mapped[uuid.UUID]
    name: Mapped[str]
    query: Mapped[str]
    is_shared: Mapped[bool] = mapped_column(default=False)  # with all officers of the city
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
