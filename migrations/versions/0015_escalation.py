"""Placeholder of a migration under way."""

from __future__ import annotations

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
