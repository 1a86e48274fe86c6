"""A national side that is away or refuses: the city's circuit and its backlog in words."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from complaints.acts import desk, handling
from complaints.ports import SyncView
from core import clock
from core.jobs import sweeping
from core.outbox import relay
from sp4n import circuit, inbound, jobs, sync_views, upkeep
from sp4n.parity import queries
from sp4n.subscribers import DELIVER, POLL
from tests.sp4n_office import DESK, Office


def dead_address() -> str:
    """An address on this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_a_dead_remote_pauses_its_city_only(office: Office, other_office: Office) -> None:
    dead, alive = office, other_office
    dead.connect(base_url=dead_address())
    for title in ("Satu", "Dua", "Tiga"):
        dead.file(title=f"Laporan {title}")
        alive.file(title=f"Laporan {title}")
    assert dead.deliver() == 0
    row = dead.row()
    assert (row.failures, row.last_cause) == (1, "SP4N tidak dapat dihubungi")
    assert row.paused_until is not None
    assert [each.attempts for each in dead.messages()] == [1, 0, 0], "one knock, not one for each message"
    assert dead.deliver() == 0
    assert [each.attempts for each in dead.messages()] == [1, 0, 0], "while paused nobody knocks"
    assert alive.deliver() == 3
    assert alive.row().failures == 0
    state = dead.do(upkeep.state)
    assert state.outbox["pending"] == 3
    assert state.oldest_pending_at is not None
    dead.connect(base_url=dead.simulator.url)
    dead.hurry()
    assert dead.deliver() == 3
    assert dead.row().failures == 0
    assert dead.row().last_cause is None


def test_the_sweep_passes_over_a_paused_city(office: Office, other_office: Office) -> None:
    paused, ready = office, other_office
    paused.file()
    ready.file()
    paused.simulator.add_fault("server_error", client_id=paused.account.client_id)
    paused.deliver()
    (due,) = [job.due_sql for job in jobs.JOBS if job.name == DELIVER]
    assert due is not None
    with paused.scope():
        found = sweeping.due_tenants(sweeping.relay_engine(paused.app), due)
    assert ready.city.id in found
    assert paused.city.id not in found


@pytest.mark.parametrize("first", [0, 1])
def test_the_sweep_wakes_first_who_waits_longest(office: Office, other_office: Office, first: int) -> None:
    offices = [office, other_office]
    longest, other = offices[first], offices[1 - first]
    for each, minutes in ((longest, 20), (other, 10)):
        with clock.frozen(clock.now() - timedelta(minutes=minutes)):
            each.connect()
            each.file()
    engine = sweeping.relay_engine(office.app)
    for due in (job.due_sql for job in jobs.JOBS if job.name in (DELIVER, POLL)):
        assert due is not None
        found = sweeping.due_tenants(engine, due)
        assert found.index(longest.city.id) < found.index(other.city.id)


def test_the_pause_grows_to_five_minutes_and_ends_with_a_success(office: Office) -> None:
    pauses = []
    for _ in range(9):
        before = clock.now()
        office.do(circuit.failed, relay.TryLater("SP4N sedang bermasalah (503)"))
        until = office.row().paused_until
        assert until is not None
        pauses.append(round((until - before).total_seconds()))
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    office.hurry()
    office.file()
    assert office.deliver() == 1
    assert (office.row().failures, office.row().paused_until) == (0, None)


def test_an_hour_of_maintenance_loses_nothing_and_costs_few_calls(office: Office) -> None:
    """Acts go on meanwhile; the hour ends now, so that what is read then is not from the future."""
    began = clock.now() - timedelta(minutes=85)
    client_id = office.account.client_id

    def work(minutes: range) -> None:
        """What the clockwork does in these minutes, every ten seconds."""
        for second in range(60 * minutes.start, 60 * minutes.stop, 10):
            with clock.frozen(began + timedelta(seconds=second)):
                office.deliver()
                office.do(inbound.poll)

    with clock.frozen(began):
        office.connect()
        sent = office.file()
        assert office.deliver() == 1
    before = len(office.simulator.requests(client_id=client_id))
    office.simulator.add_fault("html_error", client_id=client_id)
    with clock.frozen(began):
        office.do(desk.verify, sent, DESK, classification="unsupervised")
        office.do(desk.assign, sent, DESK, department_id=office.city.departments["pupr"])
    work(range(20))
    with clock.frozen(began + timedelta(minutes=20)):
        office.do(handling.follow_up, sent, DESK, text="Petugas menuju lokasi.")
        late = office.file(title="Dikirim saat pusat tutup")
    work(range(20, 40))
    with clock.frozen(began + timedelta(minutes=40)):
        office.do(handling.respond, sent, DESK, text="Lubang sudah ditutup.")
    work(range(40, 60))

    calls = len(office.simulator.requests(client_id=client_id)) - before
    assert 10 < calls < 30, "it knocks less and less often, and does not stop knocking"
    assert [each.state for each in office.messages()[1:]] == ["pending"] * 4
    with clock.frozen(began + timedelta(minutes=60)):
        assert office.do(queries.lag).oldest_at == began
        assert office.do(queries.summary).share in (None, 0)
        views = office.do(sync_views.sync_of, [sent, late]).values()
        assert {each.state for each in views} == {"retrying"}
        assert "SP4N sedang bermasalah (503)" in str(office.row().last_cause)

    office.simulator.clear_faults()
    work(range(60, 85))
    assert {each.state for each in office.messages()} == {"delivered"}
    first, second = office.filed()
    assert [each["content"] for each in first["followups"]] == [
        "Diteruskan ke Dinas Pekerjaan Umum.",
        "Petugas menuju lokasi.",
        "Lubang sudah ditutup.",
    ]
    assert second["title"] == "Dikirim saat pusat tutup"
    office.poll()
    assert office.do(queries.lag).oldest_at is None
    assert {each.state for each in office.do(sync_views.sync_of, [sent, late]).values()} == {"synced"}


