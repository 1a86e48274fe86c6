"""The national side."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import create_tenant_table, let_relay_read

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_tenant_table(
        "sp4n_settings",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("auth_header", sa.Text(), nullable=False),
        sa.Column("auth_secret", sa.Text(), nullable=False),
        sa.Column("token_secret", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("institution_name", sa.Text(), nullable=True),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("classification_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("poll_seconds", sa.Integer(), nullable=False),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("polled_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_cause", sa.Text(), nullable=True),
        sa.CheckConstraint("mode IN ('off','trial','active')", name=op.f("ck_sp4n_settings_mode")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_settings"),
        sa.UniqueConstraint("tenant_id", name="uq_sp4n_settings_tenant_id"),
    )
    op.create_index("ix_sp4n_settings_poll", "sp4n_settings", ["next_poll_at"], unique=False)
    create_tenant_table(
        "sp4n_link",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("status_raw", sa.Text(), nullable=True),
        sa.Column("status_unmapped", sa.Boolean(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_sp4n_link_tenant_id_complaint_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_link"),
        sa.UniqueConstraint("tenant_id", "complaint_id", name="uq_sp4n_link_tenant_id_complaint_id"),
        sa.UniqueConstraint("tenant_id", "external_id", name="uq_sp4n_link_tenant_id_external_id"),
    )
    op.create_index("ix_sp4n_link_check", "sp4n_link", ["tenant_id", "next_check_at"], unique=False)
    create_tenant_table(
        "sp4n_follow_up",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_sp4n_follow_up_tenant_id_complaint_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_follow_up"),
        sa.UniqueConstraint("tenant_id", "external_id", name="uq_sp4n_follow_up_tenant_id_external_id"),
    )
    op.create_index(
        "ix_sp4n_follow_up_complaint", "sp4n_follow_up", ["tenant_id", "complaint_id"], unique=False
    )
    create_tenant_table(
        "inbound_message",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending','applied','noted','ignored','waiting')",
            name=op.f("ck_inbound_message_state"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_inbound_message"),
        sa.UniqueConstraint("tenant_id", "external_id", name="uq_inbound_message_tenant_id_external_id"),
    )
    op.create_index(
        "ix_inbound_message_state", "inbound_message", ["tenant_id", "state", "happened_at"], unique=False
    )
    create_tenant_table(
        "sp4n_mapping",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("local_key", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("remote_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('category','classification','department','institution','status')",
            name=op.f("ck_sp4n_mapping_kind"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_mapping"),
        sa.UniqueConstraint(
            "tenant_id", "kind", "local_key", name="uq_sp4n_mapping_tenant_id_kind_local_key"
        ),
    )

    let_relay_read("sp4n_settings", "tenant_id", "mode", "next_poll_at", "paused_until")


def downgrade() -> None:
    op.drop_table("sp4n_mapping")
    op.drop_table("inbound_message")
    op.drop_table("sp4n_follow_up")
    op.drop_table("sp4n_link")
    op.drop_table("sp4n_settings")
