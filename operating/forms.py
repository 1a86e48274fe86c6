"""The operator's sign-in form."""

from __future__ import annotations

from typing import Any

from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from core.web.forms import Form


def _printable(value: Any) -> Any:
    return "".join(filter(str.isprintable, value)).strip() if isinstance(value, str) else value


class SignInForm(Form):
    """Who it is, by their own word, and the deployment's key."""

    name = StringField(
        "Nama Anda",
        description="Dicatat pada setiap tindakan dan terbaca oleh kota yang bersangkutan.",
        filters=[_printable],
        validators=[
            InputRequired("Tulis nama Anda"),
            Length(min=3, max=80, message="Nama 3 sampai 80 huruf"),
        ],
    )
    key = PasswordField(
        "Kunci operator",
        validators=[
            InputRequired("Tulis kunci operator"),
            Length(max=200, message="Kunci paling banyak 200 huruf"),
        ],
    )
