"""Every route × every id of another city, in path, query and body, as everybody who might try.

The answer is the one of an id that never was: same status, same place to go, same page; and no row changes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from complaints.permissions import GRANTS
from core.web.access import access_rule
from tests.conftest import BASE_DOMAIN, Browser
from tests.isolation.conftest import Rivals
from tests.isolation.foreign import (
    FILLED,
    foreign_body,
    foreign_numbers,
    foreign_query,
    path_values,
    unknown_body,
    unknown_query,
    unknown_value,
)
from tests.isolation.routes import PATH_ARGUMENTS, ROUTES, Route
from tests.isolation.seeding import CITY_ROLES, Rival, comparable, outside_number

CITIZENS = ("stranger", "reporter")
EVERYBODY = CITIZENS + CITY_ROLES
_addresses = (f"10.{a}.{b}.{c}" for a, b, c in itertools.product(range(256), range(256), range(1, 255)))


def rules(app: Flask) -> dict[str, Rule]:
    return {rule.endpoint: rule for rule in app.url_map.iter_rules()}


# --- the table is complete ---------------------------------------------------------------------------------


def test_every_route_is_in_the_table_with_its_rule(app: Flask) -> None:
    found: dict[str, tuple[set[str], str | None]] = {}
    for rule in app.url_map.iter_rules():
        methods, _ = found.setdefault(rule.endpoint, (set(), access_rule(app.view_functions[rule.endpoint])))
        methods |= (rule.methods or set()) - {"HEAD", "OPTIONS"}
    assert found == {name: (set(route.methods), route.access) for name, route in ROUTES.items()}


def test_every_argument_of_a_path_is_one_that_is_tried(app: Flask) -> None:
    arguments = {argument for rule in app.url_map.iter_rules() for argument in rule.arguments}
    assert arguments == set(PATH_ARGUMENTS)
    for endpoint, rule in rules(app).items():
        takes = ROUTES[endpoint].takes
        for argument in rule.arguments - {"digest", "path"}:
            assert argument in takes, f"{endpoint} takes {argument}: say so in the table"


def test_nothing_but_the_listed_answers_get_and_post(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert (rule.methods or set()) <= {"GET", "POST", "HEAD", "OPTIONS"}


# --- what is tried -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def their_tokens(app: Flask, rivals: Rivals) -> dict[str, str]:
    """Tracking links of the other city, made on its own host."""
    from complaints.views.access import link_token
    from core.web.tenant import put_tenant
    from tenants.resolver import lookup

    with app.test_request_context(base_url=rivals.theirs.city.url):
        found = lookup(rivals.theirs.city.host)
        assert found
        put_tenant(found[0])
        return {case.number: link_token(case.number) for case in rivals.theirs.cases.values()}


def attempts(
    app: Flask, route: Route, theirs: Rival, tokens: dict[str, str]
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Pairs of path arguments: foreign ones, and unknown ones that must be answered alike."""
    arguments = sorted(rules(app)[route.endpoint].arguments)
    if "number" in arguments and "token" in arguments:
        choices = [[number, tokens[number]] for number in foreign_numbers(theirs)]
    else:
        choices = [
            list(each)
            for each in itertools.product(
                *(path_values(route.endpoint, argument, theirs, "") for argument in arguments)
            )
        ]
    for choice in choices:
        foreign = dict(zip(arguments, choice, strict=True))
        unknown = {
            argument: value if argument == "slug" else unknown_value(argument)
            for argument, value in foreign.items()
        }
        yield foreign, unknown


