"""Tables as files: CSV as Indonesian spreadsheets read it, and XLSX. Pure.

Invariant: no cell is ever taken for a formula, whatever a citizen wrote.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Cell = str | datetime | None
#: beginnings that spreadsheets take for a formula or a command
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def defused(text: str) -> str:
    """Text that a spreadsheet shows as it is: a leading apostrophe where it would calculate."""
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]], zone: ZoneInfo) -> bytes:
    """Semicolons, CRLF and a byte order mark: a double click opens it in columns."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    for row in rows:
        writer.writerow([defused(_text(cell, zone)) for cell in row])
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8", "replace")


def as_xlsx(
    headings: Sequence[str], rows: Iterable[Sequence[Cell]], zone: ZoneInfo, about: Sequence[str] = ()
) -> bytes:
    """One sheet with a frozen heading; dates are dates. `about` fills a second sheet, line by line."""
    import xlsxwriter  # here: few requests need it

    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        sheet, bold = book.add_worksheet("Laporan"), book.add_format({"bold": True})
        instant = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(rows, 1):
            _write(sheet, number, row, zone, instant)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headings) - 1, 20)
        if about:
            notes = book.add_worksheet("Keterangan")
            for number, line in enumerate(about):
                notes.write_string(number, 0, line)
    return stream.getvalue()


def _write(sheet: Any, number: int, row: Sequence[Cell], zone: ZoneInfo, instant: Any) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, datetime):
            sheet.write_datetime(number, column, cell.astimezone(zone).replace(tzinfo=None), instant)
        elif cell:
            sheet.write_string(number, column, cell)


def _text(cell: Cell, zone: ZoneInfo) -> str:
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%d/%m/%Y %H.%M")
    return cell or ""
