"""Sign-in form."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from core.web.forms import Form


def _printable(value: Any) -> Any:
    """Without control characters, which no address has and the database does not take."""
    return "".join(filter(str.isprintable, value)).strip() if isinstance(value, str) else value


class SignInForm(Form):
    """E-mail and password; `next` is where to go afterwards, `unsent` what was typed before (sealed)."""

    email = StringField(
        "Surel",
        filters=[_printable],
        validators=[InputRequired("Tulis surel"), Length(max=254, message="Surel paling banyak 254 huruf")],
    )
    password = PasswordField(
        "Kata sandi",
        validators=[
            InputRequired("Tulis kata sandi"),
            Length(max=200, message="Kata sandi paling banyak 200 huruf"),
        ],
    )
    next = HiddenField()
    unsent = HiddenField()
