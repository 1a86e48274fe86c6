"""Writing many rows, and finding many by their keys, with few statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, FromClause, Text, bindparam, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db.base import TenantScoped
from core.db.tenancy import bound_tenant_id
from core.ids import uuid7


def add_many(session: Session, rows: Sequence[TenantScoped]) -> None:
    """Insert new rows of the bound tenant, a statement sent ahead for each kind of row, in their order.

    Keys are given here and not asked back: an INSERT that returns them is one statement of a thousand rows,
    whose text takes longer to make than the rows to store.
    """
    tenant_id = bound_tenant_id()
    for row in rows:
        row.tenant_id = tenant_id
        row.id = vars(row).get("id") or uuid7()
    session.add_all(rows)
    session.flush()


def each_found(
    key: InstrumentedAttribute[str], *columns: ColumnElement[Any] | InstrumentedAttribute[Any], given: str
) -> tuple[FromClause, FromClause]:
    """A clause to select from, and its columns: the rows whose `key`, which a unique index leads to, is one
    of the texts in the array bound as `given`.

    Each is looked up by itself. `key = ANY(array)` reads the whole table as soon as the planner takes that
    for cheaper, and compares every row with every text.
    """
    texts = func.unnest(bindparam(given, type_=ARRAY(Text))).table_valued("text", name=f"{given}_given")
    found = select(key, *columns).where(key == texts.c.text).limit(1).lateral()
    return texts.join(found, true()), found
