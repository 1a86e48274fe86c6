"""Forms of the acts that sort a case."""

from __future__ import annotations

from wtforms import SelectField, TextAreaField
from wtforms.validators import Optional

from complaints.forms.checks import TextLength, clean, required
from complaints.forms.officer import ActForm


class RecategoriseForm(ActForm):
    """Where the report belongs, and why."""

    category = SelectField("Kategori", validators=[required("Pilih kategori")], validate_choice=False)
    text = TextAreaField("Alasan", filters=[clean], validators=[Optional(), TextLength("Alasan", 0, 1000)])


class ConfidentialForm(ActForm):
    """Why the public should not read it, or may again."""

    reason = TextAreaField(
        "Alasan",
        filters=[clean],
        validators=[required("Tulis alasan"), TextLength("Alasan", 5, 1000)],
    )
