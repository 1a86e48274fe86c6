"""No credential of a city is anywhere in clear, whatever the other side echoes, and whatever breaks.

Looked through: every row of the city, its keys in Redis, the log lines, the pages, the commands, the audit's
export. Each is shown to hold something of what happened, so that nothing is found for want of looking.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from flask import Flask

from core.http import HttpResponse, OutboundClient
from core.logging import configure
from sp4n import callback, masters, settings
from sp4n.masking import MASKED
from tests.conftest import Browser, City
from tests.sp4n_office import DESK, Office

CONNECTION = "/petugas/sp4n/sambungan"
PAGES = (
    CONNECTION,
    "/petugas/sp4n/perlu-tindakan",
    "/petugas/sp4n/kesamaan",
    "/petugas/sp4n/pemetaan",
    "/petugas/sp4n/panggilan",
    "/petugas/audit",
    "/petugas/?tampilan=semua",
)
WRONG = "{kunci-yang-keliru-7391}"
THERE = "Mohon segera ditangani."


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Every line that is logged, as the application writes it; those of the libraries at the end."""
    lines: list[str] = []

    class Sink:
        def msg(self, message: str) -> None:
            lines.append(message)

        log = debug = info = warning = error = critical = exception = msg

    before = structlog.get_config()
    level = logging.getLogger().level
    configure("DEBUG")
    structlog.configure(logger_factory=lambda *_args: Sink())
    caplog.set_level(logging.DEBUG)
    yield lines
    logging.getLogger().setLevel(level)
    structlog.configure(**before)


class Broken(OutboundClient):
    """A way out with an error nobody expects."""

    def request(self, method: str, url: str, **call: Any) -> HttpResponse:
        raise KeyError(f"{method} {url}")


def bare(office: Office) -> tuple[str, str]:
    """Both credentials as the city types them where the header's form holds the scheme."""
    return office.account.secret.removeprefix("Bearer "), office.account.token


def connection_form(office: Office, **changes: Any) -> dict[str, Any]:
    with office.scope():
        shown = settings.shown()
    assert shown is not None
    values = {name: "y" if value is True else value for name, value in shown.items() if value is not False}
    return {name: value for name, value in (values | changes).items() if name != "changed"}


def kept_in_redis(app: Flask, city: City) -> str:
    redis = app.extensions["jobs"].redis
    keys = list(redis.scan_iter(f"tenant:{city.id}:*"))
    strings = [key for key in keys if redis.type(key) == b"string"]
    return repr([*keys, *(redis.get(key) for key in strings)])


def tried(office: Office, browser: Browser) -> str:
    """The test of the connection, on the page and by command."""
    page = browser.post(f"{CONNECTION}/uji", {"laporan": "1"}, page=CONNECTION).get_data(as_text=True)
    return str(page) + command(office, "test", "--with-report", "--json")


def command(office: Office, name: str, *options: str) -> str:
    args = ["sp4n", name, "--tenant", office.city.slug, *options]
    return office.app.test_cli_runner().invoke(args=args).output


def exported(office: Office) -> str:
    args = ["audit", "export", "--tenant", office.city.slug, "--from", "2000-01-01", "--to", "2100-01-01"]
    return office.app.test_cli_runner().invoke(args=args).output


def looked_at(office: Office, browser: Browser, numbers: list[str]) -> dict[str, str]:
    """All that can be read of the city, by its name."""
    cases = [f"/petugas/laporan/{number}" for number in numbers]
    previews = [f"/petugas/sp4n/uji?nomor={number}" for number in numbers]
    pages = {path: browser.get(path).get_data(as_text=True) for path in (*PAGES, *cases, *previews)}
    return {
        **pages,
        "rows": office.everything(),
        "redis": kept_in_redis(office.app, office.city),
        "status": command(office, "status", "--json"),
        "export": exported(office),
    }


def assert_none(hidden: tuple[str, ...], places: dict[str, str]) -> None:
    for secret in hidden:
        spellings = {secret, json.dumps(secret)[1:-1]}
        found = [name for name, text in places.items() if any(each in text for each in spellings)]
        assert found == [], f"{secret} is in {found}"


