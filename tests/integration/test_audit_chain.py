"""Whatever somebody with the whole database in hand changes, removes or reorders is found, place and all."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from psycopg import sql
from sqlalchemy import func, select

from complaints.acts import proving, sealing
from complaints.acts.engine import digest
from complaints.queries import integrity
from core import audit, clock
from core.audit.models import AuditEntry, AuditHead
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from core.jobs.worker import due_tenants, relay_engine
from tests.casework import Filing, case_in, do
from tests.conftest import City, Engines
from tests.statements import sent_by

Superuser = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def superuser(engines: Engines, settings: Settings, app: Flask) -> Iterator[Superuser]:
    """The server's superuser, past grants, row security, triggers and foreign keys."""
    url = urlsplit(engines.admin_url)._replace(path=urlsplit(settings.database_url).path).geturl()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture(scope="module")
def place(app: Flask, make_city: Callable[..., City], file_some: Callable[[City], None]) -> City:
    """A city with four cases, sealed, and a few audit entries."""
    city = make_city()
    file_some(city)
    return city


@pytest.fixture(scope="module")
def file_some(app: Flask) -> Callable[[City], None]:
    """file_some(city): four cases with a history, sealed, then an entry more."""
    from complaints.acts import intake
    from tests.conftest import submission

    def file(city: City) -> None:
        def report(_city: City) -> Any:
            return intake.submit(submission())

        with tenant_scope(city.id, app):
            for status in ("assigned", "responded", "completed", "received"):
                case_in(status, city, report)
            assert sealing.seal() == 0, "only noted"
            assert sealing.seal() == 11
            with unit_of_work():
                record("uji.setelah", new={"a": 1.5, "b": [1, "dua"], "c": None})

    return file


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


# --- writing -----------------------------------------------------------------------------------------------


def test_a_thousand_entries_are_three_statements(app: Flask, place: City) -> None:
    with tenant_scope(place.id, app):
        before = db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        subjects = [uuid.uuid4() for _ in range(1000)]
        with sent_by(app) as statements, unit_of_work():
            audit.record_many(
                "deadline.moved",
                actor_id=None,
                actor_name="Sistem",
                entries=((each, {"old": {"due": "a"}, "new": {"due": "b"}}) for each in subjects),
            )
        assert sum("SET LOCAL" not in each.sql for each in statements) == 3
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before + 1000
        kept = db.session.scalars(
            select(AuditEntry.subject_id)
            .where(AuditEntry.action == "deadline.moved")
            .order_by(AuditEntry.sequence)
        ).all()
        assert list(kept) == subjects
        assert integrity.check().faults == []


def fail_after(action: str) -> None:
    record(action)
    raise ZeroDivisionError


def test_what_was_rolled_back_was_not_recorded(app: Flask, place: City) -> None:
    with tenant_scope(place.id, app):
        with pytest.raises(ZeroDivisionError), unit_of_work():
            fail_after("uji.batal")
        with unit_of_work() as session:
            record("uji.luar")
            with pytest.raises(ZeroDivisionError), session.begin_nested():
                fail_after("uji.titik")
            with session.begin_nested():
                record("uji.dalam")
        found = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("uji.%"))))
        assert found >= {"uji.luar", "uji.dalam"}
        assert not found & {"uji.batal", "uji.titik"}
        assert integrity.check().faults == []


def test_values_that_the_database_writes_otherwise_hold(app: Flask, place: City) -> None:
    with tenant_scope(place.id, app):
        with unit_of_work():
            record(
                "uji.nilai",
                new={
                    "big": 1e22, "small": 1e-7, "minus": -0.0, "text": "é\u0000\u202e🚧", "id": uuid.uuid4(),
                    "at": clock.now(), "list": (1, 2), "nested": {"b": 1, "a": {"z": None, "y": True}},
                    3: "x",
                },
            )  # fmt: skip
        assert integrity.check().faults == []


def test_entries_of_threads_form_one_chain(app: Flask, place: City) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def write(_number: int) -> None:
        with tenant_scope(place.id, app), unit_of_work():
            record("uji.bersama")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(60)))
    assert faults(app, place) == []


def test_an_older_key_still_proves_what_it_signed(app: Flask, make_city: Callable[..., City]) -> None:
    """Keys are rotated by listing a new one first; one that is taken away leaves what it signed unproven."""
    city, kept = make_city(), app.extensions["settings"]
    newer = Fernet.generate_key().decode()
    try:
        app.extensions["settings"] = replace(kept, encryption_keys=(newer, *kept.encryption_keys))
        with tenant_scope(city.id, app), unit_of_work():
            record("uji.kunci_baru")
        assert faults(app, city) == []
        app.extensions["settings"] = replace(kept, encryption_keys=(newer,))
        (message,) = faults(app, city)
        assert "tidak ada di ENCRYPTION_KEYS" in message
    finally:
        app.extensions["settings"] = kept