def test_a_wait_the_other_side_asks_for_is_kept(office: Office) -> None:
    office.file()
    office.simulator.add_fault("rate_limit", client_id=office.account.client_id, seconds=600)
    before = clock.now()
    office.deliver()
    row, (message,) = office.row(), office.messages()
    assert row.last_cause == "SP4N membatasi jumlah permintaan"
    for at in (row.paused_until, message.due_at):
        assert at is not None
        assert timedelta(seconds=599) < at - before < timedelta(seconds=660)


@pytest.mark.parametrize("fault", ["unauthorized", "redirect", "garbage", "html_error"])
def test_what_is_wrong_with_the_connection_stops_no_message(office: Office, fault: str) -> None:
    """A revoked token or a maintenance page would otherwise leave every waiting report to a person."""
    for _ in range(3):
        office.file()
    office.simulator.add_fault(fault, client_id=office.account.client_id)
    office.deliver()
    assert [each.state for each in office.messages()] == ["pending"] * 3
    assert office.row().paused_until is not None
    office.simulator.clear_faults()
    office.hurry()
    assert office.deliver() == 3
    assert len(office.filed()) == 3


def test_a_refused_report_does_not_stop_the_others(office: Office) -> None:
    refused = office.file(title="Laporan yang ditolak")
    office.simulator.add_fault(
        "refused_in_success", endpoint="create", client_id=office.account.client_id, remaining=1
    )
    office.file(title="Laporan yang diterima")
    assert office.deliver() == 1
    assert office.row().paused_until is None
    view = office.do(sync_views.sync_of, [refused])[refused]
    assert view.cause == "SP4N menolak: Data tidak dapat diproses"


def test_states_in_the_words_of_officers(office: Office) -> None:
    complaint_id = office.file()

    def view() -> SyncView:
        found: SyncView = office.do(sync_views.sync_of, [complaint_id])[complaint_id]
        return found

    assert (view().state, view().text) == ("waiting", "Menunggu antrean")
    office.simulator.add_fault("server_error", endpoint="create", remaining=1)
    office.deliver()
    retrying = view()
    assert retrying.state == "retrying"
    assert retrying.at is not None
    local = retrying.at.astimezone(ZoneInfo("Asia/Jakarta"))
    assert retrying.text == f"Gagal, dicoba lagi pukul {local:%H.%M} (percobaan 2)"
    assert retrying.cause == "SP4N sedang bermasalah (503)"
    office.hurry()
    with office.scope():
        held = relay.claim(("sp4n.create",))
    assert held is not None
    assert (view().state, view().text) == ("sending", "Sedang dikirim")
    office.hurry()
    assert office.deliver() == 1
    assert view().state == "synced"
    assert view().number == office.external_id(complaint_id)
    at: datetime | None = view().at
    assert at is not None
    assert view().text.startswith("Tersinkron ")


def test_a_city_that_is_not_connected_has_no_states(bare_office: Office) -> None:
    complaint_id = bare_office.file()
    assert bare_office.do(sync_views.sync_of, [complaint_id]) == {}
    assert bare_office.deliver() == 0
    assert bare_office.messages() == []
    bare_office.connect(mode="trial")
    view = bare_office.do(sync_views.sync_of, [complaint_id])[complaint_id]
    assert (view.state, view.text) == ("off", "Belum dikirim")


def test_sync_of_a_page_takes_one_statement(office: Office) -> None:
    from sqlalchemy import event

    from core.extensions import db

    ids = [office.file() for _ in range(5)]
    office.deliver()
    ids += [office.file() for _ in range(5)]
    statements: list[str] = []
    with office.scope():
        db.session.connection()

        def count(*args: object) -> None:
            statements.append(str(args[2]))

        event.listen(db.engine, "before_cursor_execute", count)
        try:
            views = sync_views.sync_of(ids)
        finally:
            event.remove(db.engine, "before_cursor_execute", count)
    assert len(statements) == 1
    assert [views[each].state for each in ids] == ["synced"] * 5 + ["waiting"] * 5


def test_case_page_finds_a_report_by_its_national_number(
    office: Office, officer: Callable[..., object]
) -> None:
    complaint_id = office.file(title="Dicari lewat nomor nasional")
    office.deliver()
    number = office.external_id(complaint_id)
    assert office.do(sync_views.find_by_number, number) == complaint_id
    page = officer(office.city).get(f"/petugas/?q={number}").get_data(as_text=True)  # type: ignore[attr-defined] # a browser
    assert "Dicari lewat nomor nasional" in page
    assert "Tersinkron" in page


def test_a_lost_file_is_said_and_not_sent_without(office: Office) -> None:
    from sqlalchemy import update

    from complaints.models import Attachment
    from core.db.transaction import unit_of_work
    from core.media import inspect
    from tests.conftest import photo

    complaint_id = office.file()
    office.do(desk.verify, complaint_id, DESK, classification="unsupervised")
    with office.scope():
        clean = inspect("bukti.jpg", photo())
        handling.respond(complaint_id, DESK, text="Ini buktinya.", files=[clean])
    with office.scope(), unit_of_work() as session:
        session.execute(update(Attachment).values(storage_key=f"t{office.city.id}/lampiran/aa/hilang.jpg"))
    office.deliver()
    assert [(each.state, each.cause) for each in office.messages()] == [
        ("delivered", None),
        ("rejected", "Lampiran tidak ditemukan di penyimpanan"),
    ]
