"""What must hold afterwards, counted on both sides by means the product does not use itself."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import select

from bench.chaos.acts import DESK
from bench.chaos.calls import Tally
from bench.chaos.ground import Ground
from bench.chaos.storm import Storm
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from sp4n.parity import queries, resolve, store
from sp4n.parity import run as parity
from sp4n.parity.models import Parity

_SERIAL = re.compile(r"#(\d+)#")
#: how often each fault is asked for, and by how many standard deviations it may be missed
_ASKED = {"errors": 0.3, "untold": 0.1, "jumbled": 0.3}
_DEVIATIONS = 4
_NATIONAL = ("Pelapor", "Admin Nasional")
_REPORTS = """
SELECT c.id::text, c.number, l.external_id, c.channel FROM complaint c
LEFT JOIN sp4n_link l ON l.tenant_id = c.tenant_id AND l.complaint_id = c.id
"""
# What was done here and the reporter may read, by the history alone.
_SAID = """
SELECT e.complaint_id::text, e.act, coalesce(e.text, '') FROM complaint_event e
WHERE e.visibility = 'public' AND e.actor_kind <> 'sp4n' AND e.act = ANY(%s)
  AND NOT EXISTS (SELECT 1 FROM complaint_event u WHERE u.tenant_id = e.tenant_id AND u.act = 'undo'
                  AND u.complaint_id = e.complaint_id AND u.data->>'undoes' = e.id::text)
