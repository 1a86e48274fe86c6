"""What we read from the national API, as plain values. Texts are storable: no NUL, no lone surrogate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `skipped` says why entries could not be read: nothing is dropped in silence."""

    items: tuple[T, ...]
    has_next: bool
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as the other side wrote it; `at` (aware, UTC) is None when the writing is not understood."""

    raw: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Institution:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    code: str
    content: str


@dataclass(frozen=True, slots=True)
class RemoteAttachment:
    path: str
    file_name: str | None
    extension: str | None


@dataclass(frozen=True, slots=True)
class RemoteReporter:
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class StatusNote:
    note: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class RemoteLog:
    """An entry of the history. `key` is stable between reads: its id, else a hash of what it says."""

    key: str
    moment: Moment
    text: str
    from_name: str | None
    to_id: int | None
    to_name: str | None
    status_old: str | None
    status_new: str | None
    data: Mapping[str, Any]
    attachments: tuple[RemoteAttachment, ...]


@dataclass(frozen=True, slots=True)
class RemoteFollowup:
    """An answer in the thread. `key` as in RemoteLog."""

    key: str
    moment: Moment
    from_name: str | None
    to_name: str | None
    template_code: str | None
    template_content: str | None
    content: str = field(repr=False)
    attachments: tuple[RemoteAttachment, ...]


@dataclass(frozen=True, slots=True)
class RemoteComplaint:
    """A report at the national side. In a list `status_notes` and `logs` are empty: the detail has them.

    Only status and disposition are certain; the rest is None or empty where the answer leaves it out.
    """

    external_id: str
    status_code: str | None
    status_name: str | None
    disposition_id: int | None
    disposition_name: str | None
    title: str | None
    content: str | None = field(repr=False)
    created: Moment
    updated: Moment
    incident_on: date | None
    channel: int | None
    classification_id: int | None
    category_id: int | None
    location_id: int | None
    is_anonymous: bool | None
    is_secret: bool | None
    tags: tuple[str, ...]
    reporter: RemoteReporter | None
    attachments: tuple[RemoteAttachment, ...]
    status_notes: tuple[StatusNote, ...] = ()
    logs: tuple[RemoteLog, ...] = ()
