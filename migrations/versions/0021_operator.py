"""What the operator sees of all cities' messages: how many stopped, since when, how often tried; no cause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_COLUMNS = "state, attempts, created_at"


def upgrade() -> None:
    op.execute(f"GRANT SELECT ({_COLUMNS}) ON outbox_message TO satuaduan_relay")
    op.create_index(
        "ix_outbox_message_stopped",
        "outbox_message",
        ["created_at", "id"],
        postgresql_where=sa.text("state IN ('rejected', 'given_up')"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_message_stopped", "outbox_message")
    op.execute(f"REVOKE SELECT ({_COLUMNS}) ON outbox_message FROM satuaduan_relay")
