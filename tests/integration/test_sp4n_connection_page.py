"""The city's own page of its connection, and the test of it in five steps, against the running simulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.models import Complaint
from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from sp4n import settings, trying
from sp4n.composing import TEST_TAG
from tests.conftest import Browser, City
from tests.integration.test_sp4n_parity import office, simulator
from tests.pages import check_page
from tests.simulator_process import SimulatorProcess
from tests.sp4n_office import Office

__all__ = ["office", "simulator"]
PAGE = "/petugas/sp4n/sambungan"
SECRETS = ("rahasia-pertama-42", "{rahasia-kedua-42}")


def filled(simulator: SimulatorProcess, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "mode": "trial",
        "base_url": simulator.url,
        "auth_header": "Authorization",
        "auth_format": "{secret}",
        "auth_secret": SECRETS[0],
        "token_header": "token",
        "token_secret": SECRETS[1],
        "institution_id": "151",
        "sends": "y",
        "receives": "y",
        "lists_incoming": "y",
        "text_sent": "final",
        "send_anonymous": "without_identity",
        "send_confidential": "y",
        "poll_seconds": "60",
        "requests_per_minute": "120",
        "timezone": "Asia/Makassar",
        "channel_id": "13",
        "classification_id": "6",
        "category_id": "1",
        "location_id": "34",
    }
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


@pytest.fixture
def admin(city: City, officer: Callable[..., Browser]) -> Browser:
    return officer(city)


def test_secrets_go_in_and_never_out(
    app: Flask, city: City, admin: Browser, simulator: SimulatorProcess, in_city: Callable[[City], Any]
) -> None:
    assert admin.post(PAGE, filled(simulator)).status_code == 303
    page = admin.get(PAGE).get_data(as_text=True)
    assert "Tersimpan, diubah" in page
    assert "WITA" in page
    with in_city(city), unit_of_work() as session:
        entries = [str(entry.detail) for entry in session.scalars(select(AuditEntry))]
    for secret in SECRETS:
        assert secret not in page
        assert not any(secret in entry for entry in entries)
    # sent empty they stay as they are
    again = filled(simulator, auth_secret="", token_secret="", poll_seconds="90")
    assert admin.post(PAGE, again).status_code == 303
    with in_city(city):
        connection = settings.load()
        assert connection is not None
        assert connection.poll_seconds == 90
        assert settings._secrets().decrypt(connection.auth_secret) == SECRETS[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mode": "selalu"}, "Pilih mode sambungan"),
        ({"base_url": "bukan alamat"}, "Tulis alamat lengkap"),
        ({"base_url": ""}, "Tulis alamat API"),
        ({"base_url": "https://:sandi@api.contoh.go.id"}, "Tulis alamat lengkap"),
        ({"base_url": "https://api.contoh.go.id/lapor?kunci=sandi"}, "Tulis alamat lengkap"),
        ({"auth_header": "dua kata"}, "Nama header hanya berisi huruf"),
        ({"auth_format": "Bearer"}, "Tulis bentuk isi header dengan {secret}"),
        ({"auth_secret": "rahasia\u0000"}, "Kredensial tidak boleh kosong"),
        ({"institution_id": "kota"}, "Nomor instansi berupa angka"),
        ({"poll_seconds": "0"}, "Tulis angka 2 sampai 86400"),
        ({"requests_per_minute": "banyak"}, "Tulis angka 1 sampai 6000"),
        ({"timezone": "Mars/Olympus"}, "Pilih zona waktu"),
        ({"text_sent": "x" * 10_000}, "Pilih isi laporan yang dikirim"),
        ({"channel_id": "<script>"}, "Tulis angka 1 sampai 999999"),
        ({"auth_secret": ""}, "Isian ini diperlukan"),
    ],
)
def test_bad_input_is_told_and_nothing_kept(
    admin: Browser, simulator: SimulatorProcess, change: dict[str, Any], words: str
) -> None:
    token = admin.token(PAGE)
    body = {"csrf_token": token, **filled(simulator, **change)}
    response = admin.client.post(PAGE, base_url=admin.base, data=body)
    page = response.get_data(as_text=True)
    if "\u0000" in str(change):
        assert response.status_code in (404, 422)
        return
    assert response.status_code == 422
    check_page(page)
    assert words in page.replace("&#39;", "'")
    assert SECRETS[1] not in page
    assert "Isi sambungan, simpan, lalu uji koneksi" in admin.get(PAGE).get_data(as_text=True)


def test_all_five_steps(office: Office, officer: Callable[..., Browser]) -> None:
    browser = officer(office.city)
    page = browser.post(f"{PAGE}/uji", page=PAGE).get_data(as_text=True)
    assert page.count("uji__satu--passed") == 4
    assert page.count("uji__satu--skipped") == 1
    assert f"Pemerintah {office.city.slug}" in page
    page = browser.post(f"{PAGE}/uji", {"laporan": "1"}, page=PAGE).get_data(as_text=True)
    assert page.count("uji__satu--passed") == 5
    (held,) = office.simulator.complaints(tag=TEST_TAG, institution_id=office.account.institution_id)
    assert (held["is_secret"], held["is_anonymous"]) == (1, 1)
    office.poll()
    with office.scope(), unit_of_work() as session:
        assert session.scalars(select(Complaint.title)).all() == []


@pytest.mark.parametrize(
    ("fault", "endpoint", "step", "words"),
    [
        ("drop", None, 1, "Periksa alamat API dan jaringan keluar server"),
        ("html_error", None, 1, "SP4N sedang bermasalah (503). Tunggu beberapa menit, lalu uji lagi."),
        ("garbage", None, 1, "Tunjukkan pesan ini kepada pengelola SP4N."),
        ("unauthorized", None, 2, "Kredensial ditolak SP4N. Periksa nama header"),
        ("rate_limit", "institutions", 3, "SP4N membatasi permintaan"),
        ("server_error", "create", 5, "SP4N sedang bermasalah (503)"),
    ],
)
def test_the_step_that_fails_says_what_to_do(
    app: Flask, office: Office, fault: str, endpoint: str | None, step: int, words: str
) -> None:
    office.simulator.add_fault(fault, client_id=office.account.client_id, endpoint=endpoint)
    with office.scope():
        results = trying.try_connection(with_report=True)
    states = [each.state for each in results]
    assert states == ["passed"] * (step - 1) + ["failed"] + ["skipped"] * (5 - step)
    assert words in results[step - 1].detail
    assert office.account.secret not in str(results)


def test_an_unknown_institution(office: Office) -> None:
    office.connect(institution_id="999999")
    with office.scope():
        results = trying.try_connection()
    assert results[2].state == "failed"
    assert "Instansi nomor 999999 tidak ada dalam daftar SP4N" in results[2].detail


def test_by_command(app: Flask, office: Office) -> None:
    command = ["sp4n", "test", "--tenant", office.city.slug, "--json"]
    result = app.test_cli_runner().invoke(args=command)
    assert result.exit_code == 0, result.output
    assert [each["state"] for each in json.loads(result.output)] == ["passed"] * 4 + ["skipped"]
    office.connect(token_secret="keliru")
    result = app.test_cli_runner().invoke(args=command)
    assert result.exit_code == 1
    assert [each["state"] for each in json.loads(result.output)][:2] == ["passed", "failed"]
    assert "keliru" not in result.output


def test_the_header_is_written_as_the_city_says(office: Office) -> None:
    """An account that wants `auth: Bearer …`: the secret alone is stored, the form beside it."""
    bare = office.account.secret.removeprefix("Bearer ")
    office.connect(auth_header="auth", auth_format="Bearer {secret}", auth_secret=bare)
    with office.scope():
        assert trying.passed(trying.try_connection())


def test_what_a_city_does_not_send_stays_here(office: Office) -> None:
    office.connect(send_anonymous="no", send_confidential=False)
    for flags in ({"is_anonymous": True}, {"is_confidential": True}, {}):
        office.file(**flags)
    while office.deliver():
        pass
    assert len(office.filed()) == 1
    office.connect(sends=False)
    office.file()
    assert office.deliver() == 0
    assert len(office.filed()) == 1
    office.connect(sends=True, receives=False)
    office.simulator.add_complaint(office.account.institution_id)
    assert office.poll() == 0
    assert office.news("report") == []
