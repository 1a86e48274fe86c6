"""Bad input in what follows a report: officers' acts, the reporter's answers, tracking and sign-in.

Each is told in its own sentence, keeps what was typed, and changes nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from core.db.tenancy import tenant_scope
from tests.casework import VERIFIED, WAYS, do
from tests.conftest import Browser, City
from tests.integration.test_bad_input import HOSTILE
from tests.integration.test_security import rows_of

LONG = "a" * 10_000
MARKUP = "</textarea><script>alert(1)</script>"
GARBAGE = "00000000-zzzz"
NOBODY = "0b0e5e1c-0000-4000-8000-000000000000"

#: status, act, what is sent, the sentence
OFFICER = [
    ("received", "verifikasi", {}, "Pilih klasifikasi"),
    ("received", "verifikasi", {"classification": "x"}, "Pilih klasifikasi"),
    (
        "received",
        "verifikasi",
        VERIFIED | {"category": ""},
        "Pilih kategori yang paling sesuai",
    ),
    (
        "received",
        "verifikasi",
        VERIFIED | {"category": GARBAGE},
        "Pilih kategori yang paling sesuai",
    ),
    (
        "received",
        "verifikasi",
        VERIFIED | {"category": NOBODY},
        "Pilih kategori yang paling sesuai",
    ),
    ("received", "verifikasi", {"checks": []}, "Centang keempat pemeriksaan sebelum memverifikasi"),
    (
        "received",
        "verifikasi",
        {"checks": ["clear", "place", "jurisdiction", "x"]},
        "Bila sudah pernah dilaporkan, gabungkan dengan laporan itu",
    ),
    (
        "received",
        "verifikasi",
        {"checks": ["single", "place", "clear"]},
        "Bila bukan wewenang kota ini, nyatakan bukan wewenang",
    ),
    ("received", "verifikasi", {"text": "Yth. {{nama}}"}, "Ganti {{nama}} dengan isinya"),
    (
        "received",
        "penundaan",
        {"text": "Mohon sebutkan {{apa saja }} itu"},
        "Ganti {{apa saja }} dengan isinya",
    ),
    (
        "assigned",
        "tindak-lanjut",
        {"text": "Sudah {{tindakan}} hari ini"},
        "Ganti {{tindakan}} dengan isinya",
    ),
    ("verified", "tanggapan", {"text": "a" * 50 + " {{"}, "Ganti {{ dengan isinya"),
    ("received", "verifikasi", {"text": LONG}, "Pesan paling banyak 1.000 huruf, kurangi 9.000 huruf"),
    ("verified", "disposisi", {"department": ""}, "Pilih unit tujuan"),
    ("verified", "disposisi", {"department": GARBAGE, "urgency": "normal"}, "Pilih unit tujuan"),
    ("verified", "disposisi", {"department": NOBODY, "urgency": "normal"}, "Pilih unit tujuan"),
    ("verified", "disposisi", {"urgency": "sekarang juga"}, "Pilih sifat disposisi"),
    ("verified", "disposisi", {"instructions": ["act", "lain"]}, "Pilih instruksi dari daftar"),
    ("verified", "disposisi", {"note": LONG}, "Catatan paling banyak 1.000 huruf, kurangi 9.000 huruf"),
    ("assigned", "tindak-lanjut", {"text": ""}, "Tulis tindak lanjut yang dilakukan"),
    ("assigned", "tindak-lanjut", {"text": " \n\x00\u202e "}, "Tulis tindak lanjut yang dilakukan"),
    ("assigned", "tindak-lanjut", {"text": "Sudah"}, "Tindak lanjut paling sedikit 10 huruf"),
    (
        "assigned",
        "tindak-lanjut",
        {"text": LONG},
        "Tindak lanjut paling banyak 2.000 huruf, kurangi 8.000 huruf",
    ),
    ("verified", "tanggapan", {"text": ""}, "Tulis tanggapan sebelum mengirim"),
    ("verified", "tanggapan", {"text": MARKUP}, "Tanggapan paling sedikit 50 huruf"),
    ("verified", "tanggapan", {"text": LONG}, "Tanggapan paling banyak 2.000 huruf, kurangi 8.000 huruf"),
    ("responded", "penutupan", {"text": LONG}, "Penutup paling banyak 1.000 huruf, kurangi 9.000 huruf"),
    ("received", "bukan-wewenang", {"institution": ""}, "Tulis instansi yang berwenang"),
    ("received", "bukan-wewenang", {"institution": "x"}, "Nama instansi paling sedikit 3 huruf"),
    ("received", "bukan-wewenang", {"reason": ""}, "Tulis penjelasan untuk pelapor"),
    ("received", "bukan-wewenang", {"reason": "pendek"}, "Penjelasan paling sedikit 10 huruf"),
    ("received", "penundaan", {"text": ""}, "Tulis keterangan yang Anda perlukan"),
    ("received", "penundaan", {"text": LONG}, "Permintaan paling banyak 1.000 huruf, kurangi 9.000 huruf"),
    ("received", "arsip", {"reason": "lain-lain"}, "Pilih alasan pengarsipan"),
    ("received", "arsip", {"reason": ["", "x"]}, "Pilih alasan pengarsipan"),
    ("received", "arsip", {"text": LONG}, "Penjelasan paling banyak 1.000 huruf, kurangi 9.000 huruf"),
    ("received", "catatan", {"text": ""}, "Tulis catatan"),
    ("received", "catatan", {"text": LONG}, "Catatan paling banyak 2.000 huruf, kurangi 8.000 huruf"),
]
REPORTER = [
    ("responded", "penilaian", {}, "Pilih salah satu jawaban"),
    ("responded", "penilaian", {"solved": "yes"}, "Pilih salah satu penilaian"),
    ("responded", "penilaian", {"solved": "mungkin", "score": "5"}, "Pilih salah satu jawaban"),
    ("responded", "penilaian", {"solved": "yes", "score": "6"}, "Pilih salah satu penilaian"),
    ("responded", "penilaian", {"solved": "yes", "score": "1e9"}, "Pilih salah satu penilaian"),
    ("responded", "penilaian", {"solved": "yes", "score": "٥"}, "Pilih salah satu penilaian"),
    (
        "responded",
        "penilaian",
        {"solved": "yes", "score": "5", "comment": LONG},
        "Catatan paling banyak 1.000 huruf, kurangi 9.000 huruf",
    ),
    ("responded", "pembukaan-kembali", {"reason": ""}, "Tulis alasan paling sedikit 20 huruf"),
    ("responded", "pembukaan-kembali", {"reason": "Belum " + "\x00" * 30}, "Tulis alasan paling sedikit 20"),
    (
        "responded",
        "pembukaan-kembali",
        {"reason": LONG},
        "Alasan paling banyak 1.000 huruf, kurangi 9.000 huruf",
    ),
    ("deferred", "keterangan", {"text": ""}, "Tulis keterangan paling sedikit 10 huruf"),
    ("deferred", "keterangan", {"text": "<script>"}, "Tulis keterangan paling sedikit 10 huruf"),
    ("deferred", "keterangan", {"text": LONG}, "Keterangan paling banyak 2.000 huruf, kurangi 8.000 huruf"),
]


@pytest.fixture(scope="module")
def desk(app: Flask, place: City) -> Browser:
    browser = Browser(app.test_client(), place.host)
    assert browser.sign_in(place.officers["city_administrator"]).status_code == 303
    return browser


@pytest.fixture
def receipt_in(app: Flask, place: City, file_report: Callable[..., Any]) -> Callable[[str], Any]:
    """receipt_in(status): the receipt of a new report brought to that status."""

    def bring(status: str) -> Any:
        receipt = file_report(place)
        with tenant_scope(place.id, app):
            for act in WAYS[status]:
                do(act, receipt.complaint_id, place)
        return receipt

    return bring


def refused(response: Any, sentence: str, sent: dict[str, Any]) -> None:
    """Told in this sentence, announced in the title, and what was typed and can be read is back again."""
    raw = response.get_data(as_text=True)
    page = html.unescape(raw)
    assert response.status_code == 422
    assert sentence in page
    assert re.search(r"<title>\s*Kesalahan:", page)
    assert "<script>alert" not in raw
    for name, value in sent.items():
        if name in ("text", "reason", "note", "comment", "institution") and isinstance(value, str):
            assert value.replace("\x00", "").replace("\u202e", "").strip() in page, f"{name} was lost"


@pytest.mark.parametrize(("status", "slug", "sent", "sentence"), OFFICER)
def test_an_officers_bad_input(
    app: Flask,
    place: City,
    desk: Browser,
    receipt_in: Callable[[str], Any],
    status: str,
    slug: str,
    sent: dict[str, Any],
    sentence: str,
) -> None:
    case = f"/petugas/laporan/{receipt_in(status).number}"
    version = re.search(r'name="version"[^>]*value="(\d+)"', desk.get(case).get_data(as_text=True))
    assert version
    before = rows_of(app, place)
    response = desk.post(f"{case}/{slug}", {"version": version[1], **sent}, page=case)
    refused(response, sentence, {} if slug == "arsip" and "reason" in sent else sent)  # a choice, not words
    assert rows_of(app, place) == before


@pytest.mark.parametrize(("status", "slug", "sent", "sentence"), REPORTER)
def test_a_reporters_bad_input(
    app: Flask,
    place: City,
    receipt_in: Callable[[str], Any],
    status: str,
    slug: str,
    sent: dict[str, Any],
    sentence: str,
) -> None:
    receipt = receipt_in(status)
    path = f"/lacak/{receipt.number}"
    citizen = reading(app, place, receipt)
    before = rows_of(app, place)
    response = citizen.post(f"{path}/{slug}", sent, page=path)
    refused(response, sentence, sent if slug != "penilaian" or "comment" in sent else {})
    assert rows_of(app, place) == before


def reading(app: Flask, place: City, receipt: Any) -> Browser:
    """A browser that may read the report, without spending tries at its PIN."""
    citizen = Browser(app.test_client(), place.host)
    with citizen.client.session_transaction(base_url=citizen.base) as session:
        session["tenant"] = place.id
        session["lacak"] = [receipt.number]
    return citizen


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_words_of_an_act_are_words(
    app: Flask, place: City, desk: Browser, receipt_in: Callable[[str], Any], name: str
) -> None:
    """What an officer and a reporter write to each other is text on both sides, whatever it holds."""
    words, receipt = HOSTILE[name], receipt_in("received")
    case = f"/petugas/laporan/{receipt.number}"
    assert desk.post(f"{case}/penundaan", {"version": "1", "text": words}, page=case).status_code == 303
    citizen = reading(app, place, receipt)
    path = f"/lacak/{receipt.number}"
    assert citizen.post(f"{path}/keterangan", {"text": words}, page=path).status_code == 303
    for page in (desk.get(case), citizen.get(path)):
        text = page.get_data(as_text=True)
        assert not {"\x00", "\u202e"} & set(text)
        assert "<script>alert" not in text
        assert html.unescape(text).count(re.sub("[\x00\u202a-\u202e]", "", words)) >= 2


@pytest.mark.parametrize("version", ["0", "999999999999999999999", "-1", "x", "1e9", "١", "", "1 OR 1=1"])
def test_a_stale_version_gives_the_words_back(
    app: Flask, place: City, desk: Browser, receipt_in: Callable[[str], Any], version: str
) -> None:
    case = f"/petugas/laporan/{receipt_in('received').number}"
    before = rows_of(app, place)
    words = "Mohon sebutkan nomor tiang lampu yang padam itu."
    response = desk.post(f"{case}/penundaan", {"version": version, "text": words}, page=case)
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "Laporan ini diubah oleh" in page
    assert f'<blockquote class="teks-panjang">{words}</blockquote>' in page
    assert rows_of(app, place) == before


def test_a_colleague_who_was_faster_is_named(
    app: Flask, place: City, desk: Browser, officer: Callable[..., Browser], receipt_in: Callable[[str], Any]
) -> None:
    case = f"/petugas/laporan/{receipt_in('received').number}"
    colleague = officer(place, "verifier")
    words = "Apakah lampu di depan pos ronda juga padam?"
    sent = {"version": "1", "text": words}
    assert colleague.post(f"{case}/penundaan", sent, page=case).status_code == 303
    answer = "Laporan ini bukan wewenang kami & <b>akan</b> kami teruskan."
    sent = {"version": "1", "institution": "PLN", "reason": answer}
    page = desk.post(f"{case}/bukan-wewenang", sent, page=case)
    text = html.unescape(page.get_data(as_text=True))
    assert page.status_code == 409
    assert re.search(
        r"Laporan ini diubah oleh Petugas verifier pada .* \d\d\.\d\d WIB\. Tulisan Anda belum", text
    )
    assert "Salinan tulisan Anda:" in text
    assert answer in text
    assert "<b>akan" not in page.get_data(as_text=True)


def test_an_act_that_is_not_possible_from_here(
    app: Flask, place: City, desk: Browser, receipt_in: Callable[[str], Any]
) -> None:
    case = f"/petugas/laporan/{receipt_in('received').number}"
    before = rows_of(app, place)
    answer = "Yth. Pelapor, jalan sudah kami perbaiki pada hari ini dan dapat dilalui kembali."
    response = desk.post(f"{case}/tanggapan", {"version": "1", "text": answer}, page=case)
    assert response.status_code == 409
    assert "Tindakan ini tidak dapat dilakukan" in response.get_data(as_text=True)
    assert rows_of(app, place) == before


@pytest.mark.parametrize("slug", ["hapus", "SUBMIT", "submit", "%00", "verifikasi%2f..", "../arsip"])
def test_an_act_nobody_offers(
    app: Flask, place: City, desk: Browser, receipt_in: Callable[[str], Any], slug: str
) -> None:
    case = f"/petugas/laporan/{receipt_in('received').number}"
    before = rows_of(app, place)
    assert desk.post(f"{case}/{slug}", {"version": "1", "text": LONG}, page=case).status_code in (404, 405)
    assert rows_of(app, place) == before


UNFIT = "Nomor laporan terdiri atas 3 huruf, 4 angka, dan 5 karakter, misalnya"
MISMATCH = "Nomor laporan dan PIN tidak cocok. Periksa lagi, huruf besar dan kecil dianggap sama."
TRACKING = [
    ("", "", "Tulis nomor laporan"),
    ("x", "", UNFIT),
    (LONG, "", UNFIT),
    (MARKUP, "", UNFIT),
    ("\x00\u202e", "", "Tulis nomor laporan"),
    ("🚧-2611-00000", "", UNFIT),
    ("{known}", "12345", "PIN terdiri atas 6 angka"),
    ("{known}", "١٢٣٤٥٦", "PIN terdiri atas 6 angka"),
    ("{known}", LONG, "PIN terdiri atas 6 angka"),
    ("{known}", "000000", MISMATCH),
    ("{unknown}", "", "Laporan dengan nomor ini tidak ditemukan. Periksa lagi nomornya."),
    ("{unknown}", "000000", MISMATCH),
]


@pytest.mark.parametrize(("number", "pin", "sentence"), TRACKING)
def test_tracking_with_bad_input(
    app: Flask, place: City, file_report: Callable[..., Any], number: str, pin: str, sentence: str
) -> None:
    known = file_report(place).number
    if number in ("{known}", "{unknown}"):
        number = known if number == "{known}" else _with_check("ZZZ", "26110000")
    response = Browser(app.test_client(), place.host).post("/lacak", {"number": number, "pin": pin})
    refused(response, sentence, {"text": number})


def _with_check(letters: str, rest: str) -> str:
    from complaints.numbering import _check_character

    return f"{letters}-{rest[:4]}-{rest[4:]}{_check_character(letters, rest)}"


SIGN_IN = [
    ({}, ("Tulis surel", "Tulis kata sandi")),
    ({"email": "a@b.id"}, ("Tulis kata sandi",)),
    (
        {"email": "x" * 255, "password": "y" * 201},
        ("Surel paling banyak 254", "sandi paling banyak 200"),
    ),
    ({"email": "a\x00@b.id\u202e", "password": "y\x00"}, ("Surel atau kata sandi tidak cocok.",)),
    ({"email": MARKUP, "password": MARKUP}, ("Surel atau kata sandi tidak cocok.",)),
    ({"email": ["a@b.id", "c@d.id"], "password": ["x", "y"]}, ("Surel atau kata sandi tidak cocok.",)),
]


@pytest.mark.parametrize(("sent", "sentences"), SIGN_IN)
def test_sign_in_with_bad_input(
    app: Flask, place: City, sent: dict[str, Any], sentences: tuple[str, ...]
) -> None:
    browser = Browser(app.test_client(), place.host)
    response = browser.post("/petugas/masuk", sent)
    for sentence in sentences:
        refused(response, sentence, {})
    page = html.unescape(response.get_data(as_text=True))
    if isinstance(sent.get("email"), str):
        assert f'value="{sent["email"].translate({0: None, 0x202E: None})}"' in page
    assert not re.search(r'name="password"[^>]*value="[^"]', page)
    assert browser.get("/petugas/").status_code == 303
