"""A second application in the test's process, with settings of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from flask import Flask

from app import create_app
from core.config import Settings
from core.extensions import db
from core.web.limits import limiter


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """The application; the limiter and the log, which bind to the last one made, are given back."""
    before, log = dict(limiter.__dict__), structlog.get_config()
    made = create_app(settings)
    try:
        yield made
    finally:
        limiter.__dict__.clear()
        limiter.__dict__.update(before)
        structlog.configure(**log)
        with made.app_context():
            db.engine.dispose()
