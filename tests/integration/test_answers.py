"""Writing an answer: template, preview, sending; files and text travel along and nothing goes out before."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from complaints.models import AnswerTemplate, Attachment, Category, Complaint
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tests.casework import do, status_of
from tests.conftest import Browser, City, photo
from tests.integration.test_security import rows_of
from tests.pages import csrf_token

ANSWER = (
    "Yth. Pelapor, lampu jalan di gang Melati sudah kami ganti\ndan menyala kembali. <b>Terima kasih</b>."
)


@pytest.fixture(scope="module")
def desk(app: Flask, place: City) -> Browser:
    browser = Browser(app.test_client(), place.host)
    assert browser.sign_in(place.officers["city_administrator"]).status_code == 303
    return browser


@pytest.fixture
def case(app: Flask, place: City, file_report: Callable[..., Any]) -> Any:
    """A report that has been verified."""
    receipt = file_report(place)
    with tenant_scope(place.id, app):
        do("verify", receipt.complaint_id, place)
    return receipt


def form_of(browser: Browser, number: str, slug: str = "tanggapan") -> dict[str, str]:
    """Hidden fields of an act's form, as the page has them."""
    page = browser.get(f"/petugas/laporan/{number}?tindakan={slug}").get_data(as_text=True)
    part = page[page.index(f'action="/petugas/laporan/{number}/{slug}"') :]
    hidden = re.findall(r'<input[^>]*type="hidden"[^>]*>', part[: part.index("</form>")])
    names = {re.search(r'name="([^"]+)"', each)[1]: each for each in hidden}  # type: ignore[index] # all have one
    return {name: re.search(r'value="([^"]*)"', each)[1] for name, each in names.items()}  # type: ignore[index] # same


def send(browser: Browser, number: str, body: dict[str, Any], slug: str = "tanggapan") -> Any:
    path = f"/petugas/laporan/{number}/{slug}"
    return browser.client.post(path, base_url=browser.base, data=body)


def hidden_of(page: str) -> dict[str, Any]:
    """What the preview's form sends back."""
    part = page[page.index('class="pratinjau__kirim"') :]
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', part):
        found.setdefault(name, []).append(html.unescape(value))
    return found


def test_a_preview_shows_what_the_reporter_gets_and_sends_nothing(
    app: Flask, place: City, desk: Browser, case: Any
) -> None:
    body = form_of(desk, case.number)
    before = rows_of(app, place)
    page = send(desk, case.number, {**body, "text": ANSWER, "langkah": "pratinjau"})
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "Belum ada yang dikirim" in text
    assert f"Laporan {case.number} sudah ditanggapi" in text
    assert re.search(r"\d+ huruf, 1 bagian SMS", text)
    assert "&lt;b&gt;Terima kasih&lt;/b&gt;" in text
    assert "Sudah ditanggapi, menunggu tanggapan Anda" in text
    assert (
        "Petugas city_administrator"
        not in text[text.index('class="tiruan"') : text.index("pratinjau__kirim")]
    )
    assert rows_of(app, place) == before
    again = send(desk, case.number, {**hidden_of(text), "langkah": "ubah"}).get_data(as_text=True)
    assert html.escape(ANSWER) in again
    assert rows_of(app, place) == before
    assert send(desk, case.number, {**hidden_of(text), "langkah": "kirim"}).status_code == 303
    with tenant_scope(place.id, app):
        assert status_of(case.complaint_id) == "responded"


def test_files_stay_from_form_to_preview_to_answer(app: Flask, place: City, desk: Browser, case: Any) -> None:
    body = {**form_of(desk, case.number), "text": ANSWER + str(case.number), "langkah": "pratinjau"}
    page = send(desk, case.number, {**body, "files": (BytesIO(photo()), "lampu.jpg")}).get_data(as_text=True)
    assert "lampu.jpg" in page
    back = send(desk, case.number, {**hidden_of(page), "langkah": "ubah"}).get_data(as_text=True)
    assert re.search(r'name="kept_uploads"\s+value="[0-9a-f-]{36}"\s+checked', back)
    assert send(desk, case.number, {**hidden_of(page), "langkah": "kirim"}).status_code == 303
    with tenant_scope(place.id, app):
        files = db.session.scalars(
            select(Attachment).where(Attachment.complaint_id == case.complaint_id)
        ).all()
        assert [(file.name, file.is_public) for file in files] == [("lampu.jpg", True)]
        assert db.session.scalars(select(Attachment).where(Attachment.complaint_id.is_(None))).all() == []


