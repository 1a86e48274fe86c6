"""What is shown before it is sent is what is sent: page and command against the simulator's request log."""

from __future__ import annotations

import html
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from complaints.acts import desk, handling, mentioning, uploads
from complaints.models import Attachment
from core.db.transaction import unit_of_work
from core.media import UploadLimits, inspect
from core.outbox import relay
from sp4n import upkeep
from sp4n.preview import compose
from sp4n.preview.words import MASK
from sp4n.subscribers import FOLLOW_UP
from tests.conftest import Browser, City, photo
from tests.pages import check_page
from tests.sp4n_office import DESK, Office

PAGE = "/petugas/sp4n/uji"
_JSON = re.compile(r'<pre class="teknis"[^>]*>(.*?)</pre>', re.DOTALL)
_CALL = re.compile(r"<h3>\s*<code>(\w+) ([^<]+)</code>\s*</h3>\s*<dl[^>]*>(.*?)</dl>", re.DOTALL)
_FIELD = re.compile(r"<code>([^<]+)</code>\s*</dt>\s*<dd[^>]*>(.*?)</dd>", re.DOTALL)
REPORTER = {"name": "Sari Pelapor", "phone": "+6281290001234", "email": "sari@contoh.id"}


def page_of(browser: Browser, number: str) -> str:
    response = browser.get(f"{PAGE}?nomor={number}")
    assert response.status_code == 200
    page = str(response.get_data(as_text=True))
    check_page(page)
    return page


