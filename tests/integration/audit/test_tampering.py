"""Whatever somebody with the whole database in hand changes, removes or reorders is found."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from complaints.acts.engine import digest
from complaints.queries import integrity
from core.audit.models import AuditEntry
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tests.conftest import City
from tests.integration.audit.harm import REMOVALS, Superuser, faults, record, restored

#: how one value becomes another, by type
_OTHER = {
    "text": "overlay(coalesce({0}, 'a') placing"
    " (CASE WHEN left({0}, 1) = 'x' THEN 'y' ELSE 'x' END) from 1 for 1)",
    "uuid": "gen_random_uuid()",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
    "bigint": "coalesce({0}, 0) + 1000000",
    "integer": "{0} + 1000",
    "jsonb": "{0} || '{{\"lain\": 1}}'",
}  # fmt: skip
#: columns that take only some words
_WORDS = {"actor_kind": ("system", "sp4n"), "visibility": ("public", "internal")}
#: columns of the record that are no part of what is proven: plans of the next job, results of the last one
_NOT_PROVEN = {
    ("audit_head", name)
    for name in ("id", "noted_ordinal", "noted_xid", "seal_due_at", "check_due_at", "checked_at",
                 "intact_to", "fault", "tenant_id")
} | {("audit_entry", "tenant_id"), ("complaint_event", "tenant_id")}  # fmt: skip


def columns_of(superuser: Superuser, table: str) -> list[tuple[str, str]]:
    rows = superuser.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", [table]
    ).fetchall()
    return [(name, kind) for name, kind in rows if (table, name) not in _NOT_PROVEN]


def test_what_was_written_is_intact(app: Flask, place: City) -> None:
    with tenant_scope(place.id, app):
        report = integrity.check()
        assert report.faults == []
        assert (report.cases, report.events, report.seals, report.unsealed) == (4, 11, 1, 0)
        assert report.entries == db.session.scalar(select(func.count()).select_from(AuditEntry))


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("audit_entry", "sequence = 1"),
        ("audit_entry", "sequence = (SELECT max(sequence) FROM audit_entry WHERE tenant_id = {tenant})"),
        ("audit_entry", "action = 'history.sealed'"),
        ("complaint_event", "act = 'submit' AND complaint_id = {case}"),
        ("complaint_event", "act = 'verify' AND complaint_id = {case}"),
        ("complaint_event", "act = 'close' AND complaint_id = {case}"),
        ("audit_head", "true"),
    ],
)
def test_one_changed_value_is_found(
    app: Flask, place: City, superuser: Superuser, table: str, row: str
) -> None:
    """Every column of every table of the record, in its first, a middle and its last row."""
    (case,) = superuser.execute(
        "SELECT id FROM complaint WHERE tenant_id = %s AND status = 'completed'", [place.id]
    ).fetchone() or (None,)
    where = row.format(tenant=place.id, case=f"'{case}'")
    columns = columns_of(superuser, table)
    assert len(columns) > 4
    for name, kind in columns:
        one, another = _WORDS.get(name, ("", ""))
        value = f"CASE {name} WHEN '{one}' THEN '{another}' ELSE '{one}' END" if one else _OTHER[kind]
        with restored(superuser, place):
            changed = superuser.execute(
                f"UPDATE {table} SET {name} = {value.format(name)}"  # noqa: S608 - the catalogue's names
                f" WHERE tenant_id = {place.id} AND {where}".encode()
            )
            assert changed.rowcount == 1
            assert faults(app, place), f"{table}.{name}"
    assert faults(app, place) == []


@pytest.mark.parametrize("what", REMOVALS)
def test_what_was_removed_is_found(app: Flask, place: City, superuser: Superuser, what: str) -> None:
    row = superuser.execute(
        "SELECT c.id, h.sequence FROM complaint c JOIN audit_head h USING (tenant_id)"
        " WHERE c.tenant_id = %s AND c.status = 'completed'",
        [place.id],
    ).fetchone()
    assert row
    with restored(superuser, place):
        superuser.execute(REMOVALS[what].format(t=place.id, c=f"'{row[0]}'", last=row[1]).encode())
        assert faults(app, place), what
    assert faults(app, place) == []


SWAPS = {
    "two audit entries": (
        "UPDATE audit_entry SET sequence = CASE sequence WHEN 1 THEN 2 ELSE 1 END"
        " WHERE tenant_id = {t} AND sequence IN (1, 2)"
    ),
    "two entries of a history": (
        "UPDATE complaint_event SET sequence = CASE sequence WHEN 2 THEN 3 ELSE 2 END"
        " WHERE tenant_id = {t} AND complaint_id = {c} AND sequence IN (2, 3)"
    ),
}


@pytest.mark.parametrize("what", SWAPS)
def test_what_was_reordered_is_found(app: Flask, place: City, superuser: Superuser, what: str) -> None:
    row = superuser.execute(
        "SELECT id FROM complaint WHERE tenant_id = %s AND status = 'completed'", [place.id]
    ).fetchone()
    assert row
    table = "audit_entry" if "audit" in what else "complaint_event"
    key = {
        "audit_entry": "uq_audit_entry_tenant_id_sequence",
        "complaint_event": "uq_complaint_event_tenant_id_complaint_id_sequence",
    }[table]
    columns = "tenant_id, sequence" if table == "audit_entry" else "tenant_id, complaint_id, sequence"
    with restored(superuser, place):
        superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key}".encode())
        try:
            superuser.execute(SWAPS[what].format(t=place.id, c=f"'{row[0]}'").encode())
        finally:
            superuser.execute(f"ALTER TABLE {table} ADD CONSTRAINT {key} UNIQUE ({columns})".encode())
        assert faults(app, place), what


def test_a_history_rewritten_with_right_hashes_is_found(
    app: Flask, place: City, superuser: Superuser
) -> None:
    """The chain of a case needs no key; the seal over it does."""
    with restored(superuser, place):
        cursor: Any = superuser.cursor(row_factory=psycopg.rows.namedtuple_row)
        events = cursor.execute(
            "SELECT * FROM complaint_event WHERE tenant_id = %s AND complaint_id = (SELECT id FROM complaint"
            " WHERE tenant_id = %s AND status = 'completed') ORDER BY sequence",
            [place.id, place.id],
        ).fetchall()
        previous = ""
        for event in events:
            forged = event._replace(previous_hash=previous, text="Ditulis ulang.")
            previous = digest(forged)
            superuser.execute(
                "UPDATE complaint_event SET text = %s, previous_hash = %s, hash = %s WHERE id = %s",
                [forged.text, forged.previous_hash, previous, event.id],
            )
        superuser.execute(
            "UPDATE complaint SET last_hash = %s WHERE id = %s", [previous, events[0].complaint_id]
        )
        (message,) = faults(app, place)
        assert "diubah atau ditukar urutannya" in message


def test_a_cut_chain_is_not_mended_by_going_on(app: Flask, place: City, superuser: Superuser) -> None:
    """Work goes on over a forged or missing end, but never signs it as good."""
    for harm in (
        REMOVALS["the last audit entry, with the head put back"],
        REMOVALS["the head"],
        "UPDATE audit_head SET sequence = 1 WHERE tenant_id = {t}",
    ):
        with restored(superuser, place):
            row = superuser.execute(
                "SELECT sequence FROM audit_head WHERE tenant_id = %s", [place.id]
            ).fetchone()
            assert row
            superuser.execute(harm.format(t=place.id, last=row[0]).encode())
            with tenant_scope(place.id, app), unit_of_work():
                record("uji.lanjut")
            assert faults(app, place), harm
