"""An officer's day without a mouse and without shortcuts: Tab, letters, Space, arrows and Enter alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import PASSWORD, City
from tests.journeys.conftest import LiveServer, sign_in

pytestmark = pytest.mark.journey
MOST_KEYS = 120
ANSWER = "Yth. Pelapor, lubang di depan sekolah sudah kami tambal dan jalan dapat dilalui dengan aman."
_FOCUS = """() => {
  const e = document.activeElement;
  return {tag: e.tagName, name: e.name || '', type: e.type || '', value: e.value || '', href: e.href || '',
          text: (e.textContent || '').trim(), form: e.form ? e.form.getAttribute('action') || '' : '',
          outline: getComputedStyle(e).outlineStyle, left: e.getBoundingClientRect().left,
          top: e.getBoundingClientRect().top, height: innerHeight};
}"""


def tab_to(page: Page, wanted: Callable[[dict[str, Any]], bool], *, back: bool = False) -> dict[str, Any]:
    """Press Tab until the focus is on what is wanted; it is visible and on the screen all the way."""
    for _ in range(MOST_KEYS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        found: dict[str, Any] = page.evaluate(_FOCUS)
        if found["tag"] == "BODY":
            continue
        assert found["outline"] != "none", f"the focus is invisible on {found}"
        if wanted(found):
            return found
    raise AssertionError(f"not reached with {MOST_KEYS} keys on {page.url}")


def enter(page: Page) -> None:
    """Enter, and wait for the page it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def open_link(page: Page, href_part: str) -> None:
    tab_to(page, lambda found: found["tag"] == "A" and href_part in found["href"])
    enter(page)


def fill(page: Page, slug: str, values: Mapping[str, str]) -> None:
    """Fill the act's form field by field as the focus comes to it, and send it from its last button."""
    if not page.locator(f"form[action*='/{slug}']").count():
        open_link(page, f"tindakan={slug}")
    left = dict(values)
    for _ in range(MOST_KEYS):
        found = tab_to(page, lambda each: each["form"].partition("?")[0].endswith(f"/{slug}"))
        name = found["name"]
        if found["type"] == "radio" and name in left:
            while page.evaluate("document.activeElement.value") != left[name]:
                page.keyboard.press("ArrowDown")
            page.keyboard.press("Space")
            left.pop(name)
        elif found["type"] == "select-one" and name in left:
            page.keyboard.type(left.pop(name))
        elif found["type"] == "checkbox" and name == "checks":
            page.keyboard.press("Space")
        elif found["tag"] == "TEXTAREA" and name in left:
            page.keyboard.type(left.pop(name))
        elif found["type"] == "submit" and not left and found["value"] != "templat":
            enter(page)
            return
    raise AssertionError(f"the form {slug} has no {left}")


def test_verify_assign_follow_up_answer(
    city: City,
    file_report: Callable[..., Any],
    server: LiveServer,
    phone: Callable[..., BrowserContext],
) -> None:
    number = file_report(city).number
    desk = phone(1366, 768).new_page()
    desk.goto(server.url(city, "/petugas/masuk"))
    tab_to(desk, lambda found: found["name"] == "email")
    desk.keyboard.type(city.officers["verifier"])
    tab_to(desk, lambda found: found["name"] == "password")
    desk.keyboard.type(PASSWORD)
    enter(desk)
    open_link(desk, f"/petugas/laporan/{number}")
    fill(desk, "verifikasi", {"classification": "unsupervised"})
    expect(desk.locator("main")).to_contain_text("Laporan diverifikasi")
    fill(desk, "disposisi", {"department": "Dinas Pekerjaan Umum"})
    expect(desk.locator("main")).to_contain_text("Diteruskan ke Dinas Pekerjaan Umum")

    unit = phone(1366, 768).new_page()
    sign_in(unit, server.url(city, f"/petugas/laporan/{number}"), city.officers["liaison_officer"])
    fill(unit, "tindak-lanjut", {"text": "Tim sudah menambal lubang di depan sekolah."})
    expect(unit.locator("main")).to_contain_text("Tim sudah menambal")
    fill(unit, "tanggapan", {"text": ANSWER})
    expect(unit.get_by_role("heading", level=1)).to_have_text("Pratinjau tanggapan")
    expect(unit.locator("main")).to_contain_text(ANSWER)
    tab_to(unit, lambda found: found["type"] == "submit" and found["value"] == "kirim")
    enter(unit)
    expect(unit.locator("main")).to_contain_text(ANSWER)

    citizen = phone().new_page()
    citizen.goto(server.url(city, f"/lacak/{number}"))
    expect(citizen.get_by_text("Ditanggapi").first).to_be_visible()


def test_the_first_key_skips_to_the_content(
    city: City,
    file_report: Callable[..., Any],
    server: LiveServer,
    phone: Callable[..., BrowserContext],
) -> None:
    number = file_report(city).number
    page = phone(1366, 768).new_page()
    sign_in(page, server.url(city, "/petugas/masuk"), city.officers["city_administrator"])
    for path in ("/petugas/", f"/petugas/laporan/{number}", "/petugas/eskalasi", "/petugas/pengaturan/"):
        page.goto(server.url(city, path))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Langsung ke isi", path
