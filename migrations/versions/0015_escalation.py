"""The ladder of escalation, its default rungs for every city, and the regional head's list."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import create_tenant_table, each_tenant

revision = "0015"
down_revision = "0014"

#: working minutes after the deadline, by level, as a new city gets them
_DEFAULTS = {1: 0, 2: 450, 3: 1350, 4: 2250, 5: 4500}


def upgrade() -> None:
    create_tenant_table(
        "escalation_rule",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("after_working_minutes", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_escalation_rule_level")),
        sa.CheckConstraint(
            "after_working_minutes BETWEEN -2400 AND 60000 AND (level = 1 OR after_working_minutes >= 0)",
            name=op.f("ck_escalation_rule_after_working_minutes"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_escalation_rule"),
        sa.UniqueConstraint("tenant_id", "level", name="uq_escalation_rule_tenant_id_level"),
    )
    op.create_index(
        "ix_complaint_regional_head",
        "complaint",
        ["tenant_id", "due_at", "id"],
        postgresql_include=["status", "department_id"],
        postgresql_where=sa.text("escalation_level >= 4"),
    )
    connection = op.get_bind()
    for tenant_id in each_tenant():
        for level, minutes in _DEFAULTS.items():
            connection.execute(
                sa.text(
                    "INSERT INTO escalation_rule (tenant_id, id, level, after_working_minutes, is_active)"
                    " VALUES (:tenant, :id, :level, :minutes, true)"
                ),
                {"tenant": tenant_id, "id": uuid.uuid4(), "level": level, "minutes": minutes},
            )
        # the sweep looks at each of them once and works out when its next rung is
        connection.execute(
            sa.text(
                "UPDATE complaint SET escalate_at = due_at WHERE due_at IS NOT NULL AND escalate_at IS NULL"
                " AND status IN ('received', 'verified', 'assigned', 'in_progress', 'proposed',"
                " 'reporter_replied', 'reopened')"
            )
        )


def downgrade() -> None:
    op.drop_index("ix_complaint_regional_head", "complaint")
    op.drop_table("escalation_rule")
