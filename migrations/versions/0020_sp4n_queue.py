"""What needs a person in the exchange with the national side, how fast it goes, and messages that wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import create_tenant_table

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    create_tenant_table(
        "sp4n_task",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('message','news','report','connection')", name=op.f("ck_sp4n_task_kind")
        ),
        sa.CheckConstraint("state IN ('open','resolved','skipped')", name=op.f("ck_sp4n_task_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_sp4n_task_tenant_id_complaint_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_task"),
        sa.UniqueConstraint("tenant_id", "ref_id", name="uq_sp4n_task_tenant_id_ref_id"),
    )
    op.create_index("ix_sp4n_task_state", "sp4n_task", ["tenant_id", "state", "opened_at", "id"])
    op.create_index("ix_sp4n_task_complaint", "sp4n_task", ["tenant_id", "complaint_id"])
    op.add_column("outbox_message", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sp4n_link", sa.Column("problem", sa.Text(), nullable=True))
    op.create_index(
        "ix_sp4n_link_problem",
        "sp4n_link",
        ["tenant_id", "complaint_id"],
        postgresql_where=sa.text("problem IS NOT NULL"),
    )
    op.add_column("sp4n_settings", sa.Column("list_problem", sa.Text(), nullable=True))
    op.add_column("sp4n_settings", sa.Column("rate_left", sa.Float(), nullable=True))
    op.add_column("sp4n_settings", sa.Column("rate_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sp4n_settings", sa.Column("next_reminder_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("GRANT SELECT (next_reminder_at) ON sp4n_settings TO satuaduan_relay")


def downgrade() -> None:
    for column in ("next_reminder_at", "rate_at", "rate_left", "list_problem"):
        op.drop_column("sp4n_settings", column)
    op.drop_index("ix_sp4n_link_problem", "sp4n_link")
    op.drop_column("sp4n_link", "problem")
    op.drop_column("outbox_message", "held_until")
    op.drop_table("sp4n_task")
