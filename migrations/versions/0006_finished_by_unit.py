"""What lets a department page through its finished reports without sorting all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(
        "ix_complaint_closed_by_unit",
        "complaint",
        ["tenant_id", "department_id", "closed_at", "id"],
        postgresql_where=sa.text("status = 'completed'"),
    )


def downgrade() -> None:
    op.drop_index("ix_complaint_closed_by_unit", "complaint")
