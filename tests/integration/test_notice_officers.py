"""The morning's list, substitutes, wishes, merged reports, another try, many messages at once."""

from __future__ import annotations

import time as wall
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from complaints.models import Complaint, Delegation, MessagingSettings, Notice, NoticePreference
from complaints.notices import delivery, digest, queueing
from complaints.notices.recipients import Recipient
from complaints.queries.notices import told_at
from core import clock
from core.db.transaction import unit_of_work
from core.extensions import db
from tenants.models import Officer
from tests.casework import do
from tests.conftest import City, utc
from tests.mailbox import Mailbox, smtp_sink

WIB = ZoneInfo("Asia/Jakarta")
MANY = 300


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    kept = app.extensions["settings"]
    with smtp_sink() as (box, port):
        app.extensions["settings"] = replace(kept, mail_url=f"smtp://127.0.0.1:{port}")
        yield box
    app.extensions["settings"] = kept


def states() -> list[tuple[str, str]]:
    rows = db.session.execute(select(Notice.channel, Notice.state).order_by(Notice.channel, Notice.id)).all()
    db.session.rollback()
    return [(row.channel, row.state) for row in rows]


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
