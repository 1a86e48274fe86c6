"""Bad input in every form: its own sentence, everything typed kept, nothing changed."""

from __future__ import annotations

import html
import io
import re
import threading
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from pypdf import PdfWriter
from sqlalchemy import func, select, update

from complaints.models import Attachment, Complaint
from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tests.conftest import City, photo
from tests.integration.test_citizen_journey import report_data
from tests.integration.test_security import rows_of

HOSTILE = {
    "script": "<script>alert('x')</script> lubang besar di depan sekolah kami sejak kemarin",
    "rtl": "\u202egnadab\u202c lubang besar di depan sekolah kami sejak kemarin",
    "emoji": "🚧🕳️ lubang besar di depan sekolah kami sejak kemarin 👨‍👩‍👧",
    "nul": "lubang\x00 besar di depan sekolah kami sejak kemarin",
    "arab": "حفرة كبيرة أمام المدرسة منذ يومين، والناس يخافون المرور",
}
SENTENCES = {
    "kind": ("", "Pilih jenis laporan"),
    "title": ("", "Tulis judul laporan"),
    "body": ("", "Tulis isi laporan"),
    "category": ("", "Pilih kategori yang paling sesuai"),
    "district": ("", "Pilih kecamatan"),
    "village": ("", "Pilih kelurahan atau desa"),
    "landmark": ("", "Tulis patokan lokasi, misalnya nama jalan atau bangunan terdekat"),
    "name": ("", "Tulis nama Anda"),
    "phone": ("", "Isi nomor ponsel atau surel, salah satu cukup"),
    "declaration": ("", "Centang pernyataan untuk mengirim laporan"),
    "incident_day": ("", "Isi tanggal kejadian"),
}
WRONG = [
    ("title", "pendek", "Judul paling sedikit 10 huruf"),
    ("title", "a" * 114, "Judul paling banyak 100 huruf, kurangi 14 huruf"),
    ("body", "pendek", "Isi laporan paling sedikit 30 huruf agar petugas memahami masalahnya"),
    ("body", "a" * 10_000, "Isi laporan paling banyak 2.000 huruf, kurangi 8.000 huruf"),
    ("incident_month", "13", "Bulan harus angka 1 sampai 12"),
    ("incident_month", "x", "Bulan harus angka 1 sampai 12"),
    ("incident_day", "0", "Hari harus angka 1 sampai 31"),
    ("incident_year", "2999", "Tanggal kejadian tidak boleh setelah hari ini"),
    ("incident_year", "26", "Tahun harus 4 angka, misalnya 2026"),
    ("phone", "123", "Nomor ponsel harus 10–13 angka, misalnya 0812 3456 7890"),
    ("email", "tanpa-tanda", "Alamat surel harus memuat tanda @"),
    ("category", "bukan-uuid", "Kategori ini sudah tidak dipakai, pilih kategori lain"),
    ("kind", "lain", "Pilih jenis laporan"),
]


def send(city: City, browse: Callable[..., Any], **overrides: Any) -> tuple[Any, dict[str, Any]]:
    citizen = browse(city)
    data = report_data(citizen.get("/laporan/baru").get_data(as_text=True), **overrides)
    data = {name: value for name, value in data.items() if value is not None}
    return citizen.post("/laporan/baru", data, content_type="multipart/form-data"), data


@pytest.mark.parametrize("field", list(SENTENCES))
def test_an_empty_field_has_its_sentence(city: City, browse: Callable[..., Any], field: str) -> None:
    empty, sentence = SENTENCES[field]
    response, data = send(city, browse, **{field: empty or None})
    page = html.unescape(response.get_data(as_text=True))
    assert response.status_code == 422
    assert sentence in page
    assert re.search(r"<title>\s*Kesalahan:", page)
    assert "Ada yang perlu diperbaiki" in page
    for kept in ("title", "body", "landmark"):
        if kept != field:
            assert data[kept] in page, f"{kept} was lost"


@pytest.mark.parametrize(("field", "value", "sentence"), WRONG)
def test_a_wrong_value_has_its_sentence(
    app: Flask, city: City, browse: Callable[..., Any], field: str, value: str, sentence: str
) -> None:
    before = rows_of(app, city)
    response, _ = send(city, browse, **{field: value})
    page = html.unescape(response.get_data(as_text=True))
    assert response.status_code == 422
    assert sentence in page
    if field not in ("category", "kind"):
        assert value in page
    assert rows_of(app, city) == before


def test_a_day_that_its_month_does_not_have(city: City, browse: Callable[..., Any]) -> None:
    response, _ = send(city, browse, incident_day="31", incident_month="4")
    assert "Tanggal 31 tidak ada di bulan April" in response.get_data(as_text=True)


