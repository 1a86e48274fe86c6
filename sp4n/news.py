"""What was read, as rows of the inbox: each piece under a name that is the same at every reading."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from core import clock
from sp4n.contract import RemoteComplaint, RemoteFollowup, RemoteLog
from sp4n.mapping import normalised

Entry = TypeVar("Entry", RemoteFollowup, RemoteLog)
#: values of an InboundMessage, without tenant, id and state
News = dict[str, Any]


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Oldest first, and within a second by their numbers there: the other side may list them in any order."""
    now = clock.now()
    return sorted(entries, key=lambda entry: (entry.moment.at or now, _number(entry.key)))


def _number(key: str) -> int:
    kind, _, number = key.partition(":")
    return int(number) if kind == "id" else 0


def report_news(item: RemoteComplaint) -> News:
    """A report that no case here is linked to."""
    reporter = item.reporter
    return {
        "external_id": f"report:{item.external_id}",
        "kind": "report",
        "report_id": item.external_id,
        "happened_at": item.created.at or clock.now(),
        "payload": {
            "title": item.title,
            "content": item.content,
            "incident_on": item.incident_on.isoformat() if item.incident_on else None,
            "category_id": item.category_id,
            "classification_id": item.classification_id,
            "disposition_id": item.disposition_id,
            "disposition_name": item.disposition_name,
            "status": label_of(item),
            "is_anonymous": item.is_anonymous,
            "is_secret": item.is_secret,
            "tags": list(item.tags),
            "reporter": {"name": reporter.name, "email": reporter.email, "phone": reporter.phone}
            if reporter
            else {},
        },
    }


def unreadable_news(words: str) -> News:
    """An entry of the list that breaks the contract: kept where a person sees it."""
    return {
        "external_id": f"unreadable:{_digest(words)}",
        "kind": "unreadable",
        "report_id": "-",
        "happened_at": clock.now(),
        "payload": {"cause": words},
    }


def answer_news(detail: RemoteComplaint, thread: list[RemoteFollowup]) -> list[News]:
    """The answers of a thread."""
    return [
        {
            "external_id": f"followup:{detail.external_id}:{item.key}",
            "kind": "followup",
            "report_id": detail.external_id,
            "happened_at": item.moment.at or clock.now(),
            "payload": {
                "key": item.key,
                "from": item.from_name,
                "content": item.content or item.template_content or "",
            },
        }
        for item in in_order(thread)
    ]


def status_news(detail: RemoteComplaint, known: str | None) -> list[News]:
    """Every change in the history; and the present status where the history does not account for it."""
    news = [
        _status_item(detail, entry.key, entry.moment.at, entry.status_new, entry)
        for entry in in_order(detail.logs)
        if entry.status_new and (entry.status_new != entry.status_old or entry.to_id is not None)
    ]
    label = label_of(detail)
    told = {normalised(item["payload"]["status"]) for item in news}
    if label is not None and label != known and normalised(label) not in told:
        key = _digest(f"{label}|{detail.updated.raw or ''}")
        news.append(_status_item(detail, key, detail.updated.at, label, None))
    return news


def _status_item(
    detail: RemoteComplaint, key: str, at: datetime | None, status: str, entry: RemoteLog | None
) -> News:
    note = entry.data.get("note") if entry else None
    return {
        "external_id": f"status:{detail.external_id}:{key}",
        "kind": "status",
        "report_id": detail.external_id,
        "happened_at": at or clock.now(),
        "payload": {
            "status": status,
            "from": entry.from_name if entry else None,
            "to_id": entry.to_id if entry else None,
            "text": entry.text if entry else None,
            "note": note if isinstance(note, str) else None,
        },
    }


def label_of(detail: RemoteComplaint) -> str | None:
    """The status as it is written there."""
    return detail.status_name or detail.status_code


def facts_of(detail: RemoteComplaint) -> dict[str, Any]:
    """What the case keeps of the other side, in its words."""
    return {
        "number": detail.external_id,
        "status_name": detail.status_name,
        "status_code": detail.status_code,
        "disposition_name": detail.disposition_name,
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
