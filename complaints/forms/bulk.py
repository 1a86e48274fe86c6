"""Forms of acts on several reports. Which reports, and the version seen of each, travel beside them."""

from __future__ import annotations

from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import Optional

from complaints.forms.checks import TextLength, clean, one_of, required
from complaints.labels import URGENCIES
from core.web.forms import Form


class BulkForm(Form):
    """Base of the forms."""


class BulkAssignForm(BulkForm):
    """One disposition for all of them."""

    department = SelectField(
        "Diteruskan kepada", validators=[required("Pilih unit tujuan")], validate_choice=False
    )
    urgency = RadioField(
        "Sifat",
        choices=URGENCIES,
        default="normal",
        validate_choice=False,
        validators=[one_of(URGENCIES, "Pilih sifat disposisi")],
    )
    note = TextAreaField(
        "Catatan untuk unit", filters=[clean], validators=[Optional(), TextLength("Catatan", 0, 1000)]
    )


class BulkHandOverForm(BulkForm):
    """Who handles them."""

    handler = SelectField("Penangan", validators=[required("Pilih penangan")], validate_choice=False)


class BulkMergeForm(BulkForm):
    """Which of them is the main report."""

    main = SelectField(
        "Laporan utama",
        validators=[required("Pilih laporan utama")],
        validate_choice=False,
        description="Laporan lain digabung ke laporan ini. Semua pelapor tetap menerima kabar.",
    )


class BulkRecategoriseForm(BulkForm):
    """Where they belong."""

    category = SelectField("Kategori", validators=[required("Pilih kategori")], validate_choice=False)
