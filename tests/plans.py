"""Plans of the statements the application sends, asked of the server as the application's own role.

A statement is explained twice: for its own values, and as the generic plan a prepared statement ends up with.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql
from sqlalchemy.engine import Connection

from tests.statements import Sent

#: tables that grow with every report; none of them may ever be read through
GROWING = frozenset(
    (
        "complaint",
        "complaint_event",
        "attachment",
        "reporter",
        "tracking_access",
        "disposition",
        "rating",
        "sp4n_link",
        "outbox_message",
    )
)
_MARK = re.compile(r"%\((\w+)\)s")
_EXPLAINABLE = re.compile(r"^\s*(SELECT|UPDATE|DELETE|WITH|MERGE)\b", re.IGNORECASE)
_numbers = itertools.count()


@dataclass(slots=True)
class Plan:
    """What a plan reads of the growing tables: tables read through, indexes, rows looked at (where run)."""

    sql: str
    through: set[str] = field(default_factory=set)
    indexes: set[str] = field(default_factory=set)
    rows: int = 0


def is_explainable(sent: Sent) -> bool:
    """Whether the statement reads a growing table (locks, settings and inserts read none)."""
    words = set(re.findall(r"\w+", sent.sql))
    return bool(_EXPLAINABLE.match(sent.sql)) and bool(words & GROWING)


def plan_of(connection: Connection, sent: Sent, *, generic: bool) -> Plan:
    """The plan of a statement in the connection's transaction; what only reads is run, for its rows."""
    mode = "force_generic_plan" if generic else "force_custom_plan"
    connection.exec_driver_sql(f"SET LOCAL plan_cache_mode = {mode}")
    name = f"asked_{next(_numbers)}"
    given = sent.parameters or {}
    names = list(dict.fromkeys(_MARK.findall(sent.sql)))
    text = _MARK.sub(lambda found: f"${names.index(found[1]) + 1}", sent.sql).replace("%%", "%")
    cursor = connection.connection.cursor()
    cursor.execute(f"PREPARE {name} AS {text}".encode())
    values = _values([given[each] for each in names])
    reads = sent.sql.lstrip().upper().startswith(("SELECT", "WITH")) and "FOR UPDATE" not in sent.sql
    options = "ANALYZE, TIMING off, FORMAT json" if reads else "FORMAT json"
    cursor.execute(
        sql.SQL("EXPLAIN ({}) EXECUTE {}{}").format(sql.SQL(options), sql.Identifier(name), values)
    )
    found = cursor.fetchone()[0][0]["Plan"]  # type: ignore[index] # EXPLAIN gives one row
    cursor.execute(sql.SQL("DEALLOCATE {}").format(sql.Identifier(name)))
    return _read(Plan(sent.sql), found)


def _values(values: list[Any]) -> sql.Composed:
    if not values:
        return sql.Composed([])
    return sql.SQL("({})").format(sql.SQL(", ").join(sql.Literal(value) for value in values))


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _read(plan: Plan, root: Mapping[str, Any]) -> Plan:
    relation = ""
    for node in _nodes(root):
        relation = node.get("Relation Name", relation)
        if "Index Name" in node:
            plan.indexes.add(node["Index Name"])
        if node.get("Relation Name") not in GROWING:
            continue
        if node["Node Type"] in ("Seq Scan", "Sample Scan"):
            plan.through.add(node["Relation Name"])
        passed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        plan.rows += round((node.get("Actual Rows", 0) + passed) * node.get("Actual Loops", 1))
    return plan