def test_a_file_whose_tick_is_gone_is_not_sent(app: Flask, place: City, desk: Browser, case: Any) -> None:
    body = {**form_of(desk, case.number), "text": ANSWER + str(case.number), "langkah": "pratinjau"}
    page = send(desk, case.number, {**body, "files": (BytesIO(photo()), "salah.jpg")}).get_data(as_text=True)
    hidden = hidden_of(page)
    del hidden["kept_uploads"]
    assert send(desk, case.number, {**hidden, "langkah": "kirim"}).status_code == 303
    with tenant_scope(place.id, app):
        mine = select(Attachment).where(Attachment.complaint_id == case.complaint_id)
        assert db.session.scalars(mine).all() == []


def test_nobody_sends_anothers_files(
    app: Flask, place: City, desk: Browser, case: Any, officer: Callable[..., Browser]
) -> None:
    body = {**form_of(desk, case.number), "text": ANSWER + str(case.number), "langkah": "pratinjau"}
    page = send(desk, case.number, {**body, "files": (BytesIO(photo()), "lampu.jpg")}).get_data(as_text=True)
    colleague = officer(place, "city_administrator")  # the same account: its own files
    with tenant_scope(place.id, app):
        do("assign", case.complaint_id, place)
    unit = officer(place, "liaison_officer")
    stolen = {**hidden_of(page), **form_of(unit, case.number), "langkah": "pratinjau"}
    stolen["form_key"] = hidden_of(page)["form_key"]
    assert "lampu.jpg" not in send(unit, case.number, stolen).get_data(as_text=True)
    mine = {**stolen, "csrf_token": colleague.token(f"/petugas/laporan/{case.number}")}
    assert "lampu.jpg" in send(colleague, case.number, mine).get_data(as_text=True)


def test_a_bad_file_keeps_text_and_good_files(app: Flask, place: City, desk: Browser, case: Any) -> None:
    files = [(BytesIO(photo()), "baik.jpg"), (BytesIO(b"x"), "buruk.txt")]
    body = {**form_of(desk, case.number), "text": ANSWER, "langkah": "pratinjau", "files": files}
    page = send(desk, case.number, body)
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert "Berkas buruk.txt harus JPG, PNG, WebP, atau PDF" in text
    assert "baik.jpg" in text
    assert html.escape(ANSWER) in text


def test_a_template_is_filled_and_its_rest_blocks(app: Flask, place: City, desk: Browser, case: Any) -> None:
    with tenant_scope(place.id, app):
        id_ = db.session.scalar(select(AnswerTemplate.id).where(AnswerTemplate.code == "respond-done"))
    body = {**form_of(desk, case.number), "templat": str(id_)}
    page = send(desk, case.number, {**body, "text": "Sudah kutulis ini.", "langkah": "templat"})
    text = html.unescape(page.get_data(as_text=True))
    assert page.status_code == 200
    assert "Sudah kutulis ini.\n\nYth. Pelapor, masalah yang Anda laporkan di Jl. Melati, depan SD" in text
    assert "<mark>Jl. Melati, depan SD" in text
    assert '<mark class="sisa">{{tindakan}}</mark>' in text
    assert "Ganti sendiri: {{tindakan}}, {{tanggal_tindakan}}." in text
    left = "Yth. Pelapor, masalah sudah kami tangani berupa {{tindakan}} pada hari ini juga."
    for step in ("pratinjau", "kirim"):
        refused = send(desk, case.number, {**body, "text": left, "langkah": step})
        assert refused.status_code == 422
        assert "Ganti {{tindakan}} dengan isinya" in html.unescape(refused.get_data(as_text=True))


