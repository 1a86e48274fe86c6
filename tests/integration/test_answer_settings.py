"""Settings of answer templates and categories: what is kept, what is refused, and that it is recorded."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.models import AnswerTemplate, Category
from core.audit import AuditEntry
from core.db.tenancy import tenant_scope
from core.extensions import db
from tests.conftest import Browser, City

TEMPLATES, CATEGORIES = "/petugas/pengaturan/templat", "/petugas/pengaturan/kategori"
TEXT = {
    "title": "Lampu sudah menyala",
    "act": "respond",
    "body": "Yth. Pelapor, lampu di {{lokasi}} sudah kami {{tindakan}}. Terima kasih.",
    "is_active": "y",
}


@pytest.fixture
def place(make_city: Callable[..., City]) -> City:
    return make_city()


@pytest.fixture
def admin(place: City, officer: Callable[..., Browser]) -> Browser:
    return officer(place)


def entries(app: Flask, place: City, action: str) -> list[dict[str, Any]]:
    with tenant_scope(place.id, app):
        found = db.session.scalars(select(AuditEntry).where(AuditEntry.action == action))
        return [entry.detail for entry in found]


def test_a_template_is_added_offered_and_changed(app: Flask, place: City, admin: Browser) -> None:
    page = admin.get(TEMPLATES).get_data(as_text=True)
    assert "Sudah selesai dikerjakan" in page
    new = f"{TEMPLATES}?ubah=baru"
    assert "{{nomor_laporan}}" in admin.get(new).get_data(as_text=True)
    assert admin.post(new, TEXT).status_code == 303
    with tenant_scope(place.id, app):
        id_ = db.session.scalar(select(AnswerTemplate.id).where(AnswerTemplate.title == TEXT["title"]))
    assert [each["new"]["title"] for each in entries(app, place, "answer_template.added")] == [TEXT["title"]]
    change = f"{TEMPLATES}?ubah={id_}"
    shown = html.unescape(admin.get(change).get_data(as_text=True))
    assert "<mark>Depan pos ronda, Sukamaju, Utara</mark>" in shown
    assert '<mark class="sisa">{{tindakan}}</mark>' in shown
    body = {name: value for name, value in TEXT.items() if name != "is_active"}
    assert admin.post(change, {**body, "status": "in_progress"}).status_code == 303
    changed = entries(app, place, "answer_template.changed")
    assert [(each["old"]["is_active"], each["new"]["is_active"]) for each in changed] == [(True, False)]
    assert changed[0]["new"]["status"] == "in_progress"
    assert "Tidak dipakai" in admin.get(TEMPLATES).get_data(as_text=True)
    again = {**body, "status": "in_progress"}
    assert admin.post(change, again).status_code == 303
    assert len(entries(app, place, "answer_template.changed")) == 1  # the same again is no change


def test_an_example_is_shown_and_nothing_is_kept(app: Flask, place: City, admin: Browser) -> None:
    page = admin.post(f"{TEMPLATES}?ubah=baru", {**TEXT, "contoh": "1"})
    text = html.unescape(page.get_data(as_text=True))
    assert page.status_code == 200
    assert "lampu di <mark>Depan pos ronda" in text
    assert entries(app, place, "answer_template.added") == []


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"title": ""}, "Tulis nama templat"),
        ({"title": "ab"}, "Nama templat paling sedikit 3 huruf"),
        ({"title": "x" * 81}, "Nama templat paling banyak 80 huruf, kurangi 1 huruf"),
        ({"act": ""}, "Pilih tindakan"),
        ({"act": "submit"}, "Pilih tindakan"),
        ({"body": ""}, "Tulis isi templat"),
        ({"body": "pendek"}, "Isi templat paling sedikit 20 huruf"),
        ({"body": "x" * 10_000}, "Isi templat paling banyak 2.000 huruf, kurangi 8.000 huruf"),
        (
            {"body": "Yth. Pelapor, di {{Nama Jalan}} sudah selesai."},
            "Nama variabel {{Nama Jalan}} hanya boleh",
        ),
        ({"status": "completed"}, "Pilih status dari daftar"),
        ({"category": "x"}, "Pilih kategori dari daftar"),
        ({"category": str(uuid.UUID(int=7))}, "Pilih kategori dari daftar"),
    ],
)
def test_bad_templates(app: Flask, place: City, admin: Browser, sent: dict[str, str], sentence: str) -> None:
    page = admin.post(f"{TEMPLATES}?ubah=baru", TEXT | sent)
    text = html.unescape(page.get_data(as_text=True))
    assert page.status_code == 422
    assert sentence in text
    assert re.search(r"<title>\s*Kesalahan:", text)
    assert entries(app, place, "answer_template.added") == []


def test_hostile_words_are_words(admin: Browser) -> None:
    words = {"title": "<script>alert(1)</script>\x00", "body": "Yth. Pelapor <b>‮</b> 🚧 \x00 terima kasih."}
    assert admin.post(f"{TEMPLATES}?ubah=baru", TEXT | words).status_code == 303
    page = admin.get(TEMPLATES).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("id_", ["x", str(uuid.UUID(int=7))])
def test_a_template_or_category_that_is_not_there(admin: Browser, id_: str) -> None:
    for address in (TEMPLATES, CATEGORIES):
        for answer in (
            admin.get(f"{address}?ubah={id_}"),
            admin.post(f"{address}?ubah={id_}", TEXT, page=TEMPLATES),
        ):
            assert (answer.status_code, answer.headers["Location"]) == (303, address)


def category_of(app: Flask, place: City) -> Category:
    with tenant_scope(place.id, app):
        return db.session.scalars(select(Category).order_by(Category.sort).limit(1)).one()


def test_a_category_is_changed(app: Flask, place: City, admin: Browser) -> None:
    row = category_of(app, place)
    address = f"{CATEGORIES}?ubah={row.id}"
    assert row.name in admin.get(address).get_data(as_text=True)
    sent = {"department": str(place.departments["dlh"]), "needs_after_photo": "y", "is_active": "y"}
    assert admin.post(address, sent).status_code == 303
    after = category_of(app, place)
    assert (after.department_id, after.needs_after_photo) == (place.departments["dlh"], True)
    (entry,) = entries(app, place, "category.changed")
    assert (entry["old"]["needs_after_photo"], entry["new"]["needs_after_photo"]) == (False, True)
    page = admin.get(CATEGORIES).get_data(as_text=True)
    assert "Perlu foto sesudah" in page


@pytest.mark.parametrize("department", ["x", str(uuid.UUID(int=7))])
def test_a_unit_that_is_not_there(app: Flask, place: City, admin: Browser, department: str) -> None:
    row = category_of(app, place)
    page = admin.post(f"{CATEGORIES}?ubah={row.id}", {"department": department, "is_active": "y"})
    assert page.status_code == 422
    assert "Pilih unit dari daftar" in page.get_data(as_text=True)


def test_the_last_category_stays(app: Flask, place: City, admin: Browser) -> None:
    with tenant_scope(place.id, app):
        ids = db.session.scalars(select(Category.id)).all()
    codes = [admin.post(f"{CATEGORIES}?ubah={id_}", {}).status_code for id_ in ids]
    assert codes == [303] * (len(ids) - 1) + [422]
    page = admin.post(f"{CATEGORIES}?ubah={ids[-1]}", {}).get_data(as_text=True)
    assert "Kota harus memiliki paling sedikit satu kategori aktif" in page


@pytest.mark.parametrize("role", ["verifier", "liaison_officer", "observer"])
def test_only_the_administrator_sets(place: City, officer: Callable[..., Browser], role: str) -> None:
    browser = officer(place, role)
    for address in (TEMPLATES, CATEGORIES):
        assert browser.get(address).status_code == 403
