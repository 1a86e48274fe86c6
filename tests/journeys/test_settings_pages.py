"""Calendar, periods and an explained date in a browser: no axe violation, no sideways scroll at 320 px."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from tenants import calendar
from tenants.calendar import By
from tests.conftest import City
from tests.journeys.conftest import LiveServer, axe_problems, sign_in

pytestmark = pytest.mark.journey
CALENDAR, PERIODS = "/petugas/pengaturan/kalender", "/petugas/pengaturan/batas-waktu"


def look(page: Page, where: str) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320, f"{where} is {width} px wide on a 320 px screen"
    problems = axe_problems(page)
    assert not problems, f"{where}: {problems}"


def test_settings_and_an_explained_date(
    app: Flask,
    city: City,
    file_report: Callable[..., Any],
    server: LiveServer,
    phone: Callable[..., BrowserContext],
) -> None:
    number = file_report(city).number
    with tenant_scope(city.id, app), unit_of_work():
        calendar.add_local(date(2027, 6, 21), "Hari jadi " + "k" * 40, By())
    page = phone(320).new_page()
    sign_in(page, server.url(city, "/petugas/masuk"), city.officers["city_administrator"])
    for path in ("/petugas/pengaturan/", CALENDAR, PERIODS):
        page.goto(server.url(city, path))
        look(page, path)
    page.goto(server.url(city, CALENDAR))
    page.get_by_label("Senin").fill("pagi")
    page.get_by_role("button", name="Simpan hari dan jam kerja").click()
    page.wait_for_load_state()
    look(page, "calendar with errors")
    page.goto(server.url(city, CALENDAR))
    page.get_by_role("button", name="Pindahkan").click()
    page.wait_for_load_state()
    look(page, "a move without a date")
    page.goto(server.url(city, f"/petugas/laporan/{number}"))
    page.get_by_text("Cara dihitung").first.click()
    assert page.get_by_text("hari ini tidak dihitung").first.is_visible()
    look(page, "an explained date")
