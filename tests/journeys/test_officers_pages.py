"""Every page of officers, in three colours: no axe violation, no foreign host, no sideways scroll."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from complaints.acts import desk, escalation, handling, intake
from complaints.acts.engine import SYSTEM
from core import clock
from core.db.tenancy import tenant_scope
from tests.casework import LONG
from tests.conftest import City, submission
from tests.isolation.routes import ROUTES
from tests.journeys.conftest import LiveServer, axe_problems, sign_in

pytestmark = pytest.mark.journey
COLORS = {"blue": "#0063a8", "yellow": "#fff500", "red": "#b01020"}
#: what every officer's page works at, in CSS pixels; pages of a unit are used on a phone
DESK, PHONE = 1366, 360
ANSWER = "Yth. Pelapor, jalan sudah kami perbaiki pada hari ini dan dapat dilalui kembali dengan aman."
#: pages that are files
FILES = {"files.attachment", "papers.disposition_pdf", "units.recap_pdf"}


@pytest.fixture(scope="module", params=list(COLORS))
def painted(request: pytest.FixtureRequest, make_city: Callable[..., City]) -> City:
    """A city in one of three colours."""
    return make_city(color=COLORS[request.param], phone="+622220000001", email="aduan@contoh.id")


@pytest.fixture(scope="module")
def numbers(app: Flask, painted: City) -> dict[str, str]:
    """A report in each of six states, and one that climbed the whole ladder."""
    found: dict[str, str] = {}
    unit = painted.departments["pupr"]
    with tenant_scope(painted.id, app):
        with clock.frozen(clock.now() - timedelta(days=60)):
            found["late"] = intake.submit(submission()).number
        escalation.escalate()
        for state in ("received", "deferred", "verified", "assigned", "in_progress", "responded"):
            receipt = intake.submit(submission())
            found[state], case = receipt.number, receipt.complaint_id
            if state == "deferred":
                desk.defer(case, SYSTEM, text="Mohon sebutkan nomor tiang lampu yang padam.")
            elif state != "received":
                desk.verify(case, SYSTEM, classification="unsupervised")
            if state in ("assigned", "in_progress", "responded"):
                desk.assign(case, SYSTEM, department_id=unit, instructions=["act"], note="Mohon segera")
            if state in ("in_progress", "responded"):
                handling.follow_up(case, SYSTEM, text=LONG)
            if state == "responded":
                handling.respond(case, SYSTEM, text=ANSWER)
    return found


def look(page: Page, where: str, width: int) -> None:
    problems = axe_problems(page)
    assert not problems, f"{where}: {problems}"
    hosts = page.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).host)")
    assert set(hosts) <= {page.evaluate("location.host")}, f"{where} loads from {set(hosts)}"
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{where} is {wide} px wide on a screen of {width}"


def paths(app: Flask, numbers: dict[str, str]) -> Iterator[str]:
    """The address of every page of officers that is read, from the table of routes."""
    for rule in app.url_map.iter_rules():
        route = ROUTES.get(rule.endpoint)
        if route is None or route.is_public or "city" not in route.hosts or "GET" not in (rule.methods or ()):
            continue
        if rule.endpoint not in FILES and rule.arguments <= {"number"}:
            yield rule.rule.replace("<string:number>", numbers["in_progress"])


def test_every_page_that_is_read(
    app: Flask,
    painted: City,
    numbers: dict[str, str],
    server: LiveServer,
    phone: Callable[..., BrowserContext],
) -> None:
    page = phone(DESK, 768).new_page()
    sign_in(page, server.url(painted, "/petugas/masuk"), painted.officers["city_administrator"])
    seen = []
    for path in sorted(set(paths(app, numbers))):
        response = page.goto(server.url(painted, path))
        assert response
        assert response.status == 200, path
        look(page, path, DESK)
        seen.append(path)
    assert len(seen) >= 12


def test_a_case_in_every_state(
    painted: City, numbers: dict[str, str], server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    page = phone(DESK, 768).new_page()
    sign_in(page, server.url(painted, "/petugas/masuk"), painted.officers["city_administrator"])
    for state, number in numbers.items():
        page.goto(server.url(painted, f"/petugas/laporan/{number}"))
        look(page, f"case {state}", DESK)
        acts = page.locator("a[href*='tindakan=']").evaluate_all("links => links.map(link => link.href)")
        if state in ("verified", "in_progress"):
            for href in sorted(set(acts)):
                page.goto(href)
                look(page, href, DESK)


def test_inbox_empty_and_after_a_bulk_act(
    painted: City, numbers: dict[str, str], server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    page = phone(DESK, 768).new_page()
    sign_in(page, server.url(painted, "/petugas/masuk"), painted.officers["verifier"])
    page.goto(server.url(painted, "/petugas/?q=tidakadasatupun"))
    assert page.locator(".kosong").count() == 1
    look(page, "inbox without a row", DESK)
    page.goto(server.url(painted, "/petugas/"))
    for number in (numbers["verified"], numbers["received"]):
        page.check(f"input[name=laporan][value='{number}']")
    with page.expect_navigation():
        page.locator("button[name=aksi][value=kategori]").click()
    look(page, "form of a bulk act", DESK)
    page.locator("main select").first.select_option(index=2)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    assert "berhasil" in page.locator("main").inner_text()
    look(page, "result of a bulk act", DESK)


def test_preview_of_an_answer(
    painted: City, numbers: dict[str, str], server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    page = phone(DESK, 768).new_page()
    number = numbers["in_progress"]
    sign_in(page, server.url(painted, "/petugas/masuk"), painted.officers["liaison_officer"])
    page.goto(server.url(painted, f"/petugas/laporan/{number}?tindakan=tanggapan"))
    form = page.locator("form[action*='/tanggapan']")
    form.locator("textarea[name=text]").fill(ANSWER)
    with page.expect_navigation():
        form.locator("button[value=pratinjau]").click()
    assert page.title().startswith("Pratinjau")
    look(page, "preview", DESK)


def test_a_units_pages_on_a_phone(
    painted: City, numbers: dict[str, str], server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    page = phone(PHONE).new_page()
    sign_in(page, server.url(painted, "/petugas/masuk"), painted.officers["liaison_officer"])
    for path in (
        "/petugas/",
        "/petugas/unit",
        "/petugas/unit/rekap",
        "/petugas/pengganti",
        f"/petugas/laporan/{numbers['assigned']}",
        f"/petugas/laporan/{numbers['in_progress']}?tindakan=tanggapan",
        f"/petugas/laporan/{numbers['in_progress']}/lembar-disposisi",
    ):
        response = page.goto(server.url(painted, path))
        assert response
        assert response.status == 200, path
        look(page, path, PHONE)


def test_the_header_leads_to_what_the_role_may_open(
    painted: City, numbers: dict[str, str], server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    expected = {
        "city_administrator": ["Kotak masuk", "Antrean unit", "Eskalasi", "Audit", "Pengaturan"],
        "observer": ["Kotak masuk", "Antrean unit", "Eskalasi", "Audit"],
        "handler": ["Kotak masuk", "Antrean unit"],
    }
    for role, labels in expected.items():
        page = phone(DESK, 768).new_page()
        sign_in(page, server.url(painted, "/petugas/masuk"), painted.officers[role])
        links = page.locator("nav.menu a")
        shown = [re.sub(r"\s+", " ", text).strip() for text in links.all_inner_texts()]
        assert [text for text in shown if text in expected["city_administrator"]] == labels
        for href in links.evaluate_all("all => all.map(link => link.href)"):
            response: Any = page.goto(href)
            assert response.status == 200, href
