"""How a migration makes and fills a city's tables: row security, grants and composite keys, never by hand.

Under FORCE the owner too sees no row without a tenant: a bare UPDATE touches nothing, in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

APP, RELAY = "satuaduan_app", "satuaduan_relay"
OWN_TENANT = "tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::int"
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
APPEND_ONLY = "SELECT, INSERT"


def create_tenant_table(name: str, *columns: Any, grants: str = EVERYTHING) -> None:
    """A table with tenant_id first in its key, row security with both clauses, and the app's grants."""
    table = op.create_table(name, *columns)
    key = [column.name for column in table.primary_key.columns]
    if key[0] != "tenant_id":
        raise ValueError(f"{name}: the primary key must begin with tenant_id")
    secure_table(name)
    op.execute(f"GRANT {grants} ON {name} TO {APP}")


def secure_table(name: str, condition: str = OWN_TENANT) -> None:
    """Both flags, and one policy with USING and WITH CHECK. Without a tenant bound there are no rows."""
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_tenant ON {name} USING ({condition}) WITH CHECK ({condition})")


def let_relay_read(name: str, *columns: str) -> None:
    """The relay finds due tenants: these columns of all rows, nothing else."""
    op.execute(f"GRANT SELECT ({', '.join(columns)}) ON {name} TO {RELAY}")
    op.execute(f"CREATE POLICY relay_reads ON {name} FOR SELECT TO {RELAY} USING (true)")


def each_tenant() -> Iterator[int]:
    """Bind each tenant in turn, for backfills."""
    connection = op.get_bind()
    for tenant_id in connection.scalars(sa.text("SELECT id FROM tenant ORDER BY id")).all():
        connection.exec_driver_sql(f"SET LOCAL app.tenant_id = '{int(tenant_id)}'")
        yield int(tenant_id)
    connection.exec_driver_sql("SET LOCAL app.tenant_id = ''")
