"""Writes a population as the tables' owner, one city at a time: row security binds the owner, too.

COPY refuses tables under row security, so it goes to temporary tables, and from there with INSERT … SELECT.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from math import log

import psycopg
from psycopg import sql

from bench.cities import Ground
from bench.columns import COLUMNS, CONSTANT
from bench.population import Lines, Population
from core import clock

BATCH = 4_000
Connection = psycopg.Connection[tuple[object, ...]]
#: reports of the largest city for one of the smallest
SKEW = 1_000


def shares(total: int, cities: int) -> list[int]:
    """How many of the reports each city has: Zipf, from the first, SKEW times the last, down."""
    if cities == 1:
        return [total]
    exponent = _exponent(cities)
    weights = [(rank + 1) ** -exponent for rank in range(cities)]
    whole = sum(weights)
    return [max(1, round(total * weight / whole)) for weight in weights]


def _exponent(cities: int) -> float:
    return log(SKEW) / log(cities) if cities > 8 else 2.0


def connect(owner_url: str) -> Connection:
    """The owner's own connection; `owner_url` as SQLAlchemy writes it."""
    return psycopg.connect(owner_url.replace("+psycopg", "", 1), autocommit=True)


def load(
    connection: Connection,
    ground: Ground,
    count: int,
    pin_key: bytes,
    *,
    now: datetime | None = None,
) -> None:
    """Add `count` reports to a city, with everything that belongs to them, keys checked as ever."""
    population = Population(ground, pin_key, now or clock.now())
    for table, columns in COLUMNS.items():
        connection.execute(
            sql.SQL(
                "CREATE TEMP TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS AS SELECT {} FROM {} LIMIT 0"
            ).format(_staged(table), _names(columns), sql.Identifier(table))
        )
    with ThreadPoolExecutor(1) as server:  # the server writes one part while the next one is made
        written: Future[None] | None = None
        for lines in population.batches(count, BATCH):
            if written is not None:
                written.result()
            written = server.submit(_write, connection, ground.tenant_id, lines)
        if written is not None:
            written.result()


def _write(connection: Connection, tenant_id: int, lines: Lines) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET LOCAL app.tenant_id = {}").format(str(tenant_id)))
        for table, columns in COLUMNS.items():
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(_staged(table))) as copy:
                copy.write("".join(lines.of[table]))
            same = CONSTANT.get(table, {})
            cursor.execute(
                sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
                    sql.Identifier(table),
                    _names((*columns, *same)),
                    sql.SQL(", ").join([sql.SQL("*"), *(sql.SQL(value) for value in same.values())]),
                    _staged(table),
                )
            )


def _staged(table: str) -> sql.Identifier:
    return sql.Identifier(f"staged_{table}")


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


#: what fills itself: the words to search by
FOLLOWING = ("complaint_search",)


def settle(connection: Connection, tables: Sequence[str] = (*COLUMNS, *FOLLOWING)) -> None:
    """What autovacuum does sooner or later: statistics for the planner, visibility for index-only scans."""
    for table in tables:
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


def has_reports(connection: Connection, tenant_id: int) -> bool:
    """Whether the city was filled before."""
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL app.tenant_id = {}").format(str(tenant_id)))
        return connection.execute("SELECT EXISTS (SELECT FROM complaint)").fetchone() == (True,)
