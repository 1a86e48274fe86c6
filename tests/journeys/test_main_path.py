"""The main path with real hands:

a phone files with a photo, officers answer, the reporter rates. With and without JS.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import City, photo
from tests.journeys.conftest import LiveServer, sign_in

pytestmark = pytest.mark.journey


def fill_report(page: Page, picture: Path | None = None) -> None:
    page.get_by_label("Pengaduan").check()
    page.get_by_label("Judul laporan").fill("Lampu jalan padam di gang Melati")
    page.locator("textarea[name=body]").fill(
        "Lampu jalan di gang sudah padam dua minggu dan warga takut lewat."
    )
    page.locator("select[name=category]").select_option(index=2)
    for name, value in (("incident_day", "2"), ("incident_month", "3"), ("incident_year", "2026")):
        page.fill(f"input[name={name}]", value)
    page.locator("select[name=district]").select_option(label="Utara")
    page.locator("select[name=village]").select_option(label="Sukamaju")
    page.fill("input[name=landmark]", "Depan pos ronda")
    if picture is not None:
        page.set_input_files("input[name=files]", picture)
    page.fill("input[name=name]", "Siti")
    page.fill("input[name=phone]", "0812 0000 1234")
    page.locator("input[name=declaration]").check()
    page.get_by_role("button", name="Kirim laporan").click()
    page.wait_for_load_state()


def do_act(page: Page, slug: str, values: dict[str, str]) -> None:
    """Open an act's form where another one stands, fill it, send it."""
    form = page.locator(f"form[action*='/{slug}']")
    if not form.count():
        page.locator(f"a[href*='tindakan={slug}']").click()
        page.wait_for_load_state()
    for name, value in values.items():
        field = form.locator(f"[name={name}]")
        kind = field.first.evaluate("e => e.tagName + ':' + e.type")
        if kind.startswith("SELECT"):
            field.select_option(label=value)
        elif kind == "INPUT:radio":
            form.locator(f"[name={name}][value={value}]").check()
        else:
            field.fill(value)
    for box in form.locator("input[name=checks]").all():
        box.check()
    form.locator("button[type=submit]").last.click()
    page.wait_for_load_state()
    send = page.get_by_role("button", name=re.compile("Kirim tanggapan ke pelapor|Setujui dan kirim"))
    if page.title().startswith("Pratinjau"):
        send.click()
        page.wait_for_load_state()


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_file_answer_rate(
    city: City,
    server: LiveServer,
    phone: Callable[..., BrowserContext],
    tmp_path: Path,
    javascript: bool,
) -> None:
    picture = tmp_path / "lampu.jpg"
    picture.write_bytes(photo())
    citizen = phone(java_script_enabled=javascript).new_page()
    citizen.goto(server.url(city))
    citizen.get_by_role("link", name="Buat laporan").first.click()
    fill_report(citizen, picture)
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("Laporan Anda sudah diterima")
    number = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", citizen.content())
    assert number
    citizen.reload()  # the receipt survives being opened again
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("Laporan Anda sudah diterima")

    desk = phone(1366, 768, java_script_enabled=javascript).new_page()
    sign_in(desk, server.url(city, "/petugas/masuk"), city.officers["verifier"])
    desk.get_by_role("link", name="Lampu jalan padam di gang Melati").click()
    do_act(desk, "verifikasi", {"classification": "unsupervised"})
    do_act(desk, "disposisi", {"department": "Dinas Pekerjaan Umum"})
    expect(desk.get_by_text("Diteruskan ke Dinas Pekerjaan Umum").first).to_be_visible()

    unit = phone(1366, 768, java_script_enabled=javascript).new_page()
    sign_in(unit, server.url(city, f"/petugas/laporan/{number[0]}"), city.officers["liaison_officer"])
    do_act(unit, "tindak-lanjut", {"text": "Tim sudah mengganti dua lampu di gang."})
    answer = "Yth. Pelapor, lampu jalan di gang Melati sudah kami ganti dan menyala kembali. Terima kasih."
    do_act(unit, "tanggapan", {"text": answer})

    citizen.get_by_role("link", name="Lacak laporan ini").click()
    citizen.wait_for_load_state()
    expect(citizen.get_by_text("sudah kami ganti")).to_be_visible()
    citizen.locator("[name=solved][value=yes]").check()
    citizen.locator("[name=score][value='5']").check()
    citizen.get_by_role("button", name="Kirim penilaian").click()
    citizen.wait_for_load_state()
    expect(citizen.get_by_text("Selesai", exact=True).first).to_be_visible()


def test_refused_report_keeps_everything(
    city: City, server: LiveServer, phone: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    good, bad = tmp_path / "baik.jpg", tmp_path / "buruk.txt"
    good.write_bytes(photo())
    bad.write_text("bukan gambar")
    page = phone().new_page()
    page.goto(server.url(city, "/laporan/baru"))
    page.locator("textarea[name=body]").fill("Terlalu pendek")
    page.fill("input[name=name]", "Siti")
    page.set_input_files("input[name=files]", [good, bad])
    page.get_by_role("button", name="Kirim laporan").click()
    page.wait_for_load_state()
    assert page.title().startswith("Kesalahan:")
    expect(page.get_by_text("Ada yang perlu diperbaiki")).to_be_visible()
    expect(page.get_by_text("Berkas buruk.txt harus JPG, PNG, WebP, atau PDF").first).to_be_visible()
    assert page.locator("textarea[name=body]").input_value() == "Terlalu pendek"
    assert page.locator("input[name=name]").input_value() == "Siti"
    expect(page.get_by_label(re.compile("baik.jpg"))).to_be_checked()
    page.locator("textarea[name=body]").fill("")
    fill_report(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Laporan Anda sudah diterima")
    page.get_by_role("link", name="Lacak laporan ini").click()
    expect(page.get_by_alt_text(re.compile("baik"))).to_be_visible()


def test_keyboard_only(city: City, server: LiveServer, phone: Callable[..., BrowserContext]) -> None:
    """Tab, type, space and Enter alone reach the receipt; the focus is always visible."""
    page = phone(1024, 768).new_page()
    page.goto(server.url(city, "/laporan/baru"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Langsung ke isi"
    answers = {
        "title": "Lampu jalan padam di gang Melati",
        "body": "Lampu jalan di gang sudah padam dua minggu dan warga takut lewat.",
        "incident_day": "2",
        "incident_month": "3",
        "incident_year": "2026",
        "landmark": "Depan pos ronda",
        "name": "Siti",
        "phone": "0812 0000 1234",
    }
    arrows = {"category": 2, "district": 2, "village": 2}
    for _ in range(60):
        page.keyboard.press("Tab")
        name, kind = page.evaluate("[document.activeElement.name || '', document.activeElement.type || '']")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"focus is invisible on {name or kind}"
        if name == "kind":
            page.keyboard.press("Space")
        elif name in answers:
            page.keyboard.type(answers[name])
        elif name in arrows:
            for _ in range(arrows[name]):
                page.keyboard.press("ArrowDown")
        elif name == "declaration":
            page.keyboard.press("Space")
        elif kind == "submit":
            page.keyboard.press("Enter")
            break
    page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Laporan Anda sudah diterima")