def send(
    app: Flask,
    browser: Browser,
    route: Route,
    method: str,
    path: dict[str, str],
    rest: dict[str, Any],
    token: str,
) -> tuple[int, str, str]:
    """(status, place to go, page), without what differs at every request."""
    with app.test_request_context(base_url=browser.base):
        url = app.url_map.bind(browser.host).build(route.endpoint, path)
    response = browser.client.open(
        url,
        method=method,
        base_url=browser.base,
        query_string=rest["query"],
        data={"csrf_token": token, **rest["body"]} if method == "POST" else None,
        environ_overrides={"REMOTE_ADDR": next(_addresses)},
    )
    flat: list[str] = []
    for value in (*path.values(), *rest["query"].values(), *rest["body"].values()):
        flat += value if isinstance(value, list) else [value]
    ids = [value for value in flat if len(value) >= 6 and value[0] != "/" and value not in FILLED.values()]
    page = comparable(response.get_data(as_text=True), *ids)
    return response.status_code, comparable(response.headers.get("Location", ""), *ids), page


def tried() -> list[tuple[str, str]]:
    """(endpoint, actor): public pages by four kinds of people, officers' pages by everybody."""
    pairs = []
    for route in ROUTES.values():
        if not route.takes or "city" not in route.hosts:
            continue
        people = (
            ("stranger", "reporter", "city_administrator", "liaison_officer")
            if route.is_public
            else EVERYBODY
        )
        pairs += [(route.endpoint, person) for person in people]
    return pairs


@pytest.mark.parametrize(("endpoint", "actor"), tried())
def test_another_citys_id_is_an_id_that_never_was(
    app: Flask,
    rivals: Rivals,
    actors: dict[str, Browser],
    their_tokens: dict[str, str],
    others_untouched: None,
    endpoint: str,
    actor: str,
) -> None:
    route, browser, theirs = ROUTES[endpoint], actors[actor], rivals.theirs
    token = browser.token("/laporan/baru")
    for path, unknown_path in attempts(app, route, theirs, their_tokens):
        foreign = {"query": foreign_query(theirs), "body": foreign_body(theirs)}
        unknown = {"query": unknown_query(), "body": unknown_body()}
        for method in sorted(route.methods):
            got = send(app, browser, route, method, path, foreign, token)
            never = send(app, browser, route, method, unknown_path, unknown, token)
            assert got == never, (method, path)
            _check(route, actor, got, path)
            assert theirs.leaks_into(got[2]) == []


def _check(route: Route, actor: str, got: tuple[int, str, str], path: dict[str, str]) -> None:
    status, location, _ = got
    if route.endpoint == "casework.act" and actor in CITIZENS:
        assert (status, location) == (403, "")  # the sign-in page itself, with what was typed under seal
    elif not route.is_public and actor in CITIZENS:
        assert status == 303
        assert location.startswith("/petugas/masuk")
    elif route.endpoint == "complaints.receipt":
        assert (status, location) == (303, "/lacak")
    elif status == 403:
        assert route.access not in GRANTS[actor]
    elif path:
        assert status == 404
    else:
        assert status in (200, 303, 422)


def test_the_same_requests_with_own_ids_are_answered(
    app: Flask, rivals: Rivals, actors: dict[str, Browser]
) -> None:
    """The other half of the proof: it is the city that makes the difference, not the request."""
    ours, desk, reporter = rivals.ours, actors["city_administrator"], actors["reporter"]
    number = ours.responded.number
    assert desk.get(f"/petugas/laporan/{number}").status_code == 200
    assert number in desk.get("/petugas/", query_string={"q": number}).get_data(as_text=True)
    assert desk.get(f"/lampiran/{ours.internal_photo_id}").status_code == 200
    assert reporter.get(f"/lampiran/{ours.photo_id}").status_code == 200
    assert ours.mark in reporter.get(f"/lacak/{number}").get_data(as_text=True)
    assert reporter.get(f"/tema/{ours.theme_hash}.css").status_code == 200
    assert reporter.get(f"/logo/{ours.logo_hash}").status_code == 200
    contact = desk.post(f"/petugas/laporan/{number}/kontak", page=f"/petugas/laporan/{number}")
    assert f"Warga {ours.mark}" in contact.get_data(as_text=True)


