"""`flask messages`: an operator's test of a city's channels."""

from __future__ import annotations

import uuid
from contextlib import ExitStack

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from complaints.models import MessagingSettings
from complaints.notices import channels, letters
from complaints.notices.channels import Channels
from core.crypto import SecretUnreadable
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.messaging.message import ChannelDown, Delayed, MailMessage, Refused, TextMessage
from core.phone import parse_phone
from tenants.models import Tenant

messages_cli = AppGroup("messages", help="Surel, SMS, dan WhatsApp sebuah kota.")
WORDS = "Ini pesan percobaan dari {name}. Tidak ada yang perlu Anda lakukan."


@messages_cli.command("test")
@click.option("--tenant", "slug", required=True, help="Alamat kota, misalnya kota-contoh.")
@click.option("--to", required=True, help="Alamat surel, atau nomor ponsel.")
@click.option("--channel", type=click.Choice(["sms", "whatsapp"]), default="sms", help="Untuk nomor ponsel.")
def test_command(slug: str, to: str, channel: str) -> None:
    """Kirim satu pesan percobaan lewat saluran kota."""
    with unit_of_work() as session:
        tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == slug))
    if tenant_id is None:
        raise click.ClickException(f"tidak ada penyewa dengan alamat {slug}")
    with tenant_scope(tenant_id):
        try:
            _send(to, channel)
        except (Refused, Delayed, ChannelDown) as failure:
            raise click.ClickException(failure.cause) from None
        except SecretUnreadable:
            raise click.ClickException("kredensial gateway tidak dapat dibaca") from None
    click.echo("Pesan percobaan terkirim")


def _send(to: str, channel: str) -> None:
    with unit_of_work() as session:
        row = session.scalars(select(MessagingSettings)).first()
        if row is not None:
            session.expunge(row)
        office = letters.load_office(current_app.extensions["settings"], row)
    text, key = WORDS.format(name=office.service_name), str(uuid.uuid4())
    switched = Channels.of(row or MessagingSettings())
    if "@" in to:
        if not switched.mail:
            raise click.ClickException("surel belum tersedia: SMTP_URL belum diisi, atau kota mematikannya")
        with ExitStack() as stack:
            stack.enter_context(channels.mailer()).send(
                MailMessage(
                    key, to, "Pesan percobaan", text, f"<p>{text}</p>", office.from_name, office.from_address
                )
            )
        return
    if row is None or not getattr(switched, channel):
        raise click.ClickException(f"saluran {channel} kota ini belum dinyalakan")
    channels.text_sender(row, channel).send_text(TextMessage(key, parse_phone(to) or to, text))
