"""The auditor's filter, read from the address of the page."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, Form, SelectField, StringField
from wtforms.validators import Optional, StopValidation

from complaints.forms.checks import TextLength, choices, one_line
from complaints.queries import trail

UNREADABLE = "Tulis tanggal seperti 2026-11-24"


class Day(DateField):  # type: ignore[misc] # wtforms is untyped
    """A day, with the interface's own words for one that cannot be read."""

    def _value(self) -> str:
        return str(one_line(super()._value()))  # what no page may hold is not given back

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day. Raises ValueError."""
        try:
            super().process_formdata(valuelist)
        except ValueError as problem:
            raise ValueError(UNREADABLE) from problem


class TrailForm(Form):  # type: ignore[misc] # wtforms is untyped
    """Who, what, on which report, from when to when, from where."""

    siapa = SelectField("Siapa", validate_choice=False)
    tindakan = SelectField("Tindakan", validate_choice=False)
    laporan = StringField("Nomor laporan", filters=[one_line], validators=[Optional()])
    dari = Day("Dari tanggal", validators=[Optional()])
    sampai = Day("Sampai tanggal", validators=[Optional()])
    alamat = StringField(
        "Alamat jaringan", filters=[one_line], validators=[Optional(), TextLength("Alamat", 0, 45)]
    )

    def offer(self, officers: dict[str, str], labels: dict[str, str], *, acts: frozenset[str]) -> None:
        """Give the selects their choices; a value that is not among them counts as none."""
        kinds = {"Bukan petugas": trail.KINDS}
        self.siapa.choices = choices({"": "Semua", **kinds, "Petugas": officers})
        by_label = sorted(labels.items(), key=lambda item: item[1])
        self.tindakan.choices = choices(
            {
                "": "Semua",
                "Atas laporan": {code: label for code, label in by_label if code in acts},
                "Lainnya": {code: label for code, label in by_label if code not in acts},
            }
        )
        if self.siapa.data not in officers and self.siapa.data not in trail.KINDS:
            self.siapa.data = ""
        if self.tindakan.data not in labels:
            self.tindakan.data = ""

    def validate_sampai(self, field: Any) -> None:
        """The last day is not before the first."""
        if self.dari.data and field.data and field.data < self.dari.data:
            raise StopValidation("Tanggal mulai harus sebelum tanggal akhir")
