"""The unit's pages in a browser: no axe violation, no sideways scroll at 320 px; a case without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from complaints.acts import desk, intake
from complaints.acts.engine import Actor
from complaints.permissions import GRANTS
from core.db.tenancy import tenant_scope
from tests.conftest import City, submission
from tests.journeys.conftest import LiveServer, axe_problems, sign_in

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def number(app: Flask, make_city: Callable[..., City]) -> tuple[City, str]:
    """A city and a case passed to its department, with a long word in the title."""
    city = make_city()
    admin = Actor("officer", "Petugas", name="Rina", grants=GRANTS["city_administrator"])
    with tenant_scope(city.id, app):
        receipt = intake.submit(submission(title="Lubang " + "y" * 80))
        desk.verify(receipt.complaint_id, admin, classification="unsupervised")
        desk.assign(
            receipt.complaint_id, admin, department_id=city.departments["pupr"],
            copies=[city.departments["dlh"]], note="Mohon segera. " + "z" * 200,
        )  # fmt: skip
    return city, receipt.number


def look(page: Page, where: str) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320, f"{where} is {width} px wide on a 320 px screen"
    problems = axe_problems(page)
    assert not problems, f"{where}: {problems}"


def test_every_page_of_the_unit(
    number: tuple[City, str], server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    city, tracked = number
    for role in ("department_head", "city_administrator"):
        page = phone(320).new_page()
        sign_in(page, server.url(city, "/petugas/masuk"), city.officers[role])
        unit = f"?unit={city.departments['pupr']}"
        paths = [
            f"/petugas/unit{unit}", f"/petugas/unit/rekap{unit}", "/petugas/pengganti",
            f"/petugas/laporan/{tracked}/lembar-disposisi",
        ]  # fmt: skip
        if role == "city_administrator":
            paths += ["/petugas/unit", "/petugas/pengaturan/penanganan"]
        for path in paths:
            page.goto(server.url(city, path))
            look(page, f"{role} {path}")
        page.goto(server.url(city, "/petugas/pengganti"))
        page.get_by_role("button", name="Tetapkan pengganti").click()
        page.wait_for_load_state()
        look(page, "substitutes with errors")


def test_accept_hand_over_and_propose_without_a_script(
    number: tuple[City, str], server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    city, tracked = number
    page = phone(1366, 768, java_script_enabled=False).new_page()
    sign_in(page, server.url(city, "/petugas/masuk"), city.officers["liaison_officer"])
    page.goto(server.url(city, "/petugas/unit"))
    page.get_by_role("button", name="Terima dan kerjakan").click()
    assert page.url.endswith(f"/petugas/laporan/{tracked}")
    page.goto(server.url(city, f"/petugas/laporan/{tracked}?tindakan=penangan"))
    page.get_by_label("Petugas yang menangani").select_option(label="Petugas handler")
    page.get_by_role("button", name="Tetapkan penangan").click()
    assert "Petugas handler" in page.content()
    page.goto(server.url(city, f"/petugas/laporan/{tracked}?tindakan=tindak-lanjut"))
    page.get_by_label("Apa yang sudah dilakukan").fill("Lubang sudah kami ukur dan beri tanda.")
    page.get_by_label("Kemajuan dalam persen").fill("40")
    page.get_by_role("button", name="Simpan tindak lanjut").click()
    assert "Kemajuan 40%." in page.content()
