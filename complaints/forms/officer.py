"""Forms of officers, one an act, in the order of the paper disposition.

Each carries the version the officer saw.
"""

from __future__ import annotations

from typing import Any

from wtforms import (
    HiddenField,
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
from complaints.labels import ARCHIVE_REASONS, CLASSIFICATIONS
from core.web.forms import Form


class ActForm(Form):
    """Base: the version of the case that the officer saw."""

    version = HiddenField()

    @property
    def seen_version(self) -> int | None:
        """The version as a number; garbage counts as one that never was."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


#: what is looked at before a report is verified; each is ticked, or another act fits
VERIFY_CHECKS = {
    "clear": "Isi laporan jelas",
    "place": "Lokasi atau patokannya ada",
    "jurisdiction": "Wewenang kota ini",
    "single": "Belum pernah dilaporkan (bukan duplikat)",
}
_UNTICKED = {
    "clear": "Bila isi laporan belum jelas, tunda dan minta keterangan",
    "place": "Bila lokasinya belum ada, tunda dan minta keterangan",
    "jurisdiction": "Bila bukan wewenang kota ini, nyatakan bukan wewenang",
    "single": "Bila sudah pernah dilaporkan, gabungkan dengan laporan itu",
}


def _all_ticked(_form: Any, field: Any) -> None:
    left = [words for check, words in _UNTICKED.items() if check not in (field.data or [])]
    if len(left) == len(_UNTICKED):
        raise StopValidation("Centang keempat pemeriksaan sebelum memverifikasi")
    if left:
        raise StopValidation(". ".join(left))


class VerifyForm(ActForm):
    """Klasifikasi sets the statutory period; each choice shows the date it leads to."""

    checks = SelectMultipleField(
        "Pemeriksaan",
        choices=VERIFY_CHECKS,
        validate_choice=False,
        validators=[_all_ticked],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
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
        "Pesan kepada pelapor",
        filters=[clean],
        validators=[Optional(), TextLength("Pesan", 0, 1000), no_variable],
    )


class AnswerForm(ActForm):
    """A text the reporter will read. `form_key` holds its files together until it is sent."""

    form_key = HiddenField()
    text = TextAreaField(
        "Tanggapan kepada pelapor",
        filters=[clean],
        description="Buka dengan “Yth. Pelapor”. Pelapor membaca teks ini persis seperti tertulis.",
        render_kw={"rows": 9},
        validators=[
            required("Tulis tanggapan sebelum mengirim"),
            TextLength("Tanggapan", 50, 2000, low_message="Tanggapan paling sedikit 50 huruf"),
            no_variable,
        ],
    )


class RespondForm(AnswerForm):
    """The answer, with evidence."""

    files = MultipleFileField("Foto atau berkas", validators=[Optional()])


class CloseForm(ActForm):
    """Closing without waiting for the reporter."""

    text = TextAreaField(
        "Penutup untuk pelapor",
        filters=[clean],
        validators=[Optional(), TextLength("Penutup", 0, 1000), no_variable],
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
        validators=[
            required("Tulis penjelasan untuk pelapor"),
            TextLength("Penjelasan", 10, 1000),
            no_variable,
        ],
    )


class DeferForm(ActForm):
    """What the reporter should add."""

    text = TextAreaField(
        "Keterangan yang diminta dari pelapor",
        filters=[clean],
        validators=[
            required("Tulis keterangan yang Anda perlukan"),
            TextLength("Permintaan", 10, 1000),
            no_variable,
        ],
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
        validators=[Optional(), TextLength("Penjelasan", 0, 1000), no_variable],
    )


class NoteForm(ActForm):
    """For colleagues only."""

    text = TextAreaField(
        "Catatan internal",
        filters=[clean],
        description="Tulis @ dan nama untuk menyebut rekan, misalnya @rina.",
        render_kw={"rows": 3},
        validators=[required("Tulis catatan"), TextLength("Catatan", 1, 2000)],
    )
    mention = SelectField("Sebut rekan", choices=[], validators=[Optional()], validate_choice=False)


def typed_text(form: ActForm) -> str | None:
    """The longest thing the officer wrote, to be given back when the act is refused."""
    fields: list[Any] = [form[name] for name in ("text", "reason", "note") if name in form]
    return max((field.data or "" for field in fields), key=len, default="") or None
