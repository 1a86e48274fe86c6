"""Answers and evidence: templates by category, fingerprints of answers and photos, mentions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import create_tenant_table

revision = "0013"
down_revision = "0012"

_NOT_SEEN = sa.text("seen_at IS NULL")


def upgrade() -> None:
    _templates()
    op.add_column(
        "category", sa.Column("needs_after_photo", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("category", "needs_after_photo", server_default=None)
    for column in ("original_sha256", "seen_in", "seen_how"):
        op.add_column("attachment", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("attachment", sa.Column("look", sa.BigInteger(), nullable=True))
    op.create_check_constraint("seen_how", "attachment", "seen_how IN ('same','alike')")
    op.create_index(
        "ix_attachment_original",
        "attachment",
        ["tenant_id", "original_sha256"],
        postgresql_where=sa.text("original_sha256 IS NOT NULL"),
    )
    op.create_index(
        "ix_reporter_email", "reporter", ["tenant_id", "email"], postgresql_where=sa.text("email IS NOT NULL")
    )
    _photo_band()
    op.add_column("complaint", sa.Column("answer_print", sa.Text(), nullable=True))
    op.create_index(
        "ix_complaint_answer_print",
        "complaint",
        ["tenant_id", "answer_print"],
        postgresql_where=sa.text("answer_print IS NOT NULL"),
    )
    _mention()


def _templates() -> None:
    op.add_column("answer_template", sa.Column("category_id", sa.Uuid(), nullable=True))
    op.add_column("answer_template", sa.Column("status", sa.Text(), nullable=True))
    op.add_column(
        "answer_template", sa.Column("sort", sa.SmallInteger(), nullable=False, server_default="100")
    )
    op.add_column(
        "answer_template", sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    for column in ("sort", "is_active"):
        op.alter_column("answer_template", column, server_default=None)
    op.create_foreign_key(
        op.f("fk_answer_template_tenant_id_category_id"),
        "answer_template",
        "category",
        ["tenant_id", "category_id"],
        ["tenant_id", "id"],
    )


def _photo_band() -> None:
    create_tenant_table(
        "photo_band",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_photo_band"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "attachment_id"],
            ["attachment.tenant_id", "attachment.id"],
            name="fk_photo_band_tenant_id_attachment_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_photo_band_band", "photo_band", ["tenant_id", "band", "attachment_id"])
    op.create_index("ix_photo_band_attachment", "photo_band", ["tenant_id", "attachment_id"])


def _mention() -> None:
    create_tenant_table(
        "mention",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_mention"),
        sa.UniqueConstraint(
            "tenant_id", "officer_id", "event_id", name="uq_mention_tenant_id_officer_id_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "officer_id"],
            ["officer.tenant_id", "officer.id"],
            name="fk_mention_tenant_id_officer_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_mention_tenant_id_complaint_id",
        ),
    )
    op.create_index("ix_mention_officer", "mention", ["tenant_id", "officer_id", "created_at", "id"])
    op.create_index("ix_mention_unseen", "mention", ["tenant_id", "officer_id"], postgresql_where=_NOT_SEEN)


def downgrade() -> None:
    for table in ("mention", "photo_band"):
        op.drop_table(table)
    op.drop_index("ix_complaint_answer_print", "complaint")
    op.drop_column("complaint", "answer_print")
    op.drop_index("ix_reporter_email", "reporter")
    op.drop_index("ix_attachment_original", "attachment")
    for column in ("look", "seen_how", "seen_in", "original_sha256"):
        op.drop_column("attachment", column)
    op.drop_column("category", "needs_after_photo")
    op.drop_constraint(op.f("fk_answer_template_tenant_id_category_id"), "answer_template")
    for column in ("is_active", "sort", "status", "category_id"):
        op.drop_column("answer_template", column)