ORDER BY e.complaint_id, e.sequence
"""
_ANSWERS = ["assign", "follow_up", "respond", "provide_info", "reopen"]
_LEFT = """
SELECT topic || ' ' || state, count(*) FROM outbox_message
WHERE topic LIKE 'sp4n.%' AND state NOT IN ('delivered', 'skipped') GROUP BY 1
UNION ALL
SELECT 'news ' || kind || ' ' || state || ' ' || coalesce(outcome, ''), count(*) FROM inbound_message
WHERE state IN ('pending', 'waiting') GROUP BY 1
UNION ALL
SELECT 'unread ' || problem, count(*) FROM sp4n_link WHERE problem IS NOT NULL GROUP BY 1
UNION ALL
SELECT 'task ' || kind || ' ' || cause, count(*) FROM sp4n_task WHERE state = 'open' GROUP BY 1
"""
_LOST = "SELECT count(*) FROM outbox_message WHERE topic LIKE 'sp4n.%' AND steps ? 'lost'"


@dataclass(slots=True)
class Finding:
    """A line of the table: how many were looked at, and what is wrong (nothing, where it holds)."""

    name: str
    looked_at: int = 0
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.looked_at > 0 and not self.wrong


def storm(weather: Storm, tally: Tally) -> Finding:
    """That there was one: faults as often as asked, every kind of program killed, messages in hand."""
    finding = Finding("a storm it was", looked_at=tally.calls)
    for name, share in _ASKED.items():
        met, spread = getattr(tally, name), math.sqrt(tally.calls * share * (1 - share))
        if met < share * tally.calls - _DEVIATIONS * spread:
            finding.wrong.append(f"only {met} {name} in {tally.calls} calls")
    finding.wrong += [
        f"no {each} was killed" for each in ("worker", "redis", "postgres") if not weather.kills[each]
    ]
    if not sum(weather.in_hand.values()):
        finding.wrong.append("no kill met a message in hand")
    if not tally.untold_writes["reports"]:
        finding.wrong.append("no report was made there without being told")
    return finding


def findings(ground: Ground) -> list[Finding]:
    """All other lines. The workers must have been stopped before."""
    identical = _parity(ground)
    there = ground.remote.get("/simulator/complaints").raise_for_status().json()["complaints"]
    with psycopg.connect(ground.admin_url) as connection:
        found = [
            _once(connection, there),
            _answers(connection, there),
            _handed_on(connection, there),
            _left(connection),
        ]
    return [*found, identical, _secrets(ground)]


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
    """By the numbers in the words, `-` where they have none."""
    finding = Finding("every public act there as an answer, once and in order, and nothing else")
    ours = _said(connection, _ANSWERS)
    for each in there:
        sent = [str(row["content"]) for row in each["followups"] if row["from_name"] not in _NATIONAL]
        said = ours.pop(str(each["id"]), [])
        finding.looked_at += len(said)
        if _serials(sent) != _serials(said):
            finding.wrong.append(f"{each['id']}: {_serials(said)} here, {_serials(sent)} there")
    finding.wrong += [f"nothing there of {number}" for number in ours]
    return finding


def _handed_on(connection: psycopg.Connection[Any], there: list[dict[str, Any]]) -> Finding:
    finding = Finding("every report that is not ours handed on, once")
    ours = _said(connection, ["decline_jurisdiction"])
    for each in there:
        notes = [str(row["note"]) for row in each["logs"] if "Bukan wewenang" in str(row["note"])]
        said = ours.get(str(each["id"]), [])
        finding.looked_at += len(said)
        if _serials(notes) != _serials(said):
            finding.wrong.append(f"{each['id']}: {_serials(said)} here, {_serials(notes)} there")
    return finding


def _said(connection: psycopg.Connection[Any], acts: list[str]) -> dict[str, list[str]]:
    numbers = {row[0]: str(row[2]) for row in connection.execute(_REPORTS)}
    said: dict[str, list[str]] = {}
    for case, _act, text in connection.execute(_SAID, (acts,)):
        said.setdefault(numbers[case], []).append(text)
    return said


def _serials(texts: list[str]) -> list[str]:
    return ["".join(_SERIAL.findall(text)) or "-" for text in texts]


def _left(connection: psycopg.Connection[Any]) -> Finding:
    total = connection.execute("SELECT count(*) FROM outbox_message WHERE topic LIKE 'sp4n.%'").fetchone()
    finding = Finding(
        "nothing waits, nothing is stopped, nothing needs a person", looked_at=total[0] if total else 0
    )
    finding.wrong = [f"{name}: {count}" for name, count in connection.execute(_LEFT)]
    lost = connection.execute(_LOST).fetchone()
    finding.notes.append(f"{lost[0] if lost else 0} messages whose holder died with them in hand")
    return finding


def _parity(ground: Ground) -> Finding:
    """Everything read again and compared. What only a person can judge is judged, as the page has it."""
    finding, settled, shares = Finding("both sides identical"), 0, set()
    for town in ground.towns:
        with tenant_scope(town.tenant_id, ground.app):
            parity.run(everything=True)
            settled += _settled()
            with unit_of_work() as session:
                summary = store.summary(session)
                rows = session.scalars(
                    select(Parity).where(Parity.state.not_in(("identical", "ignored")))
                ).all()
                finding.wrong += [f"{row.complaint_id} {row.state}: {row.differences}" for row in rows]
        finding.looked_at += summary.compared
        shares.add(summary.share)
        if summary.share != 1 and summary.compared:
            finding.wrong.append(f"tenant {town.tenant_id}: {summary}")
    finding.notes.append(f"{settled} replies written there after the end here, settled by an officer")
    return finding


def _settled() -> int:
    """A reporter who wrote there after the case had ended here: no rule can say what it means."""
    with unit_of_work() as session:
        rows = session.scalars(select(Parity).where(Parity.state == "different")).all()
        keys = [
            queries.key_of(row.id, each)
            for row in rows
            for each in row.differences
            if (each["aspect"], each["there"]) == ("status", "Ditanggapi oleh Pelapor")
            and each["here"] in ("completed", "archived", "merged")
        ]
    done = resolve.settle(keys, resolve.IGNORE, DESK, "Pelapor menulis lagi setelah laporan selesai di sini.")
    return sum(each.is_done for each in done)


def _secrets(ground: Ground) -> Finding:
    """Credentials in logs, in what Redis keeps, and in every row of every table."""
    finding = Finding("no credential in logs, queues and rows")
    known = {"log": b"outbox_not_delivered", "table": b"Pemerintah Kota Ukur 1"}
    met = set()
    for name, content in [*_files(ground), *_rows(ground)]:
        finding.looked_at += 1
        met |= {kind for kind, word in known.items() if name.startswith(kind) and word in content}
        finding.wrong += [
            f"a credential in {name}" for secret in ground.secrets if secret.encode() in content
        ]
    finding.wrong += [f"nothing was read of each {kind}" for kind in sorted(known.keys() - met)]
    return finding


def _files(ground: Ground) -> Iterator[tuple[str, bytes]]:
    for folder in ("log", "redis", "messages"):
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
