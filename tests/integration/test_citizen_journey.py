"""The main path over HTTP: file, receipt, track, verify, assign, follow up, respond, rate."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from tests.casework import VERIFIED
from tests.conftest import City, photo


def _options(page: str, name: str) -> list[str]:
    select = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.S)
    assert select
    return [value for value in re.findall(r'value="([^"]*)"', select[0]) if value]


def report_data(page: str, **overrides: Any) -> dict[str, Any]:
    """A filled form, with choices of the page."""
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', page)
    assert key
    return {
        "form_key": key[1],
        "kind": "complaint",
        "title": "Lampu jalan padam di gang",
        "body": "Lampu jalan di gang sudah padam sejak dua minggu lalu dan warga takut lewat.",
        "category": _options(page, "category")[0],
        "incident_day": "2",
        "incident_month": "3",
        "incident_year": "2026",
        "district": _options(page, "district")[1],
        "village": _options(page, "village")[1],
        "landmark": "Depan pos ronda",
        "name": "Siti",
        "phone": "0812 0000 1234",
        "declaration": "y",
    } | overrides


def test_file_and_answer(city: City, browse: Callable[..., Any], officer: Callable[..., Any]) -> None:
    number, pin, category = _file(browse(city))
    reporter = browse(city)
    _track(reporter, browse(city), number, pin)
    case = f"/petugas/laporan/{number}"
    desk = officer(city)
    assert number in desk.get("/petugas/").get_data(as_text=True)
    act(desk, case, "verifikasi", VERIFIED | {"category": category})
    unit_id = str(city.departments["pupr"])
    act(desk, case, "disposisi", {"department": unit_id, "urgency": "normal", "instructions": "act"})
    unit = officer(city, "liaison_officer")
    did = {"text": "Tim sudah mengganti dua lampu di gang tersebut.", "is_public": "y"}
    act(unit, case, "tindak-lanjut", did)
    answer = "Yth. Pelapor, lampu jalan di gang sudah kami ganti dan menyala kembali. Terima kasih."
    act(unit, case, "tanggapan", {"text": answer})
    answered = reporter.get(f"/lacak/{number}").get_data(as_text=True)
    assert "sudah kami ganti" in answered
    assert "Petugas liaison_officer" not in answered  # by role, never by name
    judged = {"solved": "yes", "score": "5", "comment": "Cepat"}
    rated = reporter.post(f"/lacak/{number}/penilaian", judged, page=f"/lacak/{number}")
    assert rated.status_code == 303
    assert "Selesai" in reporter.get(f"/lacak/{number}").get_data(as_text=True)


def _file(citizen: Any) -> tuple[str, str, str]:
    """File a report with a photo; its number, PIN and category."""
    assert citizen.get("/").status_code == 200
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    data = report_data(page, files=(io.BytesIO(photo()), "jalan.jpg"))
    sent = citizen.post("/laporan/baru", data, content_type="multipart/form-data")
    assert sent.status_code == 303, sent.get_data(as_text=True)[:3000]
    receipt = citizen.get(sent.headers["Location"]).get_data(as_text=True)
    number = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", receipt)
    pin = re.search(r'baca-layar">(\d{6})<', receipt)
    assert number
    assert pin
    return number[0], pin[1], data["category"]


def _track(reporter: Any, stranger: Any, number: str, pin: str) -> None:
    """In full only with the PIN; the photo only for who has shown it."""
    short = reporter.get(f"/lacak/{number}").get_data(as_text=True)
    assert "Lampu jalan padam" not in short
    wrong = reporter.post("/lacak", {"number": number, "pin": "000000"})
    assert wrong.status_code == 422
    right = reporter.post("/lacak", {"number": number.lower(), "pin": f"{pin[:3]} {pin[3:]}"})
    assert right.status_code == 303
    full = reporter.get(f"/lacak/{number}").get_data(as_text=True)
    assert "Lampu jalan padam" in full
    picture = re.search(r'href="(/lampiran/[^"]+)"', full)
    assert picture
    assert reporter.get(picture[1]).status_code == 200
    assert stranger.get(picture[1]).status_code == 404


def act(browser: Any, case: str, slug: str, data: dict[str, Any]) -> None:
    page = browser.get(case).get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version, page
    response = browser.post(f"{case}/{slug}", {"version": version[1], **data}, page=case)
    assert response.status_code == 303, response.get_data(as_text=True)