# --- sealing -----------------------------------------------------------------------------------------------


def test_new_entries_wake_the_sealer_and_no_others_do(
    app: Flask, make_city: Callable[..., City], file_report: Filing
) -> None:
    city = make_city()
    engine = relay_engine(app)

    def is_due() -> bool:
        return city.id in due_tenants(engine, sealing.DUE_SQL)

    assert not is_due(), "a city without a report has nothing to seal"
    with clock.frozen(clock.now() - timedelta(hours=1)):
        file_report(city)
        assert is_due()
        with tenant_scope(city.id, app):
            assert [sealing.seal(), sealing.seal(), sealing.seal()] == [0, 1, 0]
    assert not is_due()


def test_an_entry_committed_late_is_not_left_out(
    app: Flask, make_city: Callable[..., City], file_report: Filing
) -> None:
    """Numbers are taken before the commit: a seal waits for whoever holds one below its end."""
    city = make_city()
    first, second = (file_report(city).complaint_id for _ in range(2))
    with tenant_scope(city.id, app):
        assert [sealing.seal(), sealing.seal()] == [0, 2]
    with app.app_context(), tenant_scope(city.id, app), unit_of_work() as late:
        from complaints.acts.engine import SYSTEM, Entry, append, lock

        append(late, lock(late, first, SYSTEM), "note", SYSTEM, Entry("Terlambat"), None, clock.now())
        late.flush()
        with app.app_context(), tenant_scope(city.id, app):
            do("note", second, city)
            assert [sealing.seal() for _ in range(3)] == [0, 0, 0], "somebody is still at work below"
    with tenant_scope(city.id, app):
        assert sealing.seal() == 2
        report = integrity.check()
        assert (report.faults, report.unsealed) == ([], 0)


# --- the nightly check and the commands --------------------------------------------------------------------


def test_the_nightly_check_keeps_what_it_found(
    app: Flask, make_city: Callable[..., City], file_some: Callable[[City], None], superuser: Superuser
) -> None:
    city = make_city()
    file_some(city)

    def head() -> AuditHead:
        found = db.session.scalars(select(AuditHead)).one()
        db.session.rollback()
        return found

    assert city.id in due_tenants(relay_engine(app), proving.DUE_SQL)
    with tenant_scope(city.id, app):
        assert proving.prove()
        first = head()
        assert first.fault is None
        assert first.intact_to is not None
        assert first.check_due_at > clock.now()
    assert city.id not in due_tenants(relay_engine(app), proving.DUE_SQL)
    superuser.execute("UPDATE audit_entry SET actor_name = 'lain' WHERE tenant_id = %s", [city.id])
    with tenant_scope(city.id, app):
        assert not proving.prove()
        second = head()
        assert "Catatan audit 1 " in (second.fault or "")
        assert second.intact_to == first.intact_to


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["audit", *arguments])
    return result.exit_code, result.output


def test_verify_names_the_first_bad_place(app: Flask, place: City, superuser: Superuser) -> None:
    code, output = run(app, "verify", "--tenant", place.slug)
    assert code == 0
    assert f"{place.slug}: utuh." in output
    with restored(superuser, place):
        superuser.execute(
            "UPDATE complaint_event SET text = overlay(text placing 'X' from 1 for 1)"
            " WHERE tenant_id = %s AND act = 'respond'",
            [place.id],
        )
        code, output = run(app, "verify", "--tenant", place.slug)
        assert code == 1
        assert f"{place.slug}: TIDAK UTUH." in output
        assert "kejadian 3 (respond) bukan yang dulu ditulis: isinya diubah." in output
        code, output = run(app, "verify", "--tenant", place.slug, "--json", "--since", "2026-01-01")
        assert code == 1
        assert len(json.loads(output)["faults"]) == 2
    assert run(app, "verify", "--tenant", place.slug, "--since", "2026-01-01")[0] == 0


def test_the_export_is_recorded(app: Flask, place: City) -> None:
    today = clock.now().date().isoformat()
    code, output = run(app, "export", "--tenant", place.slug, "--from", today, "--to", today)
    assert code == 0, output
    lines = output.splitlines()
    assert lines[0] == "waktu,siapa,tindakan,laporan,alamat,permintaan,rincian,sidik"
    assert "audit.exported" in output
    assert sum(",submit," in line for line in lines) == 4
