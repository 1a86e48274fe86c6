"""The client's calls against the simulator as a process: what is sent arrives, what is there is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from core.http import OutboundClient
from sp4n.client import DoNotTry, Sp4nClient
from sp4n.contract import AddFollowup, CreateComplaint, KnownUser, NewUser, UploadFile
from tests.contract.conftest import client_of
from tests.simulator_process import Account, SimulatorProcess

Build = Callable[..., CreateComplaint]
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def test_a_report_arrives_as_written(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient, complaint: Build
) -> None:
    number = client.create(complaint(is_anonymous=True))

    assert number.isdigit()
    assert int(number) >= 6340753
    (held,) = simulator.complaints(institution_id=account.institution_id)
    assert str(held["id"]) == number
    assert held["payload"] == complaint(is_anonymous=True).payload()
    assert held["payload"]["nameUser"] == "Siti"


def test_a_known_user_is_named_by_number_only(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient, complaint: Build
) -> None:
    client.create(complaint(reporter=KnownUser(5218120)))

    (held,) = simulator.complaints(institution_id=account.institution_id)
    assert (held["payload"]["is_new_user_slider"], held["payload"]["user_id"]) == (False, 5218120)
    assert "nameUser" not in held["payload"]


def test_numbers_grow(client: Sp4nClient, complaint: Build) -> None:
    first, second = client.create(complaint()), client.create(complaint())
    assert int(second) > int(first)


def test_uploaded_files_belong_to_their_report(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient, complaint: Build
) -> None:
    ids = client.upload(
        [("foto jalan.png", PICTURE, "image/png"), ("surat.pdf", b"%PDF-1.7", "application/pdf")]
    )
    client.create(complaint(attachment_ids=ids))

    (held,) = simulator.complaints(institution_id=account.institution_id)
    assert [(file["file_name"], file["size"]) for file in held["uploads"]] == [
        ("foto jalan.png", 48),
        ("surat.pdf", 8),
    ]
    assert held["payload"]["attachments"] == f"[{ids[0]},{ids[1]}]"
    page = httpx.get(f"{simulator.url}/lampiran/{ids[0]}", trust_env=False)
    assert (page.content, page.headers["content-type"]) == (PICTURE, "image/png")


def test_no_files_make_no_call(simulator: SimulatorProcess, account: Account, client: Sp4nClient) -> None:
    assert client.upload([]) == ()
    assert simulator.requests(client_id=account.client_id) == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("skrip.exe", b"MZ", "application/x-msdownload")], "Jenis berkas tidak diterima"),
        ([("besar.png", b"0" * (5 * 1024 * 1024 + 1), "image/png")], "Ukuran berkas paling besar"),
        ([("a.png", PICTURE, "image/png")] * 6, "Paling banyak 5 berkas"),
    ],
)
def test_unfit_files_are_refused_with_the_remote_words(
    client: Sp4nClient, files: list[tuple[str, bytes, str]], words: str
) -> None:
    with pytest.raises(DoNotTry, match=rf"^SP4N menolak isian: .*{words}") as caught:
        client.upload(files)
    assert caught.value.status == 422


def test_a_detail_follows_the_national_side(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient, complaint: Build
) -> None:
    office = simulator.add_institution("Dinas Perhubungan", parent_id=account.institution_id)
    number = client.create(complaint())
    simulator.set_status(
        number, "Belum ditindaklanjuti", disposition_id=office.institution_id, note="Ke dinas"
    )

    report = client.get_detail(number)

    assert (report.status_name, report.disposition_name) == ("Belum ditindaklanjuti", "Dinas Perhubungan")
    assert report.title == "Lampu jalan padam"
    assert report.incident_on == date(2026, 12, 4)
    assert report.logs[-1].text == f"Laporan diteruskan dari Admin Nasional ke {report.disposition_name}"
    assert (report.logs[-1].to_id, report.logs[-1].status_new) == (
        office.institution_id,
        "Belum ditindaklanjuti",
    )
    assert report.status_notes[-1].note == "Ke dinas"
    assert report.created.at is not None
    assert abs(report.created.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_forwarding_moves_the_report_and_keeps_it_visible(
    simulator: SimulatorProcess, client: Sp4nClient, complaint: Build
) -> None:
    other = simulator.add_institution("Pemerintah Kabupaten Lain")
    number = client.create(complaint())

    client.forward_not_authority(number, other.institution_id, "Jalan milik kabupaten")

    report = client.get_detail(number)
    assert (report.disposition_id, report.status_name) == (other.institution_id, "Belum Terverifikasi")
    assert report.status_notes[-1].note == "Bukan wewenang: Jalan milik kabupaten"


def test_an_answer_arrives_with_its_files(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient, complaint: Build
) -> None:
    number = client.create(complaint())

    key = client.add_followup(
        AddFollowup(
            complaint_id=number,
            institution_from_id=account.institution_id,
            content="Yth. Pelapor, lampu sudah diganti – terima kasih.",
            template_code="TL02",
            attachments=(UploadFile("sesudah.png", PICTURE, "image/png"),),
        )
    )

    (followup,) = client.list_followups(number)
    assert followup.key == f"id:{key}"
    assert followup.content == "Yth. Pelapor, lampu sudah diganti – terima kasih."
    assert (followup.from_name, followup.to_name) == (account.name, "Pelapor")
    assert followup.template_content == "Laporan telah ditindaklanjuti."
    assert [file.file_name for file in followup.attachments] == ["sesudah.png"]
    assert client.get_detail(number).status_name == "Sedang proses"


def test_an_answer_to_the_reporters_reply_takes_the_report_on(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient, complaint: Build
) -> None:
    number = client.create(complaint())
    answer = AddFollowup(
        complaint_id=number, institution_from_id=account.institution_id, content="Sedang kami tangani."
    )
    client.add_followup(answer)
    simulator.add_followup(number, "Kapan selesai?", from_name="Pelapor")
    assert client.get_detail(number).status_name == "Ditanggapi oleh Pelapor"

    client.add_followup(answer)

    assert client.get_detail(number).status_name == "Sedang proses"


def test_the_whole_thread_is_read(simulator: SimulatorProcess, client: Sp4nClient, complaint: Build) -> None:
    number = client.create(complaint())
    for position in range(105):
        simulator.add_followup(
            number, f"Balasan {position}", from_name="Pelapor" if position == 104 else None
        )

    thread = client.list_followups(number)

    assert [followup.content for followup in thread] == [f"Balasan {position}" for position in range(105)]
    assert len(simulator.requests(endpoint="followups", complaint_id=number)) == 2
    assert client.get_detail(number).status_name == "Ditanggapi oleh Pelapor"


def test_master_lists(account: Account, client: Sp4nClient) -> None:
    assert (account.institution_id, account.name) in [
        (each.id, each.name) for each in client.list_institutions()
    ]
    assert [template.code for template in client.list_templates()] == ["TL01", "TL02", "TL03"]


def test_a_report_is_found_by_its_tag_and_by_nothing_like_it(client: Sp4nClient, complaint: Build) -> None:
    number = client.create(complaint(tags=("#sa_7-12", "#jalan")))
    client.create(complaint(tags=("#sa_7-123",)))
    client.create(complaint(tags=("#sa17-12",)))

    assert [report.external_id for report in client.find_by_tag("#sa_7-12")] == [number]
    assert client.find_by_tag("#sa_7-1") == []
    assert client.find_by_tag("%") == []


def test_incoming_reports_since_an_instant(
    simulator: SimulatorProcess, account: Account, client: Sp4nClient
) -> None:
    numbers = [
        simulator.add_complaint(
            account.institution_id, title=f"Laporan {position}", nameUser="Budi", is_anonymous=odd
        )
        for position, odd in enumerate([False, True] * 53)
    ]

    everything = client.list_incoming(None)
    later = client.list_incoming(datetime.now(UTC) + timedelta(minutes=5))
    sooner = client.list_incoming(datetime.now(UTC) - timedelta(minutes=5), account.institution_id)

    assert [report.external_id for report in everything.items] == numbers
    assert everything.skipped == ()
    assert later.items == ()
    assert sooner.items == everything.items
    named, anonymous = everything.items[:2]
    assert named.reporter is not None
    assert named.reporter.name == "Budi"
    assert anonymous.reporter is None


def test_an_account_sees_its_own_reports_only(
    simulator: SimulatorProcess, client: Sp4nClient, complaint: Build, http: OutboundClient
) -> None:
    stranger = simulator.add_institution("Pemerintah Kota Asing")
    number = client.create(complaint(tags=("#rahasia-kota",)))
    foreign = client_of(simulator, stranger, http)

    with pytest.raises(DoNotTry, match="tidak mengenal laporan") as caught:
        foreign.get_detail(number)
    assert caught.value.status == 404
    assert foreign.find_by_tag("#rahasia-kota") == []
    assert foreign.list_incoming(None).items == ()
    with pytest.raises(DoNotTry, match="Instansi bukan milik akun ini"):
        foreign.list_incoming(None, client.get_detail(number).disposition_id)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"disposition_id": 999_999_999}, "Instansi tujuan tidak dikenal"),
        ({"attachment_ids": (999_999_999,)}, "Berkas 999999999 tidak ditemukan"),
    ],
)
def test_the_remote_side_names_the_field_it_refuses(
    client: Sp4nClient, complaint: Build, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(DoNotTry, match=words):
        client.create(complaint(**changes))


@pytest.mark.parametrize("changes", [{"title": " "}, {"tags": ("tanpa pagar",)}, {"reporter": NewUser("")}])
def test_unfit_data_is_not_sent(
    simulator: SimulatorProcess,
    account: Account,
    client: Sp4nClient,
    complaint: Build,
    changes: dict[str, object],
) -> None:
    with pytest.raises(DoNotTry, match=r"^Data untuk SP4N belum lengkap: "):
        client.create(complaint(**changes))
    assert simulator.requests(client_id=account.client_id) == []


def test_older_clients_credentials_are_known_too(
    simulator: SimulatorProcess, account: Account, http: OutboundClient
) -> None:
    client = Sp4nClient(simulator.url + "/", "auth", account.secret, account.token, http)
    assert client.list_templates()
