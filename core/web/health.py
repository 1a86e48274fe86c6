"""`/health`: whether this process can serve. Answered on every host, says no more than up or down."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from core.db.reading import reading
from core.extensions import db
from core.web.access import CITY, PROVINCE, ROOT, public_page

blueprint = Blueprint("health", __name__)


@blueprint.get("/health", endpoint="check")
@public_page(CITY, PROVINCE, ROOT)
def check() -> Response:
    """200 `ok` when the database answers, else 503 `database`."""
    try:
        db.session.execute(reading("SELECT 1"))
    except SQLAlchemyError:
        return Response("database", 503, mimetype="text/plain")
    return Response("ok", mimetype="text/plain")
