"""Forms of citizens: report, tracking, rating, reopening, more information."""

from __future__ import annotations

import calendar
import uuid
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Optional

from complaints import numbering
from complaints.acts.intake import Submission
from complaints.forms.checks import TextLength, choices, chosen_id, clean, one_line, one_of, required
from complaints.labels import KINDS, SCORES, SOLVED
from complaints.queries.reference import NOTHING_CHOSEN, Chosen
from core import clock, formats
from core.phone import parse_phone
from core.web.forms import Form
from core.web.tenant import required_tenant


class ReportForm(Form):
    """The citizen's report. The view sets the choices before drawing, and what is known of the chosen ones
    before checking: a large city has hundreds of places, and who sends the form has chosen one.
    """

    form_key = HiddenField()
    website = StringField("Biarkan kosong")
    kind = RadioField(
        "Jenis laporan",
        choices=KINDS,
        validate_choice=False,
        validators=[one_of(KINDS, "Pilih jenis laporan")],
    )
    title = StringField(
        "Judul",
        filters=[one_line],
        validators=[required("Tulis judul laporan"), TextLength("Judul", 10, 100)],
    )
    body = TextAreaField(
        "Isi laporan",
        filters=[clean],
        validators=[
            required("Tulis isi laporan"),
            TextLength(
                "Isi laporan",
                30,
                2000,
                low_message="Isi laporan paling sedikit 30 huruf agar petugas memahami masalahnya",
            ),
        ],
    )
    category = SelectField(
        "Kategori", validators=[required("Pilih kategori yang paling sesuai")], validate_choice=False
    )
    incident_day = StringField("Hari", filters=[one_line])
    incident_month = StringField("Bulan", filters=[one_line])
    incident_year = StringField("Tahun", filters=[one_line])
    district = SelectField("Kecamatan", validators=[required("Pilih kecamatan")], validate_choice=False)
    village = SelectField(
        "Kelurahan atau desa", validators=[required("Pilih kelurahan atau desa")], validate_choice=False
    )
    landmark = StringField(
        "Patokan lokasi",
        filters=[one_line],
        validators=[
            required("Tulis patokan lokasi, misalnya nama jalan atau bangunan terdekat"),
            TextLength("Patokan lokasi", 1, 200),
        ],
    )
    files = MultipleFileField("Foto atau berkas", validators=[Optional()])
    kept_uploads = HiddenField()
    name = StringField(
        "Nama", filters=[one_line], validators=[required("Tulis nama Anda"), TextLength("Nama", 1, 100)]
    )
    phone = TelField("Nomor ponsel", filters=[one_line])
    email = EmailField("Surel", filters=[one_line])
    is_anonymous = BooleanField("Anonim")
    is_confidential = BooleanField("Rahasia")
    declaration = BooleanField(
        "Pernyataan", validators=[required("Centang pernyataan untuk mengirim laporan")]
    )

    incident_on: date | None = None
    phone_e164: str | None = None
    _chosen: Chosen = NOTHING_CHOSEN

    def set_choices(
        self, categories: list[tuple[str, str]], places: dict[tuple[str, str], list[tuple[str, str]]]
    ) -> None:
        """Give the selects their options."""
        self.category.choices = choices({"": "Pilih kategori", **dict(categories)})
        if not places:
            self._ask_no_place()
            return
        self.district.choices = choices({"": "Pilih kecamatan", **dict(list(places))})
        self.village.choices = choices(
            {"": "Pilih kelurahan atau desa"}
            | {name: dict(villages) for (_, name), villages in places.items()}
        )

    @property
    def chosen_ids(self) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
        """Category, district and village as they were sent."""
        return chosen_id(self.category.data), chosen_id(self.district.data), chosen_id(self.village.data)

    def set_chosen(self, chosen: Chosen) -> None:
        """Tell what the city knows of `chosen_ids`."""
        self._chosen = chosen
        if not chosen.city_has_places:
            self._ask_no_place()

    def _ask_no_place(self) -> None:
        """A city that has not told its areas yet: the landmark alone says where."""
        for name in ("district", "village"):
            if name in self:
                del self[name]

    def validate(self, extra_validators: Any = None) -> bool:
        """All checks, so that the person reads every problem at once."""
        fine = super().validate(extra_validators)
        for check in (self._check_choices, self._check_date, self._check_contact):
            fine = check() and fine
        return fine

    def _check_choices(self) -> bool:
        if self.category.data and not self._chosen.category_is_active:
            self.category.errors = ["Kategori ini sudah tidak dipakai, pilih kategori lain"]
        if self.district and self.village:
            self._check_place(self.district, self.village)
        return not any(field.errors for field in (self.category, self.district, self.village) if field)

    def _check_place(self, district: SelectField, village: SelectField) -> None:
        chosen = self._chosen
        if district.data and chosen.district is None:
            district.errors = ["Pilih kecamatan"]
        if village.data and chosen.village is None:
            village.errors = ["Pilih kelurahan atau desa"]
        if district.errors or village.errors:
            return
        if not chosen.village_is_in_district:
            places = f"Kelurahan {chosen.village} tidak berada di Kecamatan {chosen.district}"
            village.errors = [f"{places}, pilih lagi"]

    def _check_date(self) -> bool:
        problem, field = self._date_problem()
        if problem is not None:
            field.errors = [problem]
        return problem is None

    def _date_problem(self) -> tuple[str | None, Any]:
        day, month, year = (
            f.data or "" for f in (self.incident_day, self.incident_month, self.incident_year)
        )
        if not (day and month and year):
            empty = next(
                f for f in (self.incident_day, self.incident_month, self.incident_year) if not f.data
            )
            return "Isi tanggal kejadian", empty
        if not (month.isascii() and month.isdigit() and 1 <= int(month[:4]) <= 12):
            return "Bulan harus angka 1 sampai 12", self.incident_month
        if not (year.isascii() and year.isdigit() and len(year) == 4 and int(year) >= 1990):
            return "Tahun harus 4 angka, misalnya 2026", self.incident_year
        if not (day.isascii() and day.isdigit() and 1 <= int(day[:4]) <= 31):
            return "Hari harus angka 1 sampai 31", self.incident_day
        if int(day) > calendar.monthrange(int(year), int(month))[1]:
            return (
                f"Tanggal {int(day)} tidak ada di bulan {formats.MONTHS[int(month) - 1]}",
                self.incident_day,
            )
        self.incident_on = date(int(year), int(month), int(day))
        if self.incident_on > clock.local_date(required_tenant().zone):
            return "Tanggal kejadian tidak boleh setelah hari ini", self.incident_day
        return None, self.incident_day

    def _check_contact(self) -> bool:
        fine = True
        if not self.phone.data and not self.email.data:
            self.phone.errors = ["Isi nomor ponsel atau surel, salah satu cukup"]
            fine = False
        if self.phone.data:
            self.phone_e164 = parse_phone(self.phone.data[:40])
            if self.phone_e164 is None:
                self.phone.errors = ["Nomor ponsel harus 10–13 angka, misalnya 0812 3456 7890"]
                fine = False
        if self.email.data and not _looks_like_email(self.email.data):
            self.email.errors = ["Alamat surel harus memuat tanda @"]
            fine = False
        return fine

    @property
    def key(self) -> uuid.UUID | None:
        """The form's key, if it is one."""
        try:
            return uuid.UUID(self.form_key.data or "")
        except ValueError:
            return None

    def submission(self, key: uuid.UUID) -> Submission:
        """The checked report. Call only after `validate`."""
        if self.incident_on is None:
            raise ValueError("the form was not validated")
        return Submission(
            form_key=key,
            kind=self.kind.data,
            title=self.title.data,
            body=self.body.data,
            category_id=uuid.UUID(self.category.data),
            incident_on=self.incident_on,
            village_id=uuid.UUID(self.village.data) if self.village else None,
            landmark=self.landmark.data,
            name=self.name.data,
            phone=self.phone_e164,
            email=self.email.data.lower() if self.email.data else None,
            is_anonymous=self.is_anonymous.data,
            is_confidential=self.is_confidential.data,
        )


