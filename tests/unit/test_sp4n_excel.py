"""The guard, the reader and a row of the Excel export: hostile files end in one sentence each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from sp4n.contract import WIB
from sp4n.excel import guard, reader
from sp4n.excel.guard import FileRefused
from sp4n.excel.reading import told_at
from sp4n.excel.rows import ExportRow, RowProblem, from_json, parse
from tests.exports import COLUMNS, FIRST_ROW, altered, line, workbook

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SHEET = "xl__worksheets__sheet1_dot_xml"


def taken(data: bytes) -> list[tuple[int, dict[str, Any]]]:
    with reader.opened(data) as sheet:
        return list(sheet.rows)


def cells(**values: object) -> dict[str, Any]:
    return {name.casefold(): value for name, value in line(7, **values).items()}


def parsed(**values: object) -> ExportRow:
    return parse(cells(**values), WIB, NOW)


def test_rows_come_with_their_number_and_by_column() -> None:
    rows = taken(workbook([line(101), {}, line(102)]))
    assert [number for number, _ in rows] == [FIRST_ROW, FIRST_ROW + 2]
    assert rows[1][1]["tracking id"] == 102
    assert rows[0][1]["judul laporan"] == "Lampu jalan mati di gang 101"


def test_preamble_and_expected_rows_are_told() -> None:
    with reader.opened(workbook([line(101), line(102)])) as sheet:
        assert "Tanggal unduh 20 Nov 2026 08:00" in sheet.preamble
        assert sheet.expected == 2
        assert told_at(sheet.preamble, WIB) == datetime(2026, 11, 20, 1, tzinfo=UTC)


def test_a_formula_is_its_text() -> None:
    rows = taken(workbook([line("=1+1", **{"Judul Laporan": '=HYPERLINK("http://x.test","klik")'})]))
    assert rows[0][1]["tracking id"] == "=1+1"
    assert str(rows[0][1]["judul laporan"]).startswith("=HYPERLINK")


def _stored(data: bytes, **parts: Any) -> bytes:
    return altered(data, **parts)


def _swollen() -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([line(1)]))) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.infolist():
            content = old.read(item)
            if item.filename.endswith("sheet1.xml"):
                content = content.replace(b"<sheetData>", b"<sheetData>" + b" " * 30_000_000)
            new.writestr(item.filename, content)
    return stream.getvalue()


def _lying() -> bytes:
    """The list says a small size; the data go on."""
    data = bytearray(_swollen())
    real = (30_000_000).to_bytes(4, "little")
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    real = size.to_bytes(4, "little")
    return bytes(data).replace(real, (900_000).to_bytes(4, "little"))


def _empty_rows(sheet: bytes) -> bytes:
    more = b"".join(b'<row r="%d"/>' % number for number in range(20, 100_100))
    return sheet.replace(b"</sheetData>", more + b"</sheetData>")


def _far_row(sheet: bytes) -> bytes:
    return sheet.replace(b"</sheetData>", b'<row r="2000000000"/></sheetData>')


def _wide_row(sheet: bytes) -> bytes:
    cells = b"".join(b"<c><v>%d</v></c>" % (number * 7_919 % 1_000_003) for number in range(1_000_000))
    return sheet.replace(b"</sheetData>", b'<row r="20">' + cells + b"</row></sheetData>")


def _far_cell(sheet: bytes) -> bytes:
    return sheet.replace(b"</sheetData>", b'<row r="20"><c r="XFD20"><v>7</v></c></row></sheetData>')


def _unnamed_cell(sheet: bytes) -> bytes:
    """Right of column 60 without a place of its own."""
    cells = b'<c r="BH20"/><c><v>7</v></c>'
    return sheet.replace(b"</sheetData>", b'<row r="20">' + cells + b"</row></sheetData>")


def _formatted_cells(sheet: bytes) -> bytes:
    """Borders drawn far to the right, with nothing between them."""
    cells = b"".join(b'<c r="%s20" s="1"/>' % name for name in (b"A", b"BI", b"XFD"))
    return sheet.replace(b"</sheetData>", b'<row r="20">' + cells + b"</row></sheetData>")


def _locked() -> bytes:
    """Each part of the archive says that it is encrypted, in its head and in the list."""
    data = bytearray(workbook([line(1)]))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def _doctype(sheet: bytes) -> bytes:
    head, _, rest = sheet.partition(b"?>")
    return head + b'?><!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + rest


def _merged(row: int) -> Callable[[Any, Any], None]:
    return lambda _book, sheet: sheet.merge_range(row, 0, row, 3, "gabung")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", guard.NOT_A_WORKBOOK),
        (b"%PDF-1.7 bukan buku kerja", guard.NOT_A_WORKBOOK),
        (
            b"Tracking ID;Tanggal Laporan Masuk;Judul Laporan\n7001;3 Nov 2026;Lampu mati\n",
            guard.NOT_A_WORKBOOK,
        ),
        (b"PK\x03\x04 rusak", guard.DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, guard.OLD),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 9, guard.OLD),
        (workbook([line(1)])[:2_000], guard.DAMAGED),
        (b"PK" + b"\0" * guard.MOST_BYTES, guard.TOO_LARGE),
        (_swollen(), guard.BOMB),
        (_lying(), guard.DAMAGED),
        (_stored(workbook([line(1)]), xl__vbaProject_dot_bin=b"x"), guard.MACROS),
        (
            _stored(
                workbook([line(1)]),
                **{
                    "[Content_Types]_dot_xml": lambda old: old.replace(
                        b"sheet.main", b"sheet.macroEnabled.main"
                    )
                },
            ),
            guard.MACROS,
        ),
        (_stored(workbook([line(1)]), xl__externalLinks__externalLink1_dot_xml=b"<x/>"), guard.LINKS),
        (_stored(workbook([line(1)]), xl__connections_dot_xml=b"<x/>"), guard.LINKS),
        (_stored(workbook([line(1)]), **{SHEET: _doctype}), guard.UNSAFE),
        (_stored(workbook([line(1)]), **{SHEET: _empty_rows}), guard.MANY_ROWS),
        (_stored(workbook([line(1)]), **{SHEET: _far_row}), guard.MANY_ROWS),
        (_stored(workbook([line(1)]), **{SHEET: _wide_row}), guard.MANY_COLUMNS),
        (_stored(workbook([line(1)]), **{SHEET: _far_cell}), guard.MANY_COLUMNS),
        (_stored(workbook([line(1)]), **{SHEET: _unnamed_cell}), guard.MANY_COLUMNS),
        (workbook([line(1)], columns=[*COLUMNS, *(f"Kolom {n}" for n in range(35))]), guard.MANY_COLUMNS),
        (_locked(), guard.OLD),
        (_stored(workbook([line(1)]), **{SHEET: lambda old: old[:-30]}), guard.DAMAGED),
        (_stored(workbook([line(1)]), xl__workbook_dot_xml=None), guard.NOT_A_WORKBOOK),
        (workbook([line(1)], more=lambda book, _sheet: book.add_worksheet()), guard.SEVERAL),
        (workbook([line(1)], more=_merged(FIRST_ROW)), guard.MERGED_ROWS),
    ],
    ids=[
        "empty",
        "pdf",
        "csv",
        "broken",
        "old",
        "encrypted",
        "cut",
        "large",
        "swollen",
        "lying",
        "macro",
        "macro-type",
        "links",
        "connections",
        "doctype",
        "empty-rows",
        "far-row",
        "wide-row",
        "far-cell",
        "unnamed-cell",
        "wide-heading",
        "locked",
        "cut-sheet",
        "no-book",
        "sheets",
        "merged",
    ],
)
def test_a_hostile_file_ends_in_its_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(FileRefused) as refused:
        taken(data)
    assert refused.value.message == sentence


def test_columns_of_ones_own_and_empty_borders_are_no_harm() -> None:
    wide = workbook([line(1)], columns=[*COLUMNS, *(f"Kolom {n}" for n in range(34))])
    assert len(taken(altered(wide, **{SHEET: _formatted_cells}))) == 1


def test_a_list_of_many_formulas_is_no_wide_row() -> None:
    chain = b"".join(b'<c r="Z%d" i="1"/>' % row for row in range(1, 2_000))
    listed = altered(workbook([line(1)]), xl__calcChain_dot_xml=b"<calcChain>" + chain + b"</calcChain>")
    assert len(taken(listed)) == 1


def test_a_merged_title_above_the_heading_is_no_harm() -> None:
    assert len(taken(workbook([line(1)], more=_merged(0)))) == 1


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("Nomor", "Judul"), "Tracking ID"),
        ([name for name in COLUMNS if name != "Status Laporan"], "“Status Laporan”"),
        ([*COLUMNS, "Judul Laporan"], "dua kolom"),
    ],
)
def test_wrong_columns_are_named(columns: list[str], words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        taken(workbook([line(1)], columns=columns))


def test_a_row_is_read() -> None:
    row = parsed(
        **{
            "Tracking ID": 8123456.0,
            "Tipe Laporan (Anonim/Rahasia)": "Anonim, Rahasia",
            "ID Instansi Terdisposisi": "151",
            "Kelurahan": "Sukamaju",
            "Rating": 4,
        }
    )
    assert row.number == "8123456"
    assert row.happened_at == "2026-11-03T03:15:00+00:00"
    assert (row.is_anonymous, row.is_secret, row.institution_id) == (True, True, 151)
    assert (row.place, row.kept["rating"], row.category_id) == ("Sukamaju", "4", None)
    assert from_json(row.as_json()) == row


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        ("3 Jan 2026", None, "2026-01-02T17:00:00+00:00"),
        ("3 Jan 2026", "08:30", "2026-01-03T01:30:00+00:00"),
        (datetime(2026, 1, 3), time(8, 30), "2026-01-03T01:30:00+00:00"),  # noqa: DTZ001 - as a cell holds it
        (date(2026, 1, 3), datetime(1899, 12, 31, 8, 30), "2026-01-03T01:30:00+00:00"),  # noqa: DTZ001 - same
        (46025, 0.354166667, "2026-01-03T01:30:00+00:00"),
        ("03-01-2026", "8:30:00", "2026-01-03T01:30:00+00:00"),
    ],
)
def test_dates_are_read_as_excel_may_hold_them(day: object, hour: object, expected: str) -> None:
    found = parsed(**{"Tanggal Laporan Masuk": day, "Waktu Laporan Masuk": hour})
    assert found.happened_at == expected


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"Tracking ID": "=1+1"}, "Tracking ID berisi rumus"),
        ({"Tracking ID": "SP-12"}, "Tracking ID bukan angka"),
        ({"Tracking ID": None}, "Tracking ID kosong"),
        ({"Tracking ID": "1" * 16}, "Tracking ID lebih dari 15 angka"),
        ({"ID Kategori": "x"}, "ID Kategori bukan angka"),
        ({"ID Instansi Terdisposisi": "=A1"}, "ID Instansi Terdisposisi berisi rumus"),
        ({"Tanggal Laporan Masuk": "kemarin"}, "Tanggal Laporan Masuk tidak dikenali"),
        (
            {"Tanggal Laporan Masuk": None, "Waktu Laporan Masuk": None},
            "Tanggal Laporan Masuk tidak dikenali",
        ),
        ({"Tanggal Laporan Masuk": "3 Jan 2031"}, "Tanggal Laporan Masuk di masa depan"),
        ({"Status Laporan": " "}, "Status Laporan kosong"),
        ({"Isi Laporan Awal": None, "Isi Laporan Akhir": ""}, "Isi laporan kosong"),
        ({"Judul Laporan": "a" * 501}, "Judul Laporan lebih dari 500 huruf"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(values: dict[str, object], words: str) -> None:
    with pytest.raises(RowProblem) as problem:
        parsed(**values)
    assert problem.value.message == words
