"""The audit is a chain with a head; histories are numbered in the order they are written, to be sealed."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from migrations.tenancy import create_tenant_table, each_tenant, let_relay_read

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for name, kind in (
        ("request_id", sa.Text()),
        ("sequence", sa.BigInteger()),
        ("key_id", sa.Text()),
        ("previous_hash", sa.Text()),
        ("hash", sa.Text()),
    ):
        op.add_column("audit_entry", sa.Column(name, kind, nullable=True))
    op.drop_index("ix_audit_entry_at", "audit_entry")
    op.create_index("ix_audit_entry_at", "audit_entry", ["tenant_id", "occurred_at", "id"])
    op.add_column(
        "complaint_event", sa.Column("ordinal", sa.BigInteger(), sa.Identity(always=False), nullable=False)
    )
    op.drop_index("ix_complaint_event_complaint", "complaint_event")  # the unique constraint has the same key
    op.create_index("ix_complaint_event_ordinal", "complaint_event", ["tenant_id", "ordinal"])
    op.create_index("ix_complaint_event_recorded", "complaint_event", ["tenant_id", "recorded_at", "id"])
    op.create_index(
        "ix_complaint_event_actor",
        "complaint_event",
        ["tenant_id", "actor_id", "recorded_at", "id"],
        postgresql_where=sa.text("actor_id IS NOT NULL"),
    )
    create_tenant_table(
        "audit_head",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("sealed_ordinal", sa.BigInteger(), nullable=False),
        sa.Column("noted_ordinal", sa.BigInteger(), nullable=True),
        sa.Column("noted_xid", sa.BigInteger(), nullable=True),
        sa.Column("seal_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intact_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_audit_head"),
        sa.UniqueConstraint("tenant_id", name="uq_audit_head_tenant_id"),
        grants="SELECT, INSERT, UPDATE",
    )
    let_relay_read("audit_head", "tenant_id", "sealed_ordinal", "seal_due_at", "check_due_at")
    let_relay_read("complaint_event", "tenant_id", "ordinal")
    _chain_what_is_there()
    for name in ("sequence", "key_id", "previous_hash", "hash"):
        op.alter_column("audit_entry", name, nullable=False)
    op.create_unique_constraint("uq_audit_entry_tenant_id_sequence", "audit_entry", ["tenant_id", "sequence"])


def downgrade() -> None:
    op.execute("DROP POLICY relay_reads ON complaint_event")
    op.execute("REVOKE SELECT (tenant_id, ordinal) ON complaint_event FROM satuaduan_relay")
    op.drop_table("audit_head")
    for index in ("actor", "recorded", "ordinal"):
        op.drop_index(f"ix_complaint_event_{index}", "complaint_event")
    op.drop_column("complaint_event", "ordinal")
    op.create_index(
        "ix_complaint_event_complaint", "complaint_event", ["tenant_id", "complaint_id", "sequence"]
    )
    op.drop_constraint("uq_audit_entry_tenant_id_sequence", "audit_entry")
    op.drop_index("ix_audit_entry_at", "audit_entry")
    op.create_index("ix_audit_entry_at", "audit_entry", ["tenant_id", "occurred_at"])
    for name in ("hash", "previous_hash", "key_id", "sequence", "request_id"):
        op.drop_column("audit_entry", name)


def _chain_what_is_there() -> None:
    """Entries written before get their place and their MAC, in the order of time; each city gets its head."""
    connection, masters = op.get_bind(), current_app.extensions["settings"].encryption_keys
    for tenant_id in each_tenant():
        rows = connection.execute(
            sa.text("SELECT * FROM audit_entry ORDER BY occurred_at, id").execution_options(yield_per=1000)
        ).mappings()
        place, last = 0, ""
        for page in rows.partitions():
            secret, key = (
                _derived(masters[0], "audit-chain"),
                _derived(masters[0], "audit-chain-id").hex()[:12],
            )
            changes = []
            for row in page:
                place += 1
                new = {"sequence": place, "key_id": key, "previous_hash": last}
                last = _mac(secret, ["entry", tenant_id, *({**row, **new}[name] for name in _CONTENT)])
                changes.append({**new, "hash": last, "t": tenant_id, "i": row["id"]})
            connection.execute(
                sa.text(
                    "UPDATE audit_entry SET sequence = :sequence, key_id = :key_id,"
                    " previous_hash = :previous_hash, hash = :hash WHERE tenant_id = :t AND id = :i"
                ),
                changes,
            )
        if place:
            connection.execute(
                sa.text(
                    "INSERT INTO audit_head (tenant_id, id, sequence, hash, key_id, mac, sealed_ordinal,"
                    " seal_due_at, check_due_at) VALUES (:t, gen_random_uuid(), :s, :h, :k, :m, 0, now(),"
                    " now())"
                ),
                {
                    "t": tenant_id,
                    "s": place,
                    "h": last,
                    "k": key,
                    "m": _mac(secret, ["head", tenant_id, place, last]),
                },
            )


#: what an entry's MAC covered when this was written
_CONTENT = (
    "sequence",
    "id",
    "occurred_at",
    "actor_id",
    "actor_name",
    "action",
    "subject_id",
    "remote_address",
    "request_id",
    "detail",
    "key_id",
    "previous_hash",
)


def _derived(master: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(master.encode())


def _mac(secret: bytes, content: list[Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)
