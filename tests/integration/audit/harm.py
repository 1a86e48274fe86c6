"""Recording, harming a city's record past every guard, and putting it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql

from complaints.queries import integrity
from core import audit
from core.db.tenancy import tenant_scope
from tests.conftest import City

Superuser = psycopg.Connection[Any]


def record(action: str, **detail: Any) -> None:
    audit.record(action, actor_id=None, actor_name="operator", **detail)


def faults(app: Flask, city: City) -> list[str]:
    with tenant_scope(city.id, app):
        return [fault.message for fault in integrity.check().faults]


TABLES = ("audit_entry", "complaint_event", "complaint", "audit_head")


@contextmanager
def restored(superuser: Superuser, city: City) -> Iterator[None]:
    """Whatever the block does to the city's record is put back."""
    for table in TABLES:
        superuser.execute(
            sql.SQL("CREATE TEMP TABLE {} AS SELECT * FROM {} WHERE tenant_id = {}").format(
                sql.Identifier(f"kept_{table}"), sql.Identifier(table), city.id
            )
        )
    try:
        yield
    finally:
        for table in TABLES:
            names = [sql.Identifier(table), sql.Literal(city.id), sql.Identifier(f"kept_{table}")]
            superuser.execute(sql.SQL("DELETE FROM {} WHERE tenant_id = {}").format(*names[:2]))
            superuser.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(names[0], names[2]))
            superuser.execute(sql.SQL("DROP TABLE {}").format(names[2]))


REMOVALS = {
    "the first audit entry": "DELETE FROM audit_entry WHERE tenant_id = {t} AND sequence = 1",
    "a seal": "DELETE FROM audit_entry WHERE tenant_id = {t} AND action = 'history.sealed'",
    "the last audit entry": "DELETE FROM audit_entry WHERE tenant_id = {t} AND sequence = {last}",
    "the last audit entry, with the head put back": "DELETE FROM audit_entry WHERE tenant_id = {t} AND"
    " sequence = {last}; UPDATE audit_head SET sequence = sequence - 1, hash = (SELECT hash FROM audit_entry"
    " WHERE tenant_id = {t} AND sequence = {last} - 1) WHERE tenant_id = {t}",
    "the head": "DELETE FROM audit_head WHERE tenant_id = {t}",
    "every audit entry": "DELETE FROM audit_entry WHERE tenant_id = {t}",
    "the first entry of a history": "DELETE FROM complaint_event WHERE tenant_id = {t} AND"
    " complaint_id = {c} AND sequence = 1",
    "a middle entry of a history": "DELETE FROM complaint_event WHERE tenant_id = {t} AND"
    " complaint_id = {c} AND sequence = 2",
    "the last entry of a history": "DELETE FROM complaint_event WHERE tenant_id = {t} AND"
    " complaint_id = {c} AND sequence = 4",
    "a tail, with the case put back": "DELETE FROM complaint_event WHERE tenant_id = {t} AND"
    " complaint_id = {c} AND sequence > 2; UPDATE complaint SET last_event = 2, last_hash = (SELECT hash FROM"
    " complaint_event WHERE tenant_id = {t} AND complaint_id = {c} AND sequence = 2) WHERE id = {c}",
    "a whole history": "DELETE FROM complaint_event WHERE tenant_id = {t} AND complaint_id = {c}",
    "a case and its history": "DELETE FROM complaint_event WHERE tenant_id = {t} AND complaint_id = {c};"
    " DELETE FROM complaint WHERE id = {c}",
    "a case but not its history": "DELETE FROM complaint WHERE id = {c}",
    "all histories": "DELETE FROM complaint_event WHERE tenant_id = {t}; DELETE FROM complaint"
    " WHERE tenant_id = {t}",
}
