"""Figures of cities and provinces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import APP, EVERYTHING, create_tenant_table, let_relay_read, secure_table

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    create_tenant_table(
        "figure_change",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("figure_on", sa.Date(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_figure_change"),
    )
    op.create_index("ix_figure_change_tenant", "figure_change", ["tenant_id"], unique=False)
    op.create_table(
        "figure",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=True),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("figure_on", sa.Date(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "grain", "metric", "figure_on", "bucket", name="pk_figure"),
    )
    op.create_index("ix_figure_province", "figure", ["province_id", "grain", "figure_on"], unique=False)
    op.create_table(
        "figure_state",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=True),
        sa.Column("folded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_figure_state"),
    )

    province = "province_id = NULLIF(current_setting('app.tenant_id', true), '')::int"
    for name in ("figure", "figure_state"):
        secure_table(name)
        op.execute(f"CREATE POLICY own_province ON {name} FOR SELECT USING ({province})")
        op.execute(f"GRANT {EVERYTHING} ON {name} TO {APP}")
    let_relay_read("figure_change", "tenant_id")


def downgrade() -> None:
    op.drop_table("figure_state")
    op.drop_table("figure")
    op.drop_table("figure_change")
