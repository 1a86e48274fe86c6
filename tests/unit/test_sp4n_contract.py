"""What is written to the national API is exact; whatever comes back is read or refused, never a crash."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp4n import contract
from sp4n.contract import AddFollowup, ContractError, CreateComplaint, KnownUser, NewUser

COMPLAINT = CreateComplaint(
    title="Judul",
    content="Isi",
    reporter=NewUser("Siti", phone="+628122170080"),
    channel=13,
    classification_id=6,
    category_id=436,
    location_id=34,
    disposition_id=3277,
    tags=("#sa-1", "#jalan"),
)
NAMES = [
    "title",
    "content",
    "channel",
    "is_new_user_slider",
    "emailUser",
    "nameUser",
    "phoneUser",
    "is_inbox",
    "is_disposisi_slider",
    "classification_id",
    "disposition_id",
    "category_id",
    "priority_program_id",
    "location_id",
    "community_id",
    "date_of_incident",
    "copy_externals",
    "info_disposition",
    "info_attachments",
    "tags_raw",
    "is_approval",
    "is_anonymous",
    "is_secret",
    "is_priority",
    "attachments",
]
KEYS = [
    "results",
    "data",
    "id",
    "complaint_id",
    "complaint",
    "images",
    "docs",
    "data_logs",
    "status_logs",
    "attachments",
    "path",
    "name",
    "content",
    "institution_to",
    "status_new",
    "next_page_url",
    "template_code",
    "date",
    "created_at",
    "success",
    "message",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=40,
)


def test_the_payload_has_exactly_the_names_of_the_api() -> None:
    assert list(COMPLAINT.payload()) == NAMES
    known = replace(COMPLAINT, reporter=KnownUser(7)).payload()
    assert set(NAMES) - set(known) == {"emailUser", "nameUser", "phoneUser"}
    assert set(known) - set(NAMES) == {"user_id"}


def test_the_payload_writes_values_as_public_clients_do() -> None:
    payload = replace(COMPLAINT, attachment_ids=(12, 13), incident_on=date(2026, 1, 3)).payload()
    assert payload["attachments"] == payload["info_attachments"] == "[12,13]"
    assert payload["date_of_incident"] == "2026-01-03"
    assert payload["tags_raw"] == "#sa-1 #jalan"
    assert (payload["is_new_user_slider"], payload["is_disposisi_slider"]) == (True, True)
    assert json.loads(json.dumps(payload)) == payload


def test_absent_values_are_written_as_such() -> None:
    payload = replace(COMPLAINT, disposition_id=None, tags=()).payload()
    assert payload["attachments"] is False
    assert (payload["is_disposisi_slider"], payload["disposition_id"]) == (False, None)
    assert (payload["date_of_incident"], payload["tags_raw"]) == (None, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"content": "\n"},
        {"tags": ("#dua kata",)},
        {"tags": ("#",)},
        {"reporter": NewUser(" ")},
    ],
)
def test_unfit_complaints_are_not_written(changes: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        replace(COMPLAINT, **changes).payload()


def test_persons_and_texts_stay_out_of_representations() -> None:
    assert "Siti" not in repr(COMPLAINT)
    assert "+62812" not in repr(COMPLAINT)
    followup = AddFollowup("1", 2, "Isi pribadi", attachments=(contract.UploadFile("a", b"isi berkas", "x"),))
    assert "Isi pribadi" not in repr(followup)
    assert "isi berkas" not in repr(followup)


def test_a_followup_is_written_as_form_fields() -> None:
    fields = dict(AddFollowup("06340753", 3277, "Sudah diperbaiki", rating=5, is_secret=True).fields())
    assert fields == {
        "user_id": "",
        "institution_from_id": "3277",
        "institution_to_id": "",
        "complaint_id": "6340753",
        "info_disposition": "",
        "template_code": "",
        "rating": "5",
        "is_secret": "1",
        "content": "Sudah diperbaiki",
    }
    with pytest.raises(ContractError):
        AddFollowup("6340753", 3277, " ").fields()
    with pytest.raises(ContractError):
        AddFollowup("abc", 3277, "Isi").fields()


def test_forwarding_names_the_other_institution_as_the_reason() -> None:
    assert contract.forward_payload(151345, "Bukan jalan kota") == {
        "is_request": 1,
        "reason": 151345,
        "reason_description": "Bukan jalan kota",
        "not_authority": 1,
    }
    with pytest.raises(ContractError):
        contract.forward_payload(151345, "")


@given(
    st.integers(min_value=1, max_value=10**18 - 1), st.sampled_from([str, int, " {} ".format, "00{}".format])
)
def test_ids_are_read_as_text_and_as_numbers(number: int, write: Callable[[int], object]) -> None:
    if isinstance(written := write(number), str) and len(written.strip()) > 18:
        return
    assert contract.identifier(written, "id") == str(number)


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, "", "0", "12a", "1.5", 1.5, "١٢", [], {}, "9" * 19, float("inf")]
)
def test_other_values_are_no_ids(value: object) -> None:
    with pytest.raises(ContractError, match="id bukan nomor"):
        contract.identifier(value, "id")


def test_a_whole_float_is_an_id() -> None:
    assert contract.identifier(6340753.0, "id") == "6340753"


@pytest.mark.parametrize("answer", [{}, [], None, "OK", {"results": []}, {"complaint_id": None}])
def test_a_created_report_without_a_number_is_refused(answer: object) -> None:
    with pytest.raises(ContractError, match="complaint_id tidak ada"):
        contract.parse_created(answer)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"success": False, "message": "Gagal"}, "Gagal"),
        ({"status": "error", "message": "Rusak"}, "Rusak"),
        ({"status": False}, "tanpa keterangan"),
        ({"error": "Token salah"}, "Token salah"),
        ({"errors": {"title": ["wajib"]}, "message": "Tidak sesuai"}, "Tidak sesuai"),
        ({"success": True, "status": 200, "error": None, "errors": [], "message": "OK"}, None),
        ({"results": {}, "message": "OK"}, None),
        ([], None),
    ],
)
def test_a_refusal_inside_a_success_is_seen(answer: object, words: str | None) -> None:
    assert contract.refusal(answer) == words


def test_lists_written_as_objects_with_numbers_are_lists() -> None:
    page = contract.parse_institutions(
        {"results": {"data": {"0": {"id": 1, "name": "A"}, "2": {"id": 2, "name": "B"}}}}
    )
    assert [institution.name for institution in page.items] == ["A", "B"]
    assert not page.has_next


def test_texts_become_storable() -> None:
    answer = contract.parse_json(b'{"a\\u0000b": ["x\\ud800y", "\\ud83d\\ude00"]}')
    assert answer == {"ab": ["x?y", "😀"]}


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000, b"1" * 5000])
def test_other_bodies_are_no_json(body: bytes) -> None:
    with pytest.raises(ContractError, match="bukan JSON"):
        contract.parse_json(body)


@given(JSON)
def test_any_answer_is_read_or_refused(answer: object) -> None:
    parsers: list[Callable[[object], object]] = [
        contract.parse_created,
        contract.parse_uploaded,
        contract.parse_added_followup,
        contract.parse_followups,
        contract.parse_institutions,
        contract.parse_templates,
        contract.parse_incoming,
        contract.refusal,
        lambda value: contract.parse_detail("6340753", value),
    ]
    for parse in parsers:
        for value in (answer, {"results": answer}, {"results": {"data": answer, "data_logs": answer}}):
            with suppress(ContractError):
                parse(value)


def test_log_keys_differ_with_what_is_said() -> None:
    def keys(*entries: dict[str, object]) -> list[str]:
        answer = {"results": {"data": {}, "data_logs": list(entries)}}
        return [log.key for log in contract.parse_detail("1", answer).logs]

    first, second, again = keys({"content": "a"}, {"content": "b"}, {"content": "a"})
    assert first == again
    assert first != second
