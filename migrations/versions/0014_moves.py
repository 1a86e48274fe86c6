"""A PIN issued by another tenant, for reports that moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("tracking_access", sa.Column("issuer_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("tracking_access", "issuer_id")
