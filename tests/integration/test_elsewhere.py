"""What the reporter of a merged or moved report reads, and what never shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from complaints.acts import desk, groups, handling, reporter
from complaints.acts.moves import carrying
from tests.casework import LONG, officer_of
from tests.conftest import Browser, City
from tests.moving import Filing, Scope, send
from tests.pages import check_page

ANSWER = "Yth. Pelapor, lubang sudah ditambal oleh regu kami pada hari Senin."


def tracked(browse: Callable[[City], Browser], city: City, receipt: Any) -> str:
    browser = browse(city)
    assert browser.post("/lacak", {"number": receipt.number, "pin": receipt.pin}).status_code == 303
    page: str = browser.get(f"/lacak/{receipt.number}").get_data(as_text=True)
    check_page(page)
    return page


def test_the_reporter_of_a_merged_report_reads_the_main_one(
    city: City, in_city: Scope, file_report: Filing, browse: Callable[[City], Browser]
) -> None:
    main = file_report(city, name="Siti Utama", title="Judul laporan utama")
    each = file_report(city, name="Budi Kedua")
    words = "Rumah saya di sebelah warung biru, saya Siti."
    with in_city(city):
        groups.merge(each.complaint_id, officer_of(city), main=main.complaint_id)
        desk.verify(main.complaint_id, officer_of(city), classification="unsupervised")
        desk.note(main.complaint_id, officer_of(city), text="Catatan untuk rekan saja.")
        handling.respond(main.complaint_id, officer_of(city), text=ANSWER)
        reporter.provide_info(main.complaint_id, text=words)
    page = tracked(browse, city, each)
    assert f"Digabung dengan laporan {main.number}" in page
    assert ANSWER in page
    for secret in ("Siti", "warung biru", "Catatan untuk rekan", "Judul laporan utama"):
        assert secret not in page
    short = browse(city).get(f"/lacak/{each.number}").get_data(as_text=True)
    assert main.number not in short
    assert ANSWER not in short


def test_of_a_confidential_main_report_only_the_answers(
    city: City, in_city: Scope, file_report: Filing, browse: Callable[[City], Browser]
) -> None:
    main, each = file_report(city, is_confidential=True), file_report(city)
    with in_city(city):
        groups.merge(each.complaint_id, officer_of(city), main=main.complaint_id)
        desk.verify(main.complaint_id, officer_of(city), classification="unsupervised")
        desk.assign(main.complaint_id, officer_of(city), department_id=city.departments["pupr"])
        handling.follow_up(main.complaint_id, officer_of(city), text="Kami periksa lokasi rahasia itu.")
        handling.respond(main.complaint_id, officer_of(city), text=ANSWER)
    page = tracked(browse, city, each)
    assert ANSWER in page
    assert "lokasi rahasia" not in page


def test_a_chain_leads_to_its_end(
    city: City, in_city: Scope, file_report: Filing, browse: Callable[[City], Browser]
) -> None:
    first, second, third = (file_report(city) for _ in range(3))
    with in_city(city):
        groups.merge(first.complaint_id, officer_of(city), main=second.complaint_id)
        groups.merge(second.complaint_id, officer_of(city), main=third.complaint_id)
    assert f"Digabung dengan laporan {third.number}, karena" in tracked(browse, city, first)


def test_the_reporter_of_a_moved_report_is_sent_along(
    make_city: Callable[..., City],
    in_city: Scope,
    file_report: Filing,
    browse: Callable[[City], Browser],
    officer: Callable[..., Browser],
) -> None:
    source, target = make_city(), make_city()
    receipt = file_report(source)
    with in_city(source):
        send(receipt.complaint_id, source, target)
    assert "Laporan sedang diteruskan ke Kota Uji" in tracked(browse, source, receipt)
    case = f"/petugas/laporan/{receipt.number}"
    assert "Sedang dipindahkan ke Kota Uji" in officer(source).get(case).get_data(as_text=True)
    with in_city(source):
        carrying.deliver_due()
    page = tracked(browse, source, receipt)
    assert f'href="{target.url}/lacak/{receipt.number}"' in page
    assert "Nomor dan PIN Anda tetap sama" in page
    at_target = tracked(browse, target, receipt)
    assert "Diterima dari Kota Uji" in at_target
    assert LONG in at_target
    shown = officer(source).get(case).get_data(as_text=True)
    check_page(shown)
    assert "Di sini laporan hanya dapat dibaca" in shown
    shown = officer(target).get(case).get_data(as_text=True)
    check_page(shown)
    assert "dengan riwayatnya" in shown
