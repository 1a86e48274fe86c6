"""What the database itself says about the wall between cities, read from its catalogue.

Nothing here trusts the models or the migrations: only the tables as they are.
"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from core.config import Settings

APP, RELAY, OWNER = "satuaduan_app", "satuaduan_relay", "satuaduan_owner"
SEARCH = "satuaduan_search"
OWN = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::integer)"
#: the same, asked once a statement: sums read many rows
OWN_ONCE = OWN.replace("(NULLIF", "( SELECT (NULLIF", 1).replace(")::integer)", ')::integer AS "nullif"))')
ONCE = {"figure", "figure_state"}

#: tables that are not a city's own, each with the reason
SHARED = {
    "alembic_version": "the schema's version; no role of the product may touch it",
    "tenant": "decides the binding, so it is read without one",
    "tenant_host": "decides the binding, so it is read without one",
    "national_holiday": "the same days off for the whole country",
}
#: policies beside own_tenant: (table, policy) → (command, roles, using, with check)
OTHER_POLICIES: dict[tuple[str, str], tuple[str, str, str | None, str | None]] = {
    **{
        (table, "everybody_reads"): ("SELECT", "public", "true", None)
        for table in ("tenant", "tenant_host", "national_holiday")
    },
    **{
        (table, "operator_writes"): ("ALL", OWNER, "true", "true")
        for table in ("tenant", "tenant_host", "national_holiday")
    },
    **{
        (table, "search_reads"): ("SELECT", SEARCH, "true", None)
        for table in ("complaint_search", "reporter")
    },
    ("tenant", "own_tenant"): (
        "UPDATE",
        APP,
        OWN.replace("tenant_id =", "id =", 1),
        OWN.replace("tenant_id =", "id =", 1),
    ),
}
#: what the relay may read of all tenants, and nothing else
RELAY_COLUMNS = {
    "outbox_message": {"id", "tenant_id", "due_at", "topic", "state", "attempts", "created_at"},
    "messaging_settings": {"tenant_id", "next_digest_at"},
    "sp4n_settings": {
        "tenant_id",
        "mode",
        "next_poll_at",
        "paused_until",
        "next_reconcile_at",
        "next_reminder_at",
        "sends",
        "receives",
    },
    "sp4n_import": {"tenant_id", "state", "leased_until"},
    "complaint": {"tenant_id", "status", "due_at", "escalate_at"},
    "complaint_event": {"tenant_id", "ordinal"},
    "audit_head": {"tenant_id", "sealed_ordinal", "seal_due_at", "check_due_at"},
    "attachment": {"tenant_id", "complaint_id", "created_at"},
    "recount": {"tenant_id", "finished_at"},
    "figure_change": {"tenant_id"},
    "figure_state": {"tenant_id", "province_id", "folded_at"},
}
#: what the application may do beyond reading; the rest it may insert, update and delete
LIMITED = {
    "complaint_event": {"SELECT", "INSERT"},
    "complaint_search": {"SELECT", "INSERT", "UPDATE"},
    "audit_entry": {"SELECT", "INSERT"},
    "audit_head": {"SELECT", "INSERT", "UPDATE"},
    "figure_change": {"SELECT", "INSERT", "DELETE"},
    "tenant": {"SELECT"},
    "tenant_host": {"SELECT"},
    "national_holiday": {"SELECT"},
    "alembic_version": set(),
}
TENANT_COLUMNS_OF_ITS_OWN = {
    "service_name", "color", "logo_key", "phone", "whatsapp", "email", "address", "service_hours",
}  # fmt: skip


@pytest.fixture(scope="module")
def tables(superuser: psycopg.Connection[Any]) -> dict[str, tuple[bool, bool, str]]:
    """Table → (row security on, forced, owner)."""
    rows = superuser.execute(
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner)"
        " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'p', 'f', 'm', 'v')"
    ).fetchall()
    assert len(rows) > 20
    return {row[0]: row[1:] for row in rows}


def city_tables(tables: dict[str, Any]) -> list[str]:
    return sorted(set(tables) - set(SHARED))


def test_every_table_enforces_row_security(tables: dict[str, tuple[bool, bool, str]]) -> None:
    unsafe = {name for name, (on, forced, _) in tables.items() if not (on and forced)}
    assert unsafe == {"alembic_version"}


def test_the_owner_owns_every_table(tables: dict[str, tuple[bool, bool, str]]) -> None:
    assert {owner for _, _, owner in tables.values()} == {OWNER}


def _policies(superuser: psycopg.Connection[Any]) -> dict[tuple[str, str], tuple[str, str, Any, Any]]:
    rows = superuser.execute(
        "SELECT tablename, policyname, cmd, array_to_string(roles, ','), qual, with_check, permissive"
        " FROM pg_policies WHERE schemaname = 'public'"
    ).fetchall()
    assert {row[6] for row in rows} == {"PERMISSIVE"}
    return {(row[0], row[1]): (row[2], row[3], row[4], row[5]) for row in rows}


def test_every_city_table_has_one_policy_with_both_clauses(
    superuser: psycopg.Connection[Any], tables: dict[str, Any]
) -> None:
    policies = _policies(superuser)
    own = {table: policy for (table, name), policy in policies.items() if name == "own_tenant"}
    found = {table: own.get(table) for table in city_tables(tables)}
    clause = {table: OWN_ONCE if table in ONCE else OWN for table in city_tables(tables)}
    assert found == {table: ("ALL", "public", each, each) for table, each in clause.items()}


def test_every_other_policy_is_a_known_one(
    superuser: psycopg.Connection[Any], tables: dict[str, Any]
) -> None:
    policies = _policies(superuser)
    own = {(table, "own_tenant") for table in city_tables(tables)}
    relay = {(table, "relay_reads"): ("SELECT", RELAY, "true", None) for table in RELAY_COLUMNS}
    province = {key: policies[key] for key in policies if key[1] == "own_province"}
    rest = {key: policy for key, policy in policies.items() if key not in own}
    assert rest == OTHER_POLICIES | relay | province


def test_a_province_reads_figures_and_no_more(superuser: psycopg.Connection[Any]) -> None:
    province = {key[0]: policy for key, policy in _policies(superuser).items() if key[1] == "own_province"}
    assert set(province) == {"figure", "figure_state"}
    for command, _, using, check in province.values():
        assert command == "SELECT"
        assert "province_id = " in using
        assert "NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::integer" in using
        assert " OR " not in using.upper()
        assert check is None


def test_keys_and_unique_indexes_begin_with_the_tenant(
    superuser: psycopg.Connection[Any], tables: dict[str, Any]
) -> None:
    rows = superuser.execute(
        "SELECT t.relname, i.relname, a.attname, x.indisprimary FROM pg_index x"
        " JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]"
        " WHERE t.relnamespace = 'public'::regnamespace AND x.indisunique"
    ).fetchall()
    city = [row for row in rows if row[0] not in SHARED]
    assert {row[0] for row in city if row[3]} == set(city_tables(tables)), "a table without a primary key"
    assert [row for row in city if row[2] != "tenant_id"] == []


_KEY = (
    "(SELECT array_agg(a.attname::text ORDER BY k.place)"
    " FROM unnest(c.{numbers}) WITH ORDINALITY k(number, place)"
    " JOIN pg_attribute a ON a.attrelid = c.{table} AND a.attnum = k.number)"
)
_FOREIGN_KEYS = (
    "SELECT c.conname, c.conrelid::regclass::text, c.confrelid::regclass::text, "  # noqa: S608 - constants
    + _KEY.format(numbers="conkey", table="conrelid")
    + ", "
    + _KEY.format(numbers="confkey", table="confrelid")
    + ", c.convalidated FROM pg_constraint c"
    " WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace"
)


def test_references_between_city_tables_carry_the_tenant(superuser: psycopg.Connection[Any]) -> None:
    """RLS does not apply to key checks: only a composite key keeps another city's id out."""
    keys = superuser.execute(_FOREIGN_KEYS).fetchall()
    between = [key for key in keys if key[1] not in SHARED and key[2] not in SHARED]
    assert len(between) >= 15
    wrong = [
        key for key in between if key[3][0] != "tenant_id" or key[4][0] != "tenant_id" or len(key[3]) < 2
    ]
    assert wrong == []
    assert [key[0] for key in keys if not key[5]] == [], "not validated"
    assert {(key[1], key[2]) for key in keys if key not in between} == {
        ("tenant", "tenant"),
        ("tenant_host", "tenant"),
    }