def _looks_like_email(value: str) -> bool:
    name, at, host = value.rpartition("@")
    return bool(name and at and "." in host and len(value) <= 254 and not any(c.isspace() for c in value))


class TrackForm(Form):
    """Number and PIN. Without a PIN only the short status is asked for."""

    number = StringField("Nomor laporan", filters=[one_line], validators=[required("Tulis nomor laporan")])
    pin = StringField("PIN", filters=[one_line], render_kw={"inputmode": "numeric", "autocomplete": "off"})

    canonical: str | None = None
    pin_digits: str | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape only; whether the pair matches is the act's matter."""
        fine = super().validate(extra_validators)
        if fine:
            self.canonical = numbering.normalise(self.number.data)
            if self.canonical is None:
                self.number.errors = [
                    "Nomor laporan terdiri atas 3 huruf, 4 angka, dan 5 karakter, misalnya BDG-2611-7F3K9"
                ]
                fine = False
        if self.pin.data:
            self.pin_digits = numbering.normalise_pin(self.pin.data)
            if self.pin_digits is None:
                self.pin.errors = ["PIN terdiri atas 6 angka"]
                fine = False
        return fine


class RateForm(Form):
    """The reporter's judgement."""

    solved = RadioField(
        "Selesai",
        choices=SOLVED,
        validate_choice=False,
        validators=[one_of(SOLVED, "Pilih salah satu jawaban")],
    )
    score = RadioField(
        "Penilaian",
        choices={str(value): f"{value}, {label}" for value, label in reversed(SCORES.items())},
        validate_choice=False,
        validators=[one_of([str(value) for value in SCORES], "Pilih salah satu penilaian")],
    )
    comment = TextAreaField(
        "Catatan", filters=[clean], validators=[Optional(), TextLength("Catatan", 0, 1000)]
    )


class ReopenForm(Form):
    """Why it is not solved."""

    reason = TextAreaField(
        "Alasan",
        filters=[clean],
        validators=[TextLength("Alasan", 20, 1000, low_message="Tulis alasan paling sedikit 20 huruf")],
    )
    files = MultipleFileField("Foto atau berkas", validators=[Optional()])


class InfoForm(Form):
    """What the officers asked for."""

    text = TextAreaField(
        "Keterangan",
        filters=[clean],
        validators=[
            TextLength("Keterangan", 10, 2000, low_message="Tulis keterangan paling sedikit 10 huruf")
        ],
    )
    files = MultipleFileField("Foto atau berkas", validators=[Optional()])
