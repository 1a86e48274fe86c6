"""Files from the form to the store and back: what a refusal leaves, what hides in them, how they come out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sqlalchemy import select

from complaints.models import Attachment
from core.db.tenancy import tenant_scope
from core.extensions import db
from core.storage import store
from tests.casework import VERIFIED
from tests.conftest import Browser, City, photo
from tests.integration.test_citizen_journey import act, report_data

SCRIPT = b"<script>alert(document.cookie)</script>"
REFUSED = {
    "empty": ("kosong.jpg", b"", "Berkas kosong.jpg kosong"),
    "too large": ("besar.jpg", b"\xff\xd8\xff" + bytes(30_000_000), "Berkas besar.jpg lebih besar dari 8 MB"),
    "a drawing": ("gambar.svg", b"<svg/>", "Berkas gambar.svg harus JPG, PNG, WebP, atau PDF"),
    "a page": ("foto.jpg", b"<html>" + SCRIPT, "Berkas foto.jpg harus JPG, PNG, WebP, atau PDF"),
}


def send(citizen: Browser, page: str, *files: tuple[str, bytes], **changes: Any) -> Any:
    data = report_data(page, files=[(io.BytesIO(content), name) for name, content in files], **changes)
    return citizen.post("/laporan/baru", data, content_type="multipart/form-data")


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert found, name
    return found[1]


def test_after_a_refusal_the_good_file_goes_with_the_report(
    app: Flask, city: City, browse: Callable[..., Browser]
) -> None:
    """It is not asked for again, and the refused one leaves neither row nor bytes."""
    citizen = browse(city)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    bad = [REFUSED[kind] for kind in ("empty", "a page")]
    answer = send(citizen, page, ("baik.jpg", photo()), *((name, content) for name, content, _ in bad))
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    for _, _, sentence in bad:
        assert sentence in text
    keys = {"form_key": value_of(page, "form_key"), "kept_uploads": value_of(text, "kept_uploads")}
    assert citizen.post("/laporan/baru", report_data(page, **keys)).status_code == 303
    with tenant_scope(city.id, app):
        rows = db.session.execute(select(Attachment.name, Attachment.complaint_id)).all()
    assert [(row.name, row.complaint_id is not None) for row in rows] == [("baik.jpg", True)]


@pytest.mark.parametrize("kind", REFUSED)
def test_an_officers_refused_file_keeps_the_answer(
    city: City, file_report: Callable[..., Any], officer: Callable[..., Browser], kind: str
) -> None:
    """What was typed for half an hour is on the page again, and nothing was sent to the reporter."""
    receipt, desk = file_report(city), officer(city)
    path = f"/petugas/laporan/{receipt.number}"
    category = re.search(
        r'<select[^>]*name="category".*?value="([0-9a-f-]{36})"', desk.get(path).get_data(as_text=True), re.S
    )
    assert category
    act(desk, path, "verifikasi", VERIFIED | {"category": category[1]})
    name, content, sentence = REFUSED[kind]
    version = value_of(desk.get(path).get_data(as_text=True), "version")
    words = "Yth. Pelapor, lampu sudah kami ganti dan menyala kembali. Terima kasih atas laporannya."
    files = [(io.BytesIO(photo()), "baik.jpg"), (io.BytesIO(content), name)]
    data = {"version": version, "text": words, "files": files}
    refused = desk.post(f"{path}/tanggapan", data, page=path, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert sentence in refused.get_data(as_text=True)
    assert words in refused.get_data(as_text=True)
    assert value_of(desk.get(path).get_data(as_text=True), "version") == version


def test_a_body_over_every_limit_is_told_so(city: City, browse: Callable[..., Browser]) -> None:
    """Above what the deployment reads at all, the page says that nothing was kept."""
    citizen = browse(city)
    data = {
        "csrf_token": citizen.token("/laporan/baru"),
        "files": (io.BytesIO(bytes(65 * 1024 * 1024)), "a.jpg"),
    }
    response = citizen.client.post(
        "/laporan/baru", base_url=citizen.base, data=data, content_type="multipart/form-data"
    )
    response.request.environ["wsgi.input"].close()
    assert response.status_code == 413
    assert "Ukuran kiriman terlalu besar" in response.get_data(as_text=True)


def test_a_page_without_files_takes_no_more_than_a_megabyte(
    city: City, browse: Callable[..., Browser]
) -> None:
    citizen = browse(city)
    data = {"number": "x" * (1024 * 1024 + 10)}
    response = citizen.client.post("/lacak", base_url=citizen.base, data=data)
    assert response.status_code == 413


def hiding_png() -> bytes:
    """A valid picture that carries a page in its text and an archive behind its end."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SCRIPT.decode())
    stream = io.BytesIO()
    Image.new("RGB", (80, 60), "red").save(stream, "PNG", pnginfo=info)
    return stream.getvalue() + SCRIPT + b"PK\x03\x04<?php system($_GET[0]); ?>"


def test_what_hides_in_a_picture_or_its_name_does_not_survive(
    app: Flask, city: City, browse: Callable[..., Browser]
) -> None:
    citizen = browse(city)
    page = citizen.get("/laporan/baru").get_data(as_text=True)
    name = "../../etc/<img src=x onerror=alert(1)>\u202egpj.html"
    sent = send(citizen, page, (name, hiding_png()))
    assert sent.status_code == 303
    with tenant_scope(city.id, app):
        row = db.session.scalars(select(Attachment)).one()
        stored = store().get(row.storage_key)
    assert (row.media_type, row.storage_key.rpartition(".")[2]) == ("image/jpeg", "jpg")
    assert not {"/", "\u202e", "<"} & set(row.name)
    for hidden in (b"script", b"PK\x03\x04", b"php", b"Comment"):
        assert hidden not in stored
    response = citizen.get(f"/lampiran/{row.id}")
    assert response.mimetype == "image/jpeg"
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("inline; filename*=UTF-8''")
    assert not set('<>"\r\n;') & set(disposition.split("''", 1)[1])
    assert "private" in response.headers["Cache-Control"]
    number = sent.headers["Location"].split("/")[2]
    assert "<img src=x" not in citizen.get(f"/lacak/{number}").get_data(as_text=True)


def scripted_pdf() -> bytes:
    """A PDF with an attached page and a script that runs when it is opened."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_attachment("jahat.html", SCRIPT)
    action = DictionaryObject()
    action[NameObject("/S")] = NameObject("/JavaScript")
    action[NameObject("/JS")] = TextStringObject("app.alert('halo');")
    writer.root_object[NameObject("/OpenAction")] = action
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_a_pdf_loses_its_script_and_is_saved_never_shown(city: City, browse: Callable[..., Browser]) -> None:
    traces = (b"JavaScript", b"alert", b"jahat", b"OpenAction", b"EmbeddedFile")
    pdf = scripted_pdf()
    assert all(trace in pdf for trace in traces)
    citizen = browse(city)
    sent = send(citizen, citizen.get("/laporan/baru").get_data(as_text=True), ("surat.pdf", pdf))
    assert sent.status_code == 303
    number = sent.headers["Location"].split("/")[2]
    link = re.search(r'"(/lampiran/[^"?]+)"', citizen.get(f"/lacak/{number}").get_data(as_text=True))
    assert link
    response = citizen.get(link[1])
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not [trace for trace in traces if trace in response.data]
