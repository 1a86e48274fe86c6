"""Forms of officers, one an act, in the order of the paper disposition.

Each carries the version the officer saw.
"""

from __future__ import annotations

from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from complaints.forms.checks import TextLength, clean, one_line, one_of, required
from complaints.labels import ARCHIVE_REASONS, CLASSIFICATIONS, INSTRUCTIONS, URGENCIES
from core.web.forms import Form


class ActForm(Form):
    """Base: the version of the case that the officer saw."""

    version = HiddenField()

    @property
    def seen_version(self) -> int | None:
        """The version as a number; garbage counts as one that never was."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


class VerifyForm(ActForm):
    """Klasifikasi sets the statutory period; each choice shows the date it leads to."""

    classification = RadioField(
        "Klasifikasi",
        choices=CLASSIFICATIONS,
        validate_choice=False,
        validators=[one_of(CLASSIFICATIONS, "Pilih klasifikasi")],
    )
    category = SelectField(
        "Kategori", validators=[required("Pilih kategori yang paling sesuai")], validate_choice=False
    )
    text = TextAreaField(
        "Pesan kepada pelapor", filters=[clean], validators=[Optional(), TextLength("Pesan", 0, 1000)]
    )


class AssignForm(ActForm):
    """The disposition: to whom, how urgent, what to do."""

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
    instructions = SelectMultipleField(
        "Instruksi",
        choices=INSTRUCTIONS,
        default=["act"],
        validate_choice=False,
        validators=[one_of(INSTRUCTIONS, "Pilih instruksi dari daftar")],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    note = TextAreaField(
        "Catatan untuk unit", filters=[clean], validators=[Optional(), TextLength("Catatan", 0, 1000)]
    )


class FollowUpForm(ActForm):
    """What was done, with evidence."""

    text = TextAreaField(
        "Apa yang sudah dilakukan",
        filters=[clean],
        validators=[required("Tulis tindak lanjut yang dilakukan"), TextLength("Tindak lanjut", 10, 2000)],
    )
    files = MultipleFileField("Foto sesudah atau berkas", validators=[Optional()])
    is_public = BooleanField("Tampilkan kepada pelapor", default=True)


class RespondForm(ActForm):
    """The answer as the reporter reads it."""

    text = TextAreaField(
        "Tanggapan kepada pelapor",
        filters=[clean],
        description="Buka dengan “Yth. Pelapor”. Pelapor membaca teks ini persis seperti Anda menulisnya.",
        validators=[
            required("Tulis tanggapan sebelum mengirim"),
            TextLength("Tanggapan", 50, 2000, low_message="Tanggapan paling sedikit 50 huruf"),
        ],
    )
    files = MultipleFileField("Foto atau berkas", validators=[Optional()])


class CloseForm(ActForm):
    """Closing without waiting for the reporter."""

    text = TextAreaField(
        "Penutup untuk pelapor", filters=[clean], validators=[Optional(), TextLength("Penutup", 0, 1000)]
    )


class DeclineForm(ActForm):
    """Which institution is competent, and why."""

    institution = StringField(
        "Instansi yang berwenang",
        filters=[one_line],
        validators=[required("Tulis instansi yang berwenang"), TextLength("Nama instansi", 3, 150)],
    )
    reason = TextAreaField(
        "Penjelasan untuk pelapor",
        filters=[clean],
        validators=[required("Tulis penjelasan untuk pelapor"), TextLength("Penjelasan", 10, 1000)],
    )


class DeferForm(ActForm):
    """What the reporter should add."""

    text = TextAreaField(
        "Keterangan yang diminta dari pelapor",
        filters=[clean],
        validators=[required("Tulis keterangan yang Anda perlukan"), TextLength("Permintaan", 10, 1000)],
    )


class ArchiveForm(ActForm):
    """Why it cannot be processed."""

    reason = SelectField(
        "Alasan pengarsipan",
        choices={"": "Pilih alasan"} | ARCHIVE_REASONS,
        validate_choice=False,
        validators=[one_of(ARCHIVE_REASONS, "Pilih alasan pengarsipan")],
    )
    text = TextAreaField(
        "Penjelasan untuk pelapor",
        filters=[clean],
        validators=[Optional(), TextLength("Penjelasan", 0, 1000)],
    )


class NoteForm(ActForm):
    """For colleagues only."""

    text = TextAreaField(
        "Catatan internal",
        filters=[clean],
        validators=[required("Tulis catatan"), TextLength("Catatan", 1, 2000)],
    )


def typed_text(form: ActForm) -> str | None:
    """The longest thing the officer wrote, to be given back when the act is refused."""
    fields: list[Any] = [form[name] for name in ("text", "reason", "note") if name in form]
    return max((field.data or "" for field in fields), key=len, default="") or None
