"""The whole casework: approval, copies, pauses, parents, moves, escalation, undo."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import create_tenant_table

revision = "0007"
down_revision = "0006"

_BEFORE = (
    "received",
    "deferred",
    "verified",
    "assigned",
    "in_progress",
    "responded",
    "reporter_replied",
    "reopened",
)
_AFTER = (*_BEFORE[:5], "proposed", *_BEFORE[5:])
_JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _open_statuses(_AFTER)
    for column in (
        sa.Column("copied_to", _JSON, nullable=False, server_default="[]"),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("internal_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intervals", _JSON, nullable=False, server_default="[]"),
        sa.Column("escalation_level", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposal", _JSON, nullable=True),
        sa.Column("moved", _JSON, nullable=True),
        sa.Column("undo", _JSON, nullable=True),
    ):
        op.add_column("complaint", column)
    for name in ("copied_to", "intervals", "escalation_level"):
        op.alter_column("complaint", name, server_default=None)
    op.execute(
        "ALTER TABLE complaint ADD CONSTRAINT fk_complaint_tenant_id_parent_id"
        " FOREIGN KEY (tenant_id, parent_id) REFERENCES complaint (tenant_id, id) NOT VALID"
    )
    op.execute("ALTER TABLE complaint VALIDATE CONSTRAINT fk_complaint_tenant_id_parent_id")
    for name, column in (("ix_complaint_merged", "merged_into_id"), ("ix_complaint_parent", "parent_id")):
        op.create_index(
            name, "complaint", ["tenant_id", column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    op.create_index(
        "ix_complaint_escalation",
        "complaint",
        ["escalate_at", "tenant_id"],
        postgresql_where=sa.text("escalate_at IS NOT NULL"),
    )
    op.execute("GRANT SELECT (escalate_at) ON complaint TO satuaduan_relay")
    op.add_column("disposition", sa.Column("event_id", sa.Uuid(), nullable=True))
    op.add_column(
        "disposition", sa.Column("is_copy", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("disposition", "is_copy", server_default=None)
    op.add_column("disposition", sa.Column("internal_due_on", sa.Date(), nullable=True))
    create_tenant_table(
        "casework_settings",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("reopen_working_days", sa.SmallInteger(), nullable=False),
        sa.Column("most_reopenings", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "reopen_working_days BETWEEN 1 AND 366", name=op.f("ck_casework_settings_reopen_working_days")
        ),
        sa.CheckConstraint(
            "most_reopenings BETWEEN 0 AND 20", name=op.f("ck_casework_settings_most_reopenings")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_casework_settings"),
        sa.UniqueConstraint("tenant_id", name="uq_casework_settings_tenant_id"),
    )


def downgrade() -> None:
    op.drop_table("casework_settings")
    for column in ("event_id", "is_copy", "internal_due_on"):
        op.drop_column("disposition", column)
    op.execute("REVOKE SELECT (escalate_at) ON complaint FROM satuaduan_relay")
    for index in ("ix_complaint_escalation", "ix_complaint_parent", "ix_complaint_merged"):
        op.drop_index(index, "complaint")
    for column in (
        "copied_to",
        "parent_id",
        "accepted_at",
        "internal_due_at",
        "resolution_from",
        "intervals",
        "escalation_level",
        "escalate_at",
        "proposal",
        "moved",
        "undo",
    ):
        op.drop_column("complaint", column)
    _open_statuses(_BEFORE)


def _open_statuses(statuses: tuple[str, ...]) -> None:
    """The check of `status` and the inbox's partial index name the open statuses."""
    listed = ", ".join(repr(status) for status in statuses)
    op.execute("ALTER TABLE complaint DROP CONSTRAINT ck_complaint_status")
    op.execute(
        "ALTER TABLE complaint ADD CONSTRAINT ck_complaint_status"
        f" CHECK (status IN ({listed}, 'completed', 'declined', 'merged', 'archived')) NOT VALID"
    )
    op.execute("ALTER TABLE complaint VALIDATE CONSTRAINT ck_complaint_status")
    op.drop_index("ix_complaint_inbox", "complaint")
    op.create_index(
        "ix_complaint_inbox",
        "complaint",
        ["tenant_id", "due_at", "id"],
        postgresql_include=["status", "department_id"],
        postgresql_where=sa.text(f"status IN ({listed})"),
    )
