"""The clock: office spans by weekday, the pauses of cases that exist, and what waits to be counted anew."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.tenancy import create_tenant_table, each_tenant, let_relay_read

revision = "0008"
down_revision = "0007"

_JSON = postgresql.JSONB(astext_type=sa.Text())
_DAY = [["07:30", "12:00"], ["13:00", "16:00"]]
_HOURS = {**{str(weekday): _DAY for weekday in range(4)}, "4": [["07:30", "11:30"], ["13:00", "16:30"]]}
_PAUSED = "('deferred', 'responded', 'completed')"

#: the history tells when a case began to wait for its reporter and when it was an officer's turn again
_PAUSES = f"""
WITH crossing AS (
  SELECT complaint_id, id, to_status, occurred_at,
         lead(occurred_at) OVER (PARTITION BY complaint_id ORDER BY sequence) AS until
  FROM complaint_event
  WHERE from_status IS NOT NULL AND (from_status IN {_PAUSED}) <> (to_status IN {_PAUSED})
), pause AS (
  SELECT complaint_id, jsonb_agg(jsonb_build_object(
           'kind', 'pause', 'event', id, 'from', occurred_at, 'until', until,
           'step', CASE to_status WHEN 'deferred' THEN 'clarification' WHEN 'responded' THEN 'auto_close' END,
           'why', CASE to_status WHEN 'deferred' THEN 'menunggu keterangan pelapor'
                  WHEN 'responded' THEN 'menunggu pelapor setelah tanggapan' ELSE 'laporan selesai' END
         ) ORDER BY occurred_at) AS intervals
  FROM crossing WHERE to_status IN {_PAUSED} GROUP BY complaint_id
)
UPDATE complaint SET intervals = pause.intervals FROM pause WHERE pause.complaint_id = complaint.id
"""


def upgrade() -> None:
    op.add_column("work_week", sa.Column("hours", _JSON, nullable=True))
    create_tenant_table(
        "recount",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("causes", _JSON, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=True),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_recount"),
    )
    op.create_index(
        "ix_recount_waiting", "recount", ["tenant_id"], postgresql_where=sa.text("finished_at IS NULL")
    )
    let_relay_read("recount", "tenant_id", "finished_at")
    hours = json.dumps(_HOURS)
    for _ in each_tenant():
        # a city that closes at another hour has set its own week; only the usual one becomes the default
        op.execute(
            sa.text(
                "UPDATE work_week SET hours = CAST(:hours AS jsonb)"
                " WHERE closes_at = '16:00' AND days = '01234'"
            ).bindparams(hours=hours)
        )
        op.execute(_PAUSES)
        op.execute(
            "UPDATE complaint SET resolution_from = last.at FROM"
            " (SELECT complaint_id, max(occurred_at) AS at FROM complaint_event"
            "  WHERE act = 'reopen' GROUP BY 1) last"
            " WHERE last.complaint_id = complaint.id AND complaint.reopened > 0"
        )
        # open cases follow from their facts alone now; the worker writes their dates anew
        op.execute(
            "INSERT INTO recount (tenant_id, id, causes, requested_at, moved)"
            " SELECT tenant_id, gen_random_uuid(), '[\"Jam kantor per hari\"]', now(), 0"
            " FROM complaint LIMIT 1"
        )


def downgrade() -> None:
    op.drop_table("recount")
    op.drop_column("work_week", "hours")
    for _ in each_tenant():
        op.execute("UPDATE complaint SET intervals = '[]', resolution_from = NULL")
