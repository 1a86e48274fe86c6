"""The operator's way in: one key of the deployment, on the root host, for an hour.

There are no accounts: whoever has the key gives a name, and every act is recorded with it. Without the key in
the settings there are no such pages.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

import structlog
from flask import current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from complaints.acts.engine import Actor
from core import clock
from core.crypto import derive_key
from core.errors import NotFound
from core.web.access import ROOT, page_of
from operating import mending

SIGNED_IN_FOR = timedelta(hours=1)
_SESSION = "operator"

_log = structlog.get_logger(__name__)


def _key() -> str:
    """The deployment's key. Raises NotFound where there is none."""
    key: str | None = current_app.extensions["settings"].operator_key
    if key is None:
        raise NotFound()
    return key


def _mark(key: str) -> str:
    """Which key a session was opened with: a new key ends the sessions of the old one."""
    return derive_key(key, "operator-session").hex()[:16]


def sign_in(name: str, given: str) -> bool:
    """Open a session for whoever gives the key. Returns whether it was the key; both are logged."""
    key = _key()
    sent, wanted = (hashlib.sha256(each.encode()).digest() for each in (given, key))
    if not hmac.compare_digest(sent, wanted):
        _log.warning("operator_refused", remote_address=request.remote_addr)
        return False
    session.clear()
    g.pop("csrf_token", None)  # made for the session that just ended
    until = clock.now() + SIGNED_IN_FOR
    session[_SESSION] = {"name": name, "until": until.isoformat(), "key": _mark(key)}
    _log.info("operator_signed_in", operator=name, remote_address=request.remote_addr)
    return True


def sign_out() -> None:
    """End the session."""
    _log.info("operator_signed_out", operator=current().name)
    session.clear()


def _name() -> str | None:
    """The name in the session, if it is of the present key and not too old."""
    kept = session.get(_SESSION)
    if not kept or not hmac.compare_digest(kept["key"], _mark(_key())):
        return None
    return str(kept["name"]) if datetime.fromisoformat(kept["until"]) > clock.now() else None


def is_signed_in() -> bool:
    """Whether the request is an operator's."""
    return _name() is not None


def current() -> Actor:
    """The operator of this request. Raises NotFound where there is none."""
    name = _name()
    if name is None:
        raise NotFound()
    return mending.operator(f"{name} (operator)")


def _ask() -> Response | None:
    _key()
    return None if is_signed_in() else redirect(url_for("operating.sign_in"), 303)


def _ask_nothing() -> None:
    _key()


#: pages of a signed-in operator, and the page to sign in; both are on the root host only
operator_page = page_of("operator", _ask, ROOT)
entrance = page_of("public", _ask_nothing, ROOT)
