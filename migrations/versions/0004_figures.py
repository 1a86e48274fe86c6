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
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_figure_change"),
        grants="SELECT, INSERT, DELETE",
    )
    op.create_table(
        "figure",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=True),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("figure_on", sa.Date(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("grain IN ('day','month')", name=op.f("ck_figure_grain")),
        sa.PrimaryKeyConstraint("tenant_id", "grain", "metric", "figure_on", "bucket", name="pk_figure"),
    )
    op.create_index(
        "ix_figure_province", "figure", ["province_id", "grain", "metric", "figure_on"], unique=False
    )
    op.create_table(
        "figure_state",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=True),
        sa.Column("folded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_figure_state"),
    )

    # A queue lives from being emptied: vacuum it by count, not by share of a size it never keeps.
    op.execute(
        "ALTER TABLE figure_change"
        " SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)"
    )
    # Sums are updated in place all day long: room on the page lets the update stay there.
    op.execute("ALTER TABLE figure SET (fillfactor = 70)")
    op.execute("ALTER TABLE figure_state SET (fillfactor = 50)")

    # As a sub-select the setting is read once a statement, not twice a row: a province reads many rows.
    bound = "(SELECT NULLIF(current_setting('app.tenant_id', true), '')::int)"
    for name in ("figure", "figure_state"):
        secure_table(name, f"tenant_id = {bound}")
        op.execute(f"CREATE POLICY own_province ON {name} FOR SELECT USING (province_id = {bound})")
        op.execute(f"GRANT {EVERYTHING} ON {name} TO {APP}")
    let_relay_read("figure_change", "tenant_id")
    let_relay_read("figure_state", "tenant_id", "province_id", "folded_at")


def downgrade() -> None:
    op.drop_table("figure_state")
    op.drop_table("figure")
    op.drop_table("figure_change")
