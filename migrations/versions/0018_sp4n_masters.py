"""The national side's institutions and reply templates, as last told; none is removed, only marked gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import create_tenant_table

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    create_tenant_table(
        "sp4n_institution",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_institution"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_sp4n_institution_tenant_id_number"),
    )
    create_tenant_table(
        "sp4n_template",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_template"),
        sa.UniqueConstraint("tenant_id", "code", name="uq_sp4n_template_tenant_id_code"),
    )
    op.add_column("sp4n_settings", sa.Column("masters_synced_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("sp4n_settings", "masters_synced_at")
    op.drop_table("sp4n_template")
    op.drop_table("sp4n_institution")
