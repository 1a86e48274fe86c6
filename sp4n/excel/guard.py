"""Whether an uploaded file may be opened as a workbook at all. Nothing in it is believed before this.

Every part is unpacked once, in pieces and within bounds, by a parser that takes neither DTD nor entities.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pyexpat import ExpatError
from typing import IO
from xml.parsers import expat

MOST_BYTES = 24_000_000
MOST_PARTS = 200
#: unpacked, all parts together; the sheet; the texts it shares (they are held in memory); any other part
MOST_UNPACKED = 500_000_000
MOST_SHEET = 400_000_000
MOST_TEXTS = 96_000_000
MOST_OTHER = 4_000_000
#: a sheet of real reports packs about 1 : 15
HIGHEST_RATIO = 250
RATIO_FROM = 1_000_000
#: rows with data or without
MOST_ROWS = 100_000
MOST_SHARED = 3_000_000
#: the last column that may hold something; the export has 26
WIDEST = 60
#: of one row, with data or without: the row is held in memory
MOST_CELLS = 1_000
_PIECE = 1 << 18
#: the bit of a part of the archive that is encrypted
_LOCKED = 1

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
_BINARY = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bin")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_TEXTS = "xl/sharedstrings.xml"
#: lists the formulas of a sheet under the name that cells have there
_CHAIN = "xl/calcchain.xml"
_MOST_LETTERS = 3
_MERGED = re.compile(r"\$?[A-Z]{1,3}\$?(\d{1,7})(?::\$?[A-Z]{1,3}\$?(\d{1,7}))?")

NOT_A_WORKBOOK = "Berkas ini bukan buku kerja Excel (.xlsx). Unduh lagi ekspor dari SP4N-LAPOR!, lalu unggah."
DAMAGED = "Berkas rusak dan tidak dapat dibaca. Unduh lagi ekspor dari SP4N-LAPOR!, lalu unggah."
OLD = "Berkas memakai format Excel lama (.xls) atau terkunci sandi. Simpan sebagai .xlsx tanpa sandi."
TOO_LARGE = (
    f"Berkas lebih besar dari {MOST_BYTES // 1_000_000} MB. Unduh ekspor dengan rentang waktu lebih pendek."
)
BOMB = "Isi berkas jauh lebih besar daripada ukurannya dan ditolak demi keamanan."
MACROS = "Berkas berisi makro dan ditolak demi keamanan. Unggah ekspor asli berformat .xlsx."
LINKS = "Berkas berisi tautan ke buku kerja lain dan ditolak demi keamanan. Unggah ekspor asli."
UNSAFE = "Berkas berisi deklarasi XML yang tidak diizinkan dan ditolak demi keamanan."
SEVERAL = "Berkas berisi lebih dari satu lembar. Simpan lembar ekspor SP4N-LAPOR! saja, lalu unggah."
MANY_ROWS = "Lembar berisi lebih dari 100.000 baris. Hapus baris kosong di bawah data atau bagi berkasnya."
MANY_COLUMNS = f"Lembar berisi lebih dari {WIDEST} kolom. Unggah ekspor asli dari SP4N-LAPOR!."
MERGED_ROWS = "Lembar berisi sel gabungan di dalam data. Pisahkan sel gabungan atau unggah ekspor asli."


class FileRefused(Exception):
    """The file is not opened, or not taken. `message` is one Indonesian sentence for the officer."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(slots=True)
class Facts:
    """What the parts hold: rows, the last with merged cells, shared texts; where the parser is in a row."""

    rows: int = 0
    merged_until: int = 0
    shared: int = 0
    cells: int = 0
    column: int = 0

    def row(self, attributes: dict[str, str]) -> None:
        self.rows, self.cells, self.column = self.rows + 1, 0, 0
        if self.rows > MOST_ROWS or _number(attributes.get("r", "1")) > MOST_ROWS:
            raise FileRefused(MANY_ROWS)

    def cell(self, attributes: dict[str, str]) -> None:
        self.cells += 1
        if self.cells > MOST_CELLS:
            raise FileRefused(MANY_COLUMNS)
        place = attributes.get("r")
        self.column = _column(place) if place else self.column + 1

    def content(self, _attributes: dict[str, str]) -> None:
        if self.column > WIDEST:
            raise FileRefused(MANY_COLUMNS)

    def shared_text(self, _attributes: dict[str, str]) -> None:
        self.shared += 1
        if self.shared > MOST_SHARED:
            raise FileRefused(BOMB)

    def merged(self, attributes: dict[str, str]) -> None:
        found = _MERGED.fullmatch(attributes.get("ref", ""))
        if found is None:
            raise FileRefused(DAMAGED)
        self.merged_until = max(self.merged_until, *(int(row) for row in found.groups("0")))


