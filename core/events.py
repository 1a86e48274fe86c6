"""Facts published inside the transaction that makes them true.

Handlers run at once, in the same transaction, and only write rows; what must leave the process goes through
the outbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast


@dataclass(frozen=True, slots=True)
class Event:
    """Base of every fact; subclasses are frozen dataclasses named in the past tense."""


E = TypeVar("E", bound=Event)
Handler = Callable[[Any], None]
_handlers: dict[type[Event], list[Handler]] = {}


def subscribe(kind: type[E], handler: Callable[[E], None]) -> None:
    """Call `handler` for each published event of exactly this kind. Subscribing twice is the same as once."""
    handlers = _handlers.setdefault(kind, [])
    if handler not in handlers:
        handlers.append(cast(Handler, handler))


def publish(event: Event) -> None:
    """Hand the fact to its subscribers.

    An exception in one aborts the transaction: nothing half-true is kept.
    """
    for handler in _handlers.get(type(event), ()):
        handler(event)
