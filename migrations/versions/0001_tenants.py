"""Tenants, officers, audit and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import APP, APPEND_ONLY, OWN_TENANT, RELAY, create_tenant_table, let_relay_read

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("letters", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("province_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("logo_key", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("whatsapp", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("service_hours", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('kota','kab','province')", name=op.f("ck_tenant_kind")),
        sa.CheckConstraint("letters ~ '^[A-Z]{3}$'", name=op.f("ck_tenant_letters")),
        sa.CheckConstraint("slug ~ '^[a-z][a-z0-9-]{2,29}$'", name=op.f("ck_tenant_slug")),
        sa.CheckConstraint("status IN ('active','suspended')", name=op.f("ck_tenant_status")),
        sa.ForeignKeyConstraint(["province_id"], ["tenant.id"], name="fk_tenant_province_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tenant"),
        sa.UniqueConstraint("code", name="uq_tenant_code"),
        sa.UniqueConstraint("letters", name="uq_tenant_letters"),
        sa.UniqueConstraint("slug", name="uq_tenant_slug"),
    )
    op.create_table(
        "tenant_host",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_tenant_host_tenant_id"),
        sa.PrimaryKeyConstraint("host", name="pk_tenant_host"),
    )
    op.create_index("ix_tenant_host_tenant_id", "tenant_host", ["tenant_id"], unique=False)
    op.create_table(
        "national_holiday",
        sa.Column("holiday_on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.CheckConstraint("category IN ('public','joint_leave')", name=op.f("ck_national_holiday_category")),
        sa.PrimaryKeyConstraint("holiday_on", name="pk_national_holiday"),
    )
    create_tenant_table(
        "local_holiday",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("holiday_on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_local_holiday"),
        sa.UniqueConstraint("tenant_id", "holiday_on", name="uq_local_holiday_tenant_id_holiday_on"),
    )
    create_tenant_table(
        "work_week",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("closes_at", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_work_week"),
        sa.UniqueConstraint("tenant_id", name="uq_work_week_tenant_id"),
    )
    create_tenant_table(
        "department",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_department"),
        sa.UniqueConstraint("tenant_id", "code", name="uq_department_tenant_id_code"),
    )
    create_tenant_table(
        "area",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("level IN (1, 2)", name=op.f("ck_area_level")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"], ["area.tenant_id", "area.id"], name="fk_area_tenant_id_parent_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_area"),
        sa.UniqueConstraint("tenant_id", "code", name="uq_area_tenant_id_code"),
    )
    op.create_index("ix_area_parent", "area", ["tenant_id", "parent_id"], unique=False)
    create_tenant_table(
        "officer",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_officer_email")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["department.tenant_id", "department.id"],
            name="fk_officer_tenant_id_department_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_officer"),
        sa.UniqueConstraint("tenant_id", "email", name="uq_officer_tenant_id_email"),
    )
    create_tenant_table(
        "audit_entry",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("remote_address", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_audit_entry"),
        grants=APPEND_ONLY,
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["tenant_id", "occurred_at"], unique=False)
    op.create_index("ix_audit_entry_subject", "audit_entry", ["tenant_id", "subject_id"], unique=False)
    create_tenant_table(
        "outbox_message",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending','delivered','rejected','given_up','skipped')",
            name=op.f("ck_outbox_message_state"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_outbox_message"),
        sa.UniqueConstraint("tenant_id", "dedupe_key", name="uq_outbox_message_tenant_id_dedupe_key"),
    )
    for name, columns in (("due", ["tenant_id", "due_at"]), ("sweep", ["due_at", "tenant_id"])):
        op.create_index(
            f"ix_outbox_message_{name}",
            "outbox_message",
            columns,
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
    op.create_index(
        "ix_outbox_message_subject", "outbox_message", ["tenant_id", "subject_id", "sequence"], unique=False
    )

    for name in ("tenant", "tenant_host", "national_holiday"):
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY everybody_reads ON {name} FOR SELECT USING (true)")
        op.execute(f"CREATE POLICY operator_writes ON {name} TO CURRENT_USER USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {name} TO {APP}")
    own = OWN_TENANT.replace("tenant_id", "id", 1)
    op.execute(f"CREATE POLICY own_tenant ON tenant FOR UPDATE TO {APP} USING ({own}) WITH CHECK ({own})")
    op.execute(
        "GRANT UPDATE (service_name, color, logo_key, phone, whatsapp, email, address, service_hours) "
        f"ON tenant TO {APP}"
    )
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP}, {RELAY}")
    let_relay_read("outbox_message", "id", "tenant_id", "due_at")


def downgrade() -> None:
    op.drop_table("outbox_message")
    op.drop_table("audit_entry")
    op.drop_table("officer")
    op.drop_table("area")
    op.drop_table("department")
    op.drop_table("work_week")
    op.drop_table("local_holiday")
    op.drop_table("national_holiday")
    op.drop_table("tenant_host")
    op.drop_table("tenant")
