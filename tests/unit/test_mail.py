"""Mails as they are composed: whatever the texts hold, one recipient and the headers that are meant."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.messaging.mail import compose, server_of
from core.messaging.message import MailMessage, Refused, header_text, is_mail_address

HEADERS = {
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "Content-Type", "MIME-Version",
}  # fmt: skip


def message(**values: str) -> MailMessage:
    given: dict[str, str] = {
        "key": "01", "to": "siti@warga.example", "subject": "Laporan", "text": "Isi", "html": "<p>Isi</p>",
        "from_name": "Aduan Kota", "from_address": "aduan@kota.example", "reply_to": "loket@kota.example",
    } | values  # fmt: skip
    return MailMessage(**given)


@given(st.text(max_size=300), st.text(max_size=100), st.text(max_size=500))
def test_any_text_is_only_text(subject: str, name: str, body: str) -> None:
    body = body.encode("utf-8", "ignore").decode()
    subject, name = (each.encode("utf-8", "ignore").decode() for each in (subject, name))
    raw = compose(message(subject=subject, from_name=name, text=body)).as_bytes()
    mail = message_from_bytes(raw, policy=policy.default)
    assert set(mail.keys()) == HEADERS
    assert len(mail.keys()) == len(HEADERS)
    assert [each.addr_spec for each in mail["To"].addresses] == ["siti@warga.example"]
    assert [each.addr_spec for each in mail["From"].addresses] == ["aduan@kota.example"]
    assert mail["Subject"] == header_text(subject)


@pytest.mark.parametrize(
    "address",
    [
        "", "siti", "siti@", "@warga.example", "siti@warga", "siti@warga.example ", "a b@warga.example",
        "siti@warga.example\r\nBcc: x@y.example", "siti@warga.example,x@y.example", "<siti@warga.example>",
        '"siti"@warga.example', "siti(x)@warga.example", "siti@[127.0.0.1]", "a..b@warga.example",
        ".a@warga.example", "a.@warga.example", "sité@warga.example", "siti@warga..example", "a@b@c.example",
        "x" * 65 + "@warga.example", "siti@" + "a." * 130 + "id",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not is_mail_address(address)
    with pytest.raises(Refused):
        compose(message(to=address))
    if address:
        with pytest.raises(Refused):
            compose(message(reply_to=address))


@pytest.mark.parametrize("address", ["siti@warga.example", "siti.r+aduan@mail.warga.go.id", "a_b-c@x-y.id"])
def test_usual_addresses_are_taken(address: str) -> None:
    assert is_mail_address(address)


def test_the_address_of_a_server() -> None:
    server = server_of("smtp://aduan%40kota:s%3Aandi@surel.example:587?starttls=1")
    assert (server.host, server.port, server.user, server.password) == (
        "surel.example", 587, "aduan@kota", "s:andi",
    )  # fmt: skip
    assert server.starttls
    assert "andi" not in repr(server)
    assert server_of("smtps://surel.example").port == 465
    for wrong in ("http://surel.example", "smtp://", "smtp:surel", "smtp://surel.example/x"):
        with pytest.raises(ValueError, match="mail server"):
            server_of(wrong)
