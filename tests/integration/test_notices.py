"""What people are told, over a real SMTP server: in which words, once, and never by an act taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import desk
from complaints.acts.engine import Actor
from complaints.acts.undoing import take_back
from complaints.models import Notice
from complaints.notices import delivery
from core import clock
from core.db.transaction import unit_of_work
from core.extensions import db
from core.outbox.models import OutboxMessage
from tests.casework import LONG, do, officer_of
from tests.conftest import City
from tests.mailbox import Mailbox, smtp_sink

REPORTERS = "siti@pelapor.example"


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    """The deployment's mail server for the length of a test."""
    kept = app.extensions["settings"]
    with smtp_sink() as (box, port):
        app.extensions["settings"] = replace(kept, mail_url=f"smtp://127.0.0.1:{port}")
        yield box
    app.extensions["settings"] = kept


def part(mail: EmailMessage, kind: str) -> str:
    """The plain text or the HTML of a mail."""
    found = mail.get_body((kind,))
    assert isinstance(found, EmailMessage)
    return str(found.get_content())


def notices() -> list[tuple[str, str, str]]:
    """(code, recipient kind, state) of the bound city."""
    rows = db.session.execute(
        select(Notice.code, Notice.recipient_kind, Notice.state).order_by(Notice.created_at, Notice.id)
    ).all()
    db.session.rollback()
    return [(row.code, row.recipient_kind, row.state) for row in rows]


def test_a_report_is_acknowledged_by_mail(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    receipt = file_report(city, email=REPORTERS, name="Siti Rahmawati")
    with in_city(city):
        assert delivery.deliver_due() == 1
        assert notices() == [("received", "reporter", "sent")]
    (mail,) = mailbox.to(REPORTERS)
    assert mail["Subject"] == f"Laporan {receipt.number} sudah diterima"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"].addresses[0].addr_spec == "aduan@uji.localhost"
    assert {part.get_content_type() for part in mail.iter_parts()} == {"text/plain", "text/html"}
    text = part(mail, "plain")
    html = part(mail, "html")
    assert "Yth. Siti Rahmawati" in text
    assert receipt.pin not in text + html
    assert re.search(rf"{re.escape(city.url)}/l/[0-9a-z]{{16}}", text)


def test_the_link_in_a_message_opens_the_report(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any, browse: Any, two_cities: Any
) -> None:
    receipt = file_report(city, email=REPORTERS)
    with in_city(city):
        delivery.deliver_due()
    link = re.search(r"/l/[0-9a-z]{16}", part(mailbox.to(REPORTERS)[0], "plain"))
    assert link
    reader = browse(city)
    answer = reader.get(link[0])
    assert (answer.status_code, answer.location) == (303, f"/lacak/{receipt.number}")
    assert "Lubang besar" in reader.get(answer.location).get_data(as_text=True)
    assert browse(two_cities[0]).get(link[0]).status_code == 404
    assert browse(city).get("/l/0123456789abcdef").status_code == 404


def test_each_act_is_told_to_the_reporter_and_to_those_whose_turn_it_is(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    case_id = file_report(city, email=REPORTERS).complaint_id
    with in_city(city):
        for act in ("verify", "assign", "follow_up", "respond", "reopen"):
            do(act, case_id, city)
        delivery.deliver_due()
        told = notices()
        assert sorted(told) == [
            ("assigned", "officer", "sent"),
            ("received", "reporter", "sent"),
            ("reopened", "officer", "sent"),
            ("responded", "reporter", "sent"),
        ]
    liaison = city.officers["liaison_officer"]
    assert [mail["Subject"].partition(": ")[2] for mail in mailbox.to(liaison)] == [
        "disposisi untuk Dinas Pekerjaan Umum",
        "dibuka kembali oleh pelapor",
    ]
    assert mailbox.connections == 1  # one connection for the batch


def test_without_a_server_nothing_is_written(
    city: City, file_report: Callable[..., Any], in_city: Any
) -> None:
    case_id = file_report(city, email=REPORTERS).complaint_id
    with in_city(city):
        do("verify", case_id, city)
        do("respond", case_id, city)
        assert notices() == []


def test_an_act_taken_back_is_told_to_nobody(
    app: Flask, city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    receipt = file_report(city, email=REPORTERS)
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, undo_seconds=60)
    with in_city(city):
        actor = officer_of(city)
        done = desk.defer(receipt.complaint_id, actor, text=LONG)
        assert delivery.deliver_due() == 1  # the receipt; the question waits for its window
        assert done.event_id is not None
        take_back(
            receipt.complaint_id, done.event_id, Actor("officer", "Petugas", None, "Rina", actor.grants)
        )
        assert ("needs_info", "reporter", "cancelled") in notices()
        states = set(
            db.session.scalars(select(OutboxMessage.state).where(OutboxMessage.topic == "notice.email"))
        )
        assert states == {"delivered", "skipped"}
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Siti\r\nBcc: korban@luar.example",
        "Siti\nSubject: lain",
        "Siti <b>Rahma</b>",
        "Siti \u202egnp.exe",
        '"; x',
    ],
)
def test_what_a_reporter_typed_is_only_text(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any, name: str
) -> None:
    title = f"Lampu jalan mati {name}"
    file_report(city, email=REPORTERS, name=name, title=title)
    with in_city(city):
        delivery.deliver_due()
    ((recipient, mail),) = mailbox.mails
    assert recipient == REPORTERS
    assert mail["To"] == REPORTERS
    assert mail["Bcc"] is None
    assert len(mail.get_all("Subject", [])) == 1
    html = part(mail, "html")
    assert "<b>" not in html
    assert "\u202e" not in html + part(mail, "plain")


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example,korban@luar.example",
        "a@b.example\r\nRCPT TO:<k@l.example>",
        "<a@b.example>",
        "a b@c.example",
    ],
)
def test_an_address_that_is_not_one_reaches_nobody(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any, address: str
) -> None:
    file_report(city, email=address)
    with in_city(city):
        delivery.deliver_due()
        assert notices() == [("received", "reporter", "failed")]
    assert mailbox.mails == []


