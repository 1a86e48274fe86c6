"""JSON log lines with tenant, actor, request and job ids.

No personal data and no secrets: a filter drops known keys.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

#: words of a key whose value is never written
_SECRET_WORDS = frozenset(
    {"password", "secret", "token", "authorization", "cookie", "pin", "phone", "email", "nik", "contact"}
)


def _drop_secrets(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in list(event):
        if _SECRET_WORDS & set(key.lower().replace("-", "_").split("_")):
            event[key] = "[tidak dicatat]"
    return event


def configure(level: str) -> None:
    """Send structlog and the standard library to one stream of JSON lines."""
    number = logging.getLevelNamesMapping().get(level, logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_secrets,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )


@contextmanager
def bound_log(**values: Any) -> Iterator[None]:
    """Add ids to every line logged within the block."""
    with structlog.contextvars.bound_contextvars(**values):
        yield