@pytest.mark.parametrize("chosen", ["", "x", str(uuid.UUID(int=7))])
def test_a_template_that_is_not_there_changes_nothing(desk: Browser, case: Any, chosen: str) -> None:
    body = {**form_of(desk, case.number), "templat": chosen, "text": "Sudah kutulis.", "langkah": "templat"}
    page = send(desk, case.number, body)
    assert page.status_code == 200
    assert re.search(r">\s*Sudah kutulis\.</textarea>", page.get_data(as_text=True))


def test_templates_come_in_groups(app: Flask, place: City, desk: Browser, case: Any) -> None:
    with tenant_scope(place.id, app), unit_of_work() as session:
        category = session.scalar(select(Complaint.category_id).where(Complaint.id == case.complaint_id))
        other = session.scalar(select(Category.id).where(Category.id != category).limit(1))
        text = "Yth. Pelapor, terima kasih."
        session.add_all(
            [
                AnswerTemplate(
                    code="a", title="Untuk kategori ini", act="respond", body=text, category_id=category
                ),
                AnswerTemplate(
                    code="b", title="Untuk yang lain", act="respond", body=text, category_id=other
                ),
                AnswerTemplate(code="c", title="Tidak dipakai", act="respond", body=text, is_active=False),
            ]
        )
    page = desk.get(f"/petugas/laporan/{case.number}?tindakan=tanggapan").get_data(as_text=True)
    assert re.search(
        r'<optgroup label="Sesuai laporan ini">\s*<option value="[^"]+">Untuk kategori ini', page
    )
    assert re.search(r'<optgroup label="Lainnya">\s*<option value="[^"]+">Untuk yang lain', page)
    assert "Tidak dipakai" not in page


def test_the_words_of_another_report_need_a_second_word(
    app: Flask, place: City, desk: Browser, file_report: Callable[..., Any]
) -> None:
    words = "Yth. Pelapor, terima kasih. Laporan Anda sudah kami tindak lanjuti dan selesai dikerjakan."
    receipts = [file_report(place) for _ in range(2)]
    with tenant_scope(place.id, app):
        for receipt in receipts:
            do("verify", receipt.complaint_id, place)
    first, second = (receipt.number for receipt in receipts)
    assert send(desk, first, {**form_of(desk, first), "text": words}).status_code == 303
    body = {**form_of(desk, second), "text": words.upper().replace(" ", "  ")}
    warning = f"Tanggapan ini sama dengan laporan {first}. Sesuaikan dengan masalah pelapor."
    assert warning in send(desk, second, {**body, "langkah": "pratinjau"}).get_data(as_text=True)
    refused = send(desk, second, {**body, "langkah": "kirim"})
    assert refused.status_code == 422
    assert warning in refused.get_data(as_text=True)
    with tenant_scope(place.id, app):
        assert status_of(receipts[1].complaint_id) == "verified"
    assert send(desk, second, {**body, "langkah": "kirim", "yakin": "y"}).status_code == 303
    again = {**form_of(desk, first), "text": words}  # one's own words again are no warning of themselves
    assert f"sama dengan laporan {first}" not in send(
        desk, first, {**again, "langkah": "pratinjau"}
    ).get_data(as_text=True)


def test_words_that_were_taken_back_are_forgotten(app: Flask, place: City, case: Any) -> None:
    from complaints.acts import undoing
    from tests.casework import officer_of

    kept = app.extensions["settings"]
    app.extensions["settings"] = replace(kept, undo_seconds=60)
    actor = replace(officer_of(place), id=uuid.uuid4())
    print_of = select(Complaint.answer_print).where(Complaint.id == case.complaint_id)
    try:
        with tenant_scope(place.id, app):
            done = do("respond", case.complaint_id, place, actor)
            assert db.session.scalar(print_of)
            assert done.event_id
            undoing.take_back(case.complaint_id, done.event_id, actor)
            assert db.session.scalar(print_of) is None
    finally:
        app.extensions["settings"] = kept


