"""What pages of casework show but another package knows.

`app.py`'s packages plug themselves in; nothing is imported up.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Select


@dataclass(frozen=True, slots=True)
class SyncView:
    """How a report stands with the national side, in words."""

    state: str  # off | waiting | sending | synced | retrying | needs_person | differs
    text: str
    token: str
    number: str | None = None
    at: datetime | None = None
    cause: str | None = None
    detail: str | None = None


NOT_CONNECTED = SyncView("off", "Tidak dihubungkan", "arsip")

SyncSource = Callable[[Sequence[uuid.UUID]], dict[uuid.UUID, SyncView]]
#: an outside number → the complaint it belongs to
NumberFinder = Callable[[str], uuid.UUID | None]


def sync_of(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, SyncView]:
    """The sync state of each complaint; those without one are not connected."""
    source: SyncSource | None = current_app.extensions.get("sync_source")
    return source(ids) if source is not None and ids else {}


def find_by_outside_number(number: str) -> uuid.UUID | None:
    """The complaint that bears this number on the national side."""
    finder: NumberFinder | None = current_app.extensions.get("number_finder")
    return finder(number) if finder is not None else None


def link_page(number: str) -> str | None:
    """Where the signed-in officer says which outside report this one is; None for who may not say it."""
    source: Callable[[str], str | None] | None = current_app.extensions.get("link_page")
    return source(number) if source is not None else None


def preview_page(number: str) -> str | None:
    """Where the signed-in officer sees what is sent of a report; None for who may not see it."""
    source: Callable[[str], str | None] | None = current_app.extensions.get("preview_page")
    return source(number) if source is not None else None


def failed_sync() -> Select[tuple[uuid.UUID]]:
    """Ids (`complaint_id`) of reports whose exchange with the national side waits for a person.

    Unordered, with repetitions; a statement of its own, to be read along an index or counted up to a limit.
    Raises LookupError where nothing is connected (`syncs()`).
    """
    source: Select[tuple[uuid.UUID]] | None = current_app.extensions.get("failed_sync")
    if source is None:
        raise LookupError("no national side")
    return source


def syncs() -> bool:
    """Whether a national side is plugged in."""
    return "failed_sync" in current_app.extensions


def sync_tasks() -> tuple[Select[int], str] | None:
    """What counts the things of the exchange that need a person, and the address of their list.

    None where there is no such list for the signed-in officer.
    """
    source: Callable[[], tuple[Select[int], str] | None] | None = current_app.extensions.get("sync_tasks")
    return source() if source is not None else None


def sync_tasks_of(complaint_id: uuid.UUID) -> str | None:
    """Where what a report needs of a person is listed, or None where the officer may not see it."""
    source: Callable[[uuid.UUID], str | None] | None = current_app.extensions.get("sync_tasks_of")
    return source(complaint_id) if source is not None else None


def sync_differences_of(complaint_id: uuid.UUID) -> str | None:
    """Where a report stands side by side with its national one, or None where the officer may not see it."""
    source: Callable[[uuid.UUID], str | None] | None = current_app.extensions.get("sync_differences_of")
    return source(complaint_id) if source is not None else None


def home_figures() -> dict[str, Any] | None:
    """Three figures for the city's front page, or None where there is too little to tell."""
    source: Callable[[], dict[str, Any] | None] | None = current_app.extensions.get("home_figures")
    return source() if source is not None else None