def test_a_number_of_the_national_side_is_found_at_home_only(
    rivals: Rivals, actors: dict[str, Browser], untouched: None
) -> None:
    """The search box takes the outside number as well; the other city's leads nowhere."""
    desk = actors["city_administrator"]
    own, foreign = (outside_number(rival.city) for rival in (rivals.ours, rivals.theirs))
    found = desk.get("/petugas/", query_string={"q": own}).get_data(as_text=True)
    assert f"/petugas/laporan/{rivals.ours.responded.number}" in found
    got = desk.get("/petugas/", query_string={"q": foreign}).get_data(as_text=True)
    never = desk.get("/petugas/", query_string={"q": "99999999"}).get_data(as_text=True)
    assert comparable(got, foreign) == comparable(never, "99999999")


def test_an_own_internal_photo_is_not_the_reporters(rivals: Rivals, actors: dict[str, Browser]) -> None:
    for actor in CITIZENS:
        assert actors[actor].get(f"/lampiran/{rivals.ours.internal_photo_id}").status_code == 404
        assert actors[actor].get(f"/lampiran/{rivals.ours.unsent_photo_id}").status_code == 404


# --- who may call it, and where ----------------------------------------------------------------------------


def _any_path(app: Flask, endpoint: str) -> str:
    rule = rules(app)[endpoint]
    known = (
        "number",
        "token",
        "attachment_id",
        "delegation_id",
        "filter_id",
        "import_id",
        "notice_id",
        "message_id",
        "secret",
    )
    values = {argument: unknown_value(argument) if argument in known else "x"
              for argument in rule.arguments}  # fmt: skip
    return str(app.url_map.bind("x").build(endpoint, values))


@pytest.mark.parametrize("endpoint", [name for name, route in ROUTES.items() if not route.is_public])
def test_nobody_comes_in_unsigned(
    app: Flask, rivals: Rivals, actors: dict[str, Browser], untouched: None, endpoint: str
) -> None:
    route, browser = ROUTES[endpoint], actors["stranger"]
    host = BASE_DOMAIN if "root" in route.hosts else rivals.province.host
    stranger = browser if "city" in route.hosts else Browser(app.test_client(), host)
    entrance = "/operator/masuk" if "root" in route.hosts else "/petugas/masuk"
    token = stranger.token(entrance)
    for method in route.methods:
        response = stranger.client.open(
            _any_path(app, endpoint), method=method, base_url=stranger.base, data={"csrf_token": token}
        )
        assert response.status_code == 303
        assert response.headers["Location"].startswith(entrance)


@pytest.mark.parametrize("endpoint", ROUTES)
def test_a_route_is_unknown_on_other_kinds_of_host(
    app: Flask, rivals: Rivals, untouched: None, endpoint: str
) -> None:
    route = ROUTES[endpoint]
    if rules(app)[endpoint].rule == "/":
        endpoint, route = "home", ROUTES["home"]  # one address, by kind of host another page
    hosts = {"root": BASE_DOMAIN, "city": rivals.ours.city.host, "province": rivals.province.host}
    for kind in set(hosts) - route.hosts:
        client = app.test_client()
        for method in route.methods:
            response = client.open(_any_path(app, endpoint), method=method, base_url=f"http://{hosts[kind]}")
            # where the token is checked before the view is asked, its absence is told first
            assert response.status_code in ((404, 400) if method == "POST" else (404,)), (kind, method)


def test_roles_without_the_permission_are_refused(app: Flask, rivals: Rivals) -> None:
    """Each protected route, each role of its host: in exactly when the grants say so."""
    grants = app.extensions["grants"]
    for tenant in (rivals.ours.city, rivals.province):
        kind = "province" if tenant is rivals.province else "city"
        for role, email in tenant.officers.items():
            browser = Browser(app.test_client(), tenant.host)
            assert browser.sign_in(email).status_code == 303
            for route in ROUTES.values():
                if route.is_public or kind not in route.hosts or "GET" not in route.methods:
                    continue
                response = browser.client.get(_any_path(app, route.endpoint), base_url=browser.base)
                allowed = route.access in grants[role]
                assert (response.status_code != 403) == allowed, (role, route.endpoint)
