"""What the national side does beside the API: edits, judgements and the Excel export, by page and command."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from sp4n.client import Sp4nClient
from sp4n.simulator import remote
from sp4n.simulator.moments import WIB
from tests.exports import COLUMNS
from tests.simulator_process import Account, SimulatorProcess


def sheet(data: bytes) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    assert len(book.sheetnames) == 1
    return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def exported(simulator: SimulatorProcess, account: Account) -> list[dict[str, Any]]:
    rows = sheet(simulator.export(account.institution_id))
    head = next(number for number, row in enumerate(rows) if row[0] == "Tracking ID")
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


def test_the_export_has_the_national_form(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient
) -> None:
    number = simulator.add_complaint(
        account.institution_id, title="=1+1", nameUser="Rina", is_secret=True, category_id=436, channel=13
    )
    rows = sheet(simulator.export(account.institution_id))
    assert rows[0][0] == "Laporan Pengaduan"
    assert rows[1][:2] == ("Instansi", account.name)
    assert rows[4] == COLUMNS
    (row,) = exported(simulator, account)
    filed_at = client.get_detail(number).created.at
    assert filed_at is not None
    local = filed_at.astimezone(WIB)
    months = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
    assert row == {
        **dict.fromkeys(COLUMNS),
        "Tracking ID": number,
        "Tanggal Laporan Masuk": f"{local.day} {months[local.month - 1]} {local.year}",
        "Waktu Laporan Masuk": f"{local:%H:%M:%S}",
        "Nama Pelapor": "Rina",
        "Klasifikasi Laporan": "Pengaduan",
        "ID Kategori": 436,
        "Kategori": "Kategori 436",
        "Judul Laporan": "=1+1",
        "Isi Laporan Awal": "Lubang dalam.",
        "Isi Laporan Akhir": "Lubang dalam.",
        "Tipe Laporan (Anonim/Rahasia)": "Rahasia",
        "Sumber Laporan": "Kanal 13",
        "Instansi Induk": account.name,
        "ID Instansi Terdisposisi": account.institution_id,
        "Instansi Terdisposisi": account.name,
        "Status Laporan": "Belum Terverifikasi",
    }


def test_the_export_holds_what_the_institution_and_its_offices_hold_now(
    simulator: SimulatorProcess, account: Account
) -> None:
    other = simulator.add_institution("Pemerintah Kota Lain")
    office = simulator.add_institution("Dinas Bina Marga", account.institution_id)
    passed_on, kept = (simulator.add_complaint(account.institution_id) for _ in range(2))
    simulator.set_status(passed_on, "Belum Terverifikasi", disposition_id=other.institution_id)
    below = simulator.add_complaint(office.institution_id, is_anonymous=True, nameUser="Tersembunyi")
    rows = exported(simulator, account)
    assert [row["Tracking ID"] for row in rows] == [kept, below]
    assert rows[1]["Instansi Induk"] == account.name
    assert (rows[1]["Nama Pelapor"], rows[1]["Tipe Laporan (Anonim/Rahasia)"]) == (None, "Anonim")


def test_acts_by_command_are_in_the_export(
    simulator: SimulatorProcess,
    account: Account,
    client: Sp4nClient,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    number = simulator.add_complaint(account.institution_id)

    def act(*words: str) -> int:
        return remote.act(["--url", simulator.url, number, *words])

    assert act("status", "Tertunda", "--note", "Menunggu lokasi") == 0
    assert act("edit", "Lubang sedalam setengah meter.") == 0
    assert act("answer", "Mohon dilengkapi.") == 0
    assert act("rate", "2") == 0
    assert remote.act(["--url", simulator.url, "1", "rate", "2"]) == 1
    file = tmp_path / "laporan.xlsx"
    assert remote.export(["--url", simulator.url, str(account.institution_id), str(file)]) == 0
    assert file.read_bytes()[:2] == b"PK"
    assert remote.export(["--url", simulator.url, "999999999", str(file)]) == 1
    assert "Tidak ditemukan" in capsys.readouterr().out
    (row,) = exported(simulator, account)
    assert (row["Isi Laporan Awal"], row["Isi Laporan Akhir"]) == (
        "Lubang dalam.",
        "Lubang sedalam setengah meter.",
    )
    assert (row["Status Laporan"], row["Alasan Tunda/Arsip"], row["Rating"]) == (
        "Tertunda",
        "Menunggu lokasi",
        2,
    )
    assert [each.content for each in client.list_followups(number)] == [
        "Mohon dilengkapi.",
        "Penilaian pelapor: 2 dari 5",
    ]


def test_acts_by_page_and_the_way_to_the_export(simulator: SimulatorProcess, account: Account) -> None:
    number = simulator.add_complaint(account.institution_id)
    with httpx.Client(base_url=simulator.url, trust_env=False, follow_redirects=True) as browser:
        page = browser.post(f"/laporan/{number}/isi", data={"isi_akhir": "Lubang <b>lebar</b>."})
        assert "Lubang &lt;b&gt;lebar&lt;/b&gt;." in page.text
        assert browser.post(f"/laporan/{number}/isi", data={"isi_akhir": " "}).status_code == 422
        page = browser.post(f"/laporan/{number}/penilaian", data={"bintang": "4", "ulasan": "Cepat."})
        assert "nilai 4 dari 5" in page.text
        assert browser.post(f"/laporan/{number}/penilaian", data={"bintang": "9"}).status_code == 422
        way = f"/simulator/institutions/{account.institution_id}/export.xlsx"
        assert way in browser.get("/", params={"instansi": account.institution_id}).text
        assert way in browser.get("/instansi").text
        assert browser.get("/simulator/institutions/999999999/export.xlsx").status_code == 404
    wrong = httpx.post(
        f"{simulator.url}/simulator/complaints/{number}/rating", json={"stars": 6}, trust_env=False
    )
    assert wrong.status_code == 422
