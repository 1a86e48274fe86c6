"""New reports made by the hundred are what each would be alone; what is unclear is left to be done alone."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import select, update

from complaints import numbering
from complaints.acts import takeover
from complaints.models import Complaint, ComplaintEvent, Reporter, TrackingAccess
from core import clock
from core.db.many import add_many
from core.db.transaction import unit_of_work
from monitoring import figures
from monitoring.models import FigureChange
from sp4n import upkeep
from sp4n.excel import apply, importing
from sp4n.excel.models import Sp4nImport
from sp4n.models import InboundMessage, Sp4nLink
from tests.exports import line
from tests.import_desk import BY, carried_out, case_of, ours, read, rows, state, work
from tests.integration.test_sp4n_parity import office, simulator
from tests.sp4n_office import Office
from tests.statements import sent_by

__all__ = ["office", "ours", "simulator"]

STATUSES = (
    "Belum Terverifikasi",
    "Terverifikasi",
    "Belum Ditindaklanjuti",
    "Sedang Proses",
    "Ditanggapi oleh Pelapor",
    "Tertunda",
    "Sidang Pleno",
    "Peninjauan Kota",
)
#: of these tables everything is compared but names, numbers drawn, the chain, and when it was written
_OWN = {
    "id", "number", "form_key", "complaint_id", "external_id", "report_id", "last_hash", "pin_digest",
    "words", "recorded_at", "previous_hash", "hash", "ordinal", "linked_at", "synced_at", "changed_at",
    "next_check_at", "received_at", "import_id", "position", "title",
}  # fmt: skip


def _lines(first: int, ours: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = ("", "Anonim", "Rahasia")
    classifications = ("Pengaduan", "Aspirasi", "Permintaan Informasi")
    words = {"Judul Laporan": "Lampu mati", "Isi Laporan Awal": "Lampu di gang mati.", "Nama Pelapor": "Wati"}
    return [
        line(
            first + n,
            **ours,
            **words,
            **{
                "Status Laporan": status,
                "Tipe Laporan (Anonim/Rahasia)": kind,
                "Klasifikasi Laporan": classifications[n % 3],
                "ID Kategori": (401, 999_999, "")[n % 3],
                "Isi Laporan Akhir": ("Lampu di gang mati.", "Lampu di tiga gang mati.")[n % 2],
                "Alasan Tunda/Arsip": ("", "Kurang lokasi")[n % 2],
                "Tanggal Laporan Masuk": ("3 Nov 2026", "16 Mar 2026", "19 Nov 2026")[n % 3],
                "Kecamatan": ("", "Cimahi Utara")[n % 2],
            },
        )
        for n, (status, kind) in enumerate(itertools.product(STATUSES, kinds))
    ]


def _plain(row: Any, model: Any) -> dict[str, Any]:
    names = [column.key for column in model.__table__.columns if column.key not in _OWN]
    values = {name: getattr(row, name) for name in names}
    for pause in values.get("intervals") or ():
        pause["event"] = bool(pause["event"])
    return values


def _made(office: Office, first: int) -> list[dict[str, Any]]:
    """Everything there is of the reports from this number on, in their order."""
    found = []
    with office.scope(), unit_of_work() as session:
        links = session.scalars(select(Sp4nLink).where(Sp4nLink.external_id >= str(first))).all()
        for link in sorted(links, key=lambda each: each.external_id):
            case = session.scalars(select(Complaint).where(Complaint.id == link.complaint_id)).one()
            told = {"link": _plain(link, Sp4nLink), "case": _plain(case, Complaint)}
            told["received_at"] = {"case": case.received_at}
            for model in (ComplaintEvent, Reporter, TrackingAccess):
                for n, row in enumerate(session.scalars(_of(model, case.id))):
                    told[f"{model.__name__} {n}"] = _plain(row, model)
            news = session.scalars(
                select(InboundMessage)
                .where(InboundMessage.report_id == link.external_id)
                .order_by(InboundMessage.kind)
            )
            for each in news:
                outcome = each.outcome if each.outcome != case.number else "number"
                told[each.kind] = _plain(each, InboundMessage) | {"outcome": outcome}
                told[each.kind]["named"] = {"as": each.external_id.replace(link.external_id, "report")}
            found.append(told)
    return found


def _of(model: Any, complaint_id: Any) -> Any:
    return select(model).where(model.complaint_id == complaint_id).order_by(model.id)


def _outcomes(office: Office, made: Any) -> list[tuple[str, str | None, Any]]:
    return [(each.state, each.outcome, each.payload) for each in rows(office, made)]


def _figures(office: Office) -> dict[tuple[Any, ...], int]:
    """The changes that wait, added up and taken away."""
    with office.scope(), unit_of_work() as session:
        found: dict[tuple[Any, ...], int] = {}
        for each in session.scalars(select(FigureChange)):
            key = (each.metric, each.on, each.bucket)
            found[key] = found.get(key, 0) + each.delta
    with office.scope():
        figures.fold()
    return {key: value for key, value in found.items() if value}


def test_together_they_become_what_each_would_be_alone(
    office: Office, ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.scope():
        upkeep.map_value("status", "Peninjauan Kota", "verified")
    _figures(office)
    together = carried_out(office, *_lines(82_000, ours))
    counted_together = _figures(office)
    with monkeypatch.context() as patched:
        patched.setattr(apply, "apply_together", lambda *_: set())
        alone = carried_out(office, *_lines(92_000, ours))
    counted_alone = _figures(office)
    one, other = _made(office, 92_000), _made(office, 82_000)[: len(STATUSES) * 3]
    assert len(one) == len(other) == len(STATUSES) * 3
    assert other == one
    assert {each["case"]["status"] for each in one} >= {"received", "verified", "deferred"}
    assert _outcomes(office, together) == _outcomes(office, alone)
    assert counted_together == counted_alone
    assert counted_together


def test_they_are_counted_in_statements_and_not_in_rows(
    office: Office, ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers are drawn without one twice, which would be looked up and drawn again with a statement more."""
    draw, drawn = numbering.tracking_number, set[str]()

    def another(*given: Any) -> str:
        while (number := draw(*given)) in drawn:
            pass
        drawn.add(number)
        return number

    monkeypatch.setattr(numbering, "tracking_number", another)

    def sent(first: int, count: int) -> int:
        made = read(office, *(line(first + n, **ours) for n in range(count)))
        with office.scope():
            importing.approve(made, BY)
        with sent_by(office.app) as statements:
            work(office)
        assert state(office, made).state == "done"
        return len(statements)

    assert sent(83_000, 5) == sent(84_000, 300)


