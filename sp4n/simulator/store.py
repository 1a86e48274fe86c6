"""The simulator's SQLite file: schema, seed and transactions. An answered API call survives a power cut."""

import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flask import current_app

Row = sqlite3.Row
FIRST_COMPLAINT_ID = 6340753
NATIONAL_NAME = "Admin Nasional"
SEED_FILE = Path(__file__).with_name("seed.json")

SCHEMA = """
CREATE TABLE IF NOT EXISTS institutions (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, parent_id INTEGER REFERENCES institutions(id));
CREATE TABLE IF NOT EXISTS clients (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, secret TEXT NOT NULL, token TEXT NOT NULL,
  institution_id INTEGER NOT NULL REFERENCES institutions(id), UNIQUE (secret, token));
CREATE TABLE IF NOT EXISTS uploads (
  id INTEGER PRIMARY KEY AUTOINCREMENT, client_id INTEGER REFERENCES clients(id), kind TEXT NOT NULL,
  file_name TEXT NOT NULL, extension TEXT NOT NULL, media_type TEXT NOT NULL, content BLOB NOT NULL,
  complaint_id INTEGER REFERENCES complaints(id), followup_id INTEGER REFERENCES followups(id));
CREATE TABLE IF NOT EXISTS complaints (
  id INTEGER PRIMARY KEY AUTOINCREMENT, client_id INTEGER REFERENCES clients(id), payload TEXT NOT NULL,
  title TEXT NOT NULL, content TEXT NOT NULL, channel INTEGER, classification_id INTEGER, category_id INTEGER,
  location_id INTEGER, disposition_id INTEGER REFERENCES institutions(id), status_code INTEGER NOT NULL,
  status_name TEXT NOT NULL, date_of_incident TEXT, is_anonymous INTEGER NOT NULL, is_secret INTEGER NOT NULL,
  tags_raw TEXT NOT NULL, reporter_name TEXT NOT NULL, reporter_email TEXT NOT NULL,
  reporter_phone TEXT NOT NULL,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, final_content TEXT);
CREATE TABLE IF NOT EXISTS parties (
  complaint_id INTEGER NOT NULL REFERENCES complaints(id),
  institution_id INTEGER NOT NULL REFERENCES institutions(id),
  PRIMARY KEY (institution_id, complaint_id));
CREATE TABLE IF NOT EXISTS logs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, complaint_id INTEGER NOT NULL REFERENCES complaints(id),
  at TEXT NOT NULL,
  content TEXT NOT NULL, note TEXT NOT NULL, from_name TEXT NOT NULL, to_id INTEGER, to_name TEXT,
  status_old TEXT, status_new TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS followups (
  id INTEGER PRIMARY KEY AUTOINCREMENT, complaint_id INTEGER NOT NULL REFERENCES complaints(id),
  at TEXT NOT NULL,
  client_id INTEGER REFERENCES clients(id), from_name TEXT NOT NULL, to_name TEXT NOT NULL,
  template_code TEXT,
  template_content TEXT, content TEXT NOT NULL, rating INTEGER, is_secret INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
  id INTEGER PRIMARY KEY AUTOINCREMENT, client_id INTEGER REFERENCES clients(id), endpoint TEXT,
  kind TEXT NOT NULL,
  status INTEGER NOT NULL, seconds REAL NOT NULL, remaining INTEGER, chance REAL NOT NULL DEFAULT 1,
  from_at TEXT, until_at TEXT);
CREATE TABLE IF NOT EXISTS requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, client_id INTEGER, endpoint TEXT NOT NULL,
  method TEXT NOT NULL, path TEXT NOT NULL, complaint_id INTEGER, status INTEGER, fault TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS logs_of_complaint ON logs (complaint_id, id);
CREATE INDEX IF NOT EXISTS followups_of_complaint ON followups (complaint_id, id);
CREATE INDEX IF NOT EXISTS uploads_of_complaint ON uploads (complaint_id);
"""


LATER_COLUMNS = {
    "complaints": ("final_content TEXT",),
    "faults": ("chance REAL NOT NULL DEFAULT 1", "from_at TEXT", "until_at TEXT"),
    "requests": ("body TEXT",),
}


class Store:
    """Opens one connection per use; safe with threads. Writers queue on SQLite's own lock."""

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        # Held open: closing the last connection makes SQLite write everything back into the main file.
        self._held = self._connect()
        self._held.execute("PRAGMA journal_mode=WAL")
        self._held.executescript(SCHEMA)
        with self.write() as db:
            _complete(db)
            if db.execute("SELECT 1 FROM institutions LIMIT 1").fetchone() is None:
                _seed(db)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the write lock from its start; rolled back on any exception.

        Every write survives the end of this process; a `durable` one is on the disk when the block ends.
        """
        with closing(self._connect()) as connection:
            if durable:
                connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def store() -> Store:
    """The store of the running application."""
    found: Store = current_app.extensions["simulator_store"]
    return found


def insert(db: sqlite3.Connection, table: str, **values: object) -> int:
    """Insert one row; table and column names come from this package only, never from a request."""
    columns = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  # names are this package's own
    cursor = db.execute(sql, tuple(values.values()))
    return int(cursor.lastrowid or 0)


def add_client(db: sqlite3.Connection, institution_id: int, name: str) -> Row:
    """Give an institution an API account. Its credentials follow from its id: a demo can be repeated."""
    token = "{" + str(uuid.uuid5(uuid.NAMESPACE_OID, f"sp4n-simulator-{institution_id}")).upper() + "}"
    insert(
        db,
        "clients",
        id=institution_id,
        name=name,
        secret=f"Bearer simulator-{institution_id}",
        token=token,
        institution_id=institution_id,
    )
    row: Row = db.execute("SELECT * FROM clients WHERE id = ?", (institution_id,)).fetchone()
    return row


def _complete(db: sqlite3.Connection) -> None:
    """Columns that a data file of an earlier version lacks."""
    for table, columns in LATER_COLUMNS.items():
        known = {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}
        for column in columns:
            if column.split()[0] not in known:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _seed(db: sqlite3.Connection) -> None:
    seed: dict[str, Any] = json.loads(SEED_FILE.read_text(encoding="utf-8"))
    for entry in seed["institutions"]:
        insert(db, "institutions", id=entry["id"], name=entry["name"], parent_id=entry.get("parent_id"))
        if entry.get("client"):
            add_client(db, entry["id"], entry["name"])
    db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('complaints', ?)", (FIRST_COMPLAINT_ID - 1,))
