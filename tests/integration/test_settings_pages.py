"""The administrator's pages of calendar and periods, as a browser without scripts uses them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from complaints import statute
from core import audit, clock
from core.extensions import db
from tenants.models import LocalHoliday, WorkWeek
from tests.conftest import Browser, City

CALENDAR, PERIODS = "/petugas/pengaturan/kalender", "/petugas/pengaturan/batas-waktu"
ADD, CHANGE = f"{CALENDAR}/libur", f"{CALENDAR}/libur/ubah"
NOW = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Asia/Jakarta"))
FIVE_DAYS = {f"day_{day}": "07.30–12.00, 13.00–16.00" for day in range(4)} | {
    "day_4": "07.30–11.30, 13.00–16.30",
    "day_5": "",
    "day_6": "",
}
PERIOD_VALUES = {
    "verification": "2", "first_response": "4", "information_request": "5", "aspiration": "5",
    "unsupervised": "10", "supervised": "45", "clarification": "10", "auto_close": "10",
}  # fmt: skip
InCity = Callable[[City], Any]


@pytest.fixture
def admin(city: City, officer: Callable[..., Browser]) -> Browser:
    with clock.frozen(NOW):
        return officer(city)


def text_of(response: Any) -> str:
    return str(response.get_data(as_text=True))


def test_the_index_leads_to_each_page(admin: Browser) -> None:
    page = text_of(admin.get("/petugas/pengaturan/"))
    for path in (CALENDAR, PERIODS):
        assert f'href="{path}"' in page
        assert admin.get(path).status_code == 200


@pytest.mark.parametrize("role", ["verifier", "liaison_officer", "department_head", "observer"])
def test_only_the_administrator_sets_them(city: City, officer: Callable[..., Browser], role: str) -> None:
    browser = officer(city, role)
    for path in ("/petugas/pengaturan/", CALENDAR, PERIODS):
        assert browser.get(path).status_code == 403


def test_the_example_is_computed_and_nothing_saved(admin: Browser, city: City, in_city: InCity) -> None:
    with clock.frozen(NOW):
        page = text_of(admin.get(CALENDAR))
        assert "laporan masuk Jumat, 27 November 2026 15.30 WIB" in page
        assert "batas verifikasi Rabu, 2 Desember 2026 16.00 WIB" in page
        week = FIVE_DAYS | {"day_2": "", "day_5": "08.00-13.15"}
        tried = text_of(admin.post(CALENDAR, week | {"contoh": "1"}))
        assert "batas verifikasi Selasa, 1 Desember 2026 16.00 WIB" in tried
    with in_city(city):
        assert db.session.scalars(select(WorkWeek.days)).one() == "01234"


def test_a_saved_week_counts(admin: Browser, city: City, in_city: InCity) -> None:
    week = FIVE_DAYS | {"day_5": "8.00 sampai 13.15"}
    assert admin.post(CALENDAR, week).status_code == 303
    with in_city(city):
        row = db.session.scalars(select(WorkWeek)).one()
        assert (row.days, (row.hours or {})["5"]) == ("012345", [["08:00", "13:15"]])
        found = statute.load(clock.now()).calendar.deadline_at(NOW, 4)
        assert found == datetime(2026, 11, 28, 13, 15, tzinfo=NOW.tzinfo)
        entry = db.session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.action == "calendar.week_changed")
        ).one()
        assert (entry.detail["old"]["days"], entry.detail["new"]["days"]) == ("01234", "012345")
        assert entry.actor_id is not None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("day_0", "pagi", "Tulis jam seperti"),
        ("day_0", "07.30", "Tulis jam seperti"),
        ("day_0", "25.00–26.00", "Tulis jam seperti"),
        ("day_0", "13.00–12.00", "harus berurutan"),
        ("day_0", "08.00–12.00, 11.00–16.00", "harus berurutan"),
        ("day_0", "08.00–09.00, 10.00–11.00, 12.00–13.00, 14.00–15.00", "harus berurutan"),
        ("day_0", "<script>" * 400, "Tulis jam seperti"),
        ("day_0", "‮07.30\x00–", "Tulis jam seperti"),
    ],
)
def test_hours_that_are_none_are_refused(
    admin: Browser, city: City, in_city: InCity, field: str, value: str, words: str
) -> None:
    refused = admin.post(CALENDAR, FIVE_DAYS | {field: value})
    assert refused.status_code == 422
    assert words in text_of(refused)
    assert "<script>" * 2 not in text_of(refused)
    with in_city(city):
        assert db.session.scalars(select(WorkWeek.days)).one() == "01234"


def test_a_week_without_a_day_is_refused(admin: Browser) -> None:
    refused = admin.post(CALENDAR, dict.fromkeys(FIVE_DAYS, ""))
    assert (refused.status_code, "paling sedikit satu hari kerja" in text_of(refused)) == (422, True)


def test_a_local_day_off_added_moved_removed(admin: Browser, city: City, in_city: InCity) -> None:
    def days() -> list[date]:
        with in_city(city):
            return list(db.session.scalars(select(LocalHoliday.on)))

    assert admin.post(ADD, {"on": "2026-12-09", "name": "Hari jadi"}, page=CALENDAR).status_code == 303
    assert days() == [date(2026, 12, 9)]
    page = text_of(admin.get(CALENDAR))
    assert "Rabu, 9 Desember 2026" in page
    assert "Libur daerah Hari jadi ditambahkan" in page
    moved = admin.post(CHANGE, {"day": "2026-12-09", "to": "10-12-2026"}, page=CALENDAR)
    assert (moved.status_code, days()) == (303, [date(2026, 12, 10)])
    removed = admin.post(CHANGE, {"day": "2026-12-10", "hapus": "1"}, page=CALENDAR)
    assert (removed.status_code, days()) == (303, [])


@pytest.mark.parametrize(
    ("path", "data", "words"),
    [
        (ADD, {"on": "", "name": "Hari jadi"}, "Isi tanggal"),
        (ADD, {"on": "31-02-2026", "name": "Hari jadi"}, "tidak ada di kalender"),
        (ADD, {"on": "2026-12-09", "name": ""}, "Tulis nama hari libur"),
        (ADD, {"on": "2026-12-09", "name": "x" * 10_000}, "kurangi 9.900 huruf"),
        (ADD, {"on": "1999-12-09", "name": "Hari jadi"}, "dari tahun 2020"),
        (ADD, {"on": "2026-12-25", "name": "Hari jadi"}, "sudah menjadi hari libur daerah"),
        (CHANGE, {"day": "2026-12-25", "to": ""}, "Isi tanggal"),
        (CHANGE, {"day": "2026-12-25", "to": "besok"}, "Tulis tanggal dengan angka"),
        (CHANGE, {"day": "2026-12-25", "to": "2026-12-25"}, "sudah menjadi hari libur daerah"),
    ],
)
def test_bad_days_off_are_refused_with_words(
    admin: Browser, city: City, in_city: InCity, path: str, data: dict[str, str], words: str
) -> None:
    assert admin.post(ADD, {"on": "2026-12-25", "name": "Libur kota"}, page=CALENDAR).status_code == 303
    refused = admin.post(path, data, page=CALENDAR)
    assert refused.status_code == 422
    assert words in text_of(refused)
    with in_city(city):
        assert list(db.session.scalars(select(LocalHoliday.on))) == [date(2026, 12, 25)]


@pytest.mark.parametrize("day", ["2026-12-09", "", "garbage", "' OR 1=1"])
def test_a_day_off_that_is_not_there(admin: Browser, day: str) -> None:
    for data in ({"to": "2026-12-10"}, {"hapus": "1"}):
        assert admin.post(CHANGE, {"day": day} | data, page=CALENDAR).status_code == 422


def test_national_days_can_be_read(admin: Browser) -> None:
    page = text_of(admin.get(f"{CALENDAR}?tahun=2026"))
    assert "Hari Suci Nyepi" in page
    assert "Cuti bersama" in page
    for odd in ("2099", "abc", "99999", "-1", "²"):
        assert admin.get(f"{CALENDAR}?tahun={odd}").status_code == 200


def test_a_new_rule_set_is_added_beside_the_old(admin: Browser, city: City, in_city: InCity) -> None:
    with clock.frozen(NOW):
        page = text_of(admin.get(PERIODS))
        assert "Belum diisi" in page
        filled = text_of(admin.get(f"{PERIODS}?isi=permenpanrb-5-2025"))
        basis = "Peraturan Menteri PANRB Nomor 5 Tahun 2025 tentang Penyelenggaraan SP4N"
        assert f'value="{basis}"' in filled
        given = PERIOD_VALUES | {"effective_from": "1-1-2027", "legal_basis": basis}
        assert admin.post(PERIODS, given).status_code == 303
        after = text_of(admin.get(PERIODS))
        assert "Belum diisi" not in after
        assert "Belum berlaku" in after
        assert "Berlaku sekarang" in after
        again = admin.post(PERIODS, given)
        assert (again.status_code, "Sudah ada batas waktu" in text_of(again)) == (422, True)
    with in_city(city):
        law = statute.load(datetime(2027, 1, 1, 0, 0, tzinfo=NOW.tzinfo))
        assert (law.rules.verification, law.rules.supervised, law.legal_basis) == (2, 45, basis)
        assert statute.load(NOW).rules.verification == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"effective_from": ""}, "Isi tanggal"),
        ({"effective_from": "2019-01-01"}, "dari tahun 2020"),
        ({"legal_basis": ""}, "Tulis dasar hukum"),
        ({"legal_basis": "x" * 501}, "kurangi 1 huruf"),
        ({"verification": "0"}, "Tulis angka 1 sampai 366"),
        ({"verification": "367"}, "Tulis angka 1 sampai 366"),
        ({"supervised": "²"}, "Tulis angka 1 sampai 366"),
        ({"auto_close": "1" * 10_000}, "Tulis angka 1 sampai 366"),
    ],
)
def test_bad_periods_are_refused_with_words(
    admin: Browser, city: City, in_city: InCity, change: dict[str, str], words: str
) -> None:
    good = PERIOD_VALUES | {"effective_from": "2027-01-01", "legal_basis": "Peraturan wali kota uji"}
    refused = admin.post(PERIODS, good | change)
    assert refused.status_code == 422
    assert words in text_of(refused)
    with in_city(city):
        assert len(statute.load(NOW).sets) == 1


def test_the_case_page_offers_and_explains(
    admin: Browser, city: City, file_report: Callable[..., Any], in_city: InCity
) -> None:
    receipt = file_report(city)
    path = f"/petugas/laporan/{receipt.number}"
    page = text_of(admin.get(path))
    assert "Cara dihitung" in page
    assert "hari ini tidak dihitung" in page
    assert "Peraturan Menteri PANRB Nomor 62 Tahun 2018" in page
    admin.post(f"{path}/penundaan", {"text": "Mohon sebutkan nomor tiang.", "version": "1"}, page=path)
    done = admin.post(f"{path}/lanjutkan", {"reason": "Sudah cukup jelas.", "version": "2"}, page=path)
    assert done.status_code == 303
    verified = admin.post(
        f"{path}/perpanjangan", {"working_days": "5", "reason": "Menunggu bahan.", "version": "3"}, page=path
    )
    assert verified.status_code == 409  # not yet verified: nothing to extend


@pytest.mark.parametrize("days", ["", "0", "61", "-1", "1.5", "²", "9" * 10_000])
def test_an_extension_needs_a_number_in_range(
    admin: Browser, city: City, file_report: Callable[..., Any], days: str
) -> None:
    path = f"/petugas/laporan/{file_report(city).number}"
    refused = admin.post(
        f"{path}/perpanjangan", {"working_days": days, "reason": "Menunggu bahan.", "version": "1"}, page=path
    )
    assert refused.status_code == 422
