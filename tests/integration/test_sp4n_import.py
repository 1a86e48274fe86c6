"""An Excel export on its way into the city: seen first, applied by a person, exactly once."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from complaints.models import Category, Complaint
from core import clock
from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from core.errors import Conflict, FieldProblem, NotFound
from core.storage import StorageMissing, store
from sp4n import upkeep
from sp4n.excel import apply, guard, importing, queries
from sp4n.excel.importing import By
from sp4n.excel.models import Sp4nImport, Sp4nImportRow
from sp4n.models import InboundMessage, Sp4nLink, Sp4nSettings
from tests.exports import altered, line, workbook
from tests.integration.test_budgets import MOST_STATEMENTS
from tests.integration.test_sp4n_parity import office, simulator
from tests.sp4n_office import Office
from tests.statements import sent_by

__all__ = ["office", "simulator"]
BY = By("Rani Verifikator")


@pytest.fixture
def ours(office: Office) -> dict[str, Any]:
    """The columns that say a report is this city's."""
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nSettings).values(institution_name=f"Pemerintah {office.city.slug}"))
    return {
        "Instansi Induk": f"Pemerintah {office.city.slug}",
        "ID Instansi Terdisposisi": str(office.account.institution_id),
        "Instansi Terdisposisi": f"Pemerintah {office.city.slug}",
    }


def upload(office: Office, data: bytes) -> uuid.UUID:
    with office.scope():
        return importing.start("ekspor.xlsx", data, BY)


def work(office: Office) -> int:
    with office.scope():
        return apply.work()


def state(office: Office, import_id: uuid.UUID) -> Sp4nImport:
    with office.scope(), unit_of_work() as session:
        return session.scalars(select(Sp4nImport).where(Sp4nImport.id == import_id)).one()


def rows(office: Office, import_id: uuid.UUID) -> list[Sp4nImportRow]:
    with office.scope(), unit_of_work() as session:
        return list(
            session.scalars(
                select(Sp4nImportRow)
                .where(Sp4nImportRow.import_id == import_id)
                .order_by(Sp4nImportRow.position)
            )
        )


def read(office: Office, *lines: dict[str, Any]) -> uuid.UUID:
    """Uploaded and read, not decided."""
    made = upload(office, workbook(lines))
    work(office)
    return made


def carried_out(office: Office, *lines: dict[str, Any]) -> uuid.UUID:
    """Uploaded, read, approved and applied, where there is something to apply."""
    made = read(office, *lines)
    if state(office, made).state == "ready":
        with office.scope():
            importing.approve(made, BY)
        while state(office, made).state == "applying":
            work(office)
    return made


def case_of(office: Office, number: str) -> Complaint | None:
    with office.scope(), unit_of_work() as session:
        return session.scalars(
            select(Complaint)
            .join(Sp4nLink, Sp4nLink.complaint_id == Complaint.id)
            .where(Sp4nLink.external_id == number)
        ).first()


def counted(office: Office) -> tuple[int, int, int]:
    with office.scope(), unit_of_work() as session:
        tables = (Complaint, InboundMessage, Sp4nLink)
        first, second, third = (session.scalar(select(func.count()).select_from(each)) for each in tables)
        return first or 0, second or 0, third or 0


def test_nothing_changes_before_a_person_says_so(office: Office, ours: dict[str, Any]) -> None:
    before = counted(office)
    made = read(office, line(7001, **ours), line("x", **ours))
    found = state(office, made)
    assert (found.state, found.counts) == ("ready", {"new": 1, "unreadable": 1})
    assert (found.read, found.expected) == (2, 2)
    assert counted(office) == before


def test_a_new_report_becomes_a_case_with_its_facts(office: Office, ours: dict[str, Any]) -> None:
    row = line(
        7002,
        **ours,
        **{"Tipe Laporan (Anonim/Rahasia)": "Rahasia", "Status Laporan": "Terverifikasi", "Rating": 4},
    )
    made = carried_out(office, row)
    case = case_of(office, "7002")
    assert case is not None
    assert (case.channel, case.is_confidential, case.status) == ("sp4n", True, "verified")
    assert case.received_at.isoformat() == "2026-11-03T03:15:00+00:00"
    assert case.external["sp4n_export"]["rating"] == "4"
    done = state(office, made)
    assert (done.state, done.applied, done.failed) == ("done", 1, 0)
    assert rows(office, made)[0].outcome == "Laporan dibuat, Status diterapkan"


