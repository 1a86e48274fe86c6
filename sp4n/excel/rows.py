"""One row of the export as values of ours, or the reason why it is none. Pure.

Columns and writings as in the export of LAPOR!: dates like "3 Jan 2026", numbers as text or as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sp4n.contract import ContractError, identifier, parse_instant
from sp4n.excel.reader import Cell

MOST_DIGITS = 15
LONGEST_TITLE, LONGEST_TEXT, LONGEST_NAME = 500, 32_000, 200
#: a clock that is ahead, or a zone that was guessed wrong
AHEAD = timedelta(days=1)
_FIRST_DAY = date(1899, 12, 30)
#: columns that are kept as they are, beside ours
_KEPT = {
    "reason": "alasan tunda/arsip",
    "category": "kategori",
    "classification": "klasifikasi laporan",
    "source": "sumber laporan",
    "decree": "nomor sk",
    "rating": "rating",
}


class RowProblem(Exception):
    """The row cannot be taken. `message` says why, in Indonesian."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A report as the export tells it. `happened_at` is when it was filed there (ISO 8601, UTC)."""

    number: str
    happened_at: str
    title: str
    initial: str
    final: str
    status: str
    reporter: str
    is_anonymous: bool
    is_secret: bool
    parent: str
    institution_id: int | None
    institution: str
    category_id: int | None
    place: str
    kept: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """For the row's payload."""
        return asdict(self)


def parse(cells: Mapping[str, Cell], zone: tzinfo, now: datetime) -> ExportRow:
    """The row of these cells, by column name in lower case. Raises RowProblem."""
    number = _number(cells, "Tracking ID", is_needed=True)
    if len(str(number)) > MOST_DIGITS:
        raise RowProblem(f"Tracking ID lebih dari {MOST_DIGITS} angka")
    initial, final = _long(cells, "Isi Laporan Awal"), _long(cells, "Isi Laporan Akhir")
    if not (initial or final):
        raise RowProblem("Isi laporan kosong")
    status = _text(cells, "Status Laporan")
    if not status:
        raise RowProblem("Status Laporan kosong")
    kind = _text(cells, "Tipe Laporan (Anonim/Rahasia)").casefold()
    return ExportRow(
        number=str(number),
        happened_at=_moment(cells, zone, now).isoformat(),
        title=_text(cells, "Judul Laporan", LONGEST_TITLE),
        initial=initial or final,
        final=final or initial,
        status=status,
        reporter=_text(cells, "Nama Pelapor"),
        is_anonymous="anonim" in kind,
        is_secret="rahasia" in kind,
        parent=_text(cells, "Instansi Induk"),
        institution_id=_number(cells, "ID Instansi Terdisposisi"),
        institution=_text(cells, "Instansi Terdisposisi"),
        category_id=_number(cells, "ID Kategori"),
        place=", ".join(filter(None, (_text(cells, "Kelurahan"), _text(cells, "Kecamatan")))),
        kept={name: words for name, column in _KEPT.items() if (words := _text(cells, column))},
    )


def from_json(payload: Mapping[str, Any]) -> ExportRow:
    """What `as_json` wrote."""
    return ExportRow(**payload)


def _text(cells: Mapping[str, Cell], column: str, longest: int = LONGEST_NAME) -> str:
    words = " ".join(_written(cells.get(column.casefold())).split())
    if len(words) > longest:
        raise RowProblem(f"{column} lebih dari {longest} huruf")
    return words


def _long(cells: Mapping[str, Cell], column: str) -> str:
    words = _written(cells.get(column.casefold())).strip()
    if len(words) > LONGEST_TEXT:
        raise RowProblem(f"{column} lebih dari 32.000 huruf")
    return words


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def _number(cells: Mapping[str, Cell], column: str, *, is_needed: bool = False) -> int | None:
    cell = cells.get(column.casefold())
    if cell is None or (isinstance(cell, str) and cell.strip() in ("", "-", "0")):
        if is_needed:
            raise RowProblem(f"{column} kosong")
        return None
    try:
        return int(identifier(cell, column))
    except ContractError as error:
        is_formula = isinstance(cell, str) and cell.startswith("=")
        raise RowProblem(f"{column} berisi rumus" if is_formula else f"{column} bukan angka") from error


def _moment(cells: Mapping[str, Cell], zone: tzinfo, now: datetime) -> datetime:
    """When it was filed: the two columns together, as text or as cells that Excel holds as dates."""
    day, hour = cells.get("tanggal laporan masuk"), cells.get("waktu laporan masuk")
    if isinstance(day, int | float):
        day = _serial(day)
    if isinstance(day, datetime) and (hour is None or day.time() != time()):
        written = day.isoformat()
    else:
        written = f"{_day(day)} {_hour(hour)}".strip()
    found = parse_instant(written, zone)
    if found is None:
        raise RowProblem("Tanggal Laporan Masuk tidak dikenali")
    if found > now + AHEAD:
        raise RowProblem("Tanggal Laporan Masuk di masa depan")
    return min(found, now)


def _serial(value: int | float) -> date | None:
    """A date as Excel counts it, where the cell lost its format."""
    return _FIRST_DAY + timedelta(days=int(value)) if 1 <= value < 100_000 else None


def _day(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else _written(cell)


def _hour(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.time().isoformat("seconds")
    if isinstance(cell, time):
        return cell.isoformat("seconds")
    if isinstance(cell, float) and 0 <= cell < 1:
        seconds = min(round(cell * 86_400), 86_399)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return _written(cell)
