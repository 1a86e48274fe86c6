"""Gateways of a city, quiet hours, the morning's list, substitutes, words, many messages at once."""

from __future__ import annotations

import re
import time as wall
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from complaints.acts.engine import Actor
from complaints.models import Complaint, Delegation, MessagingSettings, Notice, NoticePreference
from complaints.notices import delivery, digest, queueing, settings
from complaints.notices.channels import Channels
from complaints.notices.recipients import Recipient
from complaints.permissions import GRANTS
from complaints.queries.notices import told_at
from core import clock
from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from core.extensions import db
from core.messaging import gsm
from core.outbox.models import OutboxMessage
from tenants.models import Officer
from tests.casework import do
from tests.conftest import City, utc
from tests.mailbox import Gateway, Mailbox, gateway, smtp_sink

WIB = ZoneInfo("Asia/Jakarta")
SECRET = "Bearer rahasia-gateway"
MANY = 300


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


# --- the morning's list ------------------------------------------------------------------------------------


def local_hour(day: date, hour: int = 7) -> datetime:
    """Five past this hour in the city."""
    return datetime(day.year, day.month, day.day, hour, 5, tzinfo=WIB)


def test_each_officer_gets_one_list_on_a_working_day(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    case_id = file_report(city).complaint_id
    with in_city(city):
        with unit_of_work() as session:
            session.execute(
                update(Complaint).values(due_at=utc(2026, 3, 3, 9), verify_due_at=utc(2026, 3, 3, 9))
            )
            session.execute(update(MessagingSettings).values(next_digest_at=utc(2026, 3, 1)))
            verifier = session.scalar(select(Officer.id).where(Officer.role == "verifier"))
            session.add(NoticePreference(officer_id=verifier, wants_digest=False))
        assert case_id
        db.session.rollback()
        with clock.frozen(local_hour(date(2026, 3, 7))):  # a Saturday
            assert digest.send_due() == 0
        with clock.frozen(local_hour(date(2026, 3, 9))):
            _again()
            assert digest.send_due() == 2  # two administrators; the verifier does not want it
            assert digest.send_due() == 0
            _again()
            assert digest.send_due() == 0  # not even when asked anew
        with clock.frozen(local_hour(date(2026, 3, 10), 16)):
            _again()
            assert digest.send_due() == 0  # nobody gets a list of the morning in the evening
        delivery.deliver_due()
    assert sorted(recipient for recipient, _ in mailbox.mails) == sorted(
        [city.admin_email, city.officers["city_administrator"]]
    )
    assert mailbox.mails[0][1]["Subject"] == "Daftar pagi: 1 terlambat"


def _again() -> None:
    with unit_of_work() as session:
        session.execute(update(MessagingSettings).values(next_digest_at=utc(2026, 3, 1)))


def test_whoever_stands_in_is_told_instead(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    case_id = file_report(city).complaint_id
    with in_city(city):
        with unit_of_work() as session:
            ids = {role: session.scalar(select(Officer.id).where(Officer.role == role))
                   for role in ("liaison_officer", "handler")}  # fmt: skip
            today = clock.now().astimezone(WIB).date()
            session.add(
                Delegation(
                    officer_id=ids["liaison_officer"],
                    substitute_id=ids["handler"],
                    starts_on=today,
                    ends_on=today,
                )
            )
        do("verify", case_id, city)
        do("assign", case_id, city)
        delivery.deliver_due()
        with unit_of_work() as session:
            session.execute(delete(Delegation))
    assert [recipient for recipient, _ in mailbox.mails] == [city.officers["handler"]]


def test_an_officer_who_wants_nothing_gets_nothing(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any, officer: Callable[..., Any]
) -> None:
    liaison = officer(city, "liaison_officer")
    assert liaison.post("/petugas/pesan", {"digest": "y"}).status_code == 422
    assert liaison.post("/petugas/pesan", {"digest": "y", "sent": "1"}).status_code == 303
    case_id = file_report(city).complaint_id
    with in_city(city):
        do("verify", case_id, city)
        do("assign", case_id, city)
        delivery.deliver_due()
    assert mailbox.mails == []


# --- merged reports, the case page, many at once -----------------------------------------------------------


def test_reporters_of_merged_reports_are_told_once_each(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    main = file_report(city, email="utama@pelapor.example").complaint_id
    others = [file_report(city, email=f"warga{n}@pelapor.example").complaint_id for n in range(3)]
    with in_city(city):
        with unit_of_work() as session:
            session.execute(
                update(Complaint)
                .where(Complaint.id.in_(others[:2]))
                .values(merged_into_id=main, status="merged", due_at=None)
            )
            session.execute(
                update(Complaint)
                .where(Complaint.id == others[2])
                .values(merged_into_id=others[0], status="merged", due_at=None)
            )
        delivery.deliver_due()
        mailbox.mails.clear()
        do("verify", main, city)
        do("respond", main, city)
        delivery.deliver_due()
    assert sorted(recipient for recipient, _ in mailbox.mails) == [
        "utama@pelapor.example",
        *(f"warga{n}@pelapor.example" for n in range(3)),
    ]
    assert len({mail["Subject"] for _, mail in mailbox.mails}) == 4


def test_a_failed_message_is_sent_again_from_the_case(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any, officer: Callable[..., Any]
) -> None:
    receipt = file_report(city, email="siti@pelapor.example")
    mailbox.answer = lambda _recipient: "550 no"
    with in_city(city):
        delivery.deliver_due()
        notice_id = db.session.scalar(select(Notice.id))
    mailbox.answer = lambda _recipient: None
    desk, case = officer(city), f"/petugas/laporan/{receipt.number}"
    assert desk.post(f"{case}/pesan/{notice_id}/ulang", page=case).status_code == 303
    assert desk.post(f"{case}/pesan/{notice_id}/ulang", page=case).status_code == 404
    with in_city(city):
        delivery.deliver_due()
        assert states() == [("email", "sent")]


def test_the_receipt_says_where_else_it_was_sent(
    city: City, mailbox: Mailbox, browse: Callable[..., Any], file_report: Callable[..., Any], in_city: Any
) -> None:
    known = file_report(city, email="siti@pelapor.example").complaint_id
    unknown = file_report(city).complaint_id
    with in_city(city):
        assert told_at(known) == "s••••@pelapor.example"
        assert told_at(unknown) is None  # a phone alone, and no gateway


def test_many_messages_go_over_one_connection(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    case_id = file_report(city).complaint_id
    with in_city(city):
        with unit_of_work() as session:
            officer_id = session.scalar(select(Officer.id).where(Officer.role == "verifier"))
            assert officer_id is not None
            verifier = Recipient(officer_id, "Petugas", city.officers["verifier"])
            plans = [
                plan
                for n in range(MANY)
                for plan in queueing.to_officers(uuid.UUID(int=n + 1), "mentioned", case_id, [verifier])
            ]
            assert queueing.queue(plans) == MANY
            assert queueing.queue(plans) == 0
        started = wall.thread_time()
        done, batches = 0, 0
        while done < MANY and batches < 10:
            done, batches = done + delivery.deliver_due(), batches + 1
        took = wall.thread_time() - started
    assert (done, len(mailbox.mails)) == (MANY, MANY)
    assert mailbox.connections == batches
    assert took / MANY < 0.040, took  # seconds of a core each, on any machine we have; about 0.010 is usual
