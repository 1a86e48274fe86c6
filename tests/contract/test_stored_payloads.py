"""Stored answers of the national API are read into the same values, whatever way they are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sp4n import contract

Payload = Callable[[str], Any]


def test_a_created_report_is_found_at_the_root_and_nested(payload: Payload) -> None:
    assert contract.parse_created(payload("created_root")) == "6340753"
    assert contract.parse_created(payload("created_nested")) == "6340754"


def test_uploaded_files_are_numbered_images_first(payload: Payload) -> None:
    assert contract.parse_uploaded(payload("uploaded")) == (12, 13)


def test_a_detail_tells_status_holder_and_history(payload: Payload) -> None:
    report = contract.parse_detail("6340753", payload("detail"))

    assert (report.external_id, report.status_code, report.status_name) == (
        "6340753",
        "3",
        "Belum ditindaklanjuti",
    )
    assert (report.disposition_id, report.disposition_name) == (327705, "Dinas Perhubungan Kota Contoh")
    assert [note.moment.at for note in report.status_notes] == [
        datetime(2023, 2, 23, 2, 15, tzinfo=UTC),
        datetime(2023, 2, 23, 3, 44, tzinfo=UTC),
    ]
    assert report.title is None
    assert report.created == contract.Moment(None, None)


def test_history_entries_are_filled_in_and_keep_their_key(payload: Payload) -> None:
    first, second = contract.parse_detail("6340753", payload("detail")).logs
    again = contract.parse_detail("6340753", payload("detail")).logs

    assert first.text == "Admin Nasional meneruskan laporan ke Pemerintah Kota Contoh"
    assert (first.key, first.to_id, first.to_name) == ("id:901", 3277, "Pemerintah Kota Contoh")
    assert first.attachments == (contract.RemoteAttachment("a/b.jpg", "b.jpg", "jpg"),)
    assert second.text == "Status Belum Terverifikasi menjadi Belum ditindaklanjuti oleh {{petugas}}"
    assert (second.to_name, second.data) == (None, {})
    assert second.key.startswith("sha256:")
    assert [log.key for log in again] == [first.key, second.key]


def test_a_detail_of_another_report_is_refused(payload: Payload) -> None:
    answer = payload("detail")
    answer["results"]["data"]["id"] = 1
    with pytest.raises(contract.ContractError, match="jawaban berisi laporan lain"):
        contract.parse_detail("6340753", answer)


def test_a_page_of_followups_keeps_unreadable_dates_as_written(payload: Payload) -> None:
    page = contract.parse_followups(payload("followups_page"))
    first, second = page.items

    assert page.has_next
    assert (first.key, first.template_code, first.to_name) == ("id:51", "TL02", "Pelapor")
    assert first.moment.at == datetime(2023, 2, 24, 1, 0, 1, tzinfo=UTC)
    assert first.attachments == (contract.RemoteAttachment("f/1.jpg", "1.jpg", "jpg"),)
    assert second.moment == contract.Moment("kemarin", None)
    assert (second.content, second.attachments) == ("Masih padam.", ())


def test_lists_name_what_they_could_not_read(payload: Payload) -> None:
    institutions = contract.parse_institutions(payload("institutions"))
    templates = contract.parse_templates(payload("templates"))

    assert institutions.items == (
        contract.Institution(1, "Pemerintah Kota Contoh"),
        contract.Institution(2, "Dinas A"),
    )
    assert institutions.skipped == ("entri 3: id bukan nomor",)
    assert templates.items == (
        contract.ReplyTemplate("TL01", "Sedang dikoordinasikan."),
        contract.ReplyTemplate("7", ""),
    )


def test_incoming_reports_carry_what_a_new_case_needs(payload: Payload) -> None:
    page = contract.parse_incoming(payload("incoming_page"))
    (report,) = page.items

    assert report.external_id == "6340760"
    assert report.updated.at == datetime(2026, 12, 4, 8, 0, 30, tzinfo=UTC)
    assert report.incident_on == date(2026, 12, 3)
    assert (report.is_anonymous, report.is_secret, report.reporter) == (True, False, None)
    assert report.tags == ("#pasar", "#sampah")
    assert report.classification_id is None
    assert page.skipped == ("entri 2: entri bukan objek", "entri 3: id bukan nomor")
