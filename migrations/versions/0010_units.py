"""The units' work: before and after photos, dispositions by department, substitutes with dates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import create_tenant_table

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("attachment", sa.Column("stage", sa.Text(), nullable=True))
    op.execute(
        "ALTER TABLE attachment ADD CONSTRAINT ck_attachment_stage"
        " CHECK (stage IN ('before','after')) NOT VALID"
    )
    op.execute("ALTER TABLE attachment VALIDATE CONSTRAINT ck_attachment_stage")
    op.create_index(
        "ix_disposition_department",
        "disposition",
        ["tenant_id", "department_id", "assigned_at"],
        postgresql_where=sa.text("NOT is_copy"),
    )
    create_tenant_table(
        "delegation",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_delegation_dates")),
        sa.CheckConstraint("officer_id <> substitute_id", name=op.f("ck_delegation_oneself")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "officer_id"],
            ["officer.tenant_id", "officer.id"],
            name="fk_delegation_tenant_id_officer_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "substitute_id"],
            ["officer.tenant_id", "officer.id"],
            name="fk_delegation_tenant_id_substitute_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_delegation"),
    )
    op.create_index("ix_delegation_officer", "delegation", ["tenant_id", "officer_id", "ends_on"])
    op.create_index("ix_delegation_substitute", "delegation", ["tenant_id", "substitute_id", "ends_on"])


def downgrade() -> None:
    op.drop_table("delegation")
    op.drop_index("ix_disposition_department", "disposition")
    op.execute("ALTER TABLE attachment DROP CONSTRAINT ck_attachment_stage")
    op.drop_column("attachment", "stage")
