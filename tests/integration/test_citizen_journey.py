"""The main path over HTTP: file, receipt, track, verify, assign, follow up, respond, rate."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

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
    citizen = browse(city)
    assert citizen.get("/").status_code == 200
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    data = report_data(page, files=(io.BytesIO(photo()), "jalan.jpg"))
    sent = citizen.post("/laporan/baru", data, content_type="multipart/form-data")
    assert sent.status_code == 303, sent.get_data(as_text=True)[:3000]
    receipt = citizen.get(sent.headers["Location"]).get_data(as_text=True)
    number = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", receipt)
    pin = re.search(r'baca-layar">(\d{6})<', receipt)
    assert number and pin

    other = browse(city)
    short = other.get(f"/lacak/{number[0]}").get_data(as_text=True)
    assert "Lampu jalan padam" not in short
    wrong = other.post("/lacak", {"number": number[0], "pin": "000000"})
    assert wrong.status_code == 422
    right = other.post("/lacak", {"number": number[0].lower(), "pin": f"{pin[1][:3]} {pin[1][3:]}"})
    assert right.status_code == 303
    full = other.get(f"/lacak/{number[0]}").get_data(as_text=True)
    assert "Lampu jalan padam" in full
    picture = re.search(r'href="(/lampiran/[^"]+)"', full)
    assert picture
    assert other.get(picture[1]).status_code == 200
    assert browse(city).get(picture[1]).status_code == 404

    desk = officer(city)
    case = f"/petugas/laporan/{number[0]}"
    inbox = desk.get("/petugas/").get_data(as_text=True)
    assert number[0] in inbox
    act(desk, case, "verifikasi", {"classification": "unsupervised", "category": data["category"]})
    act(
        desk,
        case,
        "disposisi",
        {"department": str(city.departments["pupr"]), "urgency": "normal", "instructions": "act"},
    )
    unit = officer(city, "liaison_officer")
    act(
        unit,
        case,
        "tindak-lanjut",
        {"text": "Tim sudah mengganti dua lampu di gang tersebut.", "is_public": "y"},
    )
    act(
        unit,
        case,
        "tanggapan",
        {"text": "Yth. Pelapor, lampu jalan di gang sudah kami ganti dan menyala kembali. Terima kasih."},
    )
    answered = other.get(f"/lacak/{number[0]}").get_data(as_text=True)
    assert "sudah kami ganti" in answered
    assert "Petugas liaison_officer" not in answered  # by role, never by name
    rated = other.post(
        f"/lacak/{number[0]}/penilaian",
        {"solved": "yes", "score": "5", "comment": "Cepat"},
        page=f"/lacak/{number[0]}",
    )
    assert rated.status_code == 303
    done = other.get(f"/lacak/{number[0]}").get_data(as_text=True)
    assert "Selesai" in done


def act(browser: Any, case: str, slug: str, data: dict[str, Any]) -> None:
    page = browser.get(case).get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version, page
    response = browser.post(f"{case}/{slug}", {"version": version[1], **data}, page=case)
    assert response.status_code == 303, response.get_data(as_text=True)