def test_a_refused_recipient_is_seen_and_can_be_tried_again(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    receipt = file_report(city, email=REPORTERS)
    mailbox.answer = lambda _recipient: "550 no such user"
    with in_city(city):
        delivery.deliver_due()
        notice = db.session.scalars(select(Notice)).one()
        assert (notice.state, notice.cause) == ("failed", "Server surel menolak alamat penerima (kode 550)")
        assert REPORTERS not in f"{notice.hint}{notice.cause}"
        mailbox.answer = lambda _recipient: None
        assert delivery.try_again(receipt.complaint_id, notice.id)
        delivery.deliver_due()
        assert notices() == [("received", "reporter", "sent")]
    assert len(mailbox.mails) == 1


def test_one_mailbox_that_asks_to_wait_holds_nobody_up(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    for n in range(3):
        file_report(city, email=f"warga{n}@pelapor.example")
    mailbox.answer = lambda recipient: "451 later" if recipient.startswith("warga0") else None
    with in_city(city):
        delivery.deliver_due()
        assert sorted(state for _, _, state in notices()) == ["queued", "sent", "sent"]
        _make_due()
        mailbox.answer = lambda _recipient: None
        delivery.deliver_due()
        assert {state for _, _, state in notices()} == {"sent"}
    assert len(mailbox.mails) == 3


def _make_due() -> None:
    with unit_of_work() as session:
        for message in session.scalars(select(OutboxMessage).where(OutboxMessage.state == "pending")):
            message.due_at = clock.now()


def test_a_dead_server_blocks_no_work_and_one_message_knocks_for_all(
    app: Flask, city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, mail_url="smtp://127.0.0.1:9")
    for n in range(5):
        file_report(city, email=f"warga{n}@pelapor.example")
    with in_city(city):
        assert delivery.deliver_due() == 0
        tried = db.session.scalars(select(OutboxMessage.attempts)).all()
        assert sorted(tried) == [0, 0, 0, 0, 1]
        db.session.rollback()
        assert delivery.deliver_due() == 0  # all are put off
        assert sum(db.session.scalars(select(OutboxMessage.attempts))) == 1
        db.session.rollback()
        app.extensions["settings"] = settings
        _make_due()
        assert delivery.deliver_due() == 5
        assert {state for _, _, state in notices()} == {"sent"}
    assert len(mailbox.mails) == 5


def test_a_worker_that_dies_sends_again_under_the_same_name(
    city: City,
    mailbox: Mailbox,
    file_report: Callable[..., Any],
    in_city: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file_report(city, email=REPORTERS)

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with in_city(city):
        with monkeypatch.context() as patch:
            patch.setattr("core.outbox.relay.record_delivered", die)
            with pytest.raises(Killed):
                delivery.deliver_due()
        assert delivery.deliver_due() == 0  # the lease holds
        _make_due()
        assert delivery.deliver_due() == 1
        assert delivery.deliver_due() == 0
        assert notices() == [("received", "reporter", "sent")]
    names = {mail["Message-ID"] for mail in mailbox.to(REPORTERS)}
    assert len(names) == 1
    assert len(mailbox.mails) == 2  # SMTP knows no better: the name tells that they are one
