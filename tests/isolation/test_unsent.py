"""What was typed on one city's host before a session ended opens nothing on another's; garbage is ignored."""

from __future__ import annotations

import itertools

import pytest
from flask import Flask

from tests.conftest import PASSWORD, Browser, City
from tests.integration.test_unsent_text import opened_at, sealed_of
from tests.isolation.conftest import Rivals

TYPED = "Kata-kata petugas yang belum dikirim"
#: sign-ins are limited by address
_hosts = itertools.count(1)


def sealed_on(app: Flask, city: City, number: str) -> str:
    """A seal made on a city's host for this report."""
    browser = Browser(app.test_client(), city.host)
    asked = browser.client.post(
        f"/petugas/laporan/{number}/catatan", base_url=browser.base, data={"text": TYPED}
    )
    sealed = sealed_of(asked.get_data(as_text=True))
    assert sealed is not None
    return sealed


def test_a_seal_of_one_city_opens_nothing_at_another(app: Flask, rivals: Rivals) -> None:
    ours, theirs = rivals.ours, rivals.theirs
    for number in (ours.received.number, theirs.received.number):
        sealed = sealed_on(app, theirs.city, number)
        assert opened_at(app, theirs.city, sealed) is not None
        assert opened_at(app, ours.city, sealed) is None
        _signs_in_as_ever(app, ours.city, sealed)


def test_a_seal_for_another_citys_report_shows_nothing_of_it(app: Flask, rivals: Rivals) -> None:
    sealed = sealed_on(app, rivals.ours.city, rivals.theirs.received.number)
    assert opened_at(app, rivals.ours.city, sealed) is not None
    _signs_in_as_ever(app, rivals.ours.city, sealed)


@pytest.mark.parametrize(
    "garbage",
    ["x", "...", "é" * 40, "a" * 60_000, "WyJjYXNld29yay5hY3QiXQ.aaaaaa.bbbbbbbb", "\x00", "[]", "{{7*7}}"],
)
def test_garbage_is_ignored(app: Flask, rivals: Rivals, garbage: str) -> None:
    assert opened_at(app, rivals.ours.city, garbage) is None
    _signs_in_as_ever(app, rivals.ours.city, garbage)


def test_a_seal_changed_by_one_letter_is_garbage(app: Flask, rivals: Rivals) -> None:
    sealed = sealed_on(app, rivals.ours.city, rivals.ours.received.number)
    for place in (0, len(sealed) // 2, len(sealed) - 2):
        other = "A" if sealed[place] != "A" else "B"
        assert opened_at(app, rivals.ours.city, sealed[:place] + other + sealed[place + 1 :]) is None


def _signs_in_as_ever(app: Flask, city: City, sealed: str) -> None:
    browser = Browser(app.test_client(), city.host)
    browser.client.environ_base["REMOTE_ADDR"] = f"10.77.0.{next(_hosts)}"
    pair = {"email": city.officers["city_administrator"], "password": PASSWORD}
    answer = browser.post("/petugas/masuk", {**pair, "unsent": sealed})
    assert (answer.status_code, answer.location) == (303, "/petugas/")
    assert TYPED not in browser.get("/petugas/").get_data(as_text=True)