def test_a_stale_preview_gives_the_words_back(app: Flask, place: City, desk: Browser, case: Any) -> None:
    body = {**form_of(desk, case.number), "text": ANSWER}
    with tenant_scope(place.id, app):
        do("assign", case.complaint_id, place)
    for step in ("pratinjau", "kirim"):
        page = send(desk, case.number, {**body, "langkah": step})
        text = page.get_data(as_text=True)
        assert page.status_code == 409
        assert "Laporan ini diubah oleh Rina" in text
        assert f'<blockquote class="teks-panjang">{html.escape(ANSWER)}</blockquote>' in text


def test_a_preview_of_what_is_not_possible_from_here(
    app: Flask, place: City, desk: Browser, file_report: Callable[..., Any]
) -> None:
    number = file_report(place).number
    page = desk.get(f"/petugas/laporan/{number}").get_data(as_text=True)
    body = {"csrf_token": csrf_token(page), "version": "1", "text": ANSWER, "langkah": "pratinjau"}
    refused = send(desk, number, body)
    assert refused.status_code == 409
    assert "Tindakan ini tidak dapat dilakukan" in refused.get_data(as_text=True)
    assert html.escape(ANSWER) in refused.get_data(as_text=True)


def test_a_category_may_ask_for_a_photo_of_the_result(
    app: Flask, place: City, desk: Browser, case: Any
) -> None:
    with tenant_scope(place.id, app), unit_of_work() as session:
        category = session.scalar(select(Complaint.category_id).where(Complaint.id == case.complaint_id))
        session.execute(update(Category).where(Category.id == category).values(needs_after_photo=True))
    try:
        needed = "Kategori ini memerlukan foto sesudah."
        body = {**form_of(desk, case.number), "text": ANSWER + "foto"}
        for step in ("pratinjau", "kirim"):
            refused = send(desk, case.number, {**body, "langkah": step})
            assert refused.status_code == 422
            assert needed in refused.get_data(as_text=True)
        with tenant_scope(place.id, app):
            do("assign", case.complaint_id, place)
        follow = form_of(desk, case.number, "tindak-lanjut")
        work = {**follow, "text": "Lampu sudah kami ganti.", "files": (BytesIO(photo()), "sesudah.jpg")}
        assert send(desk, case.number, {**work, "is_public": "y"}, "tindak-lanjut").status_code == 303
        body = {**form_of(desk, case.number), "text": ANSWER + "foto"}
        assert send(desk, case.number, {**body, "langkah": "kirim"}).status_code == 303
    finally:
        with tenant_scope(place.id, app), unit_of_work() as session:
            session.execute(update(Category).values(needs_after_photo=False))


def test_a_photo_that_was_there_before_is_told_to_officers_only(
    app: Flask, place: City, desk: Browser, file_report: Callable[..., Any], browse: Callable[..., Browser]
) -> None:
    receipts = [file_report(place) for _ in range(2)]
    picture = photo()
    with tenant_scope(place.id, app):
        for receipt in receipts:
            do("verify", receipt.complaint_id, place)
            do("assign", receipt.complaint_id, place)
    for receipt in receipts:
        work = {**form_of(desk, receipt.number, "tindak-lanjut"), "text": "Lampu sudah kami ganti."}
        sent = {**work, "is_public": "y", "files": (BytesIO(picture), "sesudah.jpg")}
        assert send(desk, receipt.number, sent, "tindak-lanjut").status_code == 303
    first, second = receipts
    warning = f"Foto ini pernah dipakai pada laporan {first.number}"
    assert warning in desk.get(f"/petugas/laporan/{second.number}").get_data(as_text=True)
    assert "pernah dipakai" not in desk.get(f"/petugas/laporan/{first.number}").get_data(as_text=True)
    citizen = browse(place)
    citizen.post("/lacak", {"number": second.number, "pin": second.pin})
    seen = citizen.get(f"/lacak/{second.number}").get_data(as_text=True)
    assert "Foto sesudah" in seen
    assert "pernah dipakai" not in seen
    assert first.number not in seen
