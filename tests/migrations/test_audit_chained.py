"""Entries written before the audit was a chain are chained by its migration, as the application does it."""

from __future__ import annotations

from dataclasses import replace

from cryptography.fernet import Fernet
from sqlalchemy import text

from core.audit import chain
from tests.migrations.conftest import Database


def test_what_was_recorded_before_is_chained(database: Database) -> None:
    settings = replace(database.app.extensions["settings"], encryption_keys=(Fernet.generate_key().decode(),))
    database.app.extensions["settings"] = settings
    database.upgrade("0011")
    with database.owner.begin() as connection:
        for number in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO tenant (id, kind, code, slug, letters, name, short_name, status, timezone,"
                    " service_name, color, created_at) VALUES (:n, 'kota', :code, :slug, :letters, 'Kota',"
                    " 'K', 'active', 'Asia/Jakarta', 'Aduan', '#000000', now())"
                ),
                {
                    "n": number,
                    "code": f"1{number}.01",
                    "slug": f"kota-{number}x",
                    "letters": ("AAA", "AAB")[number - 1],
                },
            )
        connection.exec_driver_sql("SET LOCAL app.tenant_id = '1'")
        connection.execute(
            text(
                "INSERT INTO audit_entry (tenant_id, id, occurred_at, actor_name, action, detail)"
                " SELECT 1, gen_random_uuid(), now() - make_interval(mins => n), 'Rina', 'uji',"
                ' \'{"old": {"a": 1.5}, "new": "é"}\' FROM generate_series(1, 1200) n'
            )
        )
    database.upgrade("0012")
    signing = chain.keys_from(settings.encryption_keys)
    secret = signing.secrets[signing.newest]
    with database.owner.begin() as connection:
        connection.exec_driver_sql("SET LOCAL app.tenant_id = '1'")
        rows = connection.execute(text("SELECT * FROM audit_entry ORDER BY sequence")).mappings().all()
        assert [row["sequence"] for row in rows] == list(range(1, 1201))
        assert [row["occurred_at"] for row in rows] == sorted(row["occurred_at"] for row in rows)
        previous = ""
        for row in rows:
            assert (row["previous_hash"], row["key_id"]) == (previous, signing.newest)
            assert row["hash"] == chain.entry_mac(secret, 1, row)  # type: ignore[arg-type] # keys are text
            previous = row["hash"]
        (head,) = connection.execute(text("SELECT * FROM audit_head")).mappings()
        assert (head["sequence"], head["hash"]) == (1200, previous)
        assert head["mac"] == chain.head_mac(secret, 1, 1200, previous)
        connection.exec_driver_sql("SET LOCAL app.tenant_id = '2'")
        assert connection.execute(text("SELECT count(*) FROM audit_head")).scalar_one() == 0
