"""Sign-in form."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):  # type: ignore[misc] # flask_wtf is untyped
    """E-mail and password; `lanjut` is where to go afterwards."""

    email = StringField("Surel", validators=[InputRequired("Tulis surel"), Length(max=254)])
    password = PasswordField("Kata sandi", validators=[InputRequired("Tulis kata sandi"), Length(max=200)])
    lanjut = HiddenField()