def check_outside(data: bytes) -> None:
    """What size, first bytes and list of parts say: quick, while the officer waits. Raises FileRefused."""
    if len(data) > MOST_BYTES:
        raise FileRefused(TOO_LARGE)
    if data.startswith(_OLD_EXCEL):
        raise FileRefused(OLD)
    if not data.startswith(b"PK"):
        raise FileRefused(NOT_A_WORKBOOK)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_list(archive.infolist())
    except _BROKEN as error:
        raise FileRefused(DAMAGED) from error


def check(data: bytes) -> Facts:
    """Look through the whole file. Raises FileRefused with the first thing that must not be."""
    check_outside(data)
    facts = Facts()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                if not part.filename.lower().endswith(_BINARY) and not part.is_dir():
                    with archive.open(part) as stream:
                        _look_through(stream, part, facts)
    except _BROKEN as error:
        raise FileRefused(DAMAGED) from error
    return facts


def _check_list(parts: list[zipfile.ZipInfo]) -> None:
    """What the archive's own list says. Raises FileRefused."""
    names = [part.filename.lower() for part in parts]
    if len(parts) > MOST_PARTS or len(set(names)) != len(names):
        raise FileRefused(DAMAGED)
    if any(part.flag_bits & _LOCKED for part in parts):
        raise FileRefused(OLD)
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise FileRefused(NOT_A_WORKBOOK)
    if any("vbaproject" in name or name.startswith(("xl/macrosheets/", "xl/activex/")) for name in names):
        raise FileRefused(MACROS)
    if any(name.startswith(("xl/externallinks/", "xl/connections", "xl/querytables/")) for name in names):
        raise FileRefused(LINKS)
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise FileRefused(BOMB)
    for part in parts:
        swells = part.file_size > HIGHEST_RATIO * max(part.compress_size, 1)
        if part.file_size > _limit(part) or (swells and part.file_size > RATIO_FROM):
            raise FileRefused(BOMB)
    if sum(1 for name in names if _SHEET.fullmatch(name)) > 1:
        raise FileRefused(SEVERAL)


def _limit(part: zipfile.ZipInfo) -> int:
    name = part.filename.lower()
    if _SHEET.fullmatch(name):
        return MOST_SHEET
    return MOST_TEXTS if name == _TEXTS else MOST_OTHER


def _look_through(stream: IO[bytes], part: zipfile.ZipInfo, facts: Facts) -> None:
    facts.cells = facts.column = 0
    parser = _parser(facts, is_chain=part.filename.lower() == _CHAIN)
    read, limit = 0, _limit(part)
    try:
        while piece := stream.read(_PIECE):
            read += len(piece)
            if read > limit:
                raise FileRefused(BOMB)
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except ExpatError as error:
        raise FileRefused(DAMAGED) from error


def _parser(facts: Facts, *, is_chain: bool) -> expat.XMLParserType:
    """Tells `facts` what begins; a declaration of any kind ends it."""
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def declared(*_declaration: object) -> None:
        raise FileRefused(UNSAFE)

    def override(attributes: dict[str, str]) -> None:
        if "macroEnabled" in attributes.get("ContentType", ""):
            raise FileRefused(MACROS)

    heard = {
        "row": facts.row,
        "v": facts.content,
        "f": facts.content,
        "is": facts.content,
        "si": facts.shared_text,
        "mergeCell": facts.merged,
        "Override": override,
    }
    if not is_chain:
        heard["c"] = facts.cell

    def began(name: str, attributes: dict[str, str]) -> None:
        listener = heard.get(name.rpartition(":")[2])
        if listener is not None:
            listener(attributes)

    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    parser.StartElementHandler = began
    return parser


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise FileRefused(DAMAGED)
    return int(text[:9])


def _column(place: str) -> int:
    """The column's number in a place like BH12."""
    letters = place.rstrip("0123456789").upper()
    if not 1 <= len(letters) <= _MOST_LETTERS:
        raise FileRefused(DAMAGED)
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
