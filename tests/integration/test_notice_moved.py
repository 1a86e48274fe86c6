"""A report that came from another city: its reporter is told by the new one, once, in that city's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts.moves import carrying
from complaints.models import Notice
from complaints.notices import delivery, texts
from complaints.notices.links import LENGTH
from core.db.transaction import unit_of_work
from core.extensions import db
from core.messaging import gsm
from core.outbox import relay
from tenants.models import Tenant
from tests.conftest import City
from tests.mailbox import Mailbox, smtp_sink
from tests.moving import Filing, Scope, lease_runs_out, move, send

REPORTERS = "siti@pelapor.example"


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    """The deployment's mail server for the length of a test."""
    kept = app.extensions["settings"]
    with smtp_sink() as (box, port):
        app.extensions["settings"] = replace(kept, mail_url=f"smtp://127.0.0.1:{port}")
        yield box
    app.extensions["settings"] = kept


@pytest.fixture
def cities(make_city: Callable[..., City]) -> tuple[City, City]:
    return make_city(), make_city()


def arrivals() -> list[str]:
    """States of what the bound city told of reports that came to it."""
    found = db.session.scalars(select(Notice.state).where(Notice.code == "moved_in")).all()
    db.session.rollback()
    return list(found)


def name_of(city: City) -> str:
    """The city's name as its messages write it."""
    return str(db.session.scalar(select(Tenant.name).where(Tenant.id == city.id)))


def test_the_new_city_tells_the_reporter_and_its_link_opens_the_report_there(
    cities: tuple[City, City],
    mailbox: Mailbox,
    in_city: Scope,
    file_report: Filing,
    browse: Callable[[City], Any],
) -> None:
    source, target = cities
    receipt = file_report(source, email=REPORTERS, name="Siti Rahmawati")
    move(receipt.complaint_id, source, target, in_city)
    with in_city(target):
        assert delivery.deliver_due() == 1
        assert arrivals() == ["sent"]
        assert delivery.deliver_due() == 0
        name = name_of(target)
    with in_city(source):
        assert arrivals() == []
    (mail,) = mailbox.to(REPORTERS)
    assert mail["Subject"] == f"Laporan {receipt.number} kini ditangani {name}"
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Yth. Siti Rahmawati" in text
    assert receipt.pin not in text
    link = re.search(rf"{re.escape(target.url)}(/l/[0-9a-z]{{16}})", text)
    assert link
    reader = browse(target)
    answer = reader.get(link[1])
    assert (answer.status_code, answer.location) == (303, f"/lacak/{receipt.number}")
    assert reader.get(answer.location).status_code == 200
    assert browse(source).get(link[1]).status_code == 404


def test_a_parcel_that_comes_twice_is_told_once(
    cities: tuple[City, City],
    mailbox: Mailbox,
    in_city: Scope,
    file_report: Filing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, target = cities
    case_id = file_report(source, email=REPORTERS).complaint_id

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with in_city(source):
        send(case_id, source, target)
        with monkeypatch.context() as patch:
            patch.setattr(relay, "record_delivered", die)
            with pytest.raises(Killed):
                carrying.deliver_due()
        lease_runs_out()
        assert carrying.deliver_due() == 1
    with in_city(target):
        delivery.deliver_due()
        assert arrivals() == ["sent"]
    assert [mail["Subject"] for mail in mailbox.to(REPORTERS) if "kini ditangani" in mail["Subject"]] != []
    assert len(mailbox.mails) == 1


def test_a_report_that_comes_home_is_told_of_there_too(
    cities: tuple[City, City], mailbox: Mailbox, in_city: Scope, file_report: Filing
) -> None:
    source, target = cities
    case_id = file_report(source, email=REPORTERS).complaint_id
    move(case_id, source, target, in_city)
    move(case_id, target, source, in_city)
    for city in cities:
        with in_city(city):
            delivery.deliver_due()
            assert arrivals() == ["sent"]
    assert len([m for m in mailbox.to(REPORTERS) if "kini ditangani" in m["Subject"]]) == 2


def test_a_reporter_without_an_address_is_told_by_nobody(
    cities: tuple[City, City], mailbox: Mailbox, in_city: Scope, file_report: Filing
) -> None:
    source, target = cities
    case_id = file_report(source, email=None, phone="081234567890").complaint_id
    move(case_id, source, target, in_city)
    with in_city(target):
        assert delivery.deliver_due() == 0
        assert arrivals() == []
    assert mailbox.mails == []


def test_the_text_message_is_one_part_for_the_longest_name(city: City, in_city: Scope) -> None:
    slug = "pangkajene-dan-kepulauan"
    values = {
        "nomor": "PKP-2611-7F3K9",
        "kota": "Kabupaten Pangkajene dan Kepulauan",
        "tautan": f"https://{slug}.aduan.example.go.id/l/{'x' * LENGTH}",
    }
    with in_city(city), unit_of_work():
        written = texts.short_text(texts.words_of("moved_in", texts.SHORT), values)
    assert written == f"Laporan {values['nomor']} kini ditangani {values['kota']}. Lacak: {values['tautan']}"
    assert gsm.size(written).parts == 1
    assert not gsm.size(written).is_wide
