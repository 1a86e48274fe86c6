"""The sign-in page, as it is asked for: by itself, or in the place of what needs an officer."""

from __future__ import annotations

from flask import make_response, render_template
from werkzeug.wrappers import Response

from core.web import unsent
from core.web.access import sign_in_redirect
from tenants.officers.forms import SignInForm


def page(form: SignInForm) -> str:
    """The page with its form."""
    return render_template("tenants/officers/sign_in.html", form=form)


def ask_to_sign_in() -> Response:
    """To the sign-in page; where the view keeps what was typed, the page comes at once and carries it."""
    sealed = unsent.seal()
    if sealed is None:
        return sign_in_redirect()
    form = SignInForm(formdata=None, next=unsent.address(), unsent=sealed)
    return make_response(page(form), 403)
