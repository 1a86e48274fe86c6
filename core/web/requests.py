"""What a request may be before a view sees it: address, size of the body, who checks the CSRF token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, request

from core.errors import NotFound
from core.extensions import csrf

View = TypeVar("View", bound=Callable[..., Any])
_FILES, _MOST = "_takes_files", "_most_bytes"


def takes_files(view: View) -> View:
    """The view accepts uploads: bodies up to the deployment's upload limit instead of one megabyte."""
    setattr(view, _FILES, True)
    return view


def takes_up_to(most_bytes: int) -> Callable[[View], View]:
    """The view accepts bodies of its own size, whatever the deployment's upload limit is."""

    def mark(view: View) -> View:
        setattr(view, _MOST, most_bytes)
        return view

    return mark


def own_csrf(view: View) -> View:
    """The view's form checks the token itself, and so can keep what was typed when it is stale."""
    csrf.exempt(view)
    return view


def install(app: Flask, upload_limit: int) -> None:
    """Raise the body limit for marked views, before anything parses the body.

    No address of ours holds a NUL, which the database takes in no text.
    """

    @app.before_request
    def _limit() -> None:
        if "\0" in request.path or b"%00" in request.query_string:
            raise NotFound()
        view = app.view_functions.get(request.endpoint or "")
        if getattr(view, _FILES, False):
            request.max_content_length = upload_limit
        elif own := getattr(view, _MOST, 0):
            request.max_content_length = own