def test_no_type_whose_comparison_leaves_the_index(superuser: psycopg.Connection[Any]) -> None:
    """Under RLS an operator that is not leakproof only filters after the tenant's whole range."""
    rows = superuser.execute(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"
        " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
        " AND a.attnum > 0 AND NOT a.attisdropped AND (t.typtype IN ('e', 'd', 'r', 'm')"
        "  OR t.typname IN ('citext', 'numeric', 'money', 'bpchar', 'point') OR t.typcategory = 'A')"
    ).fetchall()
    assert rows == []
    assert superuser.execute("SELECT count(*) FROM pg_type WHERE typtype = 'e'").fetchone() == (0,)


def test_times_are_instants(superuser: psycopg.Connection[Any]) -> None:
    rows = superuser.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'"
    ).fetchall()
    assert rows == []


@pytest.mark.parametrize("role", [APP, RELAY, OWNER])
def test_roles_have_no_power_of_their_own(superuser: psycopg.Connection[Any], role: str) -> None:
    row = superuser.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()
    assert row == (False,) * 5


@pytest.mark.parametrize("role", [APP, RELAY])
def test_roles_that_serve_can_make_nothing(superuser: psycopg.Connection[Any], role: str) -> None:
    row = superuser.execute(
        "SELECT has_database_privilege(%(r)s, current_database(), 'TEMP'),"
        " has_database_privilege(%(r)s, current_database(), 'CREATE'),"
        " has_schema_privilege(%(r)s, 'public', 'CREATE'),"
        " (SELECT count(*) FROM pg_auth_members WHERE member = %(r)s::regrole),"
        " (SELECT count(*) FROM pg_class WHERE relowner = %(r)s::regrole)",
        {"r": role},
    ).fetchone()
    assert row == (False, False, False, 0, 0)


