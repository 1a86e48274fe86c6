"""A day in one box: the browser's own date field, and typed dates where a browser has none."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from wtforms import StringField
from wtforms.widgets import DateInput

from complaints.forms.checks import one_line

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TYPED = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")


class DayField(StringField):  # type: ignore[misc] # wtforms is untyped
    """A date as 2026-12-04, 4-12-2026 or 4/12/2026. `data` is a date, or None for an empty box."""

    widget = DateInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(one_line(self.raw_data[0]))  # what no page may hold is not given back
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was sent. Raises ValueError for what is no day."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            self.data = read_day(text)


def read_day(text: str) -> date:
    """The day a text names. Raises ValueError with the sentence for the page."""
    iso, typed = _ISO.fullmatch(text), _TYPED.fullmatch(text)
    numbers = iso.groups() if iso else typed.groups()[::-1] if typed else None
    if numbers is None:
        raise ValueError("Tulis tanggal dengan angka, misalnya 4-12-2026")
    year, month, day = (int(number) for number in numbers)
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("Tanggal itu tidak ada di kalender") from None
