"""Answers that cannot be used, for every call: a visible cause, and nothing of the case changes wrongly.

What each ends in: waits (the connection says why, all is tried again); refused (a person looks at this
message, report or list); mapping, unread, twice (a piece of news waits for a person); later (seen at the next
reading); reads (the answer will do for this call). Once the other side is well everything arrives, once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from complaints.acts import desk, handling, intake, uploads
from complaints.models import Complaint, ComplaintEvent
from core.db.transaction import unit_of_work
from core.media import UploadLimits
from sp4n import sync_views, upkeep
from sp4n.excel import apply, importing
from sp4n.excel.importing import By
from sp4n.models import Sp4nSettings
from sp4n.tasks.models import OPEN, Sp4nTask
from tests.conftest import Browser, City, photo, submission
from tests.exports import line, workbook
from tests.pages import check_page
from tests.simulator_process import running_simulator
from tests.sp4n_office import DESK, Office

TABLE = """
answer               institutions templates upload   create   add_followup reject   detail   followups list
html_error           waits        waits     waits    waits    waits        waits    waits    waits     waits
garbage              waits        waits     waits    waits    waits        waits    waits    waits     waits
empty                waits        waits     waits    waits    waits        waits    waits    waits     waits
refused_in_success   refused      refused   refused  refused  refused      refused  refused  refused   refused
refused_aloud        refused      refused   refused  refused  refused      refused  refused  refused   refused
oversize             refused      refused   refused  refused  refused      refused  refused  refused   refused
wrong_shape          refused      refused   refused  refused  reads        refused  refused  refused   refused
other_types          reads        reads     reads    reads    reads        reads    mapping  refused   unread
renamed_keys         reads        reads     refused  refused  reads        reads    mapping  refused   unread
foreign_ids          reads        reads     reads    later    reads        reads    refused  reads     twice
foreign_institution  reads        reads     reads    reads    reads        reads    reads    reads     mapping
"""
#: what the cause says, by the answer; by the outcome where that alone decides
WORDS = {
    "html_error": "SP4N sedang bermasalah (503)",
    "garbage": "Jawaban SP4N tidak dikenali: jawaban bukan JSON",
    "empty": "Jawaban SP4N tidak dikenali: jawaban bukan JSON",
    "refused_in_success": "SP4N menolak: Data tidak dapat diproses",
    "refused_aloud": "SP4N menolak isian: <script>alert('sp4n')</script>",
    "oversize": "Jawaban SP4N terlalu besar",
    "wrong_shape": "Jawaban SP4N tidak dikenali: ",
    "other_types": "bukan teks",
    "renamed_keys": "Jawaban SP4N tidak dikenali: ",
    "foreign_ids": "Jawaban SP4N tidak dikenali: jawaban berisi laporan lain",
    "mapping": "perlu pemetaan",
    "unread": "Tidak dapat dibaca: ",
    "twice": "ada dua kali di SP4N",
    "later": "SP4N tidak mengenal laporan",
}
KINDS = {"detail": "report", "followups": "report"} | dict.fromkeys(
    ("upload", "create", "add_followup", "reject"), "message"
)
HOSTILE = "<script>alert('sp4n')</script>"
ROW = {"Judul_Laporan": f"{HOSTILE}Baris", "Isi_Laporan_Awal": HOSTILE, "Isi_Laporan_Akhir": HOSTILE}
THERE, TITLE = "Mohon segera ditangani.", "Dari sana"


def _table() -> dict[tuple[str, str], str]:
    head, *rows = (line.split() for line in TABLE.strip().splitlines())
    return {(row[0], name): word for row in rows for name, word in zip(head[1:], row[1:], strict=True)}


EXPECTED = _table()
ANSWERS = list(dict.fromkeys(answer for answer, _ in EXPECTED))
CALLS = list(dict.fromkeys(call for _, call in EXPECTED))


@dataclass(frozen=True)
class Held:
    """What the city holds of a report: its facts and the hashes of its history."""

    facts: tuple[Any, ...]
    history: tuple[str, ...]


def held(office: Office) -> dict[uuid.UUID, Held]:
    with office.scope(), unit_of_work() as session:
        found = {}
        for case in session.scalars(select(Complaint)):
            entries = select(ComplaintEvent.hash).where(ComplaintEvent.complaint_id == case.id)
            history = session.scalars(entries.order_by(ComplaintEvent.sequence)).all()
            facts = (case.status, case.title, case.body, case.classification, case.category_id, case.version)
            found[case.id] = Held(facts, tuple(history))
        return found


def tasks(office: Office) -> dict[str, str]:
    """Open tasks: kind and cause."""
    with office.scope(), unit_of_work() as session:
        rows = session.execute(select(Sp4nTask.kind, Sp4nTask.cause).where(Sp4nTask.state == OPEN))
        return dict(rows.all())


def causes(office: Office) -> list[str]:
    """Every cause a person is shown: of tasks, of the connection, on the cases."""
    panels = office.do(sync_views.sync_of, list(held(office))).values()
    shown = [*tasks(office).values(), office.row().last_cause, *(each.cause for each in panels)]
    return [each for each in shown if each]


def prepared(office: Office, call: str) -> Callable[[], Any]:
    """What makes the city call this, ready to go; the answer spoils it."""
    known = office.file(title="Yang sudah dikenal")
    office.deliver()
    office.do(desk.verify, known, DESK, classification="unsupervised")
    office.poll()
    if call in ("institutions", "templates"):
        with office.scope(), unit_of_work() as session:
            session.execute(update(Sp4nSettings).values(masters_synced_at=None))
    elif call == "followups":
        office.simulator.add_followup(office.external_id(known), THERE)
    elif call == "list":
        office.simulator.add_complaint(office.account.institution_id, title=TITLE, content="Ada lubang.")
    elif call == "upload":
        form_key = uuid.uuid4()
        with office.scope():
            incoming = [uploads.Incoming("a.png", photo(kind="PNG"))]
            assert uploads.accept(form_key, incoming, UploadLimits()) == []
        office.file(form_key=form_key)
    elif call == "create":
        office.file()
    elif call == "add_followup":
        office.do(handling.respond, known, DESK, text="Sudah ditambal.")
    elif call == "reject":
        office.do(upkeep.map_value, "institution", "Dinas Lain", str(office.account.institution_id))
        words = {"institution": "Dinas Lain", "reason": "Jalan provinsi, bukan jalan kota."}
        office.do(desk.decline_jurisdiction, known, DESK, **words)
    return office.deliver if KINDS.get(call) == "message" else office.poll


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_bad_answer_is_seen_and_changes_nothing(office: Office, answer: str, call: str) -> None:
    go, outcome = prepared(office, call), EXPECTED[answer, call]
    before = held(office)
    assert causes(office) == []
    office.simulator.add_fault(answer, client_id=office.account.client_id, endpoint=call)
    go()
    if outcome == "later":
        assert causes(office) == [], "the number looks like any other"
        office.poll()
    if outcome == "reads":
        assert causes(office) == []
    else:
        assert held(office) == before
        words = WORDS.get(outcome, WORDS.get(answer, ""))
        assert [each for each in causes(office) if words in each], causes(office)
    if outcome == "refused":
        assert words in tasks(office)[KINDS.get(call, "connection")]
    if outcome == "waits":
        assert words in str(office.row().last_cause)
        assert {each.state for each in office.messages()} <= {"delivered", "pending"}
    everything_heals(office, call, outcome)


def everything_heals(office: Office, call: str, outcome: str) -> None:
    """What is tried once more when the other side is well arrives once and leaves no cause."""
    office.simulator.clear_faults()
    office.hurry()
    office.do(upkeep.retry_stopped)
    while office.deliver():
        pass
    office.poll()
    office.poll()
    own = [each for each in office.filed() if each["tags_raw"]]
    assert len(own) == (2 if call in ("upload", "create") else 1)
    assert {each.state for each in office.messages()} == {"delivered"}
    if call == "add_followup":
        assert [each["content"] for each in own[0]["followups"]] == ["Sudah ditambal."]
    if call == "followups":
        (case_id,) = held(office)
        assert [each.text for each in office.history(case_id)].count(f"Admin Nasional: {THERE}") == 1
    if call == "list":
        titles = [each.facts[1] for each in held(office).values()]
        assert sorted(titles) == [TITLE, "Yang sudah dikenal"]
    if outcome not in ("mapping", "unread", "twice", "later"):
        assert causes(office) == []


def test_a_number_that_is_already_another_reports_is_not_believed(
    app: Flask, make_city: Callable[..., City], tmp_path: Path
) -> None:
    """The first number there is ours already; the next creation is answered with that number again."""
    with running_simulator(tmp_path / "data.sqlite3") as simulator:
        office = Office(app, make_city(), simulator, simulator.add_institution())
        office.connect()
        first = office.file(title="Yang pertama")
        office.deliver()
        simulator.add_fault("foreign_ids", client_id=office.account.client_id, endpoint="create", remaining=1)
        second = office.file(title="Yang kedua")
        office.deliver()
        number = office.external_id(first)
        assert office.link(second) is None
        cause = f"Jawaban SP4N menyebut nomor {number}, yang sudah milik laporan lain"
        assert tasks(office) == {"message": cause}
        office.do(upkeep.retry_stopped)
        assert office.deliver() == 1
        assert office.external_id(second) != number
        assert [each["title"] for each in office.filed()] == ["Yang pertama", "Yang kedua"]
        assert causes(office) == []


def test_text_of_the_other_side_is_shown_as_text(
    office: Office, officer: Callable[..., Browser], browse: Callable[[City], Browser]
) -> None:
    there = {"name": f"{HOSTILE}Nama", "title": f"{HOSTILE}Judul", "content": f"{HOSTILE}Isi"}
    from_there = office.simulator.add_complaint(
        office.account.institution_id, title=there["title"], content=there["content"], nameUser=there["name"]
    )
    with office.scope():
        receipt = intake.submit(submission(title="Dari sini"))
    office.deliver()
    own = office.external_id(receipt.complaint_id)
    office.simulator.add_followup(own, f"{HOSTILE}Tindak lanjut", from_name=f"{HOSTILE}Pengirim")
    office.simulator.set_status(own, f"{HOSTILE}Status", note=f"{HOSTILE}Catatan")
    office.poll()
    office.simulator.set_status(from_there, "Terverifikasi", note=f"{HOSTILE}Catatan")
    office.simulator.add_fault("refused_aloud", client_id=office.account.client_id, endpoint="create")
    refused = office.file(title="Yang ditolak")
    office.deliver()
    with office.scope():
        imported = importing.start("ekspor.xlsx", workbook([line("9100001", **ROW)]), By("Rani"))
        apply.work()
    office.poll()
    browser, citizen = officer(office.city), browse(office.city)
    citizen.post("/lacak", {"number": receipt.number, "pin": receipt.pin})
    (national,) = [each for each, case in held(office).items() if case.facts[1] == there["title"]]
    numbers = [office.complaint(each).number for each in (receipt.complaint_id, national, refused)]
    pages = {
        "Status": browser.get("/petugas/sp4n/perlu-tindakan"),
        "Catatan": browser.get(f"/petugas/laporan/{numbers[1]}"),
        "Tindak lanjut": browser.get(f"/petugas/laporan/{numbers[0]}"),
        "Judul": browser.get("/petugas/?tampilan=semua"),
        "Ditolak": browser.get(f"/petugas/laporan/{numbers[2]}"),
        "Isi": browser.get(f"/petugas/sp4n/kesamaan?laporan={receipt.complaint_id}"),
        "Baris": browser.get(f"/petugas/sp4n/impor/{imported}"),
        "Pengirim": citizen.get(f"/lacak/{receipt.number}"),
        "Peta": browser.get("/petugas/sp4n/pemetaan"),
    }
    for name, response in pages.items():
        page = response.get_data(as_text=True)
        assert response.status_code == 200, name
        check_page(page)
        assert "<script>alert" not in page, name
        assert "&lt;script&gt;alert" in page, name
