"""Forms of the city's rules of casework and of substitutes."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.validators import Optional, StopValidation

from complaints.forms.checks import TextLength, one_line, required
from complaints.forms.dates import DayField
from core.web.forms import Form


class WholeNumber:
    """A whole number between two bounds; anything else gets one sentence."""

    def __init__(self, low: int, high: int, message: str) -> None:
        self.low, self.high, self.message = low, high, message

    def __call__(self, _form: Any, field: Field) -> None:
        text = field.data or ""
        if not (text.isascii() and text.isdigit() and len(text) < 6 and self.low <= int(text) <= self.high):
            raise StopValidation(self.message)


class HandlingRulesForm(Form):
    """Approval by heads; how long and how often a report may be reopened."""

    needs_approval = BooleanField(
        "Kepala unit menyetujui tanggapan sebelum dikirim",
        description="Petugas unit mengajukan tanggapan; pelapor menerimanya setelah kepala unit menyetujui.",
    )
    reopen_working_days = StringField(
        "Batas membuka kembali, dalam hari kerja sejak tanggapan atau penutupan",
        filters=[one_line],
        render_kw={"inputmode": "numeric"},
        validators=[WholeNumber(1, 366, "Tulis jumlah hari kerja, 1 sampai 366")],
    )
    most_reopenings = StringField(
        "Berapa kali satu laporan boleh dibuka kembali",
        filters=[one_line],
        render_kw={"inputmode": "numeric"},
        validators=[WholeNumber(0, 20, "Tulis jumlah, 0 sampai 20")],
    )


class DelegationForm(Form):
    """Who is away, who takes over, from when to when."""

    officer = SelectField(
        "Petugas yang digantikan",
        validators=[required("Pilih petugas yang digantikan")],
        validate_choice=False,
    )
    substitute = SelectField(
        "Petugas pengganti", validators=[required("Pilih petugas pengganti")], validate_choice=False
    )
    starts_on = DayField("Tanggal mulai", validators=[required("Isi tanggal mulai")])
    ends_on = DayField(
        "Tanggal selesai",
        description="Hari terakhir penggantian.",
        validators=[required("Isi tanggal selesai")],
    )
    reason = StringField("Alasan", filters=[one_line], validators=[Optional(), TextLength("Alasan", 0, 200)])
