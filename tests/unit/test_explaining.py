"""The lines of "Cara dihitung": every day accounted for, days off by name, nothing longer than needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from complaints.deadlines import Step
from complaints.explaining import Basis, Part, explain
from complaints.reckoning import Facts
from tests.unit.test_reckoning import OFFICE, RULES, at, extended, filed, paused

BASIS = Basis("Peraturan uji", date(2018, 12, 31), "Pengaduan tidak berkadar pengawasan")

OPEN = "jam kantor, tanpa hari yang dijeda"


def lines(part: Part) -> list[tuple[str, str]]:
    return [(row.label, row.value) for row in part.rows]


def parts(facts: Facts, until: object = None) -> dict[str, Part]:
    found = explain(facts, OFFICE, RULES, BASIS, until=until or at(3, 27))  # type: ignore[arg-type] # an instant
    return {part.title: part for part in found}


def test_a_holiday_and_a_pause() -> None:
    facts = filed(at(3, 13, 15), intervals=[paused(at(3, 16, 10), at(3, 17, 9))])
    assert lines(parts(facts)["Batas verifikasi"]) == [
        ("Mulai", "Jumat, 13 Maret 2026 15.00 WIB, laporan diterima; hari ini tidak dihitung"),
        ("Jangka waktu", "3 hari kerja"),
        ("Sabtu 14 – Minggu 15 Maret 2026", "Bukan hari kerja"),
        ("Senin 16 – Selasa 17 Maret 2026", "Dijeda: menunggu keterangan pelapor"),
        ("Rabu 18 Maret 2026", "Libur: Cuti Bersama Hari Suci Nyepi"),
        ("Kamis 19 Maret 2026", "Libur: Hari Suci Nyepi"),
        ("Jumat 20 Maret 2026", "Libur: Cuti Bersama Hari Raya Idul Fitri"),
        ("Sabtu 21 Maret 2026", "Libur: Hari Raya Idul Fitri"),
        ("Minggu 22 Maret 2026", "Libur: Hari kedua dari Hari Raya Idul Fitri"),
        ("Senin 23 – Selasa 24 Maret 2026", "Libur: Cuti Bersama Hari Raya Idul Fitri"),
        ("Rabu 25 – Jumat 27 Maret 2026", "hari kerja ke-1 sampai 3"),
        ("Batas waktu", "Jumat, 27 Maret 2026 16.30 WIB"),
    ]


def test_long_periods_stay_short() -> None:
    facts = filed(at(5, 29), verified_at=at(6, 2), classification="supervised", waits_for=Step.FIRST_RESPONSE)
    rows = lines(parts(facts)["Batas penyelesaian"])
    assert len(rows) < 16
    assert rows[-2][1].endswith(" 60")


def test_across_the_year() -> None:
    rows = lines(parts(filed(at(12, 28)))["Batas verifikasi"])
    assert rows[2:] == [
        ("Selasa 29 – Kamis 31 Desember 2026", "hari kerja ke-1 sampai 3"),
        ("Batas waktu", "Kamis, 31 Desember 2026 16.00 WIB"),
    ]
    late = lines(parts(filed(at(12, 30)))["Batas verifikasi"])
    assert ("Jumat 1 Januari 2027", "Libur: Tahun Baru Masehi") in late


def test_extensions_are_named_with_their_reason() -> None:
    facts = filed(at(11, 2), verified_at=at(11, 3), classification="unsupervised",
                  waits_for=Step.FIRST_RESPONSE, intervals=[extended(5, at(11, 10))])  # fmt: skip
    rows = lines(parts(facts)["Batas penyelesaian"])
    assert rows[1][1] == (
        "14 hari kerja (Pengaduan tidak berkadar pengawasan) ditambah perpanjangan 5 hari kerja"
    )
    assert rows[2] == ("Perpanjangan", "5 hari kerja oleh Rina, Selasa, 10 November 2026. Alasan: Alasan")
    again = parts(replace(facts, resolution_from=at(11, 16)))["Batas penyelesaian"]
    assert "laporan dibuka kembali" in again.rows[0].value
    assert "Perpanjangan" not in {row.label for row in again.rows}


def test_both_clocks_in_office_and_calendar_time() -> None:
    facts = filed(at(11, 2), verified_at=at(11, 3), assigned_at=at(11, 4), classification="aspiration",
                  waits_for=Step.RESOLUTION, intervals=[paused(at(11, 5), at(11, 6, 10))])  # fmt: skip
    passed = parts(facts, at(11, 9, 9, 30))["Waktu yang sudah berjalan"]
    assert lines(passed) == [
        (
            "Sejak laporan diterima",
            # Monday from 9, Tuesday, Wednesday, Monday to 9.30; Thursday and Friday were the reporter's
            f"3 hari kerja (23 jam 0 menit {OPEN}); kalender: 7 hari 0 jam 30 menit",
        ),
        (
            "Sejak disposisi",
            f"1 hari kerja (8 jam 0 menit {OPEN}); kalender: 5 hari 0 jam 30 menit",
        ),
        ("Dihitung sampai", "Senin, 9 November 2026 09.30 WIB"),
    ]


@pytest.mark.parametrize("since", [None, date(2018, 12, 31)])
def test_the_basis_is_told(since: date | None) -> None:
    facts = filed(at(11, 2))
    found = explain(facts, OFFICE, RULES, replace(BASIS, since=since), until=at(11, 3))[-1]
    basis = "Peraturan uji" + (", berlaku untuk laporan sejak Senin, 31 Desember 2018" if since else "")
    assert lines(found)[0][1].startswith("Senin sampai Jumat;")
    assert lines(found)[-1] == ("Dasar", basis)
