"""What needs a person: it is found, shown with a cause, settled by somebody, and never lost from sight."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update

from complaints.acts import desk, handling
from core import clock
from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from core.outbox.models import OutboxMessage
from sp4n import upkeep
from sp4n.tasks import finding, reminders
from sp4n.tasks.models import Sp4nTask
from tests.conftest import Browser
from tests.sp4n_office import DESK, Office
from tests.statements import sent_by

PAGE = "/petugas/sp4n/perlu-tindakan"


def tasks_of(office: Office) -> list[Sp4nTask]:
    with office.scope(), unit_of_work() as session:
        return list(session.scalars(select(Sp4nTask).order_by(Sp4nTask.opened_at, Sp4nTask.id)))


def text_of(browser: Browser, path: str = PAGE) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return str(response.get_data(as_text=True))


def refused(office: Office, **overrides: Any) -> uuid.UUID:
    """A report the national side refused, with an answer waiting behind it."""
    complaint_id = office.file(**overrides)
    office.do(desk.verify, complaint_id, DESK, classification="unsupervised")
    office.do(handling.respond, complaint_id, DESK, text="Sudah ditambal.")
    office.simulator.add_fault(
        "refused_in_success", endpoint="create", client_id=office.account.client_id, remaining=1
    )
    office.deliver()
    return complaint_id


def test_a_refused_message_is_a_task_until_it_arrives(
    office: Office, officer: Callable[..., Browser]
) -> None:
    complaint_id = refused(office, title="Lampu padam")
    number = office.complaint(complaint_id).number
    (task,) = tasks_of(office)
    assert (task.kind, task.state, task.cause) == (
        "message",
        "open",
        "SP4N menolak: Data tidak dapat diproses",
    )
    browser = officer(office.city)
    page = text_of(browser)
    assert "SP4N menolak: Data tidak dapat diproses" in page
    assert "Perbaiki isian yang disebut SP4N-LAPOR!, lalu coba lagi." in page
    assert f"/petugas/laporan/{number}" in page
    assert str(task.ref_id) in page, "the number to trace it by"
    assert "SP4N-LAPOR!: 1 perlu tindakan" in text_of(browser, "/petugas/")
    assert browser.post(PAGE, {"satu": f"lagi|{task.id}"}).status_code == 303
    assert "menunggu dicoba lagi" in text_of(browser), "tried again is not yet settled"
    office.deliver()
    assert tasks_of(office)[0].state == "resolved"
    assert "Tidak ada yang perlu tindakan." in text_of(browser)
    assert "SP4N menolak: Data tidak dapat diproses" in text_of(browser, f"{PAGE}?daftar=selesai")
    assert "perlu tindakan</a>" not in text_of(browser, "/petugas/")
    (there,) = office.filed()
    assert [each["content"] for each in there["followups"]] == ["Sudah ditambal."]


def test_somebody_takes_it_on_and_gives_it_back(office: Office, officer: Callable[..., Browser]) -> None:
    refused(office)
    (task,) = tasks_of(office)
    browser = officer(office.city)
    browser.post(PAGE, {"satu": f"saya|{task.id}"})
    (owned,) = tasks_of(office)
    assert owned.owner_name is not None
    assert f"ditangani {owned.owner_name}" in text_of(browser)
    browser.post(PAGE, {"satu": f"saya|{task.id}"})
    assert tasks_of(office)[0].owner_name is None
    with office.scope(), unit_of_work() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert {"sp4n.task_claimed", "sp4n.task_released"} <= set(actions)


def test_skipping_an_answer_releases_the_next(office: Office, officer: Callable[..., Browser]) -> None:
    complaint_id = office.file()
    office.do(desk.verify, complaint_id, DESK, classification="unsupervised")
    office.do(handling.respond, complaint_id, DESK, text="Pertama.")
    office.do(handling.respond, complaint_id, DESK, text="Kedua.")
    office.simulator.add_fault(
        "refused_in_success", endpoint="add_followup", client_id=office.account.client_id, remaining=1
    )
    office.deliver()
    (task,) = tasks_of(office)
    browser = officer(office.city)
    refusal = browser.post(PAGE, {"satu": f"lewati|{task.id}", f"alasan-{task.id}": "x"})
    assert refusal.status_code == 422
    assert "Tulis alasan paling sedikit 5 huruf." in refusal.get_data(as_text=True)
    done = browser.post(PAGE, {"satu": f"lewati|{task.id}", f"alasan-{task.id}": "Sudah ditulis di sana"})
    assert done.status_code == 303
    office.deliver()
    (there,) = office.filed()
    assert [each["content"] for each in there["followups"]] == ["Kedua."]
    page = text_of(browser, f"{PAGE}?daftar=dilewati")
    assert "Sudah ditulis di sana" in page
    assert tasks_of(office)[0].state == "skipped"
    with office.scope(), unit_of_work() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "sp4n.task_skipped")).one()
    assert entry.detail["reason"] == "Sudah ditulis di sana"


def test_skipping_a_report_takes_what_waits_behind_it(
    office: Office, officer: Callable[..., Browser]
) -> None:
    complaint_id = refused(office)
    (task,) = tasks_of(office)
    browser = officer(office.city)
    browser.post(PAGE, {"satu": f"lewati|{task.id}", f"alasan-{task.id}": "Laporan ganda"})
    assert {each.state for each in office.messages()} == {"skipped"}
    office.do(handling.respond, complaint_id, DESK, text="Jawaban lagi.")
    assert {each.state for each in office.messages()} == {"skipped"}, "there is no thread for it"
    assert office.filed() == []


def test_what_a_worker_holds_is_not_skipped_or_tried_beside_it(
    office: Office, officer: Callable[..., Browser]
) -> None:
    from core.outbox import relay

    refused(office)
    (task,) = tasks_of(office)
    office.do(upkeep.retry_stopped)
    with office.scope():
        held = relay.claim(("sp4n.create",))
        assert held is not None
        assert not relay.try_again(held.id)
    browser = officer(office.city)
    response = browser.post(PAGE, {"satu": f"lewati|{task.id}", f"alasan-{task.id}": "Tidak perlu"})
    assert response.status_code == 422
    assert "sedang dicoba" in response.get_data(as_text=True)


def test_all_are_tried_again_at_once(office: Office, officer: Callable[..., Browser]) -> None:
    office.simulator.add_fault(
        "refused_in_success", endpoint="create", client_id=office.account.client_id, remaining=3
    )
    for number in range(3):
        office.file(title=f"Laporan {number}")
    office.deliver()
    assert len(tasks_of(office)) == 3
    browser = officer(office.city)
    first = tasks_of(office)[0]
    browser.post(PAGE, {"tindakan": "lagi", "pilih": [str(first.id)]})
    assert [each.state for each in office.messages()].count("pending") == 1
    assert browser.post(PAGE, {"tindakan": "semua"}).status_code == 303
    assert office.deliver() == 3
    assert {each.state for each in tasks_of(office)} == {"resolved"}
    assert browser.post(PAGE, {"tindakan": "lagi"}).status_code == 422
    assert browser.post(PAGE, {"tindakan": "lagi", "pilih": ["bukan-id"]}).status_code == 422


def test_a_message_long_tried_in_vain_is_shown(office: Office) -> None:
    office.file()
    office.simulator.add_fault("server_error", endpoint="create", client_id=office.account.client_id)
    for _ in range(finding.LONG_TRIED):
        office.hurry()
        office.deliver()
    kinds = {task.kind: task.cause for task in tasks_of(office)}
    assert kinds["message"] == "SP4N sedang bermasalah (503)"
    assert kinds["connection"] == "SP4N sedang bermasalah (503)"
    office.simulator.clear_faults()
    office.hurry()
    assert office.deliver() == 1
    assert {task.state for task in tasks_of(office)} == {"resolved"}


def test_an_unknown_status_waits_and_may_be_left_out(
    office: Office, sent: uuid.UUID, officer: Callable[..., Browser]
) -> None:
    office.simulator.set_status(office.external_id(sent), "Menunggu Sidang Pleno")
    office.poll()
    (task,) = tasks_of(office)
    assert (task.kind, task.cause) == ("news", "Status “Menunggu Sidang Pleno” perlu pemetaan")
    assert task.complaint_id == sent
    browser = officer(office.city)
    page = text_of(browser)
    assert "Buka Pemetaan" in page
    assert "Buka Pemetaan" not in text_of(officer(office.city, "verifier")), (
        "who may not map is not led there"
    )
    number = office.complaint(sent).number
    assert f"Laporan {number}" in text_of(browser, f"{PAGE}?laporan={sent}")
    office.do(upkeep.map_value, "status", "Menunggu Sidang Pleno", "in_progress")
    office.poll()
    assert tasks_of(office)[0].state == "resolved"


def test_observers_see_and_do_nothing(office: Office, officer: Callable[..., Browser]) -> None:
    refused(office)
    (task,) = tasks_of(office)
    observer = officer(office.city, "observer")
    page = text_of(observer)
    assert "SP4N menolak" in page
    assert "Coba lagi</button>" not in page
    assert observer.post(PAGE, {"satu": f"lagi|{task.id}"}).status_code == 403
    liaison = officer(office.city, "liaison_officer")
    assert liaison.get(PAGE).status_code == 403
    assert "perlu tindakan</a>" not in text_of(liaison, "/petugas/")


def test_another_citys_task_is_out_of_reach(
    office: Office, other_office: Office, officer: Callable[..., Browser]
) -> None:
    refused(office)
    (task,) = tasks_of(office)
    stranger = officer(other_office.city)
    assert "SP4N menolak" not in text_of(stranger)
    response = stranger.post(PAGE, {"satu": f"lewati|{task.id}", f"alasan-{task.id}": "Bukan milik saya"})
    assert response.status_code == 422
    stranger.post(PAGE, {"satu": f"lagi|{task.id}"})
    assert [each.state for each in office.messages()] == ["rejected", "pending"]
    assert tasks_of(office)[0].state == "open"


def test_pages_follow_one_another_and_cost_the_same(office: Office, officer: Callable[..., Browser]) -> None:
    from sp4n.tasks import queries

    with office.scope(), unit_of_work() as session:
        now = clock.now()
        session.add_all(
            Sp4nTask(kind="news", ref_id=uuid.uuid4(), cause=f"Sebab {place:03}", opened_at=now)
            for place in range(queries.SIZE + 10)
        )
    browser = officer(office.city)
    with sent_by(office.app) as statements:
        first = text_of(browser)
    assert len(statements) <= 12
    assert first.count("<h3") == queries.SIZE
    link = first.split('rel="next"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    second = text_of(browser, link.partition("#")[0])
    assert second.count("<h3") == 10
    causes = {part[:3] for part in (first + second).split("Sebab ")[1:]}
    assert len(causes) == queries.SIZE + 10
    assert text_of(browser, f"{PAGE}?setelah=omong~kosong").count("<h3") == queries.SIZE


def test_remote_words_are_shown_as_text(office: Office, officer: Callable[..., Browser]) -> None:
    office.file()
    office.deliver()
    with office.scope(), unit_of_work() as session:
        session.execute(
            update(OutboxMessage).values(
                state="rejected", cause="SP4N menolak: <script>alert(1)</script>", settled_at=None
            )
        )
    office.do(finding.refresh)
    page = text_of(officer(office.city))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_desk_is_reminded_each_morning(office: Office) -> None:
    from datetime import timedelta

    from complaints.models import Notice
    from sp4n.models import Sp4nSettings

    def due() -> None:
        with office.scope(), unit_of_work() as session:
            session.execute(update(Sp4nSettings).values(next_reminder_at=clock.now() - timedelta(seconds=1)))

    assert office.row().next_reminder_at is None
    refused(office)
    assert office.row().next_reminder_at is not None
    assert office.do(reminders.send_due) == 0, "not before its time"
    due()
    office.do(reminders.send_due)
    assert (office.row().next_reminder_at or clock.now()) > clock.now()
    with office.scope(), unit_of_work() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "sp4n.tasks_reminded")).one()
        notices = session.scalars(select(Notice).where(Notice.code == reminders.CODE)).all()
    assert entry.detail["open"] == 1
    assert entry.detail["sent"] == len(notices)
    office.do(upkeep.retry_stopped)
    office.deliver()
    due()
    assert office.do(reminders.send_due) == 0
    assert office.row().next_reminder_at is None, "nothing is open, nobody is reminded"
