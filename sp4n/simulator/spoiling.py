"""Answers that are true but told badly: dates, order, pages, names, types. Nothing stored changes."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from flask import Response, request

from .moments import WIRE_FORMAT
from .store import FIRST_COMPLAINT_ID

Body = dict[str, Any]
Reshape = Callable[[Body], Body]

_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
_DATES = ("created_at", "updated_at", "timestamp", "date")
_TEXTS = ("title", "content", "status_name", "name", "note", "institution_from_name", "template_code")
_RENAMED = {"status_name": "statusName", "content": "isi", "complaint_id": "complaintId", "id": "uuid"}


def reshaped(response: Response, reshape: Reshape) -> Response:
    """The same answer in another shape; one that is no JSON object stays as it is."""
    body = response.get_json(silent=True)
    if isinstance(body, dict):
        response.set_data(json.dumps(reshape(body), ensure_ascii=False))
    return response


def long_dates(body: Body) -> Body:
    """`Kamis, 23 Februari 2023, 10:44` in place of `23-02-2023 10:44:05`."""
    for record in _records(body):
        for name in _DATES:
            if isinstance(record.get(name), str):
                record[name] = _long_date(record[name])
    return body


def unknown_status(body: Body) -> Body:
    """A status nobody has heard of, in the report and in its last log."""
    for record in _records(body):
        if "status_name" in record:
            record["status_name"], record["status_code"] = "Menunggu Sidang Pleno", 77
        if isinstance(record.get("status_new"), dict):
            record["status_new"]["name"] = "Menunggu Sidang Pleno"
    return body


def doubled(body: Body) -> Body:
    """Every entry of every list twice."""
    for rows in _lists(body):
        rows[:] = [row for row in rows for _ in range(2)]
    return body


def shuffled(body: Body) -> Body:
    """Lists in another order than they were written."""
    for rows in _lists(body):
        random.shuffle(rows)
    return body


def first_page_only(body: Body) -> Body:
    """The list ends after its first page, and nobody says so."""
    results = body.get("results")
    if isinstance(results, dict) and "next_page_url" in results:
        results["next_page_url"] = None
        results["data"] = results["data"][: max(1, len(results["data"]) // 2)]
    return body


def renamed_keys(body: Body) -> Body:
    """Another version of the contract: keys under other names."""
    for record in [*_records(body), body]:
        for old, new in _RENAMED.items():
            if old in record:
                record[new] = record.pop(old)
    return body


def other_types(body: Body) -> Body:
    """Numbers as text, texts as lists, lists as text."""
    for record in _records(body):
        for name, value in list(record.items()):
            if isinstance(value, bool) or value is None:
                continue
            if isinstance(value, int):
                record[name] = str(value)
            elif isinstance(value, str) and name in ("content", "status_name", "title"):
                record[name] = [value]
    return body


def foreign_institution(body: Body) -> Body:
    """Reports of somebody else: the institution that holds them is another one."""
    for record in _records(body):
        if "disposition_id" in record:
            record["disposition_id"], record["disposition_name"] = 999_999, "Instansi lain"
    return body


def foreign_ids(body: Body) -> Body:
    """Reports under the number of another one, which is somebody else's."""
    for record in _records(body):
        if "complaint_id" in record:
            record["complaint_id"] = FIRST_COMPLAINT_ID
        for report in (record.get("complaint"), record if "status_name" in record else None):
            if isinstance(report, dict) and "id" in report:
                report["id"] = FIRST_COMPLAINT_ID
    return body


def echoed(body: Body) -> Body:
    """Texts that repeat the caller's credentials."""
    for record in _records(body):
        for name in _TEXTS:
            if isinstance(record.get(name), str):
                record[name] += f" {credentials()}"
    return body


def credentials() -> str:
    """What the caller signed in with, as a careless system writes it into its messages."""
    return " ".join(request.headers.get(name, "") for name in ("Authorization", "auth", "token")).strip()


def without_files(body: Body) -> Body:
    """The files of a report or an answer are gone."""
    for record in _records(body):
        for name in ("attachments", "images", "docs"):
            if isinstance(record.get(name), list):
                record[name] = []
    return body


def _records(value: Any) -> Iterator[Body]:
    """Every object inside, the outermost included, the innermost last."""
    if isinstance(value, dict):
        yield value
        for each in list(value.values()):
            yield from _records(each)
    elif isinstance(value, list):
        for each in value:
            yield from _records(each)


def _lists(body: Body) -> Iterator[list[Any]]:
    for record in _records(body):
        for name in ("data", "data_logs", "status_logs"):
            if isinstance(record.get(name), list):
                yield record[name]


def _long_date(text: str) -> str:
    try:
        at = datetime.strptime(text, WIRE_FORMAT)  # noqa: DTZ007 - a wall clock, and shown as one
    except ValueError:
        return text
    return f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M}"
