"""The host name alone says which city it is; whatever else a client sends says nothing.

Pages are also looked at for what a cache or a shared object could have kept of the city before.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.conftest import BASE_DOMAIN, Browser
from tests.isolation.conftest import Rivals
from tests.isolation.routes import ROUTES

PAGES = ("/", "/laporan/baru", "/lacak", "/bantuan", "/privasi", "/petugas/masuk")


def fetch(app: Flask, host: str, path: str = "/", **headers: str) -> Any:
    """A request with this Host header, as it would come over the wire."""
    client = app.test_client(use_cookies=False)
    return client.get(path, environ_overrides={"HTTP_HOST": host}, headers=headers)


STRANGE_HOSTS = [
    "tidak-terdaftar.uji.localhost", "localhost", "127.0.0.1", "[::1]", "[::1]:8000", "evil.example",
    "uji.localhost.evil.example", "{ours}.evil.example", "evil-{ours}", "x.{ours}", "{slug}", ".{ours}",
    "{ours}.{theirs}", "{ours},{theirs}", "{ours} {theirs}", "{ours}\t", "{ours}/", "{ours}/../{theirs}", "",
    "{ours}?", "{ours}#", "{ours}%00", "{ours}%2e", "{ours}@{theirs}x", "evil@{ours}", "evil:pw@{ours}",
    "{ours}:80@evil.example", "{ours}\u2024",
]  # fmt: skip


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_a_host_nobody_registered_is_unknown(app: Flask, rivals: Rivals, host: str) -> None:
    ours = rivals.ours.city
    given = host.format(ours=ours.host, theirs=rivals.theirs.city.host, slug=ours.slug)
    for path in ("/", "/laporan/baru", f"/lacak/{rivals.ours.responded.number}"):
        response = fetch(app, given, path)
        assert response.status_code in (404, 400), response.status_code
        page = response.get_data(as_text=True)
        assert rivals.ours.mark not in page
        assert rivals.theirs.mark not in page
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    "host",
    [
        "{ours}",
        "{ours}:80",
        "{ours}:8443",
        "{ours}:65535",
        "{OURS}",
        "{OURS}:8000",
        "{ours}.",
        "{ours}.:8000",
    ],
)
def test_ways_to_write_a_host_are_the_same_host(app: Flask, rivals: Rivals, host: str) -> None:
    ours = rivals.ours.city.host
    response = fetch(app, host.format(ours=ours, OURS=ours.upper()))
    assert response.status_code == 200
    page = response.get_data(as_text=True)
    assert rivals.ours.mark in page
    assert rivals.theirs.mark not in page


HEADERS = [
    "X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-Original-Host", "X-HTTP-Host-Override",
    "Forwarded", "X-Tenant", "X-Tenant-Id", "X-Forwarded-For", "X-Real-Ip", "Origin", "Referer",
    "X-Original-Url", "X-Rewrite-Url",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_no_other_header_chooses_the_city(app: Flask, rivals: Rivals, header: str) -> None:
    theirs = rivals.theirs.city
    for value in (theirs.host, f"host={theirs.host}", str(theirs.id), theirs.url, f"{theirs.url}/"):
        page = fetch(app, rivals.ours.city.host, **{header: value}).get_data(as_text=True)
        assert rivals.ours.mark in page
        assert rivals.theirs.mark not in page


@pytest.mark.parametrize(
    "name", ["tenant", "tenant_id", "kota", "city", "host", "_tenant", "app.tenant_id", "slug"]
)
def test_no_parameter_chooses_the_city(app: Flask, rivals: Rivals, name: str) -> None:
    for value in (rivals.theirs.city.slug, str(rivals.theirs.city.id), rivals.theirs.city.host):
        response = app.test_client().get("/", base_url=rivals.ours.city.url, query_string={name: value})
        assert rivals.theirs.mark not in response.get_data(as_text=True)


def test_an_absolute_request_line_does_not_outrank_the_host(app: Flask, rivals: Rivals) -> None:
    path = f"{rivals.theirs.city.url}/"
    response = app.test_client().get(
        "/", environ_overrides={"HTTP_HOST": rivals.ours.city.host, "RAW_URI": path}
    )
    assert rivals.theirs.mark not in response.get_data(as_text=True)


def test_two_host_headers_are_one_that_is_unknown(app: Flask, rivals: Rivals) -> None:
    """A server joins repeated headers with a comma; neither half may win."""
    response = fetch(app, f"{rivals.ours.city.host}, {rivals.theirs.city.host}")
    assert response.status_code in (400, 404)


def test_links_out_of_a_page_name_the_own_host(
    app: Flask, rivals: Rivals, actors: dict[str, Browser]
) -> None:
    """A reporter's private link must not be sent to a host the client invented."""
    number = rivals.ours.responded.number
    for header in ("X-Forwarded-Host", "Forwarded"):
        headers = {header: "evil.example"}
        page = actors["reporter"].get(f"/lacak/{number}", headers=headers).get_data(as_text=True)
        assert "evil.example" not in page