def test_a_village_of_another_district(city: City, browse: Callable[..., Any]) -> None:
    citizen = browse(city)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    village = re.search(r'<optgroup label="Utara">\s*<option value="([^"]+)"', page)
    district = re.search(r'<option value="([^"]+)">Selatan</option>', page)
    assert village
    assert district
    response, _ = send(city, browse, village=village[1], district=district[1])
    assert "tidak berada di Kecamatan Selatan, pilih lagi" in response.get_data(as_text=True)


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_text_is_text_everywhere(
    city: City, browse: Callable[..., Any], officer: Callable[..., Any], name: str
) -> None:
    text = HOSTILE[name]
    citizen = browse(city)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    data = report_data(page, title=text[:90], body=text, landmark=text[:90], name=text[:60])
    sent = citizen.post("/laporan/baru", data)
    assert sent.status_code == 303
    number = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", sent.headers["Location"])
    assert number
    desk = officer(city)
    shown = [
        citizen.get(f"/lacak/{number[0]}").get_data(as_text=True),
        desk.get("/petugas/").get_data(as_text=True),
        desk.get(f"/petugas/laporan/{number[0]}").get_data(as_text=True),
    ]
    for each in shown:
        assert "<script>alert" not in each
        assert "\x00" not in each
        assert "\u202e" not in each
    assert "kemarin" in shown[0] or name == "arab"


# --- uploads -----------------------------------------------------------------------------------------------


def bomb() -> bytes:
    stream = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(stream, "PNG")
    return stream.getvalue()


def pdf() -> bytes:
    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(stream)
    return stream.getvalue()


def with_archive(data: bytes) -> bytes:
    """The file with a ZIP archive, and a page in it, behind its end."""
    stream = io.BytesIO(data)
    stream.seek(0, io.SEEK_END)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("jahat.html", "<script>alert(1)</script>")
    return stream.getvalue()


