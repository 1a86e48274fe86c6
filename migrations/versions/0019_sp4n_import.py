"""Files of the national side that are read in, row by row; when a linked report last changed there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import create_tenant_table, let_relay_read

revision = "0019"
down_revision = "0018"

_JSON = postgresql.JSONB(astext_type=sa.Text())
_UNDER_WAY = "state IN ('queued','reading','ready','applying')"


def upgrade() -> None:
    create_tenant_table(
        "sp4n_import",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued','reading','ready','applying','done','refused','cancelled')",
            name=op.f("ck_sp4n_import_state"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_import"),
    )
    op.create_index(
        "ix_sp4n_import_under_way",
        "sp4n_import",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text(_UNDER_WAY),
    )
    let_relay_read("sp4n_import", "tenant_id", "state", "leased_until")
    create_tenant_table(
        "sp4n_import_row",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payload", _JSON, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('new','changed','equal','skipped','unreadable')", name=op.f("ck_sp4n_import_row_kind")
        ),
        sa.CheckConstraint("state IN ('todo','finished')", name=op.f("ck_sp4n_import_row_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["sp4n_import.tenant_id", "sp4n_import.id"],
            name="fk_sp4n_import_row_tenant_id_import_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sp4n_import_row"),
        sa.UniqueConstraint(
            "tenant_id", "import_id", "position", name="uq_sp4n_import_row_tenant_id_import_id_position"
        ),
    )
    op.create_index(
        "ix_sp4n_import_row_kind", "sp4n_import_row", ["tenant_id", "import_id", "kind", "position"]
    )
    op.create_index(
        "ix_sp4n_import_row_todo",
        "sp4n_import_row",
        ["tenant_id", "import_id", "position"],
        postgresql_where=sa.text("state = 'todo'"),
    )
    op.add_column("sp4n_link", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("sp4n_link", "changed_at")
    op.drop_table("sp4n_import_row")
    op.drop_table("sp4n_import")
