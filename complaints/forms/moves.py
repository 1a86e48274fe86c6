"""Forms of a report that moves to another city of this deployment."""

from __future__ import annotations

from wtforms import SelectField, TextAreaField

from complaints.forms.checks import TextLength, clean, required
from complaints.forms.officer import ActForm


class TransferForm(ActForm):
    """To whom, and why."""

    target = SelectField(
        "Kota, kabupaten, atau provinsi tujuan",
        validators=[required("Pilih kota atau kabupaten tujuan")],
        validate_choice=False,
    )
    reason = TextAreaField(
        "Penjelasan untuk pelapor",
        filters=[clean],
        validators=[required("Tulis penjelasan untuk pelapor"), TextLength("Penjelasan", 10, 1000)],
    )


class CallBackForm(ActForm):
    """Nothing but the version."""
