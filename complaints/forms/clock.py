"""Forms of the acts on the clock."""

from __future__ import annotations

from typing import Any

from wtforms import Field, StringField, TextAreaField
from wtforms.validators import StopValidation

from complaints.acts.clock_acts import MOST_DAYS
from complaints.forms.checks import TextLength, clean, one_line, required
from complaints.forms.officer import ActForm


def _whole_days(_form: Any, field: Field) -> None:
    text = field.data or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST_DAYS):
        raise StopValidation(f"Tulis angka 1 sampai {MOST_DAYS}")


class ExtendForm(ActForm):
    """How many working days more, and why."""

    working_days = StringField(
        "Tambahan hari kerja",
        filters=[one_line],
        description=f"Angka 1 sampai {MOST_DAYS}. Batas penyelesaian mundur sebanyak itu.",
        validators=[required("Tulis tambahan hari kerja"), _whole_days],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    reason = TextAreaField(
        "Alasan perpanjangan",
        filters=[clean],
        description="Pelapor membaca alasan ini.",
        validators=[required("Tulis alasan perpanjangan"), TextLength("Alasan", 10, 1000)],
    )


class ResumeForm(ActForm):
    """Why the report goes on without the reporter."""

    reason = TextAreaField(
        "Alasan melanjutkan",
        filters=[clean],
        description="Pelapor membaca alasan ini.",
        validators=[required("Tulis alasan melanjutkan"), TextLength("Alasan", 10, 1000)],
    )
