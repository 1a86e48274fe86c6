"""What must hold afterwards, counted on both sides by means the product does not use itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import select

from bench.chaos.ground import Ground
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from sp4n.parity import run as parity
from sp4n.parity.models import Parity

_SERIAL = re.compile(r"#(\d+)#")
_SENT = """
SELECT m.subject_id::text, e.text FROM outbox_message m
JOIN complaint_event e ON e.tenant_id = m.tenant_id AND e.id = (m.payload->>'event_id')::uuid
WHERE m.topic = 'sp4n.follow_up' AND m.state = 'delivered' ORDER BY m.sequence
"""
_REPORTS = """
SELECT c.id::text, c.number, l.external_id, c.channel FROM complaint c
LEFT JOIN sp4n_link l ON l.tenant_id = c.tenant_id AND l.complaint_id = c.id
"""
_LEFT = """
SELECT topic || ' ' || state, count(*) FROM outbox_message
WHERE topic LIKE 'sp4n.%' AND state NOT IN ('delivered', 'skipped') GROUP BY 1
UNION ALL
SELECT 'news ' || kind || ' ' || state, count(*) FROM inbound_message
WHERE state IN ('pending', 'waiting') GROUP BY 1
"""


@dataclass(slots=True)
class Finding:
    """A line of the table: how many were looked at, and what is wrong (nothing, where it holds)."""

    name: str
    looked_at: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.looked_at > 0 and not self.wrong


def findings(ground: Ground) -> list[Finding]:
    """All lines. The workers must have been stopped before."""
    there = ground.remote.get("/simulator/complaints").raise_for_status().json()["complaints"]
    with psycopg.connect(ground.admin_url) as connection:
        found = [_once(connection, there), _answers(connection, there), _left(connection)]
    return [*found, _parity(ground), _secrets(ground)]


def _once(connection: psycopg.Connection[Any], there: list[dict[str, Any]]) -> Finding:
    finding = Finding("exactly one national report for each of ours, and one of ours for each national one")
    numbers = Counter(tag for each in there for tag in str(each["tags_raw"]).split())
    ids = {str(each["id"]) for each in there}
    linked: Counter[str] = Counter()
    for case, number, external_id, channel in connection.execute(_REPORTS):
        finding.looked_at += 1
        linked[external_id] += 1
        if external_id not in ids:
            finding.wrong.append(f"{case} leads to {external_id}, which is not there")
        if channel != "sp4n" and sum(times for tag, times in numbers.items() if tag.endswith(number)) != 1:
            finding.wrong.append(f"{number} is not there exactly once")
    finding.wrong += [f"{each} is taken {times} times" for each, times in linked.items() if times != 1]
    finding.wrong += [f"{each} is not known here" for each in sorted(ids - linked.keys())]
    return finding


def _answers(connection: psycopg.Connection[Any], there: list[dict[str, Any]]) -> Finding:
    finding = Finding("every answer there once and in order")
    numbers = {row[0]: row[2] for row in connection.execute(_REPORTS)}
    ours: dict[str, list[str]] = {}
    for case, text in connection.execute(_SENT):
        ours.setdefault(numbers[case], []).extend(_SERIAL.findall(text or ""))
        finding.looked_at += 1
    for each in there:
        sent = [row for row in each["followups"] if row["from_name"] not in ("Pelapor", "Admin Nasional")]
        threads = [serial for row in sent for serial in _SERIAL.findall(str(row["content"]))]
        if threads != ours.get(str(each["id"]), []):
            finding.wrong.append(f"{each['id']}: {ours.get(str(each['id']), [])} here, {threads} there")
    return finding


def _left(connection: psycopg.Connection[Any]) -> Finding:
    total = connection.execute("SELECT count(*) FROM outbox_message").fetchone()
    finding = Finding("nothing waits, nothing is stopped", looked_at=total[0] if total else 0)
    finding.wrong = [f"{name}: {count}" for name, count in connection.execute(_LEFT)]
    return finding


def _parity(ground: Ground) -> Finding:
    finding = Finding("both sides identical")
    for town in ground.towns:
        with tenant_scope(town.tenant_id, ground.app):
            summary = parity.run(everything=True)
            with unit_of_work() as session:
                rows = session.scalars(select(Parity).where(Parity.state != "identical")).all()
                finding.wrong += [
                    f"{row.complaint_id} {row.state}: {row.differences} {row.not_told}" for row in rows
                ]
        finding.looked_at += summary.compared
        if summary.only_there or summary.not_compared:
            finding.wrong.append(f"only there {summary.only_there}, not compared {summary.not_compared}")
    return finding


def _secrets(ground: Ground) -> Finding:
    """Credentials in logs, in what Redis keeps, and in every row of every table."""
    finding = Finding("no credential in logs, queues and rows")
    for name, content in [*_files(ground), *_rows(ground)]:
        finding.looked_at += 1
        finding.wrong += [
            f"a credential in {name}" for secret in ground.secrets if secret.encode() in content
        ]
    return finding


def _files(ground: Ground) -> Iterator[tuple[str, bytes]]:
    for folder in ("log", "redis"):
        for path in sorted((ground.folder / folder).rglob("*")):
            if path.is_file() and path.name != "valkey.conf":  # the server's own password stands there
                yield str(path.relative_to(ground.folder)), path.read_bytes()


def _rows(ground: Ground) -> Iterator[tuple[str, bytes]]:
    with psycopg.connect(ground.admin_url) as connection:
        names = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename), tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for qualified, name in names:
            with connection.cursor().copy(f"COPY {qualified} TO STDOUT") as copy:
                yield f"table {name}", b"".join(bytes(part) for part in copy)
