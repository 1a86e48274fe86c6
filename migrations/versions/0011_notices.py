"""Messages to reporters and officers: settings, texts, deliveries, wishes; topics for the relay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tenancy import create_tenant_table, each_tenant, let_relay_read

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    _settings()
    _notice()
    create_tenant_table(
        "notice_text",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("form IN ('mail','short')", name=op.f("ck_notice_text_form")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_notice_text"),
        sa.UniqueConstraint("tenant_id", "code", "form", name="uq_notice_text_tenant_id_code_form"),
    )
    create_tenant_table(
        "notice_preference",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("wants_notices", sa.Boolean(), nullable=False),
        sa.Column("wants_digest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "officer_id"],
            ["officer.tenant_id", "officer.id"],
            name="fk_notice_preference_tenant_id_officer_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_notice_preference"),
        sa.UniqueConstraint("tenant_id", "officer_id", name="uq_notice_preference_tenant_id_officer_id"),
    )
    op.execute("GRANT SELECT (topic) ON outbox_message TO satuaduan_relay")
    let_relay_read("messaging_settings", "tenant_id", "next_digest_at")
    for _ in each_tenant():
        op.execute(
            "INSERT INTO messaging_settings (tenant_id, id, mail_on, sms_on, whatsapp_on, quiet_from,"
            " quiet_until, digest_on, digest_at, next_digest_at)"
            " VALUES (current_setting('app.tenant_id')::int, gen_random_uuid(), true, false, false,"
            " '20:00', '07:00', true, '07:00', now())"
        )


def _settings() -> None:
    create_tenant_table(
        "messaging_settings",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mail_on", sa.Boolean(), nullable=False),
        sa.Column("from_name", sa.Text(), nullable=True),
        sa.Column("from_address", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        *(
            sa.Column(f"{channel}_{name}", kind, nullable=name != "on")
            for channel in ("sms", "whatsapp")
            for name, kind in (
                ("on", sa.Boolean()),
                ("url", sa.Text()),
                ("header", sa.Text()),
                ("secret", sa.Text()),
            )
        ),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.Column("digest_on", sa.Boolean(), nullable=False),
        sa.Column("digest_at", sa.Time(), nullable=False),
        sa.Column("next_digest_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_messaging_settings"),
        sa.UniqueConstraint("tenant_id", name="uq_messaging_settings_tenant_id"),
    )
    op.create_index("ix_messaging_settings_digest", "messaging_settings", ["next_digest_at"])


def _notice() -> None:
    create_tenant_table(
        "notice",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_kind", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("link_digest", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("recipient_kind IN ('reporter','officer')", name=op.f("ck_notice_recipient_kind")),
        sa.CheckConstraint("channel IN ('email','sms','whatsapp')", name=op.f("ck_notice_channel")),
        sa.CheckConstraint(
            "state IN ('queued','sent','failed','cancelled','skipped')", name=op.f("ck_notice_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "complaint_id"],
            ["complaint.tenant_id", "complaint.id"],
            name="fk_notice_tenant_id_complaint_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "officer_id"],
            ["officer.tenant_id", "officer.id"],
            name="fk_notice_tenant_id_officer_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_notice"),
        sa.UniqueConstraint("tenant_id", "link_digest", name="uq_notice_tenant_id_link_digest"),
    )
    op.create_index("ix_notice_complaint", "notice", ["tenant_id", "complaint_id", "created_at"])
    op.create_index("ix_notice_event", "notice", ["tenant_id", "event_id"])


def downgrade() -> None:
    op.execute("REVOKE SELECT (topic) ON outbox_message FROM satuaduan_relay")
    for table in ("notice_preference", "notice_text", "notice", "messaging_settings"):
        op.drop_table(table)
