"""Budgets of pages: SQL statements and bytes are exact, so they are tests. scripts/bench measures CPU."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask

from complaints.acts import desk, handling
from complaints.acts.engine import Actor
from complaints.permissions import GRANTS
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from tests.casework import LONG, VERIFIED
from tests.conftest import City, submission
from tests.integration.test_citizen_journey import report_data
from tests.pages import csrf_token
from tests.statements import rolled_back, sent_by

KILOBYTE = 1024
MOST_STATEMENTS = 12
#: filing writes the report, its reporter, its secret and its history, and adopts its files
MOST_STATEMENTS_OF_FILING = 16
#: these lock, check and write two reports with two histories, or one with a message that carries it off
BEYOND = {"penggabungan": 16, "pemisahan": 17, "pemindahan": 15}
VILLAGES = 300
REPORTS = 110
ANSWER = "Yth. Pelapor, jalan sudah kami perbaiki pada hari ini dan dapat dilalui kembali dengan aman."


def areas(villages: int) -> list[dict[str, Any]]:
    """A large city's kecamatan and kelurahan."""
    return [
        {
            "code": f"9{district:02}",
            "name": f"Kecamatan Panjang Nomor {district}",
            "villages": [
                {"code": f"9{district:02}.{n}", "name": f"Kelurahan Sukamaju {district} {n}"}
                for n in range(10)
            ],
        }
        for district in range(villages // 10)
    ]


@pytest.fixture(scope="module")
def large(app: Flask, make_city: Callable[..., City]) -> City:
    """A city with many places and a full inbox."""
    from complaints.acts import intake
    from tenants import provisioning

    city = make_city()
    with tenant_scope(city.id, app):
        with unit_of_work():
            provisioning.add_areas(areas(VILLAGES))
        for n in range(REPORTS):
            intake.submit(submission(title=f"Jalan berlubang di depan sekolah nomor {n}"))
    return city


@pytest.fixture(scope="module")
def numbers(app: Flask, large: City) -> dict[str, tuple[str, str]]:
    """Cases of the large city by state: (number, PIN)."""
    from complaints.acts import intake

    admin = Actor("officer", "Petugas", name="Rina", grants=GRANTS["city_administrator"])
    found = {}
    with tenant_scope(large.id, app):
        for state in ("received", "assigned", "responded"):
            receipt = intake.submit(submission())
            found[state] = (receipt.number, receipt.pin)
            if state != "received":
                desk.verify(receipt.complaint_id, admin, classification="unsupervised")
                desk.assign(receipt.complaint_id, admin, department_id=large.departments["pupr"])
            if state == "responded":
                for n in range(5):
                    handling.follow_up(receipt.complaint_id, admin, text=f"Petugas meninjau lokasi ke-{n}.")
                handling.respond(receipt.complaint_id, admin, text=ANSWER)
    return found


def statements_of(app: Flask, ask: Callable[[], Any], status: int = 200) -> int:
    with sent_by(app) as sent, rolled_back(app) as ended:
        response = ask()
    assert response.status_code == status, response.get_data(as_text=True)[:500]
    assert not ended, "a ROLLBACK makes the driver forget what the server has prepared: core/db/reading.py"
    return len(sent)


def test_public_pages(
    app: Flask, large: City, numbers: dict[str, tuple[str, str]], browse: Callable[..., Any]
) -> None:
    citizen = browse(large)
    number, pin = numbers["responded"]
    for path in ("/", "/laporan/baru", "/lacak", f"/lacak/{number}", "/bantuan", "/privasi"):
        assert statements_of(app, partial(citizen.get, path)) <= MOST_STATEMENTS, path
    citizen.post("/lacak", {"number": number, "pin": pin})
    assert statements_of(app, lambda: citizen.get(f"/lacak/{number}")) <= MOST_STATEMENTS


def test_filing(app: Flask, large: City, browse: Callable[..., Any]) -> None:
    citizen = browse(large)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    district = re.search(r'<option value="([^"]+)">Utara</option>', page)
    village = re.search(r'<optgroup label="Utara">\s*<option value="([^"]+)"', page)
    assert district
    assert village
    data = report_data(page, district=district[1], village=village[1])
    data["csrf_token"] = citizen.token("/laporan/baru")
    client, base = citizen.client, citizen.base
    used = statements_of(app, lambda: client.post("/laporan/baru", base_url=base, data=data), 303)
    assert used <= MOST_STATEMENTS_OF_FILING
    again = client.post("/laporan/baru", base_url=base, data=data)  # sent twice: the same receipt
    assert statements_of(app, partial(citizen.get, again.headers["Location"])) <= MOST_STATEMENTS


def test_the_inbox_whatever_its_length(app: Flask, large: City, officer: Callable[..., Any]) -> None:
    desk_officer = officer(large)
    used = {
        size: statements_of(app, partial(desk_officer.get, f"/petugas/?per={size}")) for size in (25, 50, 100)
    }
    assert len(set(used.values())) == 1, used
    assert used[50] <= MOST_STATEMENTS
    assert statements_of(app, lambda: desk_officer.get("/petugas/?tampilan=selesai")) <= MOST_STATEMENTS
    category = re.search(
        r'name="kategori".*?<option value="([^"]{36})"',
        desk_officer.get("/petugas/?saring=buka").get_data(as_text=True),
        re.DOTALL,
    )
    assert category
    for search in ("q=jalan", "q=asep&di=pelapor", f"q=asep&di=pelapor&kategori={category[1]}"):
        path = f"/petugas/?{search}"
        desk_officer.get(path)
        assert statements_of(app, partial(desk_officer.get, path)) <= MOST_STATEMENTS, search


def test_case_pages_and_acts(
    app: Flask, large: City, numbers: dict[str, tuple[str, str]], officer: Callable[..., Any]
) -> None:
    desk_officer = officer(large)
    for number, _ in numbers.values():
        path = f"/petugas/laporan/{number}"
        assert statements_of(app, partial(desk_officer.get, path)) <= MOST_STATEMENTS, number
    case = f"/petugas/laporan/{numbers['received'][0]}"
    page = desk_officer.get(case).get_data(as_text=True)
    category = re.search(r'<option selected value="([0-9a-f-]{36})"', page)
    assert category
    verified = VERIFIED | {"category": category[1]}
    assigned = {"department": str(large.departments["pupr"]), "urgency": "normal", "instructions": "act"}
    acts = {
        "catatan": {"text": "Pelapor sudah dihubungi."},
        "verifikasi": verified,
        "disposisi": assigned,
        "tindak-lanjut": {"text": "Petugas sudah meninjau lokasi.", "is_public": "y"},
        "tanggapan": {"text": f"{ANSWER} Salam hormat."},
        "penutupan": {},
    }
    used = {slug: act_statements(app, desk_officer, case, slug, body) for slug, body in acts.items()}
    assert max(used.values()) <= MOST_STATEMENTS, used


def test_acts_on_two_reports(
    app: Flask,
    large: City,
    make_city: Callable[..., City],
    file_report: Callable[..., Any],
    officer: Callable[..., Any],
) -> None:
    desk_officer, other = officer(large), make_city()
    one, two, three = (file_report(large).number for _ in range(3))
    acts: list[tuple[str, str, dict[str, str]]] = [
        (one, "penggabungan", {"main": two}),
        (one, "pemisahan", {"reason": LONG}),
        (one, "induk", {"parent": two}),
        (one, "lepas-induk", {}),
        (three, "pemindahan", {"target": str(other.id), "reason": LONG}),
    ]
    for number, slug, body in acts:
        used = act_statements(app, desk_officer, f"/petugas/laporan/{number}", slug, body)
        assert used <= BEYOND.get(slug, MOST_STATEMENTS), slug


def act_statements(app: Flask, desk_officer: Any, case: str, slug: str, body: dict[str, str]) -> int:
    page = desk_officer.get(case).get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    data = {"csrf_token": csrf_token(page), "version": version[1], **body}
    client, base = desk_officer.client, desk_officer.base
    return statements_of(app, lambda: client.post(f"{case}/{slug}", base_url=base, data=data), 303)


def test_the_province_whatever_its_cities(
    app: Flask,
    make_province: Callable[..., City],
    make_city: Callable[..., City],
    officer: Callable[..., Any],
) -> None:
    province = make_province()
    make_city(province=province.slug)
    observer = officer(province, "province_observer")
    few = statements_of(app, lambda: observer.get("/provinsi/"))
    for _ in range(3):
        make_city(province=province.slug)
    assert statements_of(app, lambda: observer.get("/provinsi/")) == few <= MOST_STATEMENTS


# --- bytes -------------------------------------------------------------------------------------------------


def packed(data: bytes) -> int:
    return len(gzip.compress(data, 6))


def visit(browser: Any, path: str) -> Iterator[tuple[str, int]]:
    """The page and everything a first visit loads with it: (kind, bytes sent)."""
    page = browser.get(path).get_data(as_text=True)
    yield "html", packed(page.encode())
    named = re.findall(r'(?:src|href)="(/(?:aset|tema|logo)/[^"]+)"', page)
    css = [address for address in named if address.endswith(".css")]
    fonts = {
        font
        for address in css
        for font in re.findall(
            r'url\("(/aset/[^"]+)"\)', browser.client.get(address, base_url=browser.base).text
        )
    }
    for address in dict.fromkeys([*named, *fonts]):
        response = browser.client.get(address, base_url=browser.base)
        assert response.status_code == 200, address
        kind = "font" if address in fonts else address.rsplit(".", 1)[-1]
        yield kind, len(response.data) if kind == "font" else packed(response.data)


def test_first_visit_of_a_public_page(large: City, browse: Callable[..., Any]) -> None:
    loaded = list(visit(browse(large), "/"))
    by_kind = {kind: sum(size for each, size in loaded if each == kind) for kind, _ in loaded}
    assert sum(by_kind.values()) <= 46 * KILOBYTE, by_kind
    assert len(loaded) <= 7, by_kind
    assert by_kind["html"] <= 10 * KILOBYTE
    assert by_kind["css"] <= 13 * KILOBYTE
    assert by_kind.get("js", 0) <= 8 * KILOBYTE
    assert by_kind["font"] <= 7 * KILOBYTE


def test_warm_pages(
    large: City,
    numbers: dict[str, tuple[str, str]],
    browse: Callable[..., Any],
    officer: Callable[..., Any],
) -> None:
    citizen, desk_officer = browse(large), officer(large)
    assert packed(citizen.get("/laporan/baru").data) <= 10 * KILOBYTE
    number, pin = numbers["responded"]
    citizen.post("/lacak", {"number": number, "pin": pin})
    assert packed(citizen.get(f"/lacak/{number}").data) <= 12 * KILOBYTE
    assert packed(desk_officer.get("/petugas/?per=50").data) <= 35 * KILOBYTE
    assert packed(desk_officer.get(f"/petugas/laporan/{number}").data) <= 35 * KILOBYTE


def test_first_visit_of_the_staff_list(large: City, officer: Callable[..., Any]) -> None:
    loaded = list(visit(officer(large), "/petugas/?per=50"))
    assert sum(size for _, size in loaded) <= 95 * KILOBYTE
    assert len(loaded) <= 8


def test_first_visit_of_the_province(
    make_province: Callable[..., City], make_city: Callable[..., City], officer: Callable[..., Any]
) -> None:
    province = make_province()
    for _ in range(10):
        make_city(province=province.slug)
    loaded = list(visit(officer(province, "province_observer"), "/provinsi/"))
    by_kind = {kind: sum(size for each, size in loaded if each == kind) for kind, _ in loaded}
    assert sum(by_kind.values()) <= 120 * KILOBYTE, by_kind
    assert by_kind["html"] <= 60 * KILOBYTE
    assert len(loaded) <= 8, by_kind


def test_pages_are_sent_packed(large: City, browse: Callable[..., Any]) -> None:
    browser = browse(large)
    plain = browser.client.get("/", base_url=browser.base)
    small = browser.client.get("/", base_url=browser.base, headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) < len(plain.data) / 2
    assert gzip.decompress(small.data).startswith(b"<!DOCTYPE html>")
