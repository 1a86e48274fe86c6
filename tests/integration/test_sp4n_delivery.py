"""Messages out: exactly once, in order, resumable, and never inside a transaction."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from complaints.acts import desk, handling, reporter
from core.outbox import relay
from sp4n import settings
from sp4n.client import DoNotTry, Sp4nClient
from sp4n.settings import TransactionOpen
from tests.sp4n_office import DESK, Office


def verified(office: Office, complaint_id: uuid.UUID) -> None:
    office.do(desk.verify, complaint_id, DESK, classification="unsupervised")


def test_a_filed_report_appears_there_once_with_our_reference(office: Office) -> None:
    complaint_id = office.file(title="Lampu jalan padam")
    assert office.deliver() == 1
    assert office.deliver() == 0
    (there,) = office.filed()
    complaint = office.complaint(complaint_id)
    assert there["payload"]["title"] == "Lampu jalan padam"
    assert there["payload"]["tags_raw"] == f"#SA-{complaint.number}"
    assert there["payload"]["nameUser"] == "Asep Sunandar"
    assert "Sukamaju" in there["payload"]["content"]
    link = office.link(complaint_id)
    assert link is not None
    assert link.external_id == str(there["id"])
    assert link.origin == "local"
    assert office.row().last_success_at is not None


def test_photos_are_uploaded_once_and_named_in_the_report(office: Office) -> None:
    from complaints.acts import uploads
    from core.media import UploadLimits
    from tests.conftest import photo

    form_key = uuid.uuid4()
    with office.scope():
        incoming = [uploads.Incoming("jalan.png", photo()), uploads.Incoming("lubang.jpg", photo())]
        assert uploads.accept(form_key, incoming, UploadLimits()) == []
    office.file(form_key=form_key)
    office.simulator.add_fault("server_error", endpoint="create", remaining=1)
    office.deliver()
    office.hurry()
    office.deliver()
    (there,) = office.filed()
    assert len(there["uploads"]) == 2
    calls = office.simulator.requests(endpoint="upload", client_id=office.account.client_id)
    assert len(calls) == 1


def test_an_anonymous_report_takes_no_identity_along(office: Office) -> None:
    office.file(is_anonymous=True, is_confidential=True, email="asep@contoh.id")
    office.deliver()
    (there,) = office.filed()
    said = there["payload"]
    assert (said["is_anonymous"], said["is_secret"]) == (True, True)
    assert (said["nameUser"], said["phoneUser"], said["emailUser"]) == ("Anonim", "", "")
    assert "Asep" not in str(there)
    assert "1200001234" not in str(there)


def test_answers_follow_the_report_in_the_order_of_the_acts(office: Office) -> None:
    complaint_id = office.file()
    verified(office, complaint_id)
    pupr = office.city.departments["pupr"]
    office.do(desk.assign, complaint_id, DESK, department_id=pupr, note="Jangan sampai bocor")
    office.do(handling.follow_up, complaint_id, DESK, text="Lubang sudah diukur.")
    office.do(handling.follow_up, complaint_id, DESK, text="Rahasia dapur.", is_public=False)
    office.do(desk.note, complaint_id, DESK, text="Catatan dalam.")
    office.do(handling.respond, complaint_id, DESK, text="Lubang sudah ditambal.")
    office.do(reporter.provide_info, complaint_id, text="Terima kasih, tetapi masih bergelombang.")
    assert office.deliver() == 5
    (there,) = office.filed()
    assert [each["content"] for each in there["followups"]] == [
        "Diteruskan ke Dinas Pekerjaan Umum.",
        "Lubang sudah diukur.",
        "Lubang sudah ditambal.",
        "Keterangan dari pelapor: Terima kasih, tetapi masih bergelombang.",
    ]
    assert office.deliver() == 0


def test_a_message_waits_for_the_one_before_it(office: Office) -> None:
    """While the report itself cannot be sent, no answer overtakes it; another report is not held up."""
    first = office.file(title="Laporan pertama")
    verified(office, first)
    office.do(handling.respond, first, DESK, text="Jawaban untuk yang pertama.")
    office.simulator.add_fault("refused_in_success", endpoint="create", remaining=1)
    second = office.file(title="Laporan kedua")
    assert office.deliver() == 1
    states = [(each.topic, each.state, each.due_at is None) for each in office.messages()]
    assert states == [
        ("sp4n.create", "rejected", True),
        ("sp4n.follow_up", "pending", True),
        ("sp4n.create", "delivered", True),
    ]
    assert office.link(first) is None
    assert office.link(second) is not None
    from sp4n import upkeep

    assert office.do(upkeep.retry_stopped) == 1
    assert office.deliver() == 2
    by_title = {each["title"]: each for each in office.filed()}
    assert [each["content"] for each in by_title["Laporan pertama"]["followups"]] == [
        "Jawaban untuk yang pertama."
    ]


@pytest.mark.parametrize(
    "fault", ["timeout_after_commit", "drop_after_commit", "error_after_commit", "truncated", "wrong_shape"]
)
def test_a_lost_answer_is_looked_for_and_not_sent_again(office: Office, fault: str) -> None:
    from sp4n import upkeep

    complaint_id = office.file()
    office.simulator.add_fault(fault, endpoint="create", remaining=1, seconds=0.2)
    assert office.deliver() == 0
    assert office.link(complaint_id) is None
    office.do(upkeep.retry_stopped)  # an answer that makes no sense is for a person, who asks for another try
    office.hurry()
    assert office.deliver() == 1
    (there,) = office.filed()
    assert office.external_id(complaint_id) == str(there["id"])


@pytest.mark.parametrize("fault", ["timeout_after_commit", "error_after_commit", "wrong_shape"])
def test_a_lost_answer_to_an_answer_is_not_repeated(office: Office, fault: str) -> None:
    complaint_id = office.file()
    verified(office, complaint_id)
    office.do(handling.respond, complaint_id, DESK, text="Sudah ditambal.")
    office.do(
        handling.respond, complaint_id, DESK, text="Sudah ditambal."
    )  # the same words twice are two answers
    office.simulator.add_fault(fault, endpoint="add_followup", remaining=1, seconds=0.2)
    office.deliver()
    office.hurry()
    office.deliver()
    (there,) = office.filed()
    assert [each["content"] for each in there["followups"]] == ["Sudah ditambal.", "Sudah ditambal."]
    assert {each.state for each in office.messages()} == {"delivered"}


def test_a_crash_between_sending_and_recording_is_resumed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(BaseException):
        pass

    def cut(*_args: Any, **_values: Any) -> None:
        raise PowerCut

    complaint_id = office.file()
    with monkeypatch.context() as patch:
        patch.setattr(relay, "record_delivered", cut)
        with pytest.raises(PowerCut):
            office.deliver()
    assert office.deliver() == 0, "the lease of the lost worker still holds"
    office.hurry()
    assert office.deliver() == 1
    assert len(office.filed()) == 1
    calls = office.simulator.requests(endpoint="create", client_id=office.account.client_id)
    assert len(calls) == 1
    assert office.link(complaint_id) is not None


def test_a_crash_before_the_number_is_kept_is_found_by_our_reference(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst moment: the report is filed there and this side knows nothing but that it had begun."""

    class PowerCut(BaseException):
        pass

    keep = relay.Delivery.keep

    def cut(delivery: relay.Delivery, step: str, result: Any) -> None:
        if step == "external_id":
            raise PowerCut
        keep(delivery, step, result)

    office.file()
    with monkeypatch.context() as patch:
        patch.setattr(relay.Delivery, "keep", cut)
        with pytest.raises(PowerCut):
            office.deliver()
    office.hurry()
    assert office.deliver() == 1
    assert len(office.filed()) == 1


