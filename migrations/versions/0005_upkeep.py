"""What lets the sweep find cities with forgotten uploads and lapsed waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import let_relay_read

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index(
        "ix_attachment_unsent",
        "attachment",
        ["created_at", "tenant_id"],
        postgresql_where=sa.text("complaint_id IS NULL"),
    )
    op.create_index(
        "ix_complaint_reporters_turn",
        "complaint",
        ["due_at", "tenant_id"],
        postgresql_where=sa.text("status IN ('deferred', 'responded')"),
    )
    let_relay_read("attachment", "tenant_id", "complaint_id", "created_at")
    let_relay_read("complaint", "tenant_id", "status", "due_at")


def downgrade() -> None:
    for table, columns in (
        ("complaint", "tenant_id, status, due_at"),
        ("attachment", "tenant_id, complaint_id, created_at"),
    ):
        op.execute(f"DROP POLICY relay_reads ON {table}")
        op.execute(f"REVOKE SELECT ({columns}) ON {table} FROM satuaduan_relay")
    op.drop_index("ix_complaint_reporters_turn", "complaint")
    op.drop_index("ix_attachment_unsent", "attachment")
