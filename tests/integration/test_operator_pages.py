"""The operator's pages: who comes in, what they show of all cities and mend, and what they never tell."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from core import clock
from core.config import SettingError, Settings
from operating import overview
from operating.access import SIGNED_IN_FOR
from tests.conftest import BASE_DOMAIN, OPERATOR_KEY, Browser, City
from tests.integration.test_sp4n_tasks import tasks_of
from tests.integration.test_sp4n_worker import run
from tests.operator_room import (
    BROKEN,
    ENTRANCE,
    HOME,
    alone,
    audited,
    enqueue_broken,
    refused,
    signed_in,
    stopped_notice,
    text_of,
    visitor,
    without_redis,
)
from tests.second_app import application
from tests.sp4n_office import Office

__all__ = ["alone"]


def place(city: City, message: uuid.UUID) -> str:
    return f"/operator/kiriman/{city.slug}/{message}"


# --- who comes in ------------------------------------------------------------------------------------------


def test_a_wrong_key_opens_nothing_and_the_name_stays(app: Flask) -> None:
    browser = visitor(app)
    for key in ("", "salah", OPERATOR_KEY[:-1], OPERATOR_KEY + "x"):
        response = browser.post(ENTRANCE, {"name": "Rina", "key": key})
        page = response.get_data(as_text=True)
        assert response.status_code == 422
        assert 'value="Rina"' in page
        assert OPERATOR_KEY not in page
    assert browser.get(HOME).headers["Location"] == ENTRANCE
    assert browser.post(ENTRANCE, {"name": "", "key": OPERATOR_KEY}).status_code == 422


def test_the_right_key_opens_the_page_for_an_hour(app: Flask) -> None:
    start = clock.now()
    browser = signed_in(app)
    assert "Rina (operator)" in text_of(browser)
    assert browser.get(ENTRANCE).status_code == 303
    with clock.frozen(start + SIGNED_IN_FOR - timedelta(minutes=1)):
        assert browser.get(HOME).status_code == 200
    with clock.frozen(start + SIGNED_IN_FOR + timedelta(minutes=1)):
        assert browser.get(HOME).headers["Location"] == ENTRANCE
    assert browser.post("/operator/keluar", page=HOME).status_code == 303
    assert browser.get(HOME).headers["Location"] == ENTRANCE


def test_guessing_is_slowed_down(app: Flask) -> None:
    browser = visitor(app)
    codes = [browser.post(ENTRANCE, {"name": "Rina", "key": "salah"}).status_code for _ in range(12)]
    assert codes == [422] * 10 + [429] * 2
    assert visitor(app).post(ENTRANCE, {"name": "Rina", "key": "salah"}).status_code == 422


def test_without_a_key_in_the_settings_there_is_no_page(settings: Settings, app: Flask) -> None:
    with application(replace(settings, operator_key=None)) as made:
        browser = visitor(made)
        for path in (HOME, ENTRANCE, f"/operator/kiriman/x/{uuid.uuid4()}"):
            assert browser.get(path).status_code == 404
        assert made.test_client().post(ENTRANCE, base_url=browser.base, data={"key": ""}).status_code == 404


def test_another_key_ends_the_sessions_of_the_old_one(settings: Settings, app: Flask) -> None:
    cookie = signed_in(app).client.get_cookie("sesi", domain=BASE_DOMAIN)
    assert cookie is not None
    for key, status in ((OPERATOR_KEY, 200), ("kunci operator yang lain, juga panjang sekali", 303)):
        with application(replace(settings, operator_key=key)) as made:
            browser = visitor(made)
            browser.client.set_cookie("sesi", cookie.value, domain=BASE_DOMAIN)
            assert browser.get(HOME).status_code == status


def test_a_short_key_stops_the_start() -> None:
    env = {
        "SECRET_KEY": "y" * 32,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": "postgresql://x",
        "REDIS_URL": "redis://x",
        "STORAGE_URL": "file:///x",
        "BASE_DOMAIN": "x.example",
        "OPERATOR_KEY": "pendek",
    }
    with pytest.raises(SettingError, match="OPERATOR_KEY"):
        Settings.from_env(env)
    assert Settings.from_env(env | {"OPERATOR_KEY": "x" * 32}).operator_key == "x" * 32
    assert "x" * 32 not in repr(Settings.from_env(env | {"OPERATOR_KEY": "x" * 32}))


def test_a_city_and_its_officers_have_no_such_page(
    app: Flask, office: Office, officer: Callable[..., Browser]
) -> None:
    message = refused(office)
    desk = officer(office.city)
    for path in (HOME, ENTRANCE, place(office.city, message)):
        assert desk.get(path).status_code == 404
    cookie = desk.client.get_cookie("sesi", domain=office.city.host)
    assert cookie is not None
    thief = visitor(app)
    thief.client.set_cookie("sesi", cookie.value, domain=BASE_DOMAIN)
    assert thief.get(HOME).headers["Location"] == ENTRANCE
    operator = signed_in(app)
    own = operator.client.get_cookie("sesi", domain=BASE_DOMAIN)
    assert own is not None
    stranger = Browser(app.test_client(), office.city.host)
    stranger.client.set_cookie("sesi", own.value, domain=office.city.host)
    assert stranger.get(HOME).status_code == 404
    assert stranger.get("/petugas/").status_code == 303


# --- what is shown -----------------------------------------------------------------------------------------


def test_the_page_tells_the_state_and_no_persons_data(app: Flask, office: Office) -> None:
    message = refused(office)
    number = office.complaint(office.messages()[0].subject_id).number
    notice = stopped_notice(app, office.city)
    browser = signed_in(app)
    pages = [
        text_of(browser, path)
        for path in (
            HOME,
            f"{HOME}?semua=1",
            f"{HOME}?kota={office.city.slug}",
            place(office.city, message),
            place(office.city, notice),
        )
    ]
    assert all(office.city.slug in page for page in pages[2:])
    assert "Tidak ada pekerja yang hidup" in pages[0]
    assert "Tidak ada pekerjaan yang gagal." in pages[0]
    assert "SP4N menolak" in pages[2]
    assert "Server surel menolak" in pages[2]
    assert "berjalan" in pages[1]
    for page in pages:
        for secret in ("Nama Pelapor Rahasia", "Asep", "1200001234", "budi@", "Jalan berlubang", number):
            assert secret not in page
        assert "Data tidak dapat diproses" not in page, "what the other side said may quote anybody"


def test_a_paused_city_is_named_with_its_time(app: Flask, office: Office) -> None:
    office.file()
    office.simulator.add_fault("server_error", endpoint="create", remaining=1)
    office.deliver()
    page = text_of(signed_in(app))
    assert re.search(r"ditahan sampai \d\d\.\d\d: SP4N", page) or re.search(
        r"ditahan sampai \d+ \w+ \d\d\.\d\d: SP4N", page
    )


def test_without_redis_the_page_says_so_and_goes_on(app: Flask, office: Office) -> None:
    message = refused(office)
    browser = signed_in(app)
    with without_redis(app):
        page = text_of(browser, f"{HOME}?kota={office.city.slug}")
        assert "Redis tidak terjangkau; pekerjaan tetap tersimpan." in page
        assert str(message) in page
        answer = browser.post("/operator/pekerjaan/apa-saja/coba-lagi", page=HOME)
        assert answer.status_code == 303
        assert "Redis tidak terjangkau" in text_of(browser)


def test_a_web_process_without_the_relays_address_says_so(settings: Settings, app: Flask) -> None:
    with application(replace(settings, database_relay_url=None)) as made:
        page = text_of(signed_in(made))
        assert "tidak memiliki DATABASE_RELAY_URL" in page
        assert "Antrean" in page


def test_a_long_list_is_turned_page_by_page(
    app: Flask, city: City, make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {str(stopped_notice(app, each)) for each in (city, make_city())}
    monkeypatch.setattr(overview, "SIZE", 1)
    browser, path, seen = signed_in(app), f"{HOME}?setelah=apa-saja", []
    while path:
        page = text_of(browser, path)
        seen += re.findall(r'href="/operator/kiriman/[^/]+/([0-9a-f-]{36})"', page)
        following = re.search(r'rel="next"\s+href="([^"#]+)', page)
        path = following[1] if following else ""
    assert found <= set(seen)
    assert len(seen) == len(set(seen))


# --- what is mended ----------------------------------------------------------------------------------------


def test_a_message_is_tried_again_from_the_page(app: Flask, office: Office) -> None:
    message = refused(office)
    browser = signed_in(app)
    home = f"{HOME}?kota={office.city.slug}"
    assert f'action="{place(office.city, message)}/coba-lagi"' in text_of(browser, home)
    answer = browser.post(f"{place(office.city, message)}/coba-lagi", page=home)
    assert answer.status_code == 303
    assert "dicoba lagi." in text_of(browser, answer.headers["Location"])
    office.deliver()
    assert len(office.filed()) == 1
    (entry,) = [each for each in audited(app, office.city) if each.action == "sp4n.task_retried"]
    assert (entry.actor_name, entry.actor_id) == ("Rina (operator)", None)
    assert entry.remote_address is not None
    assert entry.request_id is not None
    again = browser.post(f"{place(office.city, message)}/coba-lagi", page=HOME)
    assert again.status_code == 409
    assert "sudah terkirim" in again.get_data(as_text=True)


def test_a_message_is_skipped_with_a_reason(app: Flask, office: Office) -> None:
    message = refused(office)
    browser = signed_in(app)
    here = place(office.city, message)
    refusal = browser.post(f"{here}/lewati", {"reason": "<b>"}, page=here)
    assert refusal.status_code == 422
    page = refusal.get_data(as_text=True)
    assert "Tulis alasan paling sedikit 5 huruf." in page
    assert 'value="&lt;b&gt;"' in page, "what was typed stays"
    answer = browser.post(f"{here}/lewati", {"reason": "Laporan ganda"}, page=here)
    assert answer.status_code == 303
    page = text_of(browser, here)
    assert "dilewati" in page
    assert f'action="{here}/lewati"' not in page
    (task,) = tasks_of(office)
    assert (task.state, task.ended_by, task.reason) == ("skipped", "Rina (operator)", "Laporan ganda")


def test_a_failed_job_is_run_again_from_the_page(app: Flask, city: City, settings: Settings) -> None:
    job = enqueue_broken(app, city)
    run(settings, "jobs", "work", "--burst")
    browser = signed_in(app)
    page = text_of(browser)
    assert "KeyError" in page
    assert f"KeyError: &#39;{BROKEN}" not in page, "an error's words may quote what people wrote"
    answer = browser.post(f"/operator/pekerjaan/{job}/coba-lagi", page=HOME)
    assert answer.status_code == 303
    assert "dijalankan lagi" in text_of(browser)
    assert [each.id for each in app.extensions["jobs"].queue("sync").jobs] == [job]
    (entry,) = [each for each in audited(app, city) if each.action == "jobs.retried"]
    assert entry.actor_name == "Rina (operator)"
    browser.post(f"/operator/pekerjaan/{job}/coba-lagi", page=HOME)
    assert "tidak ada lagi di antara yang gagal" in text_of(browser)


def test_a_message_is_looked_for_in_the_named_city_only(
    app: Flask, office: Office, two_cities: tuple[City, City]
) -> None:
    message = refused(office)
    browser = signed_in(app)
    for path in (place(two_cities[0], message), f"/operator/kiriman/tidak-ada/{message}"):
        assert browser.get(path).status_code == 404
        for act in ("coba-lagi", "lewati"):
            answer = browser.post(f"{path}/{act}", {"reason": "Laporan ganda"}, page=HOME)
            assert answer.status_code == 404
    assert [each.state for each in office.messages()] == ["rejected"]


def test_a_form_without_its_token_does_nothing(app: Flask, office: Office) -> None:
    message = refused(office)
    browser = signed_in(app)
    here = place(office.city, message)
    job = "/operator/pekerjaan/x/coba-lagi"
    for path in (f"{here}/coba-lagi", f"{here}/lewati", "/operator/keluar", job):
        for data in ({}, {"csrf_token": "palsu"}):
            sent = browser.client.post(path, base_url=browser.base, data={"reason": "Laporan ganda", **data})
            assert sent.status_code == 400
    assert [each.state for each in office.messages()] == ["rejected"]
    assert browser.get(HOME).status_code == 200
