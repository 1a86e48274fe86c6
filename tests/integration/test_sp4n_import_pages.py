"""The files of imports and their pages: what is refused and why, how far it is, who did it, what is kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from core.errors import FieldProblem
from core.storage import StorageMissing, store
from sp4n.excel import guard, importing, queries
from sp4n.excel.models import Sp4nImport
from tests.exports import altered, line, workbook
from tests.import_desk import BY, carried_out, ours, read, state, upload, work
from tests.integration.test_budgets import MOST_STATEMENTS
from tests.integration.test_sp4n_parity import office, simulator
from tests.sp4n_office import Office
from tests.statements import sent_by

__all__ = ["office", "ours", "simulator"]


@pytest.mark.parametrize("data", [b"", b"bukan buku kerja"])
def test_what_is_no_workbook_is_refused_at_once(office: Office, data: bytes) -> None:
    with pytest.raises(FieldProblem) as problem:
        upload(office, data)
    assert problem.value.message in (guard.NOT_A_WORKBOOK, "Pilih berkas ekspor SP4N-LAPOR! berformat .xlsx")


def test_a_file_that_cannot_be_taken_ends_with_its_cause(office: Office) -> None:
    made = upload(office, workbook([line(1)], columns=("Nomor", "Judul")))
    work(office)
    found = state(office, made)
    assert found.state == "refused"
    assert "Tracking ID" in (found.cause or "")
    assert found.storage_key is None


def test_a_file_lost_in_the_store_is_said(office: Office, ours: dict[str, Any]) -> None:
    made = upload(office, workbook([line(7120, **ours)]))
    key = state(office, made).storage_key
    assert key is not None
    with office.scope():
        store().delete(key)
    work(office)
    assert state(office, made).cause == "Berkas tidak ditemukan lagi di penyimpanan. Unggah sekali lagi."


def test_the_file_and_identities_are_kept_no_longer_than_needed(office: Office, ours: dict[str, Any]) -> None:
    made = upload(office, workbook([line(7130, **ours, **{"Nama Pelapor": "Wagiman Rahasia"})]))
    key = state(office, made).storage_key
    assert key is not None
    work(office)
    with office.scope(), pytest.raises(StorageMissing):
        store().get(key)
    with office.scope():
        importing.approve(made, BY)
    work(office)
    assert office.everything().count("Wagiman Rahasia") == 1


def test_who_imported_what_is_audited(office: Office, ours: dict[str, Any]) -> None:
    made = carried_out(office, line(7140, **ours))
    with office.scope(), unit_of_work() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == made).order_by(AuditEntry.id)
        ).all()
    assert [each.action for each in entries] == [
        "sp4n.import_started",
        "sp4n.import_approved",
        "sp4n.imported",
    ]
    assert entries[0].actor_name == BY.name
    assert entries[2].detail["applied"] == 1


def test_pages_of_imports_keep_to_their_statements_whatever_the_size(
    office: Office, ours: dict[str, Any], officer: Callable[..., Any]
) -> None:
    browser = officer(office.city)
    made = read(office, *(line(7200 + n, **ours) for n in range(120)), line("x", **ours))
    for path in ("impor", f"impor/{made}", f"impor/{made}?jenis=baru&setelah=60", f"impor/{made}?jenis=sama"):
        with sent_by(office.app) as sent:
            assert browser.get(f"/petugas/sp4n/{path}").status_code == 200
        assert len(sent) <= MOST_STATEMENTS, path
    page = browser.get(f"/petugas/sp4n/impor/{made}").get_data(as_text=True)
    assert page.count("Lampu jalan mati di gang") == queries.PAGE


def test_progress_is_told_with_and_without_a_script(
    office: Office, ours: dict[str, Any], officer: Callable[..., Any]
) -> None:
    browser = officer(office.city)
    made = upload(office, workbook([line(7400, **ours)]))

    def page() -> str:
        text: str = browser.get(f"/petugas/sp4n/impor/{made}").get_data(as_text=True)
        return text

    assert "Menunggu dibaca" in page()
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nImport).values(state="reading", expected=50_000, read=20_500))
    text = page()
    for part in ("20.500 dari 50.000 baris", 'value="20500"', "data-berjalan", "Perbarui kemajuan"):
        assert part in text, part
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nImport).values(state="queued"))
    work(office)
    assert "data-berjalan" not in page()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"Tracking ID;Judul\n7001;Lampu mati\n", guard.NOT_A_WORKBOOK),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), guard.OLD),
        (altered(workbook([line(1)]), xl__vbaProject_dot_bin=b"x"), guard.MACROS),
    ],
    ids=["csv", "encrypted", "xlsm"],
)
def test_the_page_says_in_a_sentence_why_a_file_is_not_taken(
    office: Office, officer: Callable[..., Any], data: bytes, sentence: str
) -> None:
    answer = officer(office.city).post(
        "/petugas/sp4n/impor",
        {"file": (io.BytesIO(data), "ekspor.xlsx")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
