"""One handler for what goes wrong. Pages tell the truth about the person's data and give a reference code."""

from __future__ import annotations

import structlog
from flask import Flask, Response, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from core.db.tenancy import TenantMismatch, TenantNotBound
from core.errors import DomainError
from core.extensions import db
from core.storage import StorageError, StorageMissing

_log = structlog.get_logger(__name__)
_PAGES = {400, 403, 404, 405, 409, 413, 429, 500, 503}


def page(
    status: int, *, template: str | None = None, message: str | None = None, reference: str | None = None
) -> Response:
    """The error page of a status; unknown statuses look like 400 or 500."""
    known = status if status in _PAGES else (500 if status >= 500 else 400)
    html = render_template(template or f"errors/{known}.html", message=message, reference=reference)
    return Response(html, status, mimetype="text/html")


def _unexpected(error: Exception) -> Response:
    reference: str = g.get("request_id", "")
    _log.error("unexpected", reference=reference, path=request.path, exc_info=error)
    db.session.rollback()
    return page(500, reference=reference)


def _later() -> Response:
    answer = page(503)
    answer.headers["Retry-After"] = "30"
    return answer


def install(app: Flask) -> None:
    """Register the handlers.

    The session is rolled back first: an error page must not depend on a broken transaction.
    """

    @app.errorhandler(DomainError)
    def _domain(error: DomainError) -> Response:
        db.session.rollback()
        return page(error.http_status, message=error.message)

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> Response:
        return page(400, template="errors/csrf.html")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400:
            return Response(status=error.code, headers=error.get_headers())  # a redirect by the router
        answer = page(error.code or 500)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                answer.headers[name] = value
        return answer

    for kind in (TenantMismatch, TenantNotBound, Exception):
        app.register_error_handler(kind, _unexpected)
    _install_outages(app)


def _install_outages(app: Flask) -> None:
    """What the pages stand on is away: told as that, with the time to come again."""

    @app.errorhandler(PoolTimeout)
    @app.errorhandler(OperationalError)
    @app.errorhandler(DBAPIError)
    def _database(error: DBAPIError | PoolTimeout) -> Response:
        if isinstance(error, DBAPIError) and not (
            error.connection_invalidated or isinstance(error, OperationalError)
        ):
            return _unexpected(error)
        _log.error("database_unavailable", path=request.path)
        g.database_down = True
        db.session.remove()
        return _later()

    @app.errorhandler(StorageMissing)
    def _missing(_error: StorageMissing) -> Response:
        return page(404)

    @app.errorhandler(StorageError)
    def _storage(_error: StorageError) -> Response:
        _log.error("storage_unavailable", path=request.path)
        return _later()
