"""Every page in every state: no axe violation, no sideways scroll at 320 px, nothing from another host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from complaints.acts import desk, handling
from complaints.acts.engine import Actor
from complaints.permissions import GRANTS
from core.db.tenancy import tenant_scope
from tests.conftest import OPERATOR_KEY, City, submission
from tests.journeys.conftest import LiveServer, axe_problems, sign_in
from tests.operator_room import stopped_notice

pytestmark = pytest.mark.journey
COLORS = {"blue": "#0063a8", "yellow": "#fff500", "red": "#b01020"}
ANSWER = "Yth. Pelapor, jalan sudah kami perbaiki pada hari ini dan dapat dilalui kembali dengan aman."


@pytest.fixture(scope="module", params=list(COLORS))
def painted(request: pytest.FixtureRequest, make_city: Callable[..., City]) -> City:
    """A city in one of three colours."""
    return make_city(color=COLORS[request.param], phone="+622220000001", email="aduan@contoh.id")


@pytest.fixture(scope="module")
def cases(app: Flask, painted: City) -> dict[str, tuple[str, str]]:
    """A report in each state: status → (number, pin)."""
    from complaints.acts import intake

    admin = Actor("officer", "Petugas", name="Rina", grants=GRANTS["city_administrator"])
    found: dict[str, tuple[str, str]] = {}
    with tenant_scope(painted.id, app):
        for state in ("received", "deferred", "verified", "assigned", "in_progress", "responded", "archived"):
            receipt = intake.submit(submission())
            found[state] = (receipt.number, receipt.pin)
            case = receipt.complaint_id
            if state == "deferred":
                desk.defer(case, admin, text="Mohon sebutkan nomor tiang lampu yang padam.")
            elif state == "archived":
                desk.archive(case, admin, reason="Laporan tidak jelas")
            elif state != "received":
                desk.verify(case, admin, classification="unsupervised")
            if state in ("assigned", "in_progress", "responded"):
                desk.assign(
                    case, admin, department_id=painted.departments["pupr"], note="Mohon segera ditangani"
                )
            if state in ("in_progress", "responded"):
                handling.follow_up(case, admin, text="Petugas sudah meninjau lokasi.")
                desk.note(case, admin, text="Koordinasi dengan kelurahan.")
            if state == "responded":
                handling.respond(case, admin, text=ANSWER)
    return found


def look(page: Page, where: str) -> None:
    """The rules of every page."""
    problems = axe_problems(page)
    assert not problems, f"{where}: {problems}"
    hosts = page.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).host)")
    own = page.evaluate("location.host")
    assert set(hosts) <= {own}, f"{where} loads from {set(hosts)}"


def narrow(page: Page, url: str, where: str) -> None:
    page.goto(url)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320, f"{where} is {width} px wide on a 320 px screen"
    look(page, where)


def test_public_pages(
    painted: City, cases: dict[str, tuple[str, str]], server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    page = phone(320).new_page()
    for path in ("/", "/laporan/baru", "/lacak", "/bantuan", "/privasi", "/petugas/masuk", "/tidak-ada"):
        narrow(page, server.url(painted, path), path)
    page.goto(server.url(painted, "/laporan/baru"))
    page.get_by_role("button", name="Kirim laporan").click()
    page.wait_for_load_state()
    look(page, "form with errors")
    for state, (number, pin) in cases.items():
        narrow(page, server.url(painted, f"/lacak/{number}"), f"short status {state}")
        page.goto(server.url(painted, "/lacak"))
        page.fill("input[name=number]", number)
        page.fill("input[name=pin]", pin)
        page.get_by_role("button", name="Lacak laporan").click()
        page.wait_for_load_state()
        narrow(page, page.url, f"tracking {state}")


def test_root_pages(server: LiveServer, painted: City, phone: Callable[..., BrowserContext]) -> None:
    page = phone(320).new_page()
    for path in ("/", "/?q=tidak%20ada"):
        narrow(page, server.url(None, path), f"root {path}")
    response = page.goto(server.url(None, "/").replace("//uji.", "//tidak-terdaftar.uji."))
    assert response
    assert response.status == 404
    look(page, "unknown host")


def test_operator_pages(
    app: Flask, painted: City, server: LiveServer, phone: Callable[..., BrowserContext]
) -> None:
    """Without JavaScript, as everything there works."""
    message = stopped_notice(app, painted)
    with phone(320, java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(server.url(None, "/operator"))
        plain.fill("input[name=name]", "Rina")
        plain.fill("input[name=key]", OPERATOR_KEY)
        plain.get_by_role("button", name="Masuk").click()
        cookies = context.cookies()
        plain.goto(server.url(None, f"/operator/kiriman/{painted.slug}/{message}"))
        plain.fill("input[name=reason]", "x")
        plain.get_by_role("button", name="Lewati").click()
        assert "Tulis alasan paling sedikit 5 huruf." in plain.content()
    context = phone(320)
    page = context.new_page()
    narrow(page, server.url(None, "/operator/masuk"), "operator's sign-in")
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_load_state()
    look(page, "operator's sign-in with errors")
    context.clear_cookies()
    context.add_cookies(cookies)  # type: ignore[arg-type] # the driver's own two types of a cookie
    narrow(page, server.url(None, "/operator?semua=1"), "operator's overview")
    narrow(page, server.url(None, f"/operator?kota={painted.slug}"), "operator's list of one city")
    narrow(page, server.url(None, f"/operator/kiriman/{painted.slug}/{message}"), "message explained")
    page.emulate_media(media="print")
    page.goto(server.url(None, "/operator"))
    assert page.get_by_role("heading", name="Pekerjaan bersama").is_visible()
    again = page.locator("button", has_text="Coba lagi")
    assert again.count() >= 1
    assert not again.first.is_visible()


def test_staff_pages(
    painted: City,
    cases: dict[str, tuple[str, str]],
    server: LiveServer,
    phone: Callable[..., BrowserContext],
) -> None:
    page = phone(1366, 768).new_page()
    sign_in(page, server.url(painted, "/petugas/masuk"), painted.officers["city_administrator"])
    for view in ("perlu", "baru", "disposisi", "segera", "terlambat", "pelapor", "selesai"):
        page.goto(server.url(painted, f"/petugas/?tampilan={view}"))
        look(page, f"inbox {view}")
    for state, (number, _) in cases.items():
        page.goto(server.url(painted, f"/petugas/laporan/{number}"))
        look(page, f"case {state}")
    page.goto(server.url(painted, f"/petugas/laporan/{cases['verified'][0]}"))
    page.get_by_role("button", name="Disposisikan", exact=True).click()
    page.wait_for_load_state()
    look(page, "case with errors")
    page.set_viewport_size({"width": 640, "height": 800})  # 200 % zoom of 1280
    for url in (
        server.url(painted, "/petugas/"),
        server.url(painted, f"/petugas/laporan/{cases['responded'][0]}"),
    ):
        page.goto(url)
        width: Any = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 640, f"{url} is {width} px wide at 640 px"
