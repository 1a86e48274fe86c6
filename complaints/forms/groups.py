"""Forms of reports that belong together: merge, unmerge, follow a parent."""

from __future__ import annotations

from typing import Any

from wtforms import Field, StringField, TextAreaField
from wtforms.validators import Optional, StopValidation

from complaints import numbering
from complaints.forms.checks import TextLength, clean, one_line, required
from complaints.forms.officer import ActForm

_EXAMPLE = "Nomor laporan terdiri atas 3 huruf, 4 angka, dan 5 karakter, misalnya BDG-2611-7F3K9"


def _tracking_number(_form: Any, field: Field) -> None:
    """The canonical number takes the place of what was typed."""
    canonical = numbering.normalise(field.data or "")
    if canonical is None:
        raise StopValidation(_EXAMPLE)
    field.data = canonical


class MergeForm(ActForm):
    """Into which report."""

    main = StringField(
        "Nomor laporan utama",
        filters=[one_line],
        description="Laporan ini ditangani bersama laporan utama. Pelapor keduanya tetap dikabari.",
        validators=[required("Tulis nomor laporan utama"), _tracking_number],
    )
    text = TextAreaField(
        "Penjelasan untuk pelapor",
        filters=[clean],
        validators=[Optional(), TextLength("Penjelasan", 0, 1000)],
    )


class UnmergeForm(ActForm):
    """Why the two are not the same after all."""

    reason = TextAreaField(
        "Alasan pemisahan",
        filters=[clean],
        validators=[required("Tulis alasan pemisahan"), TextLength("Alasan", 10, 1000)],
    )


class LinkParentForm(ActForm):
    """Which report this one follows."""

    parent = StringField(
        "Nomor laporan induk",
        filters=[one_line],
        description="Tindakan pada laporan induk dapat diterapkan juga ke laporan ini.",
        validators=[required("Tulis nomor laporan induk"), _tracking_number],
    )


class UnlinkParentForm(ActForm):
    """Nothing but the version."""
