"""The database roles and the database they share: three that sign in, and one that only owns the search.

Invariant: no role of the product is a superuser, passes over row security, or may create roles, databases or
temporary tables; only the owner may create in the schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import Connection, sql

from scripts.processes import StartError

ROLES = {"owner": "satuaduan_owner", "app": "satuaduan_app", "relay": "satuaduan_relay"}
#: owns the search function and reads its index past row security; nobody signs in as it
SEARCH = "satuaduan_search"
DATABASE = "satuaduan"
LIMITS = sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION")
LOCK = 7_281_936  # advisory; two starts on one server must not alter the same role at once


@dataclass(frozen=True, slots=True)
class Urls:
    """SQLAlchemy URLs of the migrations' role, the web and worker's role, and the outbox relay's role."""

    owner: str
    app: str
    relay: str


def libpq_url(url: str) -> str:
    """The URL as libpq reads it, without SQLAlchemy's driver name. ValueError when it is not PostgreSQL's."""
    parts = urlsplit(url)
    scheme, _, driver = parts.scheme.partition("+")
    _ = parts.port  # ValueError for a port that is no number
    if scheme not in {"postgres", "postgresql"} or driver not in {"", "psycopg"}:
        raise ValueError(f"not a PostgreSQL URL: {parts.scheme}")
    return parts._replace(scheme="postgresql").geturl()


def sqlalchemy_url(url: str) -> str:
    return libpq_url(url).replace("postgresql://", "postgresql+psycopg://", 1)


def with_database(url: str, database: str) -> str:
    # Put together by hand: geturl() drops the slashes of a URL that names no host.
    parts = urlsplit(libpq_url(url))
    query = f"?{parts.query}" if parts.query else ""
    return f"postgresql://{parts.netloc}/{quote(database, safe='')}{query}"


def role_url(admin_url: str, database: str, role: str, password: str) -> str:
    parts = urlsplit(with_database(admin_url, database))
    place = parts.netloc.rpartition("@")[2]
    query = f"?{parts.query}" if parts.query else ""
    return f"postgresql://{role}:{quote(password, safe='')}@{place}{parts.path}{query}"


def database_of(admin_url: str) -> str:
    """The database an administrative URL means: the one it names, or ours where it names none of its own."""
    named = unquote(urlsplit(libpq_url(admin_url)).path.strip("/"))
    return DATABASE if named in {"", "postgres", "template1"} else named


def connect(url: str) -> Connection[tuple[Any, ...]]:
    return psycopg.connect(url, autocommit=True, connect_timeout=5)


def connect_admin(admin_url: str) -> Connection[tuple[Any, ...]]:
    """Connect where the URL says, or to `postgres` when it names a database that is still to be made."""
    try:
        return connect(libpq_url(admin_url))
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error) or "database" not in str(error):
            raise
        return connect(with_database(admin_url, "postgres"))


def bootstrap_roles(admin_url: str, database: str, passwords: Mapping[str, str]) -> Urls:
    """Create or correct the roles, the database and their rights, and return the roles' URLs.

    `passwords` has the keys owner, app and relay. May be repeated at every start. The administrator needs to
    be superuser, or to have CREATEROLE and CREATEDB. psycopg.Error when it may not, or cannot be reached.
    """
    with connect_admin(admin_url) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        for key, role in ROLES.items():
            ensure_role(admin, role, passwords[key])
        ensure_search_role(admin)
        ensure_database(admin, database)
    with connect(with_database(admin_url, database)) as admin:
        grant(admin, database)
    urls = {key: role_url(admin_url, database, role, passwords[key]) for key, role in ROLES.items()}
    with connect(urls["app"]):
        pass  # the server's own rules (pg_hba.conf) may still refuse the role
    return Urls(**{key: sqlalchemy_url(url) for key, url in urls.items()})


