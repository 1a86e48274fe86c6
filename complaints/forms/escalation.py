"""The form of the ladder: for each level whether it is in use, and after how many working hours."""

from __future__ import annotations

import re
from typing import Any

from wtforms import BooleanField, StringField
from wtforms.validators import StopValidation

from complaints.acts.ladder import Setting
from complaints.escalation import LEVELS
from complaints.forms.checks import one_line
from core.web.forms import Form

_HOURS = re.compile(r"-?[0-9]{1,4}([.,][0-9]{1,2})?")
FORMAT = "Tulis jam kerja dengan angka, misalnya 7,5"


def minutes_of(hours: str) -> int:
    """ "7,5" → 450. Raises ValueError."""
    if not _HOURS.fullmatch(hours):
        raise ValueError(hours)
    return round(float(hours.replace(",", ".")) * 60)


def hours_of(minutes: int) -> str:
    """450 → "7,5"; the shortest way to write it."""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _hours(_form: Any, field: StringField) -> None:
    if not field.raw_data:  # a field that was not sent keeps nothing
        raise StopValidation(FORMAT)
    try:
        minutes_of(field.data or "")
    except ValueError as error:
        raise StopValidation(FORMAT) from error


class LadderForm(Form):
    """Fields `used_<level>` and `hours_<level>`, one pair a level."""

    used_1, used_2, used_3, used_4, used_5 = (BooleanField("Dipakai") for _ in LEVELS)
    hours_1, hours_2, hours_3, hours_4, hours_5 = (
        StringField("Jam kerja setelah batas waktu", filters=[one_line], validators=[_hours]) for _ in LEVELS
    )

    @property
    def settings(self) -> dict[int, Setting]:
        """The levels as typed; only for a form that validated."""
        return {
            level: Setting(minutes_of(self[f"hours_{level}"].data), bool(self[f"used_{level}"].data))
            for level in LEVELS
        }

    @classmethod
    def filled(cls, ladder: dict[int, Setting]) -> LadderForm:
        """The form with the present ladder; what was sent goes before it."""
        values: dict[str, Any] = {}
        for level, setting in ladder.items():
            values[f"used_{level}"] = setting.is_active
            values[f"hours_{level}"] = hours_of(setting.minutes)
        return cls(**values)
