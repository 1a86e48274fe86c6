"""Forms of the calendar and of the statutory periods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time
from typing import Any

from wtforms import Field, HiddenField, StringField
from wtforms.validators import InputRequired, StopValidation

from complaints.deadlines import MAX_WORKING_DAYS, SlaRules
from complaints.forms.checks import TextLength, one_line, required
from complaints.forms.dates import DayField
from core import formats
from core.web.forms import Form

WEEKDAYS = range(7)
_TIME = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)")
_SPANS = "Tulis jam seperti 07.30–12.00, 13.00–16.00, atau kosongkan untuk hari libur"
#: field of a form → name of the period
PERIODS = {
    "verification": "Verifikasi, sejak laporan diterima",
    "first_response": "Tanggapan pertama, sejak disposisi",
    "information_request": "Penyelesaian permintaan informasi",
    "aspiration": "Penyelesaian aspirasi",
    "unsupervised": "Penyelesaian pengaduan tidak berkadar pengawasan",
    "supervised": "Penyelesaian pengaduan berkadar pengawasan",
    "clarification": "Menunggu keterangan pelapor, lalu diarsipkan",
    "auto_close": "Menunggu pelapor setelah tanggapan, lalu ditutup",
}


def spans_of(text: str) -> list[tuple[time, time]]:
    """ "07.30–12.00, 13.00–16.00" → spans. Raises ValueError; their order is not looked at."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        ends = [each.strip() for each in re.split(r"[-–]| sampai ", part)]
        times = [_TIME.fullmatch(each) for each in ends]
        if len(times) != 2 or times[0] is None or times[1] is None:
            raise ValueError(text)
        opens, closes = (time(int(match[1]), int(match[2])) for match in times if match)
        found.append((opens, closes))
    return found


def text_of(spans: Sequence[tuple[time, time]]) -> str:
    """Spans as people write them."""
    return ", ".join(f"{opens:%H.%M}–{closes:%H.%M}" for opens, closes in spans)


def _hours(_form: Any, field: Field) -> None:
    try:
        spans_of(field.data or "")
    except ValueError as error:
        raise StopValidation(_SPANS) from error


def _whole_days(_form: Any, field: Field) -> None:
    text = field.data or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_WORKING_DAYS):
        raise StopValidation(f"Tulis angka 1 sampai {MAX_WORKING_DAYS}")


def chosen(field: DayField) -> date:
    """The day of a field that validated."""
    day = field.data
    if day is None:
        raise ValueError("the field has no day")
    return day


def _day(message: str) -> DayField:
    return DayField(message, validators=[InputRequired("Isi tanggal")])


class WeekForm(Form):
    """Fields `day_0` (Monday) to `day_6`: the office hours of each weekday, nothing for a day off."""

    day_0, day_1, day_2, day_3, day_4, day_5, day_6 = (
        StringField(formats.DAYS[day], filters=[one_line], validators=[_hours]) for day in WEEKDAYS
    )

    @property
    def week(self) -> dict[int, list[tuple[time, time]]]:
        """The hours as typed; only for a form that validated."""
        return {day: spans_of(self[f"day_{day}"].data or "") for day in WEEKDAYS}


class HolidayForm(Form):
    """A local day off to add."""

    on = _day("Tanggal")
    name = StringField(
        "Nama hari libur",
        filters=[one_line],
        validators=[required("Tulis nama hari libur"), TextLength("Nama", 3, 100)],
    )


class MoveForm(Form):
    """A local day off and the date it moves to."""

    day = HiddenField()
    to = _day("Pindahkan ke")


class PeriodsForm(Form):
    """A new rule set: from when, on which basis, how many working days for each step."""

    effective_from = _day("Berlaku untuk laporan yang diterima mulai")
    legal_basis = StringField(
        "Dasar hukum",
        filters=[one_line],
        validators=[required("Tulis dasar hukum"), TextLength("Dasar hukum", 10, 500)],
    )
    (
        verification, first_response, information_request, aspiration, unsupervised, supervised,
        clarification, auto_close,
    ) = (
        StringField(label, filters=[one_line], validators=[_whole_days], render_kw={"inputmode": "numeric"})
        for label in PERIODS.values()
    )  # fmt: skip

    @property
    def rules(self) -> SlaRules:
        """The periods as typed; only for a form that validated."""
        return SlaRules(**{name: int(self[name].data) for name in PERIODS})
