"""Forms of the city's messages: channels, words, and what an officer wants to get."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from wtforms import BooleanField, HiddenField, PasswordField, StringField, TextAreaField
from wtforms.validators import Optional, StopValidation

from complaints.forms.checks import TextLength, clean, one_line
from complaints.notices.settings import GATEWAYS, PLAIN
from core.web.forms import Form

_TIME = re.compile(r"([01]?[0-9]|2[0-3])[.:]([0-5][0-9])")
_TIMES = ("quiet_from", "quiet_until", "digest_at")


def parse_time(value: str | None) -> time | None:
    """ "20.00" or "20:00" as a time of day; None for anything else."""
    found = _TIME.fullmatch((value or "").strip())
    return time(int(found[1]), int(found[2])) if found else None


def _time_of_day(_form: Any, field: Any) -> None:
    if not field.raw_data or parse_time(field.data) is None:  # a field that was not sent keeps nothing
        raise StopValidation("Tulis jam dari 00.00 sampai 23.59, misalnya 07.00")


def _line(label: str, most: int, **more: Any) -> StringField:
    return StringField(label, filters=[one_line], validators=[Optional(), TextLength(label, 0, most)], **more)


def _sent(_form: Any, field: Any) -> None:
    if field.raw_data != ["1"]:
        raise StopValidation("Pilihan belum tersimpan. Kirim sekali lagi dari halaman ini")


class MessagingForm(Form):
    """Channels, quiet hours and the morning's list. A credential is only ever written."""

    mail_on = BooleanField("Kirim surel")
    from_name = _line("Nama pengirim", 80, description="Kosong berarti nama layanan kota ini.")
    from_address = _line("Alamat pengirim", 254, description="Harus diizinkan oleh server surel.")
    reply_to = _line("Balasan dikirim ke", 254)
    sms_on = BooleanField("Kirim SMS")
    sms_url = _line("Alamat gateway SMS", 500)
    sms_header = _line("Nama header kredensial SMS", 40, description="Misalnya Authorization.")
    sms_secret = PasswordField("Kredensial SMS", validators=[Optional()])
    whatsapp_on = BooleanField("Kirim WhatsApp")
    whatsapp_url = _line("Alamat gateway WhatsApp", 500)
    whatsapp_header = _line("Nama header kredensial WhatsApp", 40, description="Misalnya Authorization.")
    whatsapp_secret = PasswordField("Kredensial WhatsApp", validators=[Optional()])
    quiet_from = StringField("Jam tenang mulai", filters=[one_line], validators=[_time_of_day])
    quiet_until = StringField("Jam tenang berakhir", filters=[one_line], validators=[_time_of_day])
    digest_on = BooleanField("Kirim daftar pagi kepada petugas")
    digest_at = StringField("Jam daftar pagi", filters=[one_line], validators=[_time_of_day])

    @classmethod
    def filled(cls, values: dict[str, Any]) -> MessagingForm:
        """With the present settings; times as they are read."""
        shown = {name: f"{value:%H.%M}" if name in _TIMES else value for name, value in values.items()}
        form: MessagingForm = cls(data=shown)
        return form

    @property
    def values(self) -> dict[str, Any]:
        """The settings as typed values; empty text is None."""
        found: dict[str, Any] = {}
        for name in PLAIN:
            data = self[name].data
            found[name] = (
                parse_time(data) if name in _TIMES else (data if isinstance(data, bool) else data or None)
            )
        return found

    @property
    def secrets(self) -> dict[str, str | None]:
        """New credentials; None where the field was left empty."""
        return {name: (self[f"{name}_secret"].data or "").strip() or None for name in GATEWAYS}


class WordsForm(Form):
    """Words of one message: mail, and the short form for phones."""

    subject = StringField("Judul surel", filters=[one_line])
    body = TextAreaField("Isi surel", filters=[clean], render_kw={"rows": 12})
    short = TextAreaField("SMS dan WhatsApp", filters=[clean], render_kw={"rows": 4})


class WishesForm(Form):
    """What an officer wants by mail. `sent` tells two empty boxes from a form that was never filled in."""

    sent = HiddenField(default="1", validators=[_sent])
    notices = BooleanField("Pesan tentang laporan yang menunggu saya")
    digest = BooleanField("Daftar pagi: laporan yang terlambat dan segera jatuh tempo")
