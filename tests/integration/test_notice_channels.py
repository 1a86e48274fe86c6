"""Gateways of a city, quiet hours, settings and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from complaints.acts.engine import Actor
from complaints.models import MessagingSettings, Notice
from complaints.notices import delivery, settings
from complaints.notices.channels import Channels
from complaints.permissions import GRANTS
from core import clock
from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from core.extensions import db
from core.messaging import gsm
from core.outbox.models import OutboxMessage
from tests.conftest import City, utc
from tests.mailbox import Gateway, Mailbox, gateway, smtp_sink

WIB = ZoneInfo("Asia/Jakarta")
SECRET = "Bearer rahasia-gateway"


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    kept = app.extensions["settings"]
    with smtp_sink() as (box, port):
        app.extensions["settings"] = replace(kept, mail_url=f"smtp://127.0.0.1:{port}")
        yield box
    app.extensions["settings"] = kept


@pytest.fixture
def phones() -> Iterator[Gateway]:
    with gateway() as running:
        yield running


def administrator(grants: frozenset[str] = GRANTS["city_administrator"]) -> Actor:
    return Actor("officer", "Petugas", None, "Rina", grants)


def connect(phones: Gateway, channel: str = "sms", **changes: Any) -> None:
    """Switch a gateway on in the bound city, with quiet hours that never hold."""
    values, _ = settings.current()
    values |= {f"{channel}_on": True, f"{channel}_url": phones.url, f"{channel}_header": "Authorization"}
    now = clock.now().astimezone(WIB)
    far = (now + timedelta(hours=11)).time().replace(second=0, microsecond=0)
    values |= {
        "quiet_from": far,
        "quiet_until": (now + timedelta(hours=12)).time().replace(second=0, microsecond=0),
    }
    settings.change(values | changes, {channel: SECRET}, administrator())


def states() -> list[tuple[str, str]]:
    rows = db.session.execute(select(Notice.channel, Notice.state).order_by(Notice.channel, Notice.id)).all()
    db.session.rollback()
    return [(row.channel, row.state) for row in rows]


def test_a_text_message_is_one_part_and_leads_to_the_report(
    city: City, phones: Gateway, file_report: Callable[..., Any], in_city: Any
) -> None:
    with in_city(city):
        connect(phones)
    receipt = file_report(city)
    with in_city(city):
        assert delivery.deliver_due() == 1
        assert states() == [("sms", "sent")]
    (posted,) = phones.posted
    assert posted["to"] == "+6281200001234"
    assert receipt.number in posted["text"]
    assert receipt.pin not in posted["text"]
    assert gsm.size(posted["text"]).parts == 1
    assert re.search(rf"{re.escape(city.url)}/l/[0-9a-z]{{16}}$", posted["text"])
    assert phones.headers[0]["Authorization"] == SECRET


def test_whatsapp_comes_before_sms_and_nobody_gets_both(
    city: City, phones: Gateway, file_report: Callable[..., Any], in_city: Any
) -> None:
    with in_city(city):
        connect(phones)
        connect(phones, "whatsapp")
    file_report(city)
    with in_city(city):
        delivery.deliver_due()
        assert states() == [("whatsapp", "sent")]


def test_a_gateway_that_is_away_holds_back_no_mail(
    city: City, mailbox: Mailbox, phones: Gateway, file_report: Callable[..., Any], in_city: Any
) -> None:
    with in_city(city):
        connect(phones)
    phones.status = 503
    file_report(city, email="siti@pelapor.example")
    with in_city(city):
        delivery.deliver_due()
        assert states() == [("email", "sent"), ("sms", "queued")]
        assert db.session.scalar(select(Notice.cause).where(Notice.channel == "sms")) == (
            "Gateway pesan sedang bermasalah (kode 503)"
        )
    phones.status = 400
    with in_city(city):
        _make_due()
        delivery.deliver_due()
        assert states() == [("email", "sent"), ("sms", "failed")]
    assert len(mailbox.mails) == 1
    assert {posted["id"] for posted in phones.posted} == {phones.posted[0]["id"]}


def test_no_way_leads_into_a_private_network(
    city: City, file_report: Callable[..., Any], in_city: Any, phones: Gateway
) -> None:
    with in_city(city):
        connect(phones, sms_url="https://10.0.0.8/kirim")
    file_report(city)
    with in_city(city):
        delivery.deliver_due()
        assert states() == [("sms", "queued")]
        assert db.session.scalar(select(Notice.cause)) == "Alamat gateway pesan tidak diizinkan"


def _make_due() -> None:
    with unit_of_work() as session:
        session.execute(
            update(OutboxMessage).where(OutboxMessage.state == "pending").values(due_at=clock.now())
        )


@pytest.mark.parametrize(
    ("hours", "at", "waits"),
    [
        ((time(20), time(7)), (21, 0), 10.0),
        ((time(20), time(7)), (6, 30), 0.5),
        ((time(20), time(7)), (7, 0), 0.0),
        ((time(20), time(7)), (19, 59), 0.0),
        ((time(20), time(7)), (20, 0), 11.0),
        ((time(12), time(13)), (12, 15), 0.75),
        ((time(12), time(13)), (13, 0), 0.0),
        ((time(12), time(13)), (2, 0), 0.0),
    ],
)
def test_quiet_hours(hours: tuple[time, time], at: tuple[int, int], waits: float) -> None:
    channels = Channels(True, sms=True, whatsapp=True, quiet_from=hours[0], quiet_until=hours[1])
    local = utc(2026, 3, 4).astimezone(WIB).replace(hour=at[0], minute=at[1])
    assert channels.quiet_seconds(local, WIB) == waits * 3600


def test_a_phone_does_not_ring_at_night(
    city: City, mailbox: Mailbox, phones: Gateway, file_report: Callable[..., Any], in_city: Any
) -> None:
    now = clock.now().astimezone(WIB)
    quiet: dict[str, Any] = {
        "quiet_from": (now - timedelta(hours=1)).time().replace(second=0, microsecond=0),
        "quiet_until": (now + timedelta(hours=2)).time().replace(second=0, microsecond=0),
    }
    with in_city(city):
        connect(phones, **quiet)
    file_report(city, email="siti@pelapor.example")
    with in_city(city):
        delivery.deliver_due()
        assert states() == [("email", "sent"), ("sms", "queued")]
        due_at = db.session.scalar(select(OutboxMessage.due_at).where(OutboxMessage.topic == "notice.sms"))
        assert due_at is not None
        assert timedelta(hours=1) < due_at - clock.now() <= timedelta(hours=2)
        _make_due()  # somebody is in a hurry: it waits all the same
        delivery.deliver_due()
        assert states()[1] == ("sms", "queued")
    assert phones.posted == []


# --- settings ----------------------------------------------------------------------------------------------


def test_a_credential_is_never_shown_and_follows_to_no_other_address(
    city: City, phones: Gateway, in_city: Any, officer: Callable[..., Any]
) -> None:
    with in_city(city):
        connect(phones)
    desk = officer(city)
    page = desk.get("/petugas/pengaturan/pesan").get_data(as_text=True)
    assert "rahasia-gateway" not in page
    assert "Sudah tersimpan" in page
    with in_city(city):
        values, kept = settings.current()
        assert kept == {"sms"}
        stored = db.session.scalar(select(MessagingSettings.sms_secret))
        assert stored is not None
        assert "rahasia-gateway" not in stored
        told = " ".join(str(row) for row in db.session.scalars(select(AuditEntry.detail)))
        assert "rahasia-gateway" not in told
        assert '"sms"' in told or "'sms'" in told
        db.session.rollback()
        with pytest.raises(Exception, match="Isi kredensial lagi"):
            settings.change(values | {"sms_url": "https://lain.example/kirim"}, {}, administrator())


def test_settings_are_kept_from_the_page(city: City, officer: Callable[..., Any], in_city: Any) -> None:
    desk, path = officer(city), "/petugas/pengaturan/pesan"
    form = {
        "mail_on": "y", "from_name": "Aduan\r\nBcc: x@y.example", "from_address": "aduan@kota.example",
        "reply_to": "", "quiet_from": "21:30", "quiet_until": "06.15", "digest_on": "y", "digest_at": "7.00",
    }  # fmt: skip
    assert desk.post(path, form).status_code == 303
    with in_city(city):
        values, _ = settings.current()
    assert (values["quiet_from"], values["quiet_until"], values["digest_at"]) == (
        time(21, 30),
        time(6, 15),
        time(7),
    )
    assert values["from_name"] == "Aduan Bcc: x@y.example"
    for change, words in (
        ({"quiet_from": "25.00"}, "Tulis jam dari 00.00 sampai 23.59"),
        ({"from_address": "bukan surel"}, "Alamat surel harus memuat tanda @"),
        ({"sms_on": "y"}, "Isi alamat gateway SMS sebelum menyalakannya"),
        ({"sms_url": "ftp://gateway.example"}, "Tulis alamat lengkap"),
        ({"sms_url": "twin:"}, "Tulis alamat lengkap"),
        ({"from_name": "x" * 10_000}, "kurangi 9.920 huruf"),
    ):
        answer = desk.post(path, form | change)
        assert answer.status_code == 422, change
        assert words in answer.get_data(as_text=True), change
    with in_city(city):
        assert settings.current()[0] == values
    assert officer(city, "verifier").get(path).status_code == 403


def test_a_citys_own_words(
    city: City, mailbox: Mailbox, phones: Gateway, officer: Callable[..., Any], file_report: Any, in_city: Any
) -> None:
    desk, path = officer(city), "/petugas/pengaturan/pesan/received"
    words = {
        "subject": "Kami terima {{nomor}}",
        "body": "Halo {{nama}} <b>\n\n{{tautan}}",
        "short": "Diterima {{nomor}} “{{judul}}” {{tautan}}",
    }
    preview = desk.post(path, words | {"tindakan": "pratinjau"}).get_data(as_text=True)
    assert "Halo Siti Rahmawati &lt;b&gt;" in preview
    assert re.search(r"1\d\d dari 160 huruf, 1 SMS", preview)
    for change, told in (
        ({"body": "{{xyz}} {{tautan}}"}, "Variabel {{xyz}} tidak dikenal"),
        ({"subject": "{{ config }}"}, "Variabel {{config}} tidak dikenal"),
        ({"body": "{{ 7*7 }} {{tautan}}"}, "Variabel {{7*7}} tidak dikenal"),
        ({"body": "{{nama {{tautan}}"}, "Kurung {{ dan }} harus berpasangan"),
        ({"body": "tanpa"}, "Isi pesan harus memuat {{tautan}}"),
        ({"short": ""}, "Tulis isi pesan"),
        ({"subject": ""}, "Tulis judul surel"),
        ({"body": "x" * 10_000}, "Isi pesan paling banyak 3.000 huruf"),
    ):
        answer = desk.post(path, words | change | {"tindakan": "simpan"})
        assert answer.status_code == 422, change
        assert told in answer.get_data(as_text=True), change
    assert desk.post(path, words | {"tindakan": "simpan"}).status_code == 303
    with in_city(city):
        connect(phones)
    receipt = file_report(
        city, email="siti@pelapor.example", name="{{judul}} Siti", title="Jalan “rusak” {{pin}} x"
    )
    with in_city(city):
        delivery.deliver_due()
    ((_, mail),) = mailbox.mails
    assert mail["Subject"] == f"Kami terima {receipt.number}"
    assert phones.posted[0]["text"].startswith(
        f'Diterima {receipt.number} "Jalan "rusak" {{{{pin}}}} x" http'
    )
    assert desk.post(path, {"tindakan": "bawaan"}).status_code == 303
    assert "Verifikasi paling lambat" in desk.get(path).get_data(as_text=True)