def shown_calls(page: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(method, path, [(name, value)]) of each call, as the page prints them."""
    return [
        (method, html.unescape(path), [
            (name, html.unescape(value).strip()) for name, value in _FIELD.findall(fields)
        ])
        for method, path, fields in _CALL.findall(page)
    ]  # fmt: skip


def received(office: Office) -> list[dict[str, Any]]:
    """The POSTs that reached the other side, oldest first."""
    calls = office.simulator.requests(client_id=office.account.client_id)
    return [each for each in calls if each["method"] == "POST"]


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def worked_on(office: Office, **overrides: Any) -> uuid.UUID:
    """A report with a photo, verified, and answered with a photo."""
    form_key = uuid.uuid4()
    with office.scope():
        incoming = [uploads.Incoming("lubang di jalan.png", photo(kind="PNG"))]
        assert uploads.accept(form_key, incoming, UploadLimits()) == []
        after = inspect("sesudah.jpg", photo())
    complaint_id = office.file(**(REPORTER | {"form_key": form_key} | overrides))
    office.do(desk.verify, complaint_id, DESK, classification="unsupervised")
    words = "Sudah ditambal.\nTerima kasih & salam <Dinas>."
    office.do(handling.respond, complaint_id, DESK, text=words, files=[after])
    return complaint_id


def test_the_page_shows_what_then_arrives_field_by_field(
    office: Office, officer: Callable[..., Browser]
) -> None:
    """In trial nothing goes; once active, the log of the other side holds what the page had shown."""
    office.connect(mode="trial")
    complaint_id = worked_on(office)
    assert received(office) == []
    number = office.complaint(complaint_id).number
    page = page_of(officer(office.city), number)
    shown, bodies = shown_calls(page), [json.loads(html.unescape(each)) for each in _JSON.findall(page)]
    office.connect()
    office.do(upkeep.backfill)
    office.do(queue_answer, complaint_id, office.history(complaint_id)[-1].id)
    while office.deliver():
        pass
    arrived = received(office)
    external_id = office.external_id(complaint_id)
    assert [each["endpoint"] for each in arrived] == ["upload", "create", "add_followup"]
    assert len(shown) == len(arrived)
    for (method, path, fields), call in zip(shown, arrived, strict=True):
        assert (method, path) == (call["method"], call["path"])
        sent = [*(call["body"]["json"] or {}).items(), *call["body"]["fields"]]
        told = [(name, value) for name, value in fields if name not in ("attachments[]", "attachment[0]")]
        assert [name for name, _ in told] == [name for name, _ in sent]
        for (name, value), (_, truly) in zip(told, sent, strict=True):
            if name in ("nameUser", "phoneUser", "emailUser"):
                assert value == MASK
                assert truly in REPORTER.values()
            elif name in ("attachments", "info_attachments"):
                assert value == "[{nomor berkas 1}]"
                assert re.fullmatch(r"\[\d+\]", truly)
            elif name == "complaint_id":
                assert (value, truly) == ("{nomor laporan}", external_id)
            else:
                assert value == as_text(truly).strip(), name
        names = [value.partition(",")[0] for name, value in fields if (name, value) not in told]
        assert names == [name for _, name, _ in call["body"]["files"]]
    (body,), sent_body = bodies, arrived[1]["body"]["json"]
    assert list(body) == list(sent_body)
    assert {name: value for name, value in body.items() if value == sent_body[name]}.keys() == (
        sent_body.keys() - {"nameUser", "phoneUser", "emailUser", "attachments", "info_attachments"}
    )
    (file,) = arrived[0]["body"]["files"]
    told_size = office.do(compose.of_case, complaint_id).messages[0].calls[0].files[0].size
    assert file == ["attachments[]", "lubang di jalan.jpg", told_size]


def queue_answer(complaint_id: uuid.UUID, event_id: uuid.UUID) -> None:
    """Queue an answer of the time in which nothing was sent, as *Kesamaan data* does when asked to."""
    payload = {"complaint_id": str(complaint_id), "event_id": str(event_id)}
    with unit_of_work():
        relay.add(FOLLOW_UP, complaint_id, f"act:{event_id}", payload)


def test_neither_credential_nor_reporter_is_on_the_page(
    office: Office, officer: Callable[..., Browser]
) -> None:
    complaint_id = worked_on(office)
    number = office.complaint(complaint_id).number
    page = page_of(officer(office.city), number)
    command = office.app.test_cli_runner().invoke(
        args=["sp4n", "preview", "--tenant", office.city.slug, "--number", number, "--json"]
    )
    assert command.exit_code == 0
    for hidden in (*REPORTER.values(), "81290001234", office.account.secret, office.account.token):
        assert hidden not in html.unescape(page)
        assert hidden not in command.output
    assert "<dt>Authorization</dt>" in page.replace("\n", "")
    told = json.loads(command.output)
    assert [call["path"] for each in told["messages"] for call in each["calls"]] == [
        path for _, path, _ in shown_calls(page)
    ]


def test_it_names_the_acts_that_are_queued_and_no_others(office: Office) -> None:
    complaint_id = worked_on(office, is_anonymous=True, is_confidential=True)
    office.do(handling.follow_up, complaint_id, DESK, text="Petugas ke lokasi.")
    office.do(mentioning.note, complaint_id, DESK, text="Untuk kita saja.")
    found = office.do(compose.of_case, complaint_id)
    told = [call for each in found.messages for call in each.calls]
    assert {each.state for each in found.messages} == {"Menunggu dikirim"}
    assert len(found.withheld) == 3
    while office.deliver():
        pass
    arrived = received(office)
    assert [call.path for call in told] == [call["path"] for call in arrived]
    assert [dict(each.body or {}).get("nameUser") for each in told if each.body] == ["Anonim"]
    assert "Untuk kita saja." not in json.dumps(arrived)
    after = office.do(compose.of_case, complaint_id)
    assert {each.state for each in after.messages} == {"Sudah terkirim"}
    number = office.external_id(complaint_id)
    assert ("complaint_id", number) in [
        (each.name, each.value)
        for message in after.messages
        for call in message.calls
        for each in call.fields
    ]


def test_passing_on_waits_for_the_name_to_be_mapped(office: Office, officer: Callable[..., Browser]) -> None:
    complaint_id = office.file()
    office.do(
        desk.decline_jurisdiction,
        complaint_id,
        DESK,
        institution="Dinas Entah",
        reason="Jalan provinsi, bukan jalan kota.",
    )
    number = office.complaint(complaint_id).number
    page = page_of(officer(office.city), number)
    assert "Tidak dapat dikirim: Instansi “Dinas Entah” belum dipetakan ke SP4N." in page
    assert "belum dipetakan, sehingga dikirim dengan nomor baku 1." in page, "the category"
    assert page.count('href="/petugas/sp4n/pemetaan"') >= 2
    assert "Buka Pemetaan" not in page_of(officer(office.city, "verifier"), number)
    office.do(upkeep.map_value, "institution", "Dinas Entah", str(office.account.institution_id))
    page = page_of(officer(office.city), number)
    assert "Tidak dapat dikirim" not in page
    shown = shown_calls(page)[-1]
    while office.deliver():
        pass
    sent = received(office)[-1]
    assert shown[1].replace("{nomor laporan}", office.external_id(complaint_id)) == sent["path"]
    assert shown[2] == [(name, as_text(value)) for name, value in sent["body"]["json"].items()]


def test_rules_of_the_city_and_lost_files_are_told_beforehand(
    office: Office, officer: Callable[..., Browser]
) -> None:
    office.connect(mode="trial", send_anonymous="no", send_confidential=False, sends=False)
    complaint_id = worked_on(office, is_anonymous=True, is_confidential=True)
    found = office.do(compose.of_case, complaint_id)
    assert len(found.stops) == 3
    with office.scope(), unit_of_work() as session:
        session.execute(update(Attachment).values(storage_key=f"t{office.city.id}/lampiran/aa/hilang.jpg"))
    page = page_of(officer(office.city), office.complaint(complaint_id).number)
    assert page.count("Tidak dapat dikirim: Lampiran tidak ditemukan di penyimpanan.") == 2
    assert "Laporan anonim tidak dikirim menurut halaman Sambungan." in page
    assert "Sambungan dalam mode uji: tidak ada yang dikirim." in page


def test_the_list_names_the_newest_reports_and_unknown_numbers_are_refused(
    office: Office, officer: Callable[..., Browser]
) -> None:
    office.connect(mode="trial")
    complaint_id = worked_on(office, is_confidential=True)
    number = office.complaint(complaint_id).number
    browser = officer(office.city)
    page = browser.get(PAGE).get_data(as_text=True)
    check_page(page)
    assert f"{PAGE}?nomor={number}" in page
    assert re.search(r"rahasia, kategori “[^”]+” belum dipetakan", page)
    refused = browser.get(f"{PAGE}?nomor=%3Cscript%3E{'x' * 100}")
    assert refused.status_code == 422
    assert "Tidak ada laporan dengan nomor itu." in refused.get_data(as_text=True)
    assert "<script>x" not in refused.get_data(as_text=True)
    assert officer(office.city, "observer").get(PAGE).status_code == 403
    case = browser.get(f"/petugas/laporan/{number}").get_data(as_text=True)
    assert f"{PAGE}?nomor={number}" in case
    assert "Lihat apa yang dikirim" in case


def test_without_a_connection_the_page_says_so(
    city: City, officer: Callable[..., Browser], file_report: Callable[..., Any]
) -> None:
    number = file_report(city).number
    browser = officer(city)
    assert "Sambungan belum diisi." in browser.get(PAGE).get_data(as_text=True)
    refused = browser.get(f"{PAGE}?nomor={number}")
    assert refused.status_code == 422
    check_page(refused.get_data(as_text=True))
