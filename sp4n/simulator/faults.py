"""Faults that can be switched on while the simulator runs, per client and per endpoint: one table, two hooks.

A fault acts before anything is written, or after it: then it happened, but the caller is not told.
"""

import random
import select
import socket
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, jsonify, request

from . import spoiling
from .moments import stamp
from .shapes import failure
from .store import Row

Act = Callable[[Row], Response | None]
PAGE = "<!doctype html><title>Pemeliharaan</title><h1>Sistem dalam pemeliharaan</h1>"


@dataclass(frozen=True)
class Fault:
    """One of `act` (it answers instead) and `reshape` (it spoils the true answer)."""

    label: str
    act: Act | None = None
    is_after_write: bool = False
    reshape: spoiling.Reshape | None = None


def _server_error(row: Row) -> Response:
    return failure(row["status"] if row["status"] >= 500 else 500, "Terjadi kesalahan pada server")


def _html_error(row: Row) -> Response:
    return Response(PAGE, status=row["status"] if row["status"] >= 500 else 503, mimetype="text/html")


def _too_many(row: Row) -> Response:
    response = failure(429, "Terlalu banyak permintaan")
    response.headers["Retry-After"] = str(round(row["seconds"]))
    return response


def _slow(row: Row) -> None:
    wait(row["seconds"])


def _hang(row: Row) -> Response:
    wait(row["seconds"])
    return _drop(row)


def _drop(row: Row) -> Response:
    """Close the connection under the answer. What the server writes afterwards goes nowhere."""
    _connection().shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def _refused_in_success(row: Row) -> Response:
    return jsonify({"success": False, "results": None, "message": "Data tidak dapat diproses"})


def _refused_aloud(row: Row) -> Response:
    message = f"<script>alert('sp4n')</script><b>Ditolak</b> untuk {spoiling.credentials()}"
    return failure(422, message, {"content": [message]})


def _oversize(row: Row) -> Response:
    return Response("[" + "0," * 8_000_000 + "0]", mimetype="application/json")


def _truncated(row: Row) -> Response:
    response = Response(b'{"results": {"da', mimetype="application/json")
    response.headers["Content-Length"] = "5000"
    return response


FAULTS = {
    "server_error": Fault("Kesalahan server (5xx), tidak diproses", _server_error),
    "html_error": Fault("Halaman pemeliharaan (HTML dengan 5xx), tidak diproses", _html_error),
    "rate_limit": Fault("Terlalu banyak permintaan (429 dengan Retry-After)", _too_many),
    "unauthorized": Fault("Kredensial ditolak (401)", lambda row: failure(401, "Unauthorized")),
    "slow": Fault("Lambat, lalu diproses seperti biasa", _slow),
    "drop": Fault("Sambungan diputus, tidak diproses", _drop),
    "refused_in_success": Fault("Jawaban 200 berisi penolakan, tidak diproses", _refused_in_success),
    "garbage": Fault("Jawaban 200 berisi halaman", lambda row: Response(PAGE, mimetype="text/html")),
    "oversize": Fault("Jawaban terlalu besar", _oversize),
    "redirect": Fault(
        "Dialihkan ke alamat lain (302)", lambda row: Response(status=302, headers={"Location": "/"})
    ),
    "timeout_after_commit": Fault("Diproses, lalu tidak pernah dijawab", _hang, is_after_write=True),
    "drop_after_commit": Fault("Diproses, lalu sambungan diputus", _drop, is_after_write=True),
    "error_after_commit": Fault(
        "Diproses, lalu dijawab kesalahan server (5xx)", _server_error, is_after_write=True
    ),
    "truncated": Fault("Diproses, lalu jawaban terpotong", _truncated, is_after_write=True),
    "wrong_shape": Fault(
        "Diproses, lalu jawaban berbentuk lain", lambda row: jsonify([]), is_after_write=True
    ),
    "renamed_header": Fault(
        "Nama header kredensial berganti (401)", lambda row: failure(401, "Header X-Lapor-Key diperlukan")
    ),
    "not_modified": Fault(
        "Selalu dijawab “tidak berubah” (304)", lambda row: Response(status=304, mimetype="application/json")
    ),
    "empty": Fault("Jawaban 200 tanpa isi", lambda row: Response(b"", mimetype="application/json")),
    "long_dates": Fault("Tanggal ditulis panjang", reshape=spoiling.long_dates),
    "unknown_status": Fault("Status yang belum dikenal", reshape=spoiling.unknown_status),
    "doubled": Fault("Setiap entri daftar dua kali", reshape=spoiling.doubled),
    "shuffled": Fault("Daftar tidak berurutan", reshape=spoiling.shuffled),
    "missing_pages": Fault("Halaman berikutnya hilang", reshape=spoiling.first_page_only),
    "renamed_keys": Fault("Nama kunci jawaban berganti", reshape=spoiling.renamed_keys),
    "other_types": Fault("Jenis nilai jawaban berganti", reshape=spoiling.other_types),
    "foreign_institution": Fault("Laporan instansi lain", reshape=spoiling.foreign_institution),
    "foreign_ids": Fault("Nomor laporan lain", reshape=spoiling.foreign_ids),
    "refused_aloud": Fault("Ditolak (422) dengan skrip dan kredensial dalam pesannya", _refused_aloud),
    "echoed": Fault("Kredensial terulang di dalam isi jawaban", reshape=spoiling.echoed),
    "lost_attachments": Fault("Lampiran hilang", reshape=spoiling.without_files),
}


def take(db: sqlite3.Connection, endpoint: str, client_id: int | None) -> Row | None:
    """The oldest fault that fits this request and strikes, counted down. Needs a write transaction.

    One with a `chance` strikes that often; one with `from_at` or `until_at` only within that time.
    """
    now = stamp()
    rows = db.execute(
        "SELECT * FROM faults WHERE (client_id IS NULL OR client_id = ?)"
        " AND (endpoint IS NULL OR endpoint = ?) AND (remaining IS NULL OR remaining > 0)"
        " AND (from_at IS NULL OR from_at <= ?) AND (until_at IS NULL OR until_at > ?) ORDER BY id",
        (client_id, endpoint, now, now),
    ).fetchall()
    row: Row | None = next((each for each in rows if _strikes(each["chance"])), None)
    if row is not None and row["remaining"] is not None:
        db.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
    return row


def _strikes(chance: float) -> bool:
    return chance >= 1 or random.random() < chance  # noqa: S311 - a game of chance, not a secret


def wait(seconds: float) -> None:
    """Hold the answer back for `seconds`, or until the caller hangs up."""
    connection = _connection()
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        readable, _, _ = select.select([connection], [], [], min(left, 0.5))
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return
        if readable:
            time.sleep(min(left, 0.05))


def _connection() -> socket.socket:
    found: socket.socket = request.environ["werkzeug.socket"]
    return found