def test_where_nobody_can_look_a_person_decides(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the list of reports a second try might be a second report."""

    def unknown(*_args: object) -> None:
        raise DoNotTry("SP4N tidak mengenal laporan atau layanan ini", status=404)

    office.file()
    office.simulator.add_fault("error_after_commit", endpoint="create", remaining=1)
    office.deliver()
    office.hurry()
    monkeypatch.setattr(Sp4nClient, "find_by_tag", unknown)
    office.deliver()
    assert [(each.state, each.cause) for each in office.messages()] == [
        ("rejected", "Belum pasti apakah laporan ini sudah sampai di SP4N, periksa di sana")
    ]
    assert len(office.filed()) == 1


def test_two_workers_on_one_city_share_the_work(office: Office) -> None:
    ids = [office.file(title=f"Laporan {number}") for number in range(12)]
    with ThreadPoolExecutor(2) as pool:
        delivered = list(pool.map(lambda _: office.deliver(), range(2)))
    assert sum(delivered) == len(ids)
    assert len({each["tags_raw"] for each in office.filed()}) == len(office.filed()) == len(ids)


def test_a_declined_report_is_passed_on_once(office: Office) -> None:
    other = office.simulator.add_institution("Balai Jalan Nasional Uji")
    complaint_id = office.file()
    office.do(
        desk.decline_jurisdiction,
        complaint_id,
        DESK,
        institution="balai jalan  nasional uji",
        reason="Jalan nasional.",
    )
    office.simulator.add_fault("error_after_commit", endpoint="reject", remaining=1)
    office.deliver()
    office.hurry()
    office.deliver()
    (there,) = office.simulator.complaints(institution_id=other.institution_id)
    assert [log["note"] for log in there["logs"]].count("Bukan wewenang: Jalan nasional.") == 1
    assert office.external_id(complaint_id) == str(there["id"])


def test_an_institution_nobody_knows_is_not_guessed(office: Office) -> None:
    from complaints.ports import SyncView
    from sp4n import sync_views, upkeep

    complaint_id = office.file()
    office.do(desk.decline_jurisdiction, complaint_id, DESK, institution="Dinas Entah", reason="Bukan kami.")
    assert office.deliver() == 1
    view: SyncView = office.do(sync_views.sync_of, [complaint_id])[complaint_id]
    assert (view.state, view.text) == ("needs_person", "Gagal, perlu tindakan")
    assert view.cause == "Instansi “Dinas Entah” belum dipetakan ke SP4N"
    other = office.simulator.add_institution("Dinas Lain")
    office.do(upkeep.map_value, "institution", "Dinas Entah", str(other.institution_id))
    office.do(upkeep.retry_stopped)
    assert office.deliver() == 1
    assert len(office.simulator.complaints(institution_id=other.institution_id)) == 1


@pytest.mark.parametrize("mode", ["off", "trial"])
def test_nothing_is_queued_unless_the_mode_is_active(office: Office, mode: str) -> None:
    from sp4n import upkeep

    office.connect(mode=mode)
    complaint_id = office.file()
    verified(office, complaint_id)
    office.do(handling.respond, complaint_id, DESK, text="Sudah.")
    assert office.messages() == []
    office.connect(mode="active")
    office.do(handling.respond, complaint_id, DESK, text="Sudah sungguh.")
    assert office.messages() == [], "a report they never saw has no thread"
    assert office.do(upkeep.backfill) == 1
    assert office.do(upkeep.backfill) == 0
    assert office.deliver() == 1
    assert len(office.filed()) == 1


def test_no_call_is_made_inside_a_transaction(office: Office) -> None:
    from core.db.transaction import unit_of_work

    with office.scope():
        connection = settings.load()
        assert connection is not None
        client = settings.client_for(connection)
        with unit_of_work() as session:
            session.connection()
            with pytest.raises(TransactionOpen):
                client.list_institutions()
        assert client.list_institutions()


def test_mapped_ids_are_sent_and_the_defaults_where_none_is(office: Office) -> None:
    from sqlalchemy import select

    from complaints.models import Category
    from core.extensions import db
    from sp4n import upkeep

    with office.scope():
        code = db.session.scalar(select(Category.code).order_by(Category.sort).limit(1))
    office.file()
    office.do(upkeep.map_value, "category", code, "436")
    office.do(upkeep.map_value, "classification", "aspiration", "77")
    office.file(kind="aspiration")
    office.connect(category_id=5, location_id=12)
    office.deliver()
    one, two = office.filed()
    assert (one["payload"]["category_id"], one["payload"]["classification_id"]) == (436, 6)
    assert (two["payload"]["category_id"], two["payload"]["classification_id"]) == (436, 77)
    assert two["payload"]["location_id"] == 12
