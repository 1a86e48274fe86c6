"""Forms of answer templates and of categories."""

from __future__ import annotations

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from complaints.acts.answer_templates import ACTS
from complaints.forms.checks import TextLength, clean, one_line, one_of, required
from complaints.labels import status_label
from complaints.workflow import OPEN_STATUSES
from core.web.forms import Form

#: for which words a template is, as officers call the act
ACT_NAMES = {
    "verify": "Verifikasi",
    "follow_up": "Tindak lanjut",
    "respond": "Tanggapan",
    "close": "Penutupan",
    "defer": "Permintaan keterangan",
    "decline_jurisdiction": "Bukan wewenang",
    "archive": "Pengarsipan",
}
STATUS_NAMES = {code: status_label(code) for code in OPEN_STATUSES}


class TemplateForm(Form):
    """One template."""

    title = StringField(
        "Nama templat",
        filters=[one_line],
        validators=[required("Tulis nama templat"), TextLength("Nama templat", 3, 80)],
    )
    act = SelectField(
        "Dipakai untuk",
        choices={"": "Pilih tindakan"} | {act: ACT_NAMES[act] for act in ACTS},
        validate_choice=False,
        validators=[one_of(ACTS, "Pilih tindakan")],
    )
    category = SelectField(
        "Kategori",
        description="Kosong berarti semua kategori.",
        validators=[Optional()],
        validate_choice=False,
    )
    status = SelectField(
        "Status laporan",
        description="Kosong berarti semua status.",
        choices={"": "Semua status"} | STATUS_NAMES,
        validators=[Optional(), one_of(OPEN_STATUSES, "Pilih status dari daftar")],
        validate_choice=False,
    )
    body = TextAreaField(
        "Isi templat",
        filters=[clean],
        description="Buka dengan “Yth. Pelapor”. Bagian dalam {{ }} diisi sistem atau diganti petugas.",
        render_kw={"rows": 8},
        validators=[required("Tulis isi templat"), TextLength("Isi templat", 20, 2000)],
    )
    is_active = BooleanField("Tawarkan kepada petugas", default=True)


class CategoryForm(Form):
    """Who usually handles a category, and what its answers need."""

    department = SelectField("Unit yang biasa menangani", validators=[Optional()], validate_choice=False)
    needs_after_photo = BooleanField(
        "Perlu foto sesudah",
        description="Tanggapan dan penutupan menunggu tindak lanjut dengan foto sesudah.",
    )
    is_sensitive = BooleanField("Peka", description="Anonim dan rahasia tercentang sejak awal pada formulir.")
    is_active = BooleanField("Ditawarkan kepada pelapor", default=True)