def ensure_role(admin: Connection[tuple[Any, ...]], role: str, password: str) -> None:
    # The verifier is made here, so that the password is in no statement and no server log.
    verifier = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    excess = admin.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR NOT rolcanlogin"
        " FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()
    if excess is None:
        statement = sql.SQL("CREATE ROLE {} {} PASSWORD {}")
        admin.execute(statement.format(sql.Identifier(role), LIMITS, sql.Literal(verifier)))
        return
    admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))
    if excess[0]:  # only then: naming these attributes at all is reserved to a superuser
        admin.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role), LIMITS))


def ensure_search_role(admin: Connection[tuple[Any, ...]]) -> None:
    """The role without a sign-in, which the owner may hand a function to."""
    found = admin.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin"
        " FROM pg_roles WHERE rolname = %s",
        [SEARCH],
    ).fetchone()
    role, owner = sql.Identifier(SEARCH), sql.Identifier(ROLES["owner"])
    if found is None:
        admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
    elif found[0]:
        limits = sql.SQL("NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION")
        admin.execute(sql.SQL("ALTER ROLE {} {}").format(role, limits))
    newer = admin.info.server_version >= 160_000
    may = admin.execute(
        "SELECT pg_has_role(%s, %s, %s)", [ROLES["owner"], SEARCH, "SET" if newer else "MEMBER"]
    ).fetchone()
    if may != (True,):
        options = sql.SQL(" WITH SET TRUE, INHERIT FALSE" if newer else "")
        admin.execute(sql.SQL("GRANT {} TO {}{}").format(role, owner, options))


def ensure_database(admin: Connection[tuple[Any, ...]], database: str) -> None:
    owner, name = sql.Identifier(ROLES["owner"]), sql.Identifier(database)
    become_member(admin)
    found = admin.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [database]
    ).fetchone()
    if found is None:
        statement = sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0")
        admin.execute(statement.format(name, owner))
    elif found[0] != ROLES["owner"]:
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))


def become_member(admin: Connection[tuple[Any, ...]]) -> None:
    """Let an administrator who is not superuser act as the owner; since PostgreSQL 16 a right of its own."""
    newer = admin.info.server_version >= 160_000
    may = admin.execute(
        "SELECT pg_has_role(current_user, %s, %s)", [ROLES["owner"], "SET" if newer else "MEMBER"]
    ).fetchone()
    if may != (True,):
        options = sql.SQL(" WITH SET TRUE, INHERIT FALSE" if newer else "")
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER{}").format(sql.Identifier(ROLES["owner"]), options))


def grant(admin: Connection[tuple[Any, ...]], database: str) -> None:
    """Rights on the database and its schema, connected to that database."""
    owner, app, relay = (sql.Identifier(role) for role in ROLES.values())
    holder = admin.execute(
        "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'"
    ).fetchone()
    if holder not in {("pg_database_owner",), (ROLES["owner"],)}:  # a database made before PostgreSQL 15
        admin.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
    names = {"name": sql.Identifier(database), "owner": owner, "app": app, "relay": relay}
    for statement in (
        "SET ROLE {owner}",
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        "REVOKE ALL ON DATABASE {name} FROM {app}, {relay}",
        "GRANT CONNECT ON DATABASE {name} TO {app}, {relay}, SESSION_USER",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}, {relay}",
    ):
        admin.execute(sql.SQL(statement).format(**names))


def refusal(name: str, url: str, error: Exception) -> StartError:
    """What a person may know of a failed connection to the URL in setting `name`: never the password."""
    try:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2] or parts.query or "soket lokal"
    except ValueError:
        place = "alamat yang tidak terbaca"
    reason = (str(error).strip().splitlines() or ["tanpa keterangan"])[0].strip()
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        reason = (
            "akun itu tidak boleh membuat peran dan basis data. Pakai akun pengelola, "
            "atau setel juga DATABASE_OWNER_URL dan DATABASE_RELAY_URL"
        )
    return StartError(f"{name} tidak dapat dipakai ({place}): {reason.rstrip('.')}.")