# --- faces -------------------------------------------------------------------------------------------------


def test_a_stylesheet_and_a_logo_are_of_the_own_city(app: Flask, rivals: Rivals) -> None:
    for mine, other in ((rivals.ours, rivals.theirs), (rivals.theirs, rivals.ours)):
        for path, foreign in (
            (f"/tema/{mine.theme_hash}.css", f"/tema/{other.theme_hash}.css"),
            (f"/logo/{mine.logo_hash}", f"/logo/{other.logo_hash}"),
        ):
            assert fetch(app, mine.city.host, path).status_code == 200
            assert fetch(app, mine.city.host, foreign).status_code == 404
        page = fetch(app, mine.city.host).get_data(as_text=True)
        assert mine.theme_hash in page
        assert other.theme_hash not in page


def test_after_one_citys_pages_the_others_are_its_own(app: Flask, rivals: Rivals) -> None:
    """Warm everything on one city, then read the other, and back."""
    for path in PAGES:
        for mine, other in ((rivals.ours, rivals.theirs), (rivals.theirs, rivals.ours)) * 2:
            page = fetch(app, mine.city.host, path).get_data(as_text=True)
            assert mine.mark in page
            assert other.leaks_into(page) == []


def test_two_cities_at_the_same_moment_stay_apart(app: Flask, rivals: Rivals) -> None:
    def read(turn: int) -> bool:
        mine, other = (rivals.ours, rivals.theirs) if turn % 2 else (rivals.theirs, rivals.ours)
        page = fetch(app, mine.city.host, PAGES[turn % len(PAGES)]).get_data(as_text=True)
        return mine.mark in page and not other.leaks_into(page)

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(read, range(60)))


def test_no_page_may_be_kept_by_a_shared_cache(app: Flask, rivals: Rivals) -> None:
    for path in (*PAGES, f"/lacak/{rivals.ours.responded.number}"):
        assert fetch(app, rivals.ours.city.host, path).headers["Cache-Control"] == "no-store"


def test_the_front_page_shows_finished_reports_of_its_own_city(app: Flask, rivals: Rivals) -> None:
    page = fetch(app, rivals.ours.city.host).get_data(as_text=True)
    assert f"Laporan {rivals.ours.mark} completed" in page


# --- closed cities and the root ----------------------------------------------------------------------------


@pytest.fixture
def suspended(app: Flask, superuser: psycopg.Connection[Any], rivals: Rivals) -> Any:
    superuser.execute("UPDATE tenant SET status = 'suspended' WHERE id = %s", [rivals.ours.city.id])
    yield rivals.ours
    superuser.execute("UPDATE tenant SET status = 'active' WHERE id = %s", [rivals.ours.city.id])


def test_a_suspended_city_shows_nothing_and_takes_nothing(
    app: Flask, untouched: None, suspended: Any, actors: dict[str, Browser]
) -> None:
    number = suspended.responded.number
    for actor in ("stranger", "reporter", "city_administrator"):
        for path in (
            "/",
            "/laporan/baru",
            f"/lacak/{number}",
            "/petugas/",
            f"/lampiran/{suspended.photo_id}",
        ):
            response = actors[actor].client.get(path, base_url=suspended.city.url)
            assert response.status_code == 503
            assert "Gang " not in response.get_data(as_text=True)
        response = actors[actor].client.post(
            f"/petugas/laporan/{number}/catatan", base_url=suspended.city.url
        )
        assert response.status_code == 503


def test_the_root_lists_cities_and_tells_nothing_of_them(app: Flask, rivals: Rivals) -> None:
    page = fetch(app, BASE_DOMAIN).get_data(as_text=True)
    for rival in (rivals.ours, rivals.theirs):
        assert rival.city.slug in page
        others = [mark for mark in rival.leaks_into(page) if mark not in (rival.city.slug, rival.mark)]
        assert others == []
    assert "Gang " not in page


@pytest.mark.parametrize(
    "path",
    ["/laporan/baru", "/lacak", "/petugas/", "/petugas/masuk", "/provinsi/", "/bantuan", "/lacak/{number}",
     "/lampiran/{photo}", "/tema/{theme}.css", "/logo/{logo}", "/petugas/laporan/{number}"],
)  # fmt: skip
def test_the_root_is_no_city(app: Flask, rivals: Rivals, path: str) -> None:
    ours = rivals.ours
    names = {
        "number": ours.responded.number,
        "photo": ours.photo_id,
        "theme": ours.theme_hash,
        "logo": ours.logo_hash,
    }
    assert fetch(app, BASE_DOMAIN, path.format(**names)).status_code == 404


def test_every_kind_of_host_is_in_the_table() -> None:
    assert {host for route in ROUTES.values() for host in route.hosts} == {"root", "city", "province"}