def test_configured_and_tried_in_vain(
    office: Office, officer: Callable[..., Browser], logs: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Typed wrongly, typed rightly, refused there: by page and by command."""
    browser = officer(office.city)
    good, token = bare(office)
    form = connection_form(
        office, auth_format="Bearer {secret}", auth_secret=good, token_secret=WRONG, base_url="bukan alamat"
    )
    response = browser.post(CONNECTION, form)
    assert response.status_code == 422
    refused = response.get_data(as_text=True)
    assert browser.post(CONNECTION, form | {"base_url": office.simulator.url}).status_code == 303
    outputs = {"wrong form": refused, "wrong token": tried(office, browser)}
    assert "Kredensial ditolak SP4N" in outputs["wrong token"]
    office.connect(auth_format="Bearer {secret}", auth_secret=good)
    called = office.do(callback.renew, DESK)
    told = office.app.test_client().post("/sp4n/panggilan", base_url=browser.base, data=b"{}")
    assert told.status_code == 401
    for fault in ("refused_aloud", "echoed", "garbage", "redirect"):
        office.simulator.add_fault(fault, client_id=office.account.client_id)
        outputs[fault] = tried(office, browser)
        office.simulator.clear_faults()
    assert MASKED in outputs["refused_aloud"], "it was echoed"
    outputs["configure"] = command(office, "configure", "--base-url", "x", "--token-secret", token)
    assert "Tulis alamat lengkap" in outputs["configure"]
    outputs |= looked_at(office, browser, []) | {"logs": "\n".join([*logs, caplog.text])}
    assert "sp4n.configured" in outputs["export"]
    assert "sp4n.callback_renewed" in outputs["export"]
    assert_none((good, token, WRONG, called), outputs)


@pytest.mark.parametrize(
    ("fault", "endpoint"),
    [
        ("refused_aloud", "create"),
        ("refused_aloud", "list"),
        ("refused_aloud", None),
        ("echoed", "create"),
        ("garbage", None),
        ("unauthorized", None),
        ("drop_after_commit", "create"),
    ],
)
def test_a_delivery_that_fails(
    office: Office,
    officer: Callable[..., Browser],
    logs: list[str],
    caplog: pytest.LogCaptureFixture,
    fault: str,
    endpoint: str | None,
) -> None:
    office.simulator.add_fault(fault, client_id=office.account.client_id, endpoint=endpoint)
    case_id = office.file()
    for _ in range(2):
        office.deliver()
        office.hurry()
    office.poll()
    office.simulator.clear_faults()
    number = office.complaint(case_id).number
    places = looked_at(office, officer(office.city), [number])
    places["logs"] = "\n".join([*logs, caplog.text])
    if fault == "refused_aloud":
        assert f"Ditolak</b> untuk {MASKED}" in places["rows"].replace("\\/", "/")
    if endpoint != "list" and fault != "echoed":
        assert "outbox_not_delivered" in places["logs"]
    assert_none(bare(office), places)


def test_answers_that_are_good_and_echo(
    office: Office, officer: Callable[..., Browser], logs: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A status, a thread, a history, a report and the lists, with both credentials in their texts."""
    case_id = office.file()
    office.deliver()
    external_id = office.external_id(case_id)
    office.simulator.add_followup(external_id, THERE, from_name="Admin Nasional")
    office.simulator.set_status(external_id, "Sedang proses", note="Diteruskan")
    from_there = office.simulator.add_complaint(office.account.institution_id, title="Dari sana")
    office.simulator.add_fault("echoed", client_id=office.account.client_id)
    office.poll()
    with office.scope():
        connection = settings.load()
        assert connection is not None
        masters.sync(settings.client_for(connection))
    office.poll()
    link = office.link(case_id)
    assert link is not None
    assert str(link.status_raw).split() == ["Sedang", "proses", MASKED, MASKED]
    (answer,) = office.news("followup")
    assert answer.payload["content"].startswith(f"{THERE} {MASKED}")
    assert [each.report_id for each in office.news("report")] == [from_there]
    places = looked_at(office, officer(office.city), [office.complaint(case_id).number])
    places["logs"] = "\n".join([*logs, caplog.text])
    assert places["rows"].count(MASKED) > 5
    assert_none(bare(office), places)


def test_an_error_nobody_expects(
    office: Office, officer: Callable[..., Browser], logs: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    case_id = office.file()
    way_out = office.app.extensions["sp4n_http"]
    office.app.extensions["sp4n_http"] = Broken()
    try:
        assert office.deliver() == 0
        with pytest.raises(KeyError):
            office.poll()
    finally:
        office.app.extensions["sp4n_http"] = way_out
    places = looked_at(office, officer(office.city), [office.complaint(case_id).number])
    places["logs"] = "\n".join([*logs, caplog.text])
    assert "outbox_handler_failed" in places["logs"]
    assert "Traceback" in places["logs"]
    assert_none(bare(office), places)


def test_what_is_stored_is_the_cipher_and_looking_would_find_the_rest(office: Office) -> None:
    rows = office.everything()
    assert rows.count("gAAAA") == 2
    office.file(body=f"Lubang {bare(office)[0]}")
    with pytest.raises(AssertionError, match="is in \\['rows'\\]"):
        assert_none(bare(office), {"rows": office.everything()})
