"""National status words: known ones are mapped, unknown ones are left to a person."""

from __future__ import annotations

import pytest

from sp4n.contract import Institution
from sp4n.mapping import LABELS, RemoteState, is_by_system, remote_state, suggest_institutions

INSTITUTIONS = [
    Institution(3273, "Pemerintah Kota Contoh"),
    Institution(3204, "Pemerintah Kabupaten Contoh"),
    Institution(327301, "Dinas Pekerjaan Umum dan Penataan Ruang Kota Contoh"),
    Institution(327307, "Dinas Kependudukan dan Pencatatan Sipil Kota Contoh"),
]


@pytest.mark.parametrize(
    ("label", "state"),
    [
        ("Belum Terverifikasi", "received"),
        ("Terverifikasi", "verified"),
        ("Sudah Terverifikasi", "verified"),
        ("Belum ditindaklanjuti", "assigned"),
        ("Sedang proses", "in_progress"),
        ("Ditanggapi oleh Pelapor", "reporter_replied"),
        ("Ditutup oleh Admin", "completed"),
        ("Ditutup oleh Sistem", "completed"),
        ("Diarsipkan oleh Admin", "archived"),
        ("Diarsipkan oleh Sistem", "archived"),
        ("Tertunda", "deferred"),
    ],
)
def test_labels_of_public_data_are_mapped(label: str, state: str) -> None:
    assert remote_state(label) == state
    assert remote_state(f"  {label.upper().replace(' ', chr(160) + ' ')} ") == state


@pytest.mark.parametrize("label", [None, "", "Selesai", "Terverifikasi sebagian", "Tidak Terverifikasi", "1"])
def test_unknown_labels_are_not_guessed(label: str | None) -> None:
    assert remote_state(label, "1") is None


def test_a_city_maps_further_labels_and_codes() -> None:
    overrides = {
        "Menunggu Kajian": RemoteState.IN_PROGRESS,
        "12": RemoteState.ARCHIVED,
        "TERTUNDA": RemoteState.RECEIVED,
    }
    assert remote_state("menunggu  kajian", overrides=overrides) is RemoteState.IN_PROGRESS
    assert remote_state("Lain", "12", overrides=overrides) is RemoteState.ARCHIVED
    assert remote_state("Tertunda", overrides=overrides) is RemoteState.RECEIVED
    assert remote_state("Sedang proses", "12", overrides=overrides) is RemoteState.ARCHIVED
    assert remote_state("Lain", "13", overrides=overrides) is None


def test_every_state_is_reachable() -> None:
    assert set(LABELS.values()) == set(RemoteState)


def test_the_systems_own_acts_are_told_from_the_admins() -> None:
    assert [label for label in LABELS if is_by_system(label)] == [
        "ditutup oleh sistem",
        "diarsipkan oleh sistem",
    ]
    assert not is_by_system(None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Pemkot Contoh", 3273),
        ("Pemkab Contoh", 3204),
        ("Dinas PUPR Kota Contoh", 327301),
        ("Disdukcapil Kota Contoh", 327307),
    ],
)
def test_similar_institutions_are_suggested_best_first(name: str, expected: int) -> None:
    assert suggest_institutions(name, INSTITUTIONS)[0].id == expected


def test_nothing_near_suggests_nothing() -> None:
    assert suggest_institutions("Rumah Sakit Umum Pusat", INSTITUTIONS) == []
    assert len(suggest_institutions("Pemerintah Kota Contoh", INSTITUTIONS, limit=1)) == 1
