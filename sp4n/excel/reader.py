"""The export's rows as plain values, in order and without holding the sheet in memory.

The file is guarded first; formulas come as their text and are never calculated.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

from sp4n.excel import guard
from sp4n.excel.guard import FileRefused

#: a value of a cell; a formula is its text
Cell = str | int | float | datetime | date | time | None

HEADING = "tracking id"
#: the preamble is a handful of lines
HEADING_WITHIN = 50
LONGEST_CELL = 32_767
#: the columns without which a report cannot be told; the export has more
NEEDED = (
    "Tracking ID",
    "Tanggal Laporan Masuk",
    "Judul Laporan",
    "Isi Laporan Awal",
    "Isi Laporan Akhir",
    "Tipe Laporan (Anonim/Rahasia)",
    "Instansi Induk",
    "ID Instansi Terdisposisi",
    "Instansi Terdisposisi",
    "Status Laporan",
)
#: what a broken workbook makes the library raise
_BROKEN = (
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    ParseError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The export: the lines above its heading, about how many rows follow, and those rows.

    A row is (its number in the sheet, {column in lower case: cell}); rows without any cell are left out.
    """

    preamble: tuple[str, ...]
    expected: int
    rows: Iterator[tuple[int, dict[str, Cell]]]


@contextmanager
def opened(data: bytes) -> Iterator[Sheet]:
    """The sheet of a guarded file, for one pass. Raises FileRefused, also while rows are taken."""
    facts = guard.check(data)
    from openpyxl import load_workbook  # here: only the worker needs it, and it is large

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except _BROKEN as error:
        raise FileRefused(guard.DAMAGED) from error
    try:
        if len(book.sheetnames) != 1:
            raise FileRefused(guard.SEVERAL if len(book.sheetnames) > 1 else guard.NOT_A_WORKBOOK)
        if len(book.worksheets) != 1:
            raise FileRefused(guard.NOT_A_WORKBOOK)
        lines = _lines(book.worksheets[0])
        preamble, number, columns = _heading(lines)
        if facts.merged_until >= number:
            raise FileRefused(guard.MERGED_ROWS)
        yield Sheet(preamble, max(0, facts.rows - number), _rows(lines, number, columns))
    finally:
        book.close()


def _lines(sheet: Any) -> Iterator[tuple[Any, ...]]:
    cells = sheet.iter_rows(max_row=guard.MOST_ROWS, max_col=guard.WIDEST, values_only=True)
    while True:
        try:
            line = next(cells)
        except StopIteration:
            return
        except _BROKEN as error:
            raise FileRefused(guard.DAMAGED) from error
        yield line


def _heading(lines: Iterator[tuple[Any, ...]]) -> tuple[tuple[str, ...], int, dict[int, str]]:
    """The lines before the heading, the heading's number and its columns by position."""
    preamble: list[str] = []
    for number, line in enumerate(lines, 1):
        words = [_words(cell) for cell in line]
        if words and words[0].casefold() == HEADING:
            return tuple(preamble), number, _columns(words)
        preamble.append(" ".join(each for each in words if each))
        if number >= HEADING_WITHIN:
            break
    raise FileRefused(
        "Baris judul kolom dengan “Tracking ID” tidak ditemukan. Unggah ekspor laporan dari SP4N-LAPOR!."
    )


def _columns(words: list[str]) -> dict[int, str]:
    columns = {position: word.casefold() for position, word in enumerate(words) if word}
    if len(set(columns.values())) != len(columns):
        raise FileRefused("Ada dua kolom dengan judul yang sama. Unggah ekspor asli dari SP4N-LAPOR!.")
    missing = [name for name in NEEDED if name.casefold() not in columns.values()]
    if missing:
        raise FileRefused(f"Kolom {', '.join(f'“{name}”' for name in missing)} tidak ada di dalam berkas.")
    return columns


def _rows(
    lines: Iterator[tuple[Any, ...]], heading: int, columns: dict[int, str]
) -> Iterator[tuple[int, dict[str, Cell]]]:
    for number, line in enumerate(lines, heading + 1):
        row = {name: _cell(line[position]) for position, name in columns.items() if position < len(line)}
        if any(value is not None for value in row.values()):
            yield number, row


def _cell(value: Any) -> Cell:
    """Booleans as their words; of a formula over several cells only that it is one."""
    if value is None or isinstance(value, int | float | datetime | date | time):
        return str(value).upper() if isinstance(value, bool) else value
    text = value if isinstance(value, str) else "="
    return text[:LONGEST_CELL].replace("\0", "").strip() or None


def _words(value: Any) -> str:
    cell = _cell(value)
    return "" if cell is None else " ".join(str(cell).split())
