"""Messages as workers and officers meet them: what is due, what an act costs, the list, the command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from complaints.models import MessagingSettings, Notice, Reporter
from complaints.notices import delivery, digest
from core.db.transaction import unit_of_work
from core.extensions import db
from core.jobs.sweeping import due_tenants, relay_engine
from core.outbox.models import OutboxMessage
from sp4n import jobs as national
from tests.casework import VERIFIED
from tests.conftest import City, utc
from tests.mailbox import Mailbox, smtp_sink
from tests.pages import csrf_token
from tests.statements import sent_by

#: what an act sends more because of messages: the facts, the officers, the notices, their outbox messages
MESSAGES, MOST_STATEMENTS = re.compile("notice|messaging_settings|outbox_message"), 4
ANSWER = "Yth. Pelapor, jalan sudah kami perbaiki pada hari ini dan dapat dilalui kembali dengan aman."


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    kept = app.extensions["settings"]
    with smtp_sink() as (box, port):
        app.extensions["settings"] = replace(kept, mail_url=f"smtp://127.0.0.1:{port}")
        yield box
    app.extensions["settings"] = kept


def test_the_sweep_finds_messages_and_lists_and_takes_neither_for_the_national_sides(
    app: Flask, city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    file_report(city, email="siti@pelapor.example")
    engine = relay_engine(app)
    assert city.id in due_tenants(engine, delivery.DUE_SQL)
    for job in national.JOBS:
        if job.due_sql is not None:
            assert city.id not in due_tenants(engine, job.due_sql)
    with in_city(city):
        assert delivery.deliver_due() == 1
        with unit_of_work() as session:
            session.execute(update(MessagingSettings).values(next_digest_at=utc(2026, 3, 1)))
    assert city.id not in due_tenants(engine, delivery.DUE_SQL)
    assert city.id in due_tenants(engine, digest.DUE_SQL)
    with in_city(city):
        digest.send_due()
    assert city.id not in due_tenants(engine, digest.DUE_SQL)


def test_an_act_with_messages_stays_cheap(
    app: Flask, city: City, mailbox: Mailbox, file_report: Callable[..., Any], officer: Callable[..., Any]
) -> None:
    receipt = file_report(city, email="siti@pelapor.example")
    desk, case = officer(city), f"/petugas/laporan/{receipt.number}"
    category = _category(desk.get(f"{case}?tindakan=verifikasi").get_data(as_text=True))
    acts = {
        "verifikasi": VERIFIED | {"category": category},
        "disposisi": {
            "department": str(city.departments["pupr"]),
            "urgency": "normal",
            "instructions": "act",
        },
        "arsip": {"reason": "unclear", "text": "Tidak jelas letaknya."},
    }
    used = {slug: _statements_of_messages(app, desk, case, slug, body) for slug, body in acts.items()}
    assert used == {"verifikasi": 0, "disposisi": MOST_STATEMENTS, "arsip": 3}


def _category(page: str) -> str:
    found = re.search(r'<option selected value="([0-9a-f-]{36})"', page)
    assert found
    return found[1]


def _statements_of_messages(app: Flask, desk: Any, case: str, slug: str, body: dict[str, Any]) -> int:
    page = desk.get(f"{case}?tindakan={slug}").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    data = {"csrf_token": csrf_token(page), "version": version[1], **body}
    with sent_by(app) as sent:
        answer = desk.client.post(f"{case}/{slug}", base_url=desk.base, data=data)
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
    return sum(bool(MESSAGES.search(each.sql)) for each in sent)


def test_the_case_shows_what_became_of_its_messages(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any, officer: Callable[..., Any]
) -> None:
    receipt = file_report(city, email="siti@pelapor.example")
    case = f"/petugas/laporan/{receipt.number}"
    desk = officer(city)
    assert "Menunggu" in _messages(desk.get(case).get_data(as_text=True))
    mailbox.answer = lambda _recipient: "550 <script>no</script>"
    with in_city(city):
        delivery.deliver_due()
    shown = _messages(desk.get(case).get_data(as_text=True))
    assert "Gagal: Server surel menolak alamat penerima (kode 550)" in shown
    assert "s••••@pelapor.example" in shown
    assert "siti@" not in shown
    assert "Kirim lagi" in shown
    mailbox.answer = lambda _recipient: None
    retry = re.search(r'action="([^"]+/ulang)"', shown)
    assert retry
    assert desk.post(retry[1], page=case).status_code == 303
    with in_city(city):
        delivery.deliver_due()
    assert "Terkirim" in _messages(desk.get(case).get_data(as_text=True))


def _messages(page: str) -> str:
    found = re.search(r'<ul class="pesan">.*?</ul>', page, re.DOTALL)
    assert found
    return found[0]


@pytest.mark.parametrize("who", ["", "x@y@z", "0899", "siti@pelapor.example\r\nBcc: x@y.example"])
def test_the_operator_tries_a_citys_channels(app: Flask, city: City, mailbox: Mailbox, who: str) -> None:
    runner = app.test_cli_runner()
    command = ["messages", "test", "--tenant", city.slug, "--to"]
    assert runner.invoke(args=[*command, who]).exit_code == 1
    assert mailbox.mails == []
    told = runner.invoke(args=[*command, "petugas@kota.example"])
    assert (told.exit_code, told.output) == (0, "Pesan percobaan terkirim\n")
    ((recipient, mail),) = mailbox.mails
    assert recipient == "petugas@kota.example"
    assert mail["Subject"] == "Pesan percobaan"


def test_a_reporter_who_is_gone_and_a_channel_that_was_switched_off_are_passed_over(
    city: City, mailbox: Mailbox, file_report: Callable[..., Any], in_city: Any
) -> None:
    file_report(city, email="siti@pelapor.example")
    other = file_report(city, email="budi@pelapor.example").complaint_id
    with in_city(city):
        with unit_of_work() as session:
            session.execute(update(Reporter).where(Reporter.complaint_id == other).values(email=None))
        delivery.deliver_due()
        causes = dict(db.session.execute(select(Notice.state, Notice.cause)).all())
        assert causes == {"sent": None, "skipped": "Alamat penerima sudah tidak ada"}
        db.session.rollback()
    file_report(city, email="ani@pelapor.example")
    with in_city(city):
        with unit_of_work() as session:
            session.execute(update(MessagingSettings).values(mail_on=False))
        delivery.deliver_due()
        assert "Saluran ini dimatikan" in db.session.scalars(select(Notice.cause)).all()
        assert set(db.session.scalars(select(OutboxMessage.state))) == {"delivered"}
    assert len(mailbox.mails) == 1
