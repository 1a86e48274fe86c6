"""The case and its history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import APPEND_ONLY, create_tenant_table

revision = "0002"
down_revision = "0001"

_OPEN = (
    "received",
    "deferred",
    "verified",
    "assigned",
    "in_progress",
    "responded",
    "reporter_replied",
    "reopened",
)
OPEN = ", ".join(repr(status) for status in _OPEN)


def upgrade() -> None:
    create_tenant_table(
        "category",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort", sa.SmallInteger(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["department.tenant_id", "department.id"],
            name="fk_category_tenant_id_department_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_category"),
        sa.UniqueConstraint("tenant_id", "code", name="uq_category_tenant_id_code"),
    )
    create_tenant_table(
        "sla_rule",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("working_days", sa.SmallInteger(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.CheckConstraint("working_days BETWEEN 1 AND 366", name=op.f("ck_sla_rule_working_days")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sla_rule"),
        sa.UniqueConstraint(
            "tenant_id",
            "effective_from",
            "step",
            "classification",
            name="uq_sla_rule_tenant_id_effective_from_step_classification",
        ),
    )
    create_tenant_table(
        "answer_template",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_answer_template"),
        sa.UniqueConstraint("tenant_id", "code", name="uq_answer_template_tenant_id_code"),
    )
    create_tenant_table(
        "complaint",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("final_body", sa.Text(), nullable=True),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("incident_on", sa.Date(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=True),
        sa.Column("village_id", sa.Uuid(), nullable=True),
        sa.Column("landmark", sa.Text(), nullable=False),
        sa.Column("quadkey", sa.BigInteger(), nullable=True),
        sa.Column("is_anonymous", sa.Boolean(), nullable=False),
        sa.Column("is_confidential", sa.Boolean(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("verify_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("complete_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verify_days", sa.SmallInteger(), nullable=True),
        sa.Column("answer_days", sa.SmallInteger(), nullable=True),
        sa.Column("complete_days", sa.Integer(), nullable=True),
        sa.Column("reopened", sa.SmallInteger(), nullable=False),
        sa.Column("last_event", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.Column("external", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "classification IN ('supervised', 'unsupervised', 'aspiration', 'information_request')",
            name=op.f("ck_complaint_classification"),
        ),
        sa.CheckConstraint(
            "kind IN ('complaint', 'aspiration', 'information_request')", name=op.f("ck_complaint_kind")
        ),
        sa.CheckConstraint(
            f"status IN ({OPEN}, 'completed', 'declined', 'merged', 'archived')",
            name=op.f("ck_complaint_status"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "category_id"],
            ["category.tenant_id", "category.id"],
            name="fk_complaint_tenant_id_category_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["department.tenant_id", "department.id"],
            name="fk_complaint_tenant_id_department_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "district_id"],
            ["area.tenant_id", "area.id"],
            name="fk_complaint_tenant_id_district_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "handler_id"],
            ["officer.tenant_id", "officer.id"],
            name="fk_complaint_tenant_id_handler_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "merged_into_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_complaint_tenant_id_merged_into_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "village_id"],
            ["area.tenant_id", "area.id"],
            name="fk_complaint_tenant_id_village_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_complaint"),
        sa.UniqueConstraint("tenant_id", "form_key", name="uq_complaint_tenant_id_form_key"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_complaint_tenant_id_number"),
    )
    op.create_index(
        "ix_complaint_area_point",
        "complaint",
        ["tenant_id", "quadkey"],
        unique=False,
        postgresql_where=sa.text("quadkey IS NOT NULL"),
    )
    op.create_index(
        "ix_complaint_closed",
        "complaint",
        ["tenant_id", "closed_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'completed'"),
    )
    op.create_index(
        "ix_complaint_department",
        "complaint",
        ["tenant_id", "department_id", "status", "due_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_complaint_inbox",
        "complaint",
        ["tenant_id", "due_at", "id"],
        unique=False,
        postgresql_include=["status", "department_id"],
        postgresql_where=sa.text(f"status IN ({OPEN})"),
    )
    op.create_index("ix_complaint_received", "complaint", ["tenant_id", "received_at", "id"], unique=False)
    op.create_index("ix_complaint_status", "complaint", ["tenant_id", "status", "due_at", "id"], unique=False)
    create_tenant_table(
        "reporter",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_reporter_tenant_id_complaint_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_reporter"),
        sa.UniqueConstraint("tenant_id", "complaint_id", name="uq_reporter_tenant_id_complaint_id"),
    )
    op.create_index(
        "ix_reporter_phone",
        "reporter",
        ["tenant_id", "phone"],
        unique=False,
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    create_tenant_table(
        "tracking_access",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("pin_digest", sa.Text(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_tracking_access_tenant_id_complaint_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_tracking_access"),
        sa.UniqueConstraint("tenant_id", "complaint_id", name="uq_tracking_access_tenant_id_complaint_id"),
    )
    create_tenant_table(
        "attachment",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("thumbnail_key", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_attachment_tenant_id_complaint_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_attachment"),
    )
    op.create_index("ix_attachment_complaint", "attachment", ["tenant_id", "complaint_id"], unique=False)
    op.create_index(
        "ix_attachment_form",
        "attachment",
        ["tenant_id", "form_key"],
        unique=False,
        postgresql_where=sa.text("complaint_id IS NULL"),
    )
    create_tenant_table(
        "complaint_event",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('reporter','officer','system','sp4n')", name=op.f("ck_complaint_event_actor_kind")
        ),
        sa.CheckConstraint("visibility IN ('public','internal')", name=op.f("ck_complaint_event_visibility")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_complaint_event_tenant_id_complaint_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_complaint_event"),
        sa.UniqueConstraint(
            "tenant_id", "complaint_id", "sequence", name="uq_complaint_event_tenant_id_complaint_id_sequence"
        ),
        grants=APPEND_ONLY,
    )
    op.create_index(
        "ix_complaint_event_complaint",
        "complaint_event",
        ["tenant_id", "complaint_id", "sequence"],
        unique=False,
    )
    create_tenant_table(
        "disposition",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("instructions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("assigned_by", sa.Uuid(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "urgency IN ('normal','urgent','very_urgent')", name=op.f("ck_disposition_urgency")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_disposition_tenant_id_complaint_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["department.tenant_id", "department.id"],
            name="fk_disposition_tenant_id_department_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_disposition"),
    )
    op.create_index("ix_disposition_complaint", "disposition", ["tenant_id", "complaint_id"], unique=False)
    create_tenant_table(
        "rating",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("solved", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("solved IN ('yes','partly','no')", name=op.f("ck_rating_solved")),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_rating_score")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_rating_tenant_id_complaint_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_rating"),
        sa.UniqueConstraint(
            "tenant_id", "complaint_id", "round", name="uq_rating_tenant_id_complaint_id_round"
        ),
    )


def downgrade() -> None:
    op.drop_table("rating")
    op.drop_table("disposition")
    op.drop_table("complaint_event")
    op.drop_table("attachment")
    op.drop_table("tracking_access")
    op.drop_table("reporter")
    op.drop_table("complaint")
    op.drop_table("answer_template")
    op.drop_table("sla_rule")
    op.drop_table("category")
