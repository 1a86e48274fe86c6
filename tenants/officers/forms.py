"""Sign-in form."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from core.web.forms import Form


class SignInForm(Form):
    """E-mail and password; `next` is where to go afterwards."""

    email = StringField("Surel", validators=[InputRequired("Tulis surel"), Length(max=254)])
    password = PasswordField("Kata sandi", validators=[InputRequired("Tulis kata sandi"), Length(max=200)])
    next = HiddenField()
