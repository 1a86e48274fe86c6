"""A city's ladder of escalation: one row a level; who is told at each is fixed (`escalation.TARGETS`)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base, TenantScoped


class EscalationRule(TenantScoped, Base):
    """When a level is reached: working minutes after the deadline, or before it where negative."""

    __tablename__ = "escalation_rule"
    __table_args__ = (
        UniqueConstraint("tenant_id", "level"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
        CheckConstraint(
            "after_working_minutes BETWEEN -2400 AND 60000 AND (level = 1 OR after_working_minutes >= 0)",
            name="after_working_minutes",
        ),
    )

    level: Mapped[int] = mapped_column(SmallInteger)
    after_working_minutes: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
