"""The form of a saved filter."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, StringField

from complaints.forms.checks import TextLength, one_line, required
from core.web.forms import Form


class SavedFilterForm(Form):
    """A name for the list, and whether colleagues see it."""

    asked = HiddenField()
    name = StringField(
        "Nama saringan",
        filters=[one_line],
        validators=[required("Tulis nama saringan"), TextLength("Nama saringan", 2, 40)],
    )
    is_shared = BooleanField("Bagikan kepada semua petugas kota ini")
