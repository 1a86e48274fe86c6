"""How each report compares with its counterpart on the national side, and how that was day by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import create_tenant_table

revision = "0016"
down_revision = "0015"

_JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    create_tenant_table(
        "sp4n_parity",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("differences", _JSON, nullable=False),
        sa.Column("ignored", _JSON, nullable=False),
        sa.Column("not_told", _JSON, nullable=False),
        sa.CheckConstraint(
            "state IN ('identical','different','only_here','unknown','ignored')",
            name=op.f("ck_sp4n_parity_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_sp4n_parity_tenant_id_complaint_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_parity"),
        sa.UniqueConstraint("tenant_id", "complaint_id", name="uq_sp4n_parity_tenant_id_complaint_id"),
    )
    op.create_index("ix_sp4n_parity_state", "sp4n_parity", ["tenant_id", "state", "since", "id"])
    op.create_index("ix_sp4n_parity_compared", "sp4n_parity", ["tenant_id", "compared_at"])
    create_tenant_table(
        "sp4n_parity_day",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("identical", sa.Integer(), nullable=False),
        sa.Column("different", sa.Integer(), nullable=False),
        sa.Column("only_here", sa.Integer(), nullable=False),
        sa.Column("only_there", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("not_compared", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_parity_day"),
        sa.UniqueConstraint("tenant_id", "day", name="uq_sp4n_parity_day_tenant_id_day"),
    )
    op.add_column("sp4n_settings", sa.Column("next_reconcile_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("GRANT SELECT (next_reconcile_at) ON sp4n_settings TO satuaduan_relay")


def downgrade() -> None:
    op.drop_column("sp4n_settings", "next_reconcile_at")
    op.drop_table("sp4n_parity_day")
    op.drop_table("sp4n_parity")