def _grants(superuser: psycopg.Connection[Any], role: str, table: str) -> set[str]:
    kinds = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    row = superuser.execute(
        "SELECT " + ", ".join(f"has_table_privilege(%(r)s, %(t)s, '{kind}')" for kind in kinds),
        {"r": role, "t": table},
    ).fetchone()
    assert row is not None
    return {kind for kind, granted in zip(kinds, row, strict=True) if granted}


def test_the_application_may_do_no_more_than_listed(
    superuser: psycopg.Connection[Any], tables: dict[str, Any]
) -> None:
    everything = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    found = {table: _grants(superuser, APP, table) for table in tables}
    assert found == {table: LIMITED.get(table, everything) for table in tables}


def _column_grants(superuser: psycopg.Connection[Any], role: str, kind: str) -> dict[str, set[str]]:
    rows = superuser.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND has_column_privilege(%s, format('%%I.%%I', table_schema, table_name), column_name, %s)",
        [role, kind],
    ).fetchall()
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def test_a_city_may_change_only_its_face(superuser: psycopg.Connection[Any]) -> None:
    assert _column_grants(superuser, APP, "UPDATE")["tenant"] == TENANT_COLUMNS_OF_ITS_OWN


def test_the_relay_reads_due_times_and_no_more(superuser: psycopg.Connection[Any]) -> None:
    assert _column_grants(superuser, RELAY, "SELECT") == RELAY_COLUMNS
    for kind in ("INSERT", "UPDATE", "REFERENCES"):
        assert _column_grants(superuser, RELAY, kind) == {}


def test_the_relay_is_refused_every_other_column(
    superuser: psycopg.Connection[Any], settings: Settings, rivals: Any
) -> None:
    columns = superuser.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    ).fetchall()
    engine = create_engine(settings.database_relay_url or "", poolclass=NullPool)
    with engine.connect() as connection:
        for table, column in columns:
            query = text(f'SELECT "{column}" FROM "{table}" LIMIT 1')  # noqa: S608 - names of the catalogue
            if column in RELAY_COLUMNS.get(table, set()):
                connection.execute(query)
            else:
                with pytest.raises(ProgrammingError) as refused:
                    connection.execute(query)
                assert isinstance(refused.value.orig, errors.InsufficientPrivilege), (table, column)
                connection.rollback()


#: functions that pass over row security, each with its arguments; both repeat the tenant's condition
SEARCHES = {
    "search_complaints": "asked text, unit uuid, before uuid, most integer",
    "search_reporters": "asked text, unit uuid, before uuid, most integer",
}


def test_no_function_runs_with_the_owners_rights(superuser: psycopg.Connection[Any]) -> None:
    """A SECURITY DEFINER function passes over row security unless it repeats the condition."""
    rows = superuser.execute(
        "SELECT proname, pg_get_function_identity_arguments(oid), pg_get_userbyid(proowner),"
        " has_function_privilege(%s, oid, 'EXECUTE'), has_function_privilege(%s, oid, 'EXECUTE'),"
        " array_to_string(proconfig, ' '), prosrc"
        " FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname",
        [APP, RELAY],
    ).fetchall()
    assert {row[0]: row[1] for row in rows} == SEARCHES
    for _, _, owner, by_app, by_relay, settings, source in rows:
        assert (owner, by_app, by_relay) == (SEARCH, True, False)
        assert "search_path=pg_catalog, public, pg_temp" in settings
        assert "NULLIF(current_setting('app.tenant_id', true), '')::integer" in source
        assert "EXECUTE" not in source.upper(), "no statement is put together from what is asked"


def test_the_searchs_role_reads_words_and_nobody_is_it(superuser: psycopg.Connection[Any]) -> None:
    row = superuser.execute(
        "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE rolname = %s",
        [SEARCH],
    ).fetchone()
    assert row == (False,) * 6
    assert _column_grants(superuser, SEARCH, "SELECT") == {
        "complaint_search": {"tenant_id", "id", "words"},
        "reporter": {"tenant_id", "complaint_id", "words"},
    }
    for kind in ("INSERT", "UPDATE", "REFERENCES"):
        assert _column_grants(superuser, SEARCH, kind) == {}
    allowed = superuser.execute(
        "SELECT has_schema_privilege(%(r)s, 'public', 'CREATE'),"
        " has_database_privilege(%(r)s, current_database(), 'CONNECT'),"
        " (SELECT array_agg(pg_get_userbyid(member)) FROM pg_auth_members WHERE roleid = %(r)s::regrole)",
        {"r": SEARCH},
    ).fetchone()
    assert allowed == (False, False, [OWNER])


@pytest.mark.parametrize("role", [APP, RELAY])
def test_sequences_tell_nobody_how_much_there_is(superuser: psycopg.Connection[Any], role: str) -> None:
    rows = superuser.execute(
        "SELECT seqrelid::regclass::text FROM pg_sequence"
        " WHERE has_sequence_privilege(%s, seqrelid, 'SELECT')",
        [role],
    ).fetchall()
    assert rows == []
