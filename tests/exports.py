"""Excel exports of the national side as tests need them: right ones, and ones made to do harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import xlsxwriter

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
#: rows above the heading
PREAMBLE = (
    ("Laporan Pengaduan",),
    ("Instansi", "Pemerintah Kota Contoh"),
    ("Tanggal unduh", "20 Nov 2026 08:00"),
    ("Periode", "Nov 2026"),
)
FIRST_ROW = len(PREAMBLE) + 2


def line(number: object, **values: object) -> dict[str, object]:
    """A row of the export; `values` by column name, with _ for blanks."""
    row: dict[str, object] = {
        "Tracking ID": number,
        "Tanggal Laporan Masuk": "3 Nov 2026",
        "Waktu Laporan Masuk": "10:15:00",
        "Nama Pelapor": f"Warga {number}",
        "Klasifikasi Laporan": "Pengaduan",
        "Judul Laporan": f"Lampu jalan mati di gang {number}",
        "Isi Laporan Awal": f"Lampu jalan di gang {number} mati sejak sepekan.",
        "Isi Laporan Akhir": f"Lampu jalan di gang {number} mati sejak sepekan.",
        "Status Laporan": "Belum Terverifikasi",
    }
    return row | {name.replace("_", " "): value for name, value in values.items()}


def workbook(
    rows: Iterable[Mapping[str, object]],
    columns: Iterable[str] = COLUMNS,
    preamble: Iterable[Iterable[str]] = PREAMBLE,
    more: Callable[[Any, Any], None] | None = None,
) -> bytes:
    """The file; strings that begin with = become formulas. `more(book, sheet)` adds to it."""
    stream = io.BytesIO()
    names = list(columns)
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, words in enumerate(preamble):
            sheet.write_row(number, 0, list(words))
        sheet.write_row(FIRST_ROW - 2, 0, names)
        for number, row in enumerate(rows, FIRST_ROW - 1):
            sheet.write_row(number, 0, [row.get(name) for name in names])
        if more is not None:
            more(book, sheet)
    return stream.getvalue()


def altered(data: bytes, **parts: bytes | Callable[[bytes], bytes] | None) -> bytes:
    """The file with parts added, replaced or changed; names with __ for / and _dot_ for a dot."""
    given = {name.replace("__", "/").replace("_dot_", "."): value for name, value in parts.items()}
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.infolist():
            value = given.pop(item.filename, old.read(item))
            if value is not None:
                new.writestr(item.filename, value(old.read(item)) if callable(value) else value)
        for name, value in given.items():
            assert isinstance(value, bytes)
            new.writestr(name, value)
    return stream.getvalue()
