"""What a city says of its connection: header forms, directions, what is sent of whom, how fast."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_CHECKS = {
    "text_sent": "text_sent IN ('initial','final')",
    "send_anonymous": "send_anonymous IN ('no','without_identity')",
    "requests_per_minute": "requests_per_minute BETWEEN 1 AND 6000",
}


def upgrade() -> None:
    for column, default in (
        (sa.Column("auth_format", sa.Text(), nullable=False), "{secret}"),
        (sa.Column("token_header", sa.Text(), nullable=False), "token"),
        (sa.Column("sends", sa.Boolean(), nullable=False), "true"),
        (sa.Column("receives", sa.Boolean(), nullable=False), "true"),
        (sa.Column("lists_incoming", sa.Boolean(), nullable=False), "true"),
        (sa.Column("text_sent", sa.Text(), nullable=False), "final"),
        (sa.Column("send_anonymous", sa.Text(), nullable=False), "without_identity"),
        (sa.Column("send_confidential", sa.Boolean(), nullable=False), "true"),
        (sa.Column("requests_per_minute", sa.Integer(), nullable=False), "300"),
    ):
        column.server_default = sa.DefaultClause(default)
        op.add_column("sp4n_settings", column)
        op.alter_column("sp4n_settings", column.name, server_default=None)
    for name in ("auth_changed_at", "token_changed_at"):
        op.add_column("sp4n_settings", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("sp4n_settings", sa.Column("callback_secret", sa.Text(), nullable=True))
    for name, condition in _CHECKS.items():
        op.execute(
            f"ALTER TABLE sp4n_settings ADD CONSTRAINT ck_sp4n_settings_{name} CHECK ({condition}) NOT VALID"
        )
        op.execute(f"ALTER TABLE sp4n_settings VALIDATE CONSTRAINT ck_sp4n_settings_{name}")
    op.execute("GRANT SELECT (sends, receives) ON sp4n_settings TO satuaduan_relay")


def downgrade() -> None:
    for name in (
        "auth_format", "token_header", "sends", "receives", "lists_incoming", "text_sent", "send_anonymous",
        "send_confidential", "requests_per_minute", "auth_changed_at", "token_changed_at", "callback_secret",
    ):  # fmt: skip
        op.drop_column("sp4n_settings", name)
