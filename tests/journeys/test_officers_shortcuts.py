"""The keys of officers who turned them on: each does its thing, none while somebody types, none before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from complaints.acts import desk as acts
from complaints.acts.engine import SYSTEM
from core.db.tenancy import tenant_scope
from tests.conftest import City
from tests.journeys.conftest import LiveServer, axe_problems, sign_in

pytestmark = pytest.mark.journey
KEYS = ("j", "k", "x", "d", "t", "c", "/", "?")


@pytest.fixture
def numbers(city: City, file_report: Callable[..., Any]) -> list[str]:
    """Three reports in the order of the list."""
    return [file_report(city, title=f"Lampu padam {n}").number for n in range(3)]


@pytest.fixture
def desk(city: City, server: LiveServer, numbers: list[str], phone: Callable[..., BrowserContext]) -> Page:
    """The inbox of an officer who has not asked for keys."""
    page = phone(1366, 768).new_page()
    sign_in(page, server.url(city, "/petugas/masuk"), city.officers["city_administrator"])
    page.goto(server.url(city, "/petugas/"))
    return page


@pytest.fixture
def keyed(desk: Page, city: City, server: LiveServer) -> Page:
    """The same with the keys turned on, by the checkbox of the profile."""
    turn(desk, server.url(city, "/petugas/profil"), on=True)
    desk.goto(server.url(city, "/petugas/"))
    return desk


def turn(page: Page, profile: str, *, on: bool) -> None:
    page.goto(profile)
    page.get_by_role("checkbox", name="Pintasan papan tombol").set_checked(on)
    with page.expect_navigation():
        page.locator("form", has=page.locator("#pintasan-nyala")).get_by_role("button").click()


def state(page: Page) -> list[Any]:
    """Where the page is, what has the focus, what is ticked, and whether the help is open."""
    found: list[Any] = page.evaluate(
        """() => [location.href, document.activeElement.tagName, document.activeElement.id,
                  document.querySelectorAll('input[name=laporan]:checked').length,
                  document.querySelectorAll('dialog[open]').length]"""
    )
    return found


def focused_row(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('tr')?.id || ''"))


def test_off_until_turned_on_and_off_again(
    desk: Page, city: City, server: LiveServer, numbers: list[str]
) -> None:
    for path in ("/petugas/", f"/petugas/laporan/{numbers[0]}"):
        desk.goto(server.url(city, path))
        before = state(desk)
        for key in KEYS:
            desk.keyboard.press(key)
        assert state(desk) == before, path
    turn(desk, server.url(city, "/petugas/profil"), on=True)
    desk.goto(server.url(city, "/petugas/"))
    desk.keyboard.press("j")
    assert focused_row(desk) == f"l-{numbers[0]}"
    turn(desk, server.url(city, "/petugas/profil"), on=False)
    desk.goto(server.url(city, "/petugas/"))
    desk.keyboard.press("j")
    assert focused_row(desk) == ""


def test_rows_are_walked_ticked_and_opened(keyed: Page, numbers: list[str]) -> None:
    walk = [("j", 0), ("j", 1), ("j", 2), ("j", 2), ("k", 1), ("k", 0), ("k", 0), ("j", 1)]
    for key, place in walk:
        keyed.keyboard.press(key)
        assert focused_row(keyed) == f"l-{numbers[place]}", (key, place)
        assert keyed.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    box = keyed.locator(f"#l-{numbers[1]} input[name=laporan]")
    keyed.keyboard.press("x")
    expect(box).to_be_checked()
    keyed.keyboard.press("j")
    keyed.keyboard.press("k")
    keyed.keyboard.press("x")
    expect(box).not_to_be_checked()
    with keyed.expect_navigation():
        keyed.keyboard.press("Enter")
    assert f"/petugas/laporan/{numbers[1]}" in keyed.url


def test_d_hands_the_ticked_reports_on(keyed: Page, numbers: list[str]) -> None:
    for key in ("j", "x", "j", "x"):
        keyed.keyboard.press(key)
    with keyed.expect_navigation():
        keyed.keyboard.press("d")
    expect(keyed.locator("main")).to_contain_text(numbers[0])
    expect(keyed.locator("main")).to_contain_text(numbers[1])
    expect(keyed.locator("main")).not_to_contain_text(numbers[2])
    expect(keyed.get_by_role("heading", level=1)).to_contain_text("Disposisi")


def test_acts_of_a_case(
    keyed: Page,
    city: City,
    server: LiveServer,
    file_report: Callable[..., Any],
    app: Flask,
) -> None:
    case = file_report(city)
    with tenant_scope(city.id, app):
        acts.verify(case.complaint_id, SYSTEM, classification="unsupervised")
    address = server.url(city, f"/petugas/laporan/{case.number}")
    keyed.goto(address)
    keyed.keyboard.press("d")
    assert keyed.evaluate("document.activeElement.form.getAttribute('action')").count("/disposisi") == 1
    keyed.goto(address)
    keyed.keyboard.press("c")
    assert keyed.evaluate("document.activeElement.form.getAttribute('action')").count("/catatan") == 1
    with tenant_scope(city.id, app):
        acts.assign(case.complaint_id, SYSTEM, department_id=city.departments["pupr"])
    keyed.goto(address)
    with keyed.expect_navigation():
        keyed.keyboard.press("t")
    assert "tindakan=tanggapan" in keyed.url
    keyed.evaluate("document.activeElement.blur()")
    keyed.keyboard.press("t")
    assert keyed.evaluate("document.activeElement.form.getAttribute('action')").count("/tanggapan") == 1


def test_nothing_while_typing(keyed: Page, city: City, server: LiveServer, numbers: list[str]) -> None:
    keyed.keyboard.press("/")
    assert keyed.evaluate("document.activeElement.id") == "cari"
    typed = "jalan kecil dekat taman x/c?"
    keyed.keyboard.type(typed)
    expect(keyed.locator("#cari")).to_have_value(typed)
    assert state(keyed)[1:] == ["INPUT", "cari", 0, 0]
    keyed.goto(server.url(city, f"/petugas/laporan/{numbers[0]}"))
    keyed.keyboard.press("c")
    keyed.keyboard.type(typed)
    expect(keyed.locator("form[action*='/catatan'] textarea")).to_have_value(typed)
    assert f"/petugas/laporan/{numbers[0]}" in keyed.url


def test_keys_of_the_browser_stay_its_own(keyed: Page) -> None:
    before = state(keyed)
    for key in ("Control+j", "Alt+x", "Meta+k"):
        keyed.keyboard.press(key)
    assert state(keyed) == before


def test_the_help(keyed: Page, numbers: list[str]) -> None:
    keyed.keyboard.press("j")
    keyed.keyboard.press("?")
    help_ = keyed.get_by_role("dialog", name="Pintasan papan tombol")
    expect(help_).to_be_visible()
    assert help_.locator("kbd").all_inner_texts() == ["j", "k", "Enter", "x", "d", "t", "c", "/", "?"]
    assert axe_problems(keyed) == []
    for key in ("x", "d", "/"):
        keyed.keyboard.press(key)
    expect(help_).to_be_visible()
    assert state(keyed)[3] == 0
    keyed.keyboard.press("Escape")
    expect(help_).not_to_be_visible()
    assert focused_row(keyed) == f"l-{numbers[0]}"
    keyed.keyboard.press("?")
    help_.get_by_role("button", name="Tutup").click()
    expect(help_).not_to_be_visible()
