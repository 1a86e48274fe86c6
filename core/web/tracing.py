"""Ids of a request, on every line logged during it and in its answer, so that a report can be found in the
log.
"""

from __future__ import annotations

import uuid

import structlog
from flask import Flask, Response, g

HEADER = "X-Request-ID"


def install(app: Flask) -> None:
    """Give each request an id of our own; one that a client sends is not believed."""

    @app.before_request
    def _begin() -> None:
        g.request_id = uuid.uuid4().hex[:12]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers[HEADER] = g.get("request_id", "")
        return response


def trace(**values: object) -> None:
    """Add ids (never personal data) to the lines of the present request."""
    structlog.contextvars.bind_contextvars(**values)
