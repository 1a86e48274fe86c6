"""Refusal of a database role that could look over the wall between cities.

Row-level security binds neither a superuser nor a BYPASSRLS role nor, were it not forced, the tables' owner.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

_QUERY = """
SELECT r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relowner = r.oid)
FROM pg_roles r WHERE r.rolname = current_user
"""


class UnsafeRole(RuntimeError):
    """The configured role may not serve requests."""


def guard(engine: Engine, *, may_own: bool = False) -> None:
    """Check the role on every new physical connection. Raises UnsafeRole from the connect."""

    @event.listens_for(engine, "connect")
    def _check(dbapi_connection: Any, _record: object) -> None:
        with dbapi_connection.cursor() as cursor:
            superuser, bypass, owner = cursor.execute(_QUERY).fetchone()
        dbapi_connection.rollback()
        if superuser or bypass:
            raise UnsafeRole(
                "Peran basis data adalah superuser atau BYPASSRLS: isolasi antarkota tidak berlaku."
            )
        if owner and not may_own:
            raise UnsafeRole(
                "Peran basis data adalah pemilik tabel: pakai peran aplikasi, bukan peran pemilik."
            )