def test_a_number_in_use_is_drawn_again(
    office: Office, ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    carried_out(office, line(85_000, **ours))
    taken = case_of(office, "85000")
    assert taken is not None
    draw, drawn = numbering.tracking_number, list[Any]()

    def clumsy(letters: str, day: Any, *more: Any) -> str:
        drawn.append(day)
        return taken.number if len(drawn) in (1, 2) else draw(letters, day, *more)

    monkeypatch.setattr(numbering, "tracking_number", clumsy)
    made = carried_out(office, line(85_001, **ours), line(85_002, **ours))
    assert (state(office, made).applied, len(drawn)) == (2, 4)
    numbers = {case.number for n in (85_000, 85_001, 85_002) if (case := case_of(office, str(n)))}
    assert len(numbers) == 3


def test_one_that_is_known_meanwhile_is_left_to_be_done_alone(office: Office, ours: dict[str, Any]) -> None:
    """Between preview and approval polling brought one of them, and another one ended."""
    made = read(
        office,
        line(86_000, **ours),
        line(86_001, **ours, **{"Status Laporan": "Sidang Pleno"}),
        line(86_002, **ours),
    )
    other = importing.locked
    with office.scope(), unit_of_work() as session:
        assert other(session, made).state == "ready"
        session.add(
            InboundMessage(
                external_id="report:86000",
                kind="report",
                report_id="86000",
                happened_at=clock.now(),
                payload={},
                state="ignored",
                outcome="Laporan uji sambungan",
            )
        )
    with office.scope():
        upkeep.map_value("status", "Sidang Pleno", "completed")
        importing.approve(made, BY)
    while state(office, made).state == "applying":
        work(office)
    assert [each.outcome for each in rows(office, made)] == [
        "Laporan uji sambungan",
        "Sudah selesai di SP4N",
        "Laporan dibuat, Status tidak mengubah apa pun",
    ]
    assert [case_of(office, str(n)) is None for n in (86_000, 86_001, 86_002)] == [True, True, False]


def test_killed_in_the_middle_of_a_batch_nothing_is_there_twice_or_missing(
    office: Office, ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "BATCH", 4)
    made = read(office, *(line(87_000 + n, **ours) for n in range(10)))
    with office.scope():
        importing.approve(made, BY)
    kept, calls = add_many, list[int]()

    def dying(*args: Any) -> None:
        calls.append(1)
        if len(calls) == 4:  # the second batch: its cases are written, what belongs to them is not
            raise SystemExit
        kept(*args)

    with monkeypatch.context() as patched:
        patched.setattr(takeover, "add_many", dying)
        with pytest.raises(SystemExit):
            work(office)
    assert state(office, made).applied == 4
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nImport).values(leased_until=clock.now()))
    while state(office, made).state == "applying":
        work(office)
    found = state(office, made)
    assert (found.applied, found.failed) == (10, 0)
    with office.scope(), unit_of_work() as session:
        assert len(session.scalars(select(Complaint.id).where(Complaint.channel == "sp4n")).all()) == 10
    assert all(each.payload is None for each in rows(office, made))