def test_the_same_file_twice_changes_nothing(office: Office, ours: dict[str, Any]) -> None:
    lines = [line(7010 + n, **ours, **{"Status Laporan": status}) for n, status in enumerate(
        ("Belum Terverifikasi", "Sedang Proses", "Ditutup oleh Admin", "Sidang Pleno")
    )]  # fmt: skip
    carried_out(office, *lines)
    before, everything = counted(office), office.everything()
    again = carried_out(office, *lines)
    found = state(office, again)
    assert (found.state, found.counts) == ("done", {"equal": 3, "skipped": 1})
    assert counted(office) == before
    for number in ("7010", "7011", "7013"):
        assert everything.count(f'"external_id":"{number}"') >= 1


def test_a_changed_status_goes_through_the_same_acts(office: Office, ours: dict[str, Any]) -> None:
    carried_out(office, line(7020, **ours))
    made = carried_out(
        office, line(7020, **ours, **{"Status Laporan": "Tertunda", "Alasan Tunda/Arsip": "Kurang lokasi"})
    )
    case = case_of(office, "7020")
    assert case is not None
    assert case.status == "deferred"
    assert "Kurang lokasi" in (office.history(case.id)[-1].text or "")
    assert (
        rows(office, made)[0].reason == "Berubah: status: Belum Terverifikasi → Tertunda, alasan tunda/arsip"
    )


def test_a_changed_text_is_kept_beside_ours(office: Office, ours: dict[str, Any]) -> None:
    carried_out(office, line(7030, **ours))
    carried_out(office, line(7030, **ours, **{"Isi Laporan Akhir": "Lampu di tiga gang mati."}))
    case = case_of(office, "7030")
    assert case is not None
    assert case.final_body is None
    assert case.body == "Lampu jalan di gang 7030 mati sejak sepekan."
    assert case.external["sp4n_export"]["texts"] == {"final": "Lampu di tiga gang mati."}


def test_an_unknown_status_waits_and_is_taken_up_once_mapped(office: Office, ours: dict[str, Any]) -> None:
    carried_out(office, line(7040, **ours, **{"Status Laporan": "Sidang Pleno"}))
    case = case_of(office, "7040")
    assert case is not None
    assert case.status == "received"
    assert [each.state for each in office.news("status")] == ["waiting"]
    with office.scope():
        upkeep.map_value("status", "Sidang Pleno", "verified")
    office.poll()
    assert office.complaint(case.id).status == "verified"


def test_what_happened_here_later_than_the_export_is_not_undone(office: Office, ours: dict[str, Any]) -> None:
    from complaints.acts import desk
    from tests.sp4n_office import DESK

    carried_out(office, line(7050, **ours))
    case = case_of(office, "7050")
    assert case is not None
    office.do(desk.verify, case.id, DESK, classification="unsupervised")
    carried_out(office, line(7050, **ours, **{"Status Laporan": "Diarsipkan oleh Admin"}))
    assert office.complaint(case.id).status == "verified"
    last = office.history(case.id)[-1]
    assert (last.act, last.visibility) == ("sp4n", "public")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"Instansi Induk": "Pemerintah Kota Lain"},
            "Instansi Induk “Pemerintah Kota Lain” bukan instansi kota ini",
        ),
        ({"Instansi Induk": "", "ID Instansi Terdisposisi": "999888"}, "ID Instansi Terdisposisi 999888"),
        ({"Instansi Induk": "", "ID Instansi Terdisposisi": ""}, "Instansi tidak disebut"),
    ],
)
def test_another_citys_report_is_refused(
    office: Office, ours: dict[str, Any], values: dict[str, str], words: str
) -> None:
    made = carried_out(office, line(7060, **{**ours, **values}))
    only = rows(office, made)[0]
    assert only.kind == "unreadable"
    assert words in (only.reason or "")
    assert case_of(office, "7060") is None


def test_a_unit_of_the_city_is_ours_by_the_parents_name(office: Office, ours: dict[str, Any]) -> None:
    carried_out(office, line(7065, **{**ours, "ID Instansi Terdisposisi": "445566"}))
    assert case_of(office, "7065") is not None


def test_a_number_twice_in_a_file_counts_once(office: Office, ours: dict[str, Any]) -> None:
    made = carried_out(office, line(7070, **ours), line(7070, **ours))
    first, second = rows(office, made)
    assert (first.kind, second.kind) == ("new", "unreadable")
    assert second.reason == f"Tracking ID 7070 sudah ada pada baris {first.position}"


