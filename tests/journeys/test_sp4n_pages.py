"""The pages of the exchange, full and empty, in two colours: no axe violation, no sideways scroll."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import update

from complaints.acts import desk, handling
from complaints.models import Complaint
from core.db.transaction import unit_of_work
from sp4n.excel import apply, importing
from sp4n.excel.importing import By
from sp4n.models import Sp4nSettings
from sp4n.parity import run as parity
from tests.conftest import City
from tests.exports import line, workbook
from tests.journeys.conftest import LiveServer, axe_problems, sign_in
from tests.simulator_process import SimulatorProcess, running_simulator
from tests.sp4n_office import DESK, Office

pytestmark = pytest.mark.journey
COLORS = {"blue": "#0063a8", "yellow": "#fff500"}
ANSWER = "Yth. Pelapor, jalan sudah kami perbaiki pada hari ini dan dapat dilalui kembali dengan aman."
HOSTILE = "<script>document.title = 'diambil alih'</script>Sudah dicek di lapangan."
PAGES = {
    "kesamaan": "Kesamaan data",
    "perlu-tindakan": "Perlu tindakan",
    "impor": "Impor",
    "pemetaan": "Pemetaan",
    "uji": "Mode uji",
    "sambungan": "Sambungan",
    "panggilan": "Panggilan",
}
#: where pictures of every page go, if anywhere
PICTURES = os.environ.get("PICTURES_DIR")


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    with running_simulator(Path(tmp_path_factory.mktemp("pusat")) / "data.sqlite3") as running:
        yield running


@pytest.fixture(scope="module", params=list(COLORS))
def office(
    request: pytest.FixtureRequest, app: Flask, make_city: Callable[..., City], simulator: SimulatorProcess
) -> Office:
    """A connected city where everything that can stand on the pages stands there."""
    simulator.clear_faults()
    city = make_city(color=COLORS[request.param])
    made = Office(app, city, simulator, simulator.add_institution(f"Pemerintah {city.slug}"))
    made.connect()
    made.map_everything()
    with made.scope(), unit_of_work() as session:
        session.execute(update(Sp4nSettings).values(institution_name=f"Pemerintah {city.slug}"))
    _alike_and_different(made)
    _stuck(made)
    return made


def _alike_and_different(office: Office) -> None:
    """Two identical reports, one that differs, one only there, one not compared yet."""
    cases = [_answered(office) for _ in range(3)]
    office.poll()
    with office.scope(), unit_of_work() as session:
        changed = update(Complaint).where(Complaint.id == cases[0])
        session.execute(changed.values(is_confidential=True, title="Judul yang " + "panjang" * 12))
    office.simulator.add_followup(office.external_id(cases[1]), HOSTILE, from_name="<b>Pelapor</b>")
    office.poll()
    with office.scope():
        parity.run(everything=False)
    office.file()


def _answered(office: Office) -> uuid.UUID:
    made = office.file()
    office.do(desk.verify, made, DESK, classification="unsupervised")
    office.do(desk.assign, made, DESK, department_id=office.city.departments["pupr"])
    office.do(handling.respond, made, DESK, text=ANSWER)
    while office.deliver():
        pass
    return made


def _stuck(office: Office) -> None:
    """A report they refused, and a status nobody has mapped."""
    client = office.account.client_id
    strange = _answered(office)
    office.simulator.set_status(office.external_id(strange), "Dibekukan Sementara")
    office.poll()
    refused = office.file(title="Lampu padam")
    office.do(desk.verify, refused, DESK, classification="unsupervised")
    office.simulator.add_fault("refused_in_success", endpoint="create", client_id=client, remaining=1)
    office.deliver()


@pytest.fixture(scope="module")
def imported(office: Office) -> uuid.UUID:
    """An import with rows of each kind, waiting for approval."""
    own = {
        "Instansi Induk": f"Pemerintah {office.city.slug}",
        "ID Instansi Terdisposisi": str(office.account.institution_id),
        "Instansi Terdisposisi": f"Pemerintah {office.city.slug}",
    }
    known = next(each for each in office.filed() if each["title"])
    changed = {"Isi Laporan Awal": HOSTILE, "Isi Laporan Akhir": HOSTILE}
    rows = [line(880_001, **own), line(880_002, **own) | changed, line("bukan nomor", **own)]
    rows.append(
        line(known["id"], **own) | {"Judul Laporan": known["title"], "Status Laporan": "Ditolak Hakim"}
    )
    with office.scope():
        found = importing.start("ekspor-november.xlsx", workbook(rows), By("Rani"))
        apply.work()
    return found


def _look(page: Page, where: str, *, most: int | None = None) -> None:
    problems = axe_problems(page)
    assert not problems, f"{where}: {problems}"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert most is None or width <= most, f"{where} is {width} px wide"
    assert "diambil alih" not in page.title()
    if PICTURES:
        name = f"{page.viewport_size['width'] if page.viewport_size else 0}-{where}.png".replace(" ", "-")
        page.screenshot(path=str(Path(PICTURES) / name), full_page=True)


def _signed_in(
    office: Office, server: LiveServer, phone: Callable[..., BrowserContext], width: int, **options: Any
) -> Page:
    page = phone(width, **options).new_page()
    sign_in(page, server.url(office.city, "/petugas/masuk"), office.city.officers["city_administrator"])
    return page


@pytest.mark.parametrize("width", [320, 1366])
def test_full_pages(
    office: Office,
    imported: uuid.UUID,
    server: LiveServer,
    phone: Callable[..., BrowserContext],
    width: int,
) -> None:
    page = _signed_in(office, server, phone, width)
    for path, heading in PAGES.items():
        page.goto(_url(office, server, path))
        assert heading in page.locator("h1").inner_text()
        _look(page, f"{office.city.slug} {path}", most=width)
    page.goto(_url(office, server, "uji"))
    page.locator("tbody a").first.click()
    assert "Yang dikirim dari laporan" in page.locator("h1").inner_text()
    for summary in page.locator("main summary").all():
        summary.click()
    _look(page, f"{office.city.slug} uji laporan", most=width)
    for kind in ("berbeda", "hanya-di-sini", "belum-pasti", "diabaikan"):
        page.goto(_url(office, server, f"kesamaan?daftar={kind}"))
        _look(page, f"{office.city.slug} kesamaan {kind}", most=width)
    page.goto(_url(office, server, "perlu-tindakan"))
    for cause in ("SP4N menolak", "perlu pemetaan"):
        assert page.get_by_text(cause).first.is_visible()
    for summary in page.locator("main summary").all():
        summary.click()
    _look(page, f"{office.city.slug} perlu-tindakan terbuka", most=width)
    for kind in ("baru", "berubah", "sama", "dilewati", "tidak-terbaca"):
        page.goto(_url(office, server, f"impor/{imported}?jenis={kind}"))
        _look(page, f"{office.city.slug} impor {kind}", most=width)


def test_empty_pages(
    make_city: Callable[..., City], server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    city = make_city(color=COLORS["yellow"])
    page = phone(320).new_page()
    sign_in(page, server.url(city, "/petugas/masuk"), city.officers["city_administrator"])
    for path in PAGES:
        page.goto(server.url(city, f"/petugas/sp4n/{path}"))
        _look(page, f"kosong {path}", most=320)
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    assert page.get_by_text("Isi dan simpan sambungan SP4N dahulu.").first.is_visible()
    _look(page, "kosong panggilan ditolak", most=320)


def test_linking_by_hand(office: Office, server: LiveServer, phone: Callable[..., BrowserContext]) -> None:
    """Without JavaScript: a wrong number, then look, then link, then take the link away."""
    there = office.simulator.add_complaint(office.account.institution_id, title=HOSTILE, content=HOSTILE)
    number = office.complaint(office.file()).number
    plain = _signed_in(office, server, phone, 320, java_script_enabled=False)
    page = _signed_in(office, server, phone, 320)
    for where in (plain, page):
        where.goto(_url(office, server, f"tautan/{number}"))
        where.fill("input[name=number]", "999999999")
        where.locator("main form button").first.click()
        where.wait_for_load_state()
        assert where.get_by_text("SP4N-LAPOR! tidak mengenal nomor ini").first.is_visible()
    _look(page, f"{office.city.slug} tautan salah", most=320)
    for where in (plain, page):
        where.fill("input[name=number]", there)
        where.locator("main form button").first.click()
        where.wait_for_load_state()
    _look(page, f"{office.city.slug} tautan dilihat", most=320)
    assert page.get_by_text("Sudah dicek di lapangan.").first.is_visible()
    plain.get_by_role("button", name="Hubungkan").click()
    assert f"/petugas/laporan/{number}" in plain.url
    page.goto(_url(office, server, f"tautan/{number}"))
    _look(page, f"{office.city.slug} tautan ada", most=320)


def test_a_task_is_left_out_without_script(
    office: Office, server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    plain = _signed_in(office, server, phone, 320, java_script_enabled=False)
    plain.goto(_url(office, server, "perlu-tindakan"))
    row = plain.locator(".perbedaan__laporan", has_text="SP4N menolak").first
    row.locator("summary", has_text="Lewati").click()
    row.get_by_role("button", name="Lewati").click()
    assert plain.get_by_text("Tulis alasan paling sedikit").first.is_visible()
    row = plain.locator(".perbedaan__laporan", has_text="SP4N menolak").first
    row.locator("input[name^=alasan]").fill("Sudah dilaporkan di sana oleh warga")
    row.get_by_role("button", name="Lewati").click()
    page = _signed_in(office, server, phone, 320)
    page.goto(_url(office, server, "perlu-tindakan?daftar=dilewati"))
    assert page.get_by_text("Sudah dilaporkan di sana oleh warga").is_visible()
    _look(page, f"{office.city.slug} perlu-tindakan dilewati", most=320)
    page.emulate_media(media="print")
    page.goto(_url(office, server, "perlu-tindakan"))
    buttons = page.locator("main button")
    assert buttons.count() >= 1
    assert not any(each.is_visible() for each in buttons.all())


def test_a_connection_that_cannot_sign_in(
    office: Office, server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    page = _signed_in(office, server, phone, 1366)
    office.simulator.add_fault("unauthorized", client_id=office.account.client_id)
    try:
        page.goto(_url(office, server, "sambungan"))
        page.get_by_role("button", name="Uji koneksi").click()
        page.wait_for_load_state()
        _look(page, f"{office.city.slug} uji koneksi gagal", most=1366)
        assert page.locator(".uji__satu--passed").count() == 1
        assert "Masuk berhasil" in page.locator(".uji__satu--failed").inner_text()
    finally:
        office.simulator.clear_faults()
    page.goto(_url(office, server, "panggilan"))
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    _look(page, f"{office.city.slug} panggilan rahasia", most=1366)


def _url(office: Office, server: LiveServer, path: str) -> str:
    return server.url(office.city, f"/petugas/sp4n/{path}")
