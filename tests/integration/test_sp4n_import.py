"""An Excel export on its way into the city: seen first, applied by a person, exactly once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select, update

from complaints.models import Category, Complaint
from core import clock
from core.db.transaction import unit_of_work
from core.errors import Conflict, FieldProblem, NotFound
from sp4n import upkeep
from sp4n.excel import apply, importing
from sp4n.excel.models import Sp4nImport
from sp4n.excel.together import apply_together
from tests.exports import line, workbook
from tests.import_desk import BY, carried_out, case_of, counted, ours, read, rows, state, upload, work
from tests.integration.test_sp4n_parity import office, simulator
from tests.sp4n_office import Office

__all__ = ["office", "ours", "simulator"]


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


def test_one_import_at_a_time(office: Office, ours: dict[str, Any]) -> None:
    made = read(office, line(7090, **ours))
    with pytest.raises(FieldProblem, match="belum selesai"):
        upload(office, workbook([line(7091, **ours)]))
    with office.scope():
        importing.cancel(made, BY)
    assert state(office, made).state == "cancelled"
    assert all(each.payload is None for each in rows(office, made))
    upload(office, workbook([line(7091, **ours)]))


def test_what_is_cancelled_while_it_is_applied_goes_no_further(
    office: Office, ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled after a batch was read: neither way of applying makes a case of its rows."""
    for first, together in ((7300, apply_together), (7310, lambda *_: set())):
        made = read(office, line(first, **ours), line(first + 1, **ours))
        with office.scope():
            importing.approve(made, BY)
        before, take = counted(office), apply._next

        def cancelling(import_id: uuid.UUID, take: Any = take) -> Any:
            batch = take(import_id)
            importing.cancel(import_id, BY)
            return batch

        with monkeypatch.context() as patched:
            patched.setattr(apply, "_next", cancelling)
            patched.setattr(apply, "apply_together", together)
            assert work(office) == 0
        assert counted(office) == before
        assert state(office, made).state == "cancelled"


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
    """Cut off in the middle of applying rows one by one, between a report's case and the note of it."""
    monkeypatch.setattr(apply, "apply_together", lambda *_: set())
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
