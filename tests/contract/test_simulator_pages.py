"""The pages on which a person plays the national side work as plain forms, from their own site only."""

from __future__ import annotations

import re
from collections.abc import Iterator

import html5lib
import httpx
import pytest

from sp4n.client import Sp4nClient
from tests.simulator_process import Account, SimulatorProcess


@pytest.fixture
def browser(simulator: SimulatorProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.url, trust_env=False, follow_redirects=True) as client:
        yield client


def headings(page: httpx.Response) -> list[str]:
    html5lib.HTMLParser(strict=True).parse(page.text)
    return re.findall(r"<h1>(.*?)</h1>", page.text)


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/", "Laporan di pusat"),
        ("/laporan/baru", "Buat laporan untuk instansi"),
        ("/instansi", "Instansi dan akun API"),
        ("/gangguan", "Gangguan"),
        ("/permintaan", "Catatan permintaan"),
    ],
)
def test_every_page_says_what_it_is(browser: httpx.Client, path: str, heading: str) -> None:
    page = browser.get(path)
    assert (page.status_code, headings(page)) == (200, [heading])
    assert "Ini simulator." in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'self'")


def test_a_citizen_files_and_the_centre_acts(
    browser: httpx.Client, account: Account, client: Sp4nClient
) -> None:
    form = {"judul": "Got mampet", "isi": "Air <b>meluap</b>.", "nama": "Rina", "anonim": "on"}
    page = browser.post("/laporan/baru", data={**form, "instansi": account.institution_id})
    number = page.url.path.rpartition("/")[2]
    assert headings(page) == ["Got mampet"]
    assert "Air &lt;b&gt;meluap&lt;/b&gt;." in page.text
    assert "Rina" not in page.text

    browser.post(f"/laporan/{number}/verifikasi")
    assert client.get_detail(number).status_name == "Terverifikasi"
    browser.post(f"/laporan/{number}/tindak-lanjut", data={"dari": "Admin Nasional", "isi": "Mohon segera."})
    browser.post(f"/laporan/{number}/tindak-lanjut", data={"dari": "Pelapor", "isi": "Masih mampet."})
    assert [item.from_name for item in client.list_followups(number)] == ["Admin Nasional", "Pelapor"]
    assert client.get_detail(number).status_name == "Ditanggapi oleh Pelapor"
    browser.post(f"/laporan/{number}/status", data={"status": "lain", "status_lain": "Menunggu Kajian"})
    assert client.get_detail(number).status_name == "Menunggu Kajian"


def test_incomplete_forms_say_what_is_missing(
    browser: httpx.Client, account: Account, simulator: SimulatorProcess
) -> None:
    page = browser.post("/laporan/baru", data={"judul": "Ditulis sebagian"})
    assert page.status_code == 422
    assert headings(page) == ["Buat laporan untuk instansi"]
    for words in (
        "Ada yang perlu diperbaiki",
        "Tulis isi laporan",
        "Pilih instansi tujuan",
        "Ditulis sebagian",
    ):
        assert words in page.text

    number = simulator.add_complaint(account.institution_id)
    empty = browser.post(f"/laporan/{number}/tindak-lanjut", data={"dari": "Pelapor", "isi": " "})
    assert (empty.status_code, "Tulis isi tindak lanjut" in empty.text) == (422, True)


def test_the_list_is_filtered_and_paged(
    browser: httpx.Client, account: Account, simulator: SimulatorProcess
) -> None:
    for position in range(21):
        simulator.add_complaint(account.institution_id, title=f"Judul {position:02}")

    first = browser.get("/", params={"instansi": account.institution_id})
    second = browser.get("/", params={"instansi": account.institution_id, "halaman": 2})

    assert "21 laporan" in first.text
    assert len(re.findall(r"Judul \d\d", first.text)) == 20
    assert re.findall(r"Judul \d\d", second.text) == ["Judul 00"]


def test_a_fault_is_switched_on_and_off(browser: httpx.Client, account: Account, client: Sp4nClient) -> None:
    wrong = browser.post("/gangguan", data={"jenis": "drop", "kali": "banyak"})
    assert wrong.status_code == 422
    page = browser.post(
        "/gangguan", data={"jenis": "server_error", "klien": account.client_id, "detik": "1", "kode": "503"}
    )
    assert "Kesalahan server (5xx), tidak diproses" in page.text
    removal = re.search(r"/gangguan/\d+/hapus", page.text)
    assert removal is not None
    assert "Tidak ada gangguan" in browser.post(removal[0]).text
    assert client.list_templates()


def test_forms_of_other_sites_are_refused(
    browser: httpx.Client, account: Account, simulator: SimulatorProcess
) -> None:
    number = simulator.add_complaint(account.institution_id)
    page = browser.post(f"/laporan/{number}/verifikasi", headers={"Origin": "https://contoh.invalid"})
    assert page.status_code == 403
    assert (
        simulator.complaints(institution_id=account.institution_id)[0]["status_name"] == "Belum Terverifikasi"
    )


@pytest.mark.parametrize("path", ["/laporan/1", "/lampiran/999999", "/tidak-ada"])
def test_unknown_pages(browser: httpx.Client, path: str) -> None:
    page = browser.get(path)
    assert (page.status_code, headings(page)) == (404, ["Halaman tidak ditemukan"])
