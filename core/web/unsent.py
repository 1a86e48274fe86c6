"""What an officer was writing when the session ended: carried sealed through the sign-in page, never stored
or logged.

Invariant: a seal opens only on the host it was made on, within the hour, for the view it was sent to, and
holds no file and no CSRF token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from core.crypto import Secrets, SecretUnreadable, derive_key
from core.web.tenant import required_tenant

View = TypeVar("View", bound=Callable[..., Any])
Fields = MultiDict[str, str]

MOST_BYTES = 20_000
MOST_FIELDS = 60
#: a seal is its text in base64 twice; what is longer was not made here
MOST_SEALED = 48_000
SECONDS = 3600
_KEEPER = "_keeper"
_NOT_KEPT = "csrf_token"


@dataclass(frozen=True, slots=True)
class Keeper:
    """How a view gives back what was sent to it. Both take the view's own arguments.

    `address`: a page to go to. `page`: the page with the fields filled in, for the signed-in officer; None
    where this officer may not see it.
    """

    address: Callable[..., str]
    page: Callable[..., str | None]


@dataclass(frozen=True, slots=True)
class Unsent:
    """What was opened: the view, its arguments, and the fields that were sent."""

    keeper: Keeper
    arguments: Mapping[str, Any]
    fields: Fields

    def page(self) -> str | None:
        """The page with the fields filled in, or None for an officer who may not see it."""
        return self.keeper.page(self.fields, **self.arguments)


def keeps_text(address: Callable[..., str], page: Callable[..., str | None]) -> Callable[[View], View]:
    """The view's unsent fields outlive the session: `page(fields, **arguments)` shows them again."""

    def mark(view: View) -> View:
        setattr(view, _KEEPER, Keeper(address, page))
        return view

    return mark


def address() -> str | None:
    """Where this request's officer goes after signing in, if its view keeps what was sent."""
    keeper = _keeper_of(request.endpoint)
    return keeper.address(**(request.view_args or {})) if keeper is not None else None


def seal() -> str | None:
    """The present request's fields, sealed; None where the view keeps none, or there is nothing to keep."""
    if _keeper_of(request.endpoint) is None or not _is_own_page():
        return None
    try:
        pairs = [(name, value) for name, value in request.form.items(multi=True) if name != _NOT_KEPT]
    except RequestEntityTooLarge:
        return None
    if len(pairs) > MOST_FIELDS or not any(value.strip() for _, value in pairs):
        return None
    told = json.dumps([request.endpoint, request.view_args or {}, pairs], ensure_ascii=False)
    if len(told.encode()) > MOST_BYTES:
        return None
    return str(_signer().dumps(_secrets().encrypt(told)))


def unseal(sealed: str | None) -> Unsent | None:
    """What was sealed on this host within the hour; None for anything else."""
    if not sealed or len(sealed) > MOST_SEALED:
        return None
    try:
        token = _signer().loads(sealed, max_age=SECONDS)
        endpoint, arguments, pairs = json.loads(_secrets().decrypt(token))
    except (BadSignature, SecretUnreadable):
        return None
    keeper = _keeper_of(endpoint)
    return Unsent(keeper, arguments, MultiDict(map(tuple, pairs))) if keeper is not None else None


def _is_own_page() -> bool:
    """Whether a page of this host sent it: no other site writes into an officer's form."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _keeper_of(endpoint: str | None) -> Keeper | None:
    found: Keeper | None = getattr(current_app.view_functions.get(endpoint or ""), _KEEPER, None)
    return found


def _signer() -> URLSafeTimedSerializer:
    salt = f"unsent:{required_tenant().id}:{request.host}"
    key = derive_key(current_app.extensions["settings"].secret_key, "unsent-text")
    return URLSafeTimedSerializer(key, salt=salt)


def _secrets() -> Secrets:
    found: Secrets = current_app.extensions["secrets"]
    return found
