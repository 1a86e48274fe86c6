"""What was read in the order in which it happened, however the other side lists it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest

from sp4n import news
from sp4n.contract import RemoteComplaint, parse_detail, parse_followups

SECOND = "23-02-2023 10:44:05"
LOGS = (
    {"id": 98, "date": SECOND, "status_new": {"name": "Terverifikasi"}},
    {"id": 101, "date": SECOND, "status_new": {"name": "Sedang proses"}},
    {"id": 7, "date": "23-02-2023 10:44:06", "status_new": {"name": "Diarsipkan oleh Admin"}},
)


def detail(logs: Sequence[object] = ()) -> RemoteComplaint:
    return parse_detail("6340753", {"results": {"data": {"id": 6340753}, "data_logs": list(logs)}})


@pytest.mark.parametrize("logs", list(permutations(LOGS)))
def test_changes_of_one_second_keep_their_order(logs: Sequence[object]) -> None:
    told = [item["payload"]["status"] for item in news.status_news(detail(logs), None)]
    assert told == ["Terverifikasi", "Sedang proses", "Diarsipkan oleh Admin"]


def test_answers_of_one_second_keep_their_order() -> None:
    rows = [{"id": number, "created_at": SECOND, "content": f"Jawaban {number}"} for number in (12, 9, 100)]
    thread = list(parse_followups({"results": {"data": rows}}).items)
    told = [item["payload"]["content"] for item in news.answer_news(detail(), thread)]
    assert told == ["Jawaban 9", "Jawaban 12", "Jawaban 100"]
