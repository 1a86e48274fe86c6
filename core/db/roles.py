"""Refusal of a database role that could look over the wall between cities.

Row-level security binds neither a superuser nor a BYPASSRLS role nor, were it not forced, the tables' owner.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

#: for the role and every role it may become (SET ROLE): the powers, and whether it owns a table here
_QUERY = """
SELECT coalesce(bool_or(r.rolsuper), false), coalesce(bool_or(r.rolbypassrls), false),
       coalesce(bool_or(r.oid IN (
           SELECT c.relowner FROM pg_class c
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p'))), false)
FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER')
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
