"""Runs migrations as the tables' owner, one lock at a time and never long."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

LOCK_KEY = 7_246_113
metadata = current_app.extensions["migrate"].db.metadata


def run() -> None:
    settings = current_app.extensions["settings"]
    if settings.database_owner_url is None:
        raise SystemExit("DATABASE_OWNER_URL belum diisi: migrasi berjalan sebagai pemilik tabel")
    engine = create_engine(settings.database_owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        # First the turn, for which a second migrator waits as long as the first one takes; then the limit.
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK_KEY})"))
        connection.execute(text("SET lock_timeout = '2s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text(f"SELECT pg_advisory_unlock({LOCK_KEY})"))
        connection.commit()


run()
