"""The Excel export of an institution's reports, as the national site offers it: preamble, heading, rows.

What the numbers of categories and channels mean is not public: those columns say the number.
"""

import io
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from .moments import WIB
from .reports import REPORTER_NAME, institution_name
from .store import Row

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    "Tracking ID",
    "Tanggal Laporan Masuk",
    "Waktu Laporan Masuk",
    "Nama Pelapor",
    "Klasifikasi Laporan",
    "ID Kategori",
    "Kategori",
    "Judul Laporan",
    "Isi Laporan Awal",
    "Isi Laporan Akhir",
    "Tipe Laporan (Anonim/Rahasia)",
    "Sumber Laporan",
    "Instansi Induk",
    "ID Instansi Terdisposisi",
    "Instansi Terdisposisi",
    "Status Laporan",
    "Alasan Tunda/Arsip",
    "Provinsi",
    "Kota/Kabupaten",
    "Kecamatan",
    "Kelurahan",
    "Nomor SK",
    "Url SK",
    "Url Dokumen Laporan Tahunan",
    "Laporan yang Masuk melalui Kanal Aduan Setwapres",
    "Rating",
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
_REASONED = ("Tertunda", "Diarsipkan oleh Admin", "Diarsipkan oleh Sistem")
_HELD = """
SELECT c.*, i.name AS holder, p.name AS parent,
  (SELECT l.note FROM logs l WHERE l.complaint_id = c.id AND l.status_new = c.status_name
   AND l.status_old IS NOT l.status_new ORDER BY l.id DESC LIMIT 1) AS reason,
  (SELECT f.rating FROM followups f WHERE f.complaint_id = c.id AND f.from_name = ? AND f.rating IS NOT NULL
   ORDER BY f.id DESC LIMIT 1) AS rating
FROM complaints c JOIN institutions i ON i.id = c.disposition_id
LEFT JOIN institutions p ON p.id = i.parent_id
WHERE i.id = ? OR i.parent_id = ? ORDER BY c.id
"""


def workbook(db: sqlite3.Connection, institution_id: int) -> bytes | None:
    """The file, with what the offices under the institution hold too; None where nobody has this number."""
    name = institution_name(db, institution_id)
    if name is None:
        return None
    made_at = datetime.now(UTC).astimezone(WIB)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Laporan")
        for number, line in enumerate(
            (
                ("Laporan Pengaduan",),
                ("Instansi", name),
                ("Tanggal unduh", f"{_day(made_at)} {made_at:%H:%M:%S}"),
            )
        ):
            sheet.write_row(number, 0, line)
        sheet.write_row(4, 0, COLUMNS)
        for number, values in enumerate(_rows(db, institution_id), 5):
            sheet.write_row(number, 0, [values.get(column) for column in COLUMNS])
    return stream.getvalue()


def _rows(db: sqlite3.Connection, institution_id: int) -> Iterator[dict[str, Any]]:
    for row in db.execute(_HELD, (REPORTER_NAME, institution_id, institution_id)):
        yield _values(row)


def _values(row: Row) -> dict[str, Any]:
    filed_at = datetime.fromisoformat(row["created_at"]).astimezone(WIB)
    kinds = [
        word for word, is_on in (("Anonim", row["is_anonymous"]), ("Rahasia", row["is_secret"])) if is_on
    ]
    return {
        "Tracking ID": str(row["id"]),
        "Tanggal Laporan Masuk": _day(filed_at),
        "Waktu Laporan Masuk": f"{filed_at:%H:%M:%S}",
        "Nama Pelapor": None if row["is_anonymous"] else row["reporter_name"],
        "Klasifikasi Laporan": "Pengaduan",
        "ID Kategori": row["category_id"],
        "Kategori": f"Kategori {row['category_id']}" if row["category_id"] else None,
        "Judul Laporan": row["title"],
        "Isi Laporan Awal": row["content"],
        "Isi Laporan Akhir": row["final_content"] or row["content"],
        "Tipe Laporan (Anonim/Rahasia)": ", ".join(kinds) or None,
        "Sumber Laporan": f"Kanal {row['channel']}" if row["channel"] else None,
        "Instansi Induk": row["parent"] or row["holder"],
        "ID Instansi Terdisposisi": row["disposition_id"],
        "Instansi Terdisposisi": row["holder"],
        "Status Laporan": row["status_name"],
        "Alasan Tunda/Arsip": row["reason"] if row["status_name"] in _REASONED else None,
        "Rating": row["rating"],
    }


def _day(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