FILES = {
    "wrong type": ("laporan.docx", b"PK\x03\x04 bukan gambar", "harus JPG, PNG, WebP, atau PDF"),
    "html": ("foto.jpg", b"<html><script>alert(1)</script>", "harus JPG, PNG, WebP, atau PDF"),
    "svg": ("foto.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "harus JPG, PNG, WebP, atau PDF"),
    "program": ("foto.jpg", b"MZ\x90\x00" + bytes(2000), "Berkas foto.jpg harus JPG, PNG, WebP, atau PDF"),
    "empty": ("kosong.jpg", b"", "Berkas kosong.jpg kosong"),
    "bomb": ("bom.png", bomb(), "Foto bom.png lebih dari 50 juta piksel, perkecil fotonya"),
    "30 MB": ("besar.jpg", photo() + b"0" * 30_000_000, "Berkas besar.jpg lebih besar dari 8 MB"),
    "truncated": (
        "putus.jpg",
        photo()[:2000],
        "Berkas putus.jpg rusak atau tidak lengkap",
    ),
    "bare pdf": (
        "kosong.pdf",
        b"%PDF-1.7\n",
        "Berkas kosong.pdf rusak atau tidak lengkap",
    ),
}


@pytest.mark.parametrize("name", list(FILES))
def test_a_refused_file_takes_nothing_with_it(city: City, browse: Callable[..., Any], name: str) -> None:
    file_name, data, sentence = FILES[name]
    files = [(io.BytesIO(photo()), "baik.jpg"), (io.BytesIO(data), file_name)]
    response, fields = send(city, browse, files=files)
    page = html.unescape(response.get_data(as_text=True))
    assert response.status_code == 422
    assert sentence in page
    assert fields["body"] in page
    assert re.search(r"baik\.jpg", page), "the good file was lost"


@pytest.mark.parametrize("kind", ["jpg", "pdf"])
def test_a_polyglot_arrives_as_what_it_shows_alone(city: City, browse: Callable[..., Any], kind: str) -> None:
    """A picture that is a page, a document that is an archive: only the picture and the document arrive."""
    file = with_archive(photo() if kind == "jpg" else pdf())
    assert zipfile.is_zipfile(io.BytesIO(file))
    citizen = browse(city)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    data = report_data(page, files=(io.BytesIO(file), f"ganda.{kind}"))
    sent = citizen.post("/laporan/baru", data, content_type="multipart/form-data")
    assert sent.status_code == 303
    number = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", sent.headers["Location"])
    assert number
    tracking = citizen.get(f"/lacak/{number[0]}").get_data(as_text=True)
    address = re.search(r'"(/lampiran/[^"?]+)"', tracking)
    assert address
    served = citizen.get(address[1]).data
    assert served.startswith(b"\xff\xd8\xff" if kind == "jpg" else b"%PDF-")
    assert not zipfile.is_zipfile(io.BytesIO(served))
    assert b"<script>" not in served


def test_four_files_are_one_too_many(city: City, browse: Callable[..., Any]) -> None:
    files = [(io.BytesIO(photo(64, 64)), f"{n}.jpg") for n in range(4)]
    response, _ = send(city, browse, files=files)
    assert "Paling banyak 3 berkas" in response.get_data(as_text=True)


# --- twice -------------------------------------------------------------------------------------------------


def count(app: Flask, city: City) -> int:
    with tenant_scope(city.id, app):
        return db.session.scalar(select(func.count()).select_from(Complaint)) or 0


def test_sent_twice_in_a_row(app: Flask, city: City, browse: Callable[..., Any]) -> None:
    citizen = browse(city)
    data = report_data(citizen.get("/laporan/baru").get_data(as_text=True))
    token = citizen.token("/laporan/baru")
    receipts = {
        citizen.client.post(
            "/laporan/baru", base_url=citizen.base, data=data | {"csrf_token": token}
        ).headers["Location"]
        for _ in range(3)
    }
    assert len(receipts) == 1
    assert count(app, city) == 1


def test_sent_many_times_at_once(app: Flask, city: City, browse: Callable[..., Any]) -> None:
    """A thumb that taps twice, with photos: one report, one receipt, each photo once."""
    citizen = browse(city)
    data = report_data(citizen.get("/laporan/baru").get_data(as_text=True))
    data["csrf_token"] = citizen.token("/laporan/baru")
    cookie = citizen.client.get_cookie("sesi", domain=city.host)
    assert cookie
    photos = [photo(64, 64), photo(64, 64), photo(64, 64)]
    answers: list[Any] = []

    def tap() -> None:
        client = app.test_client()
        client.set_cookie("sesi", cookie.value, domain=city.host)
        files = [(io.BytesIO(each), f"{n}.jpg") for n, each in enumerate(photos)]
        kind = "multipart/form-data"
        answers.append(
            client.post(
                "/laporan/baru", base_url=citizen.base, data={**data, "files": files}, content_type=kind
            )
        )

    threads = [threading.Thread(target=tap) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [303] * 5
    assert len({answer.headers["Location"] for answer in answers}) == 1
    with tenant_scope(city.id, app):
        complaint_id = db.session.scalars(select(Complaint.id)).one()
        rows = select(Attachment.sha256).where(Attachment.complaint_id == complaint_id)
        assert len(set(db.session.scalars(rows))) == len(db.session.scalars(rows).all()) == 3


def test_a_form_sent_twice_takes_no_photo_from_its_twin(
    app: Flask, city: City, browse: Callable[..., Any]
) -> None:
    """A photo that another sending has just kept stays, an older one that the page does not show goes."""
    citizen = browse(city)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    refused = {"content_type": "multipart/form-data"}
    first = report_data(page, title="", files=(io.BytesIO(photo()), "pertama.jpg"))
    assert "pertama.jpg" in citizen.post("/laporan/baru", first, **refused).get_data(as_text=True)
    second = report_data(page, title="", files=(io.BytesIO(photo()), "kedua.jpg"))
    both = citizen.post("/laporan/baru", second, **refused).get_data(as_text=True)
    assert "pertama.jpg" in both
    assert "kedua.jpg" in both
    with tenant_scope(city.id, app), unit_of_work() as session:
        session.execute(update(Attachment).values(created_at=clock.now() - timedelta(minutes=1)))
    third = report_data(page, title="", files=(io.BytesIO(photo()), "ketiga.jpg"))
    last = citizen.post("/laporan/baru", third, **refused).get_data(as_text=True)
    assert "ketiga.jpg" in last
    assert "pertama.jpg" not in last


def test_a_photo_whose_tick_was_taken_away_goes(app: Flask, city: City, browse: Callable[..., Any]) -> None:
    citizen = browse(city)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    data = report_data(page, title="", files=(io.BytesIO(photo()), "salah-pilih.jpg"))
    shown = citizen.post("/laporan/baru", data, content_type="multipart/form-data").get_data(as_text=True)
    ids = re.findall(r'name="shown_uploads"[^>]*value="([^"]+)"', shown)
    assert len(ids) == 1
    again = citizen.post("/laporan/baru", report_data(page, title="", shown_uploads=ids))
    assert "salah-pilih.jpg" not in again.get_data(as_text=True)
    with tenant_scope(city.id, app):
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0
