"""Forms of the disposition and of the department that has the case, in the order of the paper."""

from __future__ import annotations

from wtforms import (
    BooleanField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from complaints.forms.checks import TextLength, clean, no_variable, one_line, one_of, required
from complaints.forms.dates import DayField
from complaints.forms.officer import ActForm, AnswerForm
from complaints.labels import INSTRUCTIONS, URGENCIES

MOST_COPIES = 10


class TickList(SelectMultipleField):  # type: ignore[misc] # wtforms is untyped
    """Several of a list, each with its own box."""

    option_widget = CheckboxInput()
    widget = ListWidget(prefix_label=False)


def _not_too_many(_form: ActForm, field: TickList) -> None:
    if len(field.data or ()) > MOST_COPIES:
        raise StopValidation(f"Paling banyak {MOST_COPIES} unit tembusan")


class AssignForm(ActForm):
    """The disposition: to whom, copied to whom, how urgent, what to do, by when."""

    department = SelectField(
        "Diteruskan kepada", validators=[required("Pilih unit tujuan")], validate_choice=False
    )
    copies = TickList(
        "Tembusan",
        description="Unit tembusan dapat membaca laporan dan menulis catatan.",
        validators=[Optional(), _not_too_many],
        validate_choice=False,
    )
    urgency = RadioField(
        "Sifat",
        choices=URGENCIES,
        default="normal",
        validate_choice=False,
        validators=[one_of(URGENCIES, "Pilih sifat disposisi")],
    )
    instructions = TickList(
        "Instruksi",
        choices=INSTRUCTIONS,
        default=["act"],
        validate_choice=False,
        validators=[one_of(INSTRUCTIONS, "Pilih instruksi dari daftar")],
    )
    internal_due_on = DayField("Batas waktu internal", validators=[Optional()])
    note = TextAreaField(
        "Catatan untuk unit", filters=[clean], validators=[Optional(), TextLength("Catatan", 0, 1000)]
    )


class AcceptForm(ActForm):
    """One button."""


class HandOverForm(ActForm):
    """Who in the department handles the case."""

    handler = SelectField(
        "Petugas yang menangani",
        validators=[required("Pilih petugas dari unit yang menangani")],
        validate_choice=False,
    )
    note = TextAreaField(
        "Pesan untuk petugas", filters=[clean], validators=[Optional(), TextLength("Pesan", 0, 1000)]
    )


class ReturnForm(ActForm):
    """Why the department gives the case back."""

    reason = TextAreaField(
        "Alasan pengembalian",
        filters=[clean],
        validators=[required("Tulis alasan pengembalian"), TextLength("Alasan", 10, 1000)],
    )


class FollowUpForm(ActForm):
    """What was done and when, with evidence."""

    text = TextAreaField(
        "Apa yang sudah dilakukan",
        filters=[clean],
        validators=[
            required("Tulis tindak lanjut yang dilakukan"),
            TextLength("Tindak lanjut", 10, 2000),
            no_variable,
        ],
    )
    worked_on = DayField("Tanggal pengerjaan", validators=[Optional()])
    before = MultipleFileField("Foto sebelum", validators=[Optional()])
    files = MultipleFileField("Foto sesudah atau berkas", validators=[Optional()])
    progress = StringField(
        "Kemajuan dalam persen",
        filters=[one_line],
        render_kw={"inputmode": "numeric"},
        validators=[Optional()],
    )
    is_public = BooleanField("Tampilkan kepada pelapor", default=True)

    def validate_progress(self, field: StringField) -> None:
        """A whole number from 0 to 100, with or without a percent sign."""
        text = (field.data or "").removesuffix("%").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100):
            raise StopValidation("Tulis kemajuan sebagai angka 0 sampai 100")

    @property
    def percentage(self) -> int | None:
        """The progress of a valid form, or None where it was left empty."""
        text = (self.progress.data or "").removesuffix("%").strip()
        return int(text) if text else None


class ProposeForm(AnswerForm):
    """An answer for the head of the department to approve."""

    files = MultipleFileField("Foto atau berkas", validators=[Optional()])


class ApproveForm(AnswerForm):
    """The proposed answer, which the head may still change."""


class SendBackForm(ActForm):
    """What should change in a proposed answer."""

    reason = TextAreaField(
        "Yang perlu diperbaiki",
        filters=[clean],
        validators=[required("Tulis yang perlu diperbaiki"), TextLength("Penjelasan", 10, 1000)],
    )
