"""The words of printed papers: the same plain data for the page to print and for the PDF. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from complaints.labels import INSTRUCTIONS, URGENCIES
from complaints.queries.disposition import Sheet
from complaints.queries.recap import Recap, RecapRow
from core import formats

OUTCOMES = {"on_time": "Tepat waktu", "late": "Terlambat", "running": "Berjalan"}
RECAP_COLUMNS = (
    "Nomor", "Laporan", "Kategori", "Disposisi", "Diterima unit", "Ditanggapi", "Status", "Batas waktu",
)  # fmt: skip
NO_ROWS = "Tidak ada laporan yang didisposisikan pada bulan ini."


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose paper it is, and who prints it when."""

    city: str
    service: str
    officer: str
    at: datetime
    zone: ZoneInfo

    def data(self) -> dict[str, Any]:
        """The part that every paper has."""
        when = formats.long_datetime(self.at, self.zone)
        return {
            "city": self.city,
            "authority": f"Pemerintah {self.city}",
            "service": self.service,
            "printed": f"Dicetak oleh {self.officer}, {when}",
        }


def disposition_sheet(sheet: Sheet, head: Letterhead) -> dict[str, Any]:
    """Lembar Disposisi."""
    zone = head.zone
    by = f"{sheet.by}, " if sheet.by else ""
    return head.data() | {
        "number": sheet.number,
        "received": formats.long_datetime(sheet.received_at, zone),
        "title": sheet.title,
        "body": sheet.body,
        "category": sheet.category,
        "place": sheet.place,
        "classification": sheet.classification,
        "main": sheet.main,
        "copies": sheet.copies,
        "urgencies": [{"label": label, "ticked": code == sheet.urgency} for code, label in URGENCIES.items()],
        "instructions": [
            {"label": label, "ticked": code in sheet.instructions} for code, label in INSTRUCTIONS.items()
        ],
        "deadlines": _deadlines(sheet, zone),
        "note": sheet.note,
        "by": by + formats.long_datetime(sheet.assigned_at, zone),
    }


def _deadlines(sheet: Sheet, zone: ZoneInfo) -> list[dict[str, str]]:
    found = []
    if sheet.internal_due_on is not None:
        found.append({"label": "Batas waktu internal", "value": formats.long_date(sheet.internal_due_on)})
    for label, at in (("Tanggapan pertama", sheet.answer_due_at), ("Penyelesaian", sheet.complete_due_at)):
        if at is not None:
            found.append({"label": label, "value": formats.long_datetime(at, zone)})
    return found


def unit_recap(unit: str, month: date, recap: Recap, head: Letterhead) -> dict[str, Any]:
    """Rekap bulanan unit; `month` is its first day."""
    average = "–" if recap.average_days is None else formats.decimal(recap.average_days)
    return head.data() | {
        "title": f"Rekap bulanan {formats.MONTHS[month.month - 1]} {month.year}",
        "unit": unit,
        "figures": [
            {"label": "Didisposisikan", "value": formats.number(recap.received)},
            {"label": "Diterima unit", "value": formats.number(recap.accepted)},
            {"label": "Ditanggapi", "value": formats.number(recap.answered)},
            {"label": "Tepat waktu", "value": formats.number(recap.on_time)},
            {"label": "Terlambat", "value": formats.number(recap.late)},
            {"label": "Rata-rata hari kerja sampai ditanggapi", "value": average},
        ],
        "columns": list(RECAP_COLUMNS),
        "rows": [_recap_row(row) for row in recap.rows],
        "empty": NO_ROWS,
        "more": f"Hanya {formats.number(len(recap.rows))} laporan pertama yang ditampilkan."
        if recap.is_cut
        else "",
    }


def _recap_row(row: RecapRow) -> list[str]:
    return [
        row.number,
        row.title,
        row.category,
        _day(row.assigned_on),
        _day(row.accepted_on),
        _day(row.answered_on),
        row.status,
        f"{_day(row.due_on)}, {OUTCOMES[row.outcome].lower()}" if row.due_on else "–",
    ]


def _day(day: date | None) -> str:
    return formats.short_date(day) if day else "–"