def test_one_of_ours_whose_sending_is_unsure_is_not_made_twice(office: Office, ours: dict[str, Any]) -> None:
    case_id = office.file(title="Pohon tumbang menutup jalan")
    office.simulator.add_fault("drop_after_commit", endpoint="create")
    office.deliver()
    office.simulator.clear_faults()
    made = carried_out(office, line(7080, **ours, **{"Judul Laporan": "Pohon tumbang menutup jalan"}))
    only = rows(office, made)[0]
    assert only.kind == "unreadable"
    assert office.complaint(case_id).number in (only.reason or "")


def test_our_own_reports_in_the_export_are_equal(office: Office, ours: dict[str, Any]) -> None:
    case_id = office.file()
    office.deliver()
    office.poll()
    case, number = office.complaint(case_id), office.external_id(case_id)
    there = office.filed()[0]
    status = office.link(case_id).status_raw  # type: ignore[union-attr] # just linked
    same = {"Judul Laporan": case.title, "Isi Laporan Awal": case.body, "Isi Laporan Akhir": case.body}
    made = carried_out(office, line(number, **ours, **same, **{"Status Laporan": status}))
    assert [each.kind for each in rows(office, made)] == ["equal"]
    assert len(office.filed()) == 1
    assert there


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


def test_one_import_at_a_time(office: Office, ours: dict[str, Any]) -> None:
    made = read(office, line(7090, **ours))
    with pytest.raises(FieldProblem, match="belum selesai"):
        upload(office, workbook([line(7091, **ours)]))
    with office.scope():
        importing.cancel(made, BY)
    assert state(office, made).state == "cancelled"
    assert all(each.payload is None for each in rows(office, made))
    upload(office, workbook([line(7091, **ours)]))


def test_cancelled_and_finished_imports_take_no_decision(office: Office, ours: dict[str, Any]) -> None:
    made = carried_out(office, line(7095, **ours))
    with office.scope(), pytest.raises(Conflict):
        importing.approve(made, BY)
    with office.scope(), pytest.raises(Conflict):
        importing.cancel(made, BY)
    with office.scope(), pytest.raises(NotFound):
        importing.approve(uuid.uuid4(), BY)


def test_a_worker_that_dies_leaves_nothing_twice(
    office: Office, ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off in the middle of applying, between a report's case and the note that it is done."""
    made = read(office, *(line(7100 + n, **ours) for n in range(6)))
    with office.scope():
        importing.approve(made, BY)
    finish, calls = apply._Row._finish, []

    def dying(self: Any, *args: Any, **values: Any) -> bool:
        calls.append(1)
        if len(calls) == 3:
            raise SystemExit
        return finish(self, *args, **values)

    monkeypatch.setattr(apply._Row, "_finish", dying)
    with pytest.raises(SystemExit):
        work(office)
    monkeypatch.undo()
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nImport).values(leased_until=clock.now()))
    while state(office, made).state == "applying":
        work(office)
    found = state(office, made)
    assert (found.applied, found.failed) == (6, 0)
    assert all(case_of(office, str(7100 + n)) is not None for n in range(6))
    with office.scope(), unit_of_work() as session:
        assert session.scalar(select(func.count()).where(Complaint.channel == "sp4n")) == 6


def test_a_row_that_is_refused_now_waits_with_its_cause_and_is_made_later(
    office: Office, ours: dict[str, Any]
) -> None:
    def categories_are(active: bool) -> None:
        with office.scope(), unit_of_work() as session:
            session.execute(update(Category).values(is_active=active))

    categories_are(False)
    made = carried_out(office, line(7108, **ours))
    assert rows(office, made)[0].outcome == "Belum dapat dibuat, dicoba lagi pada pemeriksaan berikutnya"
    assert (state(office, made).applied, state(office, made).failed) == (0, 1)
    told = office.news("report")[-1]
    assert (told.state, told.outcome) == (
        "pending",
        "Belum dapat diterapkan: Kota ini belum punya kategori.",
    )
    categories_are(True)
    office.poll()
    assert case_of(office, "7108") is not None


def test_a_lease_keeps_a_second_worker_away(office: Office, ours: dict[str, Any]) -> None:
    made = upload(office, workbook([line(7110, **ours)]))
    with office.scope():
        assert importing.claim() is not None
    assert work(office) == 0
    assert state(office, made).state == "queued"


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
