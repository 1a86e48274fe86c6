"""Forms of the city's connection. A secret's field is shown empty; sent empty it means "as it is"."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import Optional

from complaints.forms.checks import one_line, one_of, required
from complaints.forms.rules import WholeNumber
from core.web.forms import Form
from sp4n.settings import LONGEST_POLL_SECONDS, MOST_REQUESTS_A_MINUTE, SHORTEST_POLL_SECONDS

MODES = {
    "off": "Mati: tidak ada yang dikirim atau dibaca",
    "trial": "Uji: kabar dibaca, yang akan dikirim hanya diperlihatkan",
    "active": "Aktif: dikirim dan dibaca",
}
TEXTS = {"final": "Isi akhir, dengan perbaikan petugas", "initial": "Isi awal, seperti ditulis pelapor"}
ANONYMOUS = {"without_identity": "Dikirim tanpa nama, telepon, dan surel", "no": "Tidak dikirim"}
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


def _number(label: str, low: int, high: int, **more: Any) -> StringField:
    return StringField(
        label,
        filters=[one_line],
        render_kw={"inputmode": "numeric"},
        validators=[WholeNumber(low, high, f"Tulis angka {low} sampai {high}")],
        **more,
    )


class ConnectionForm(Form):
    """Everything a city sets of its connection."""

    mode = RadioField(
        "Mode", choices=MODES, validate_choice=False, validators=[one_of(MODES, "Pilih mode sambungan")]
    )
    base_url = StringField(
        "Alamat API",
        filters=[one_line],
        description="Alamat dari pengelola SP4N, misalnya https://api.contoh.go.id/lapor/3.0.0",
        validators=[required("Tulis alamat API")],
    )
    auth_header = StringField(
        "Nama header kredensial", filters=[one_line], validators=[required("Tulis nama header kredensial")]
    )
    auth_format = StringField(
        "Bentuk isi header",
        filters=[one_line],
        description="{secret} diganti kredensial, misalnya Bearer {secret}",
        validators=[required("Tulis bentuk isi header")],
    )
    auth_secret = PasswordField("Kredensial pertama", validators=[Optional()])
    token_header = StringField(
        "Nama header token", filters=[one_line], validators=[required("Tulis nama header token")]
    )
    token_secret = PasswordField("Kredensial kedua (token)", validators=[Optional()])
    institution_id = StringField(
        "Nomor instansi di SP4N",
        filters=[one_line],
        render_kw={"inputmode": "numeric"},
        validators=[required("Tulis nomor instansi")],
    )
    sends = BooleanField("Kirim laporan dan tindak lanjut ke SP4N")
    receives = BooleanField("Baca kabar dari SP4N")
    lists_incoming = BooleanField(
        "Akun memiliki daftar laporan masuk",
        description="Tanpa daftar ini laporan baru dari SP4N masuk lewat berkas Excel.",
    )
    text_sent = RadioField(
        "Isi laporan yang dikirim",
        choices=TEXTS,
        validate_choice=False,
        validators=[one_of(TEXTS, "Pilih isi laporan yang dikirim")],
    )
    send_anonymous = RadioField(
        "Laporan anonim",
        choices=ANONYMOUS,
        validate_choice=False,
        validators=[one_of(ANONYMOUS, "Pilih apakah laporan anonim dikirim")],
    )
    send_confidential = BooleanField("Kirim juga laporan rahasia, dengan tanda rahasia")
    poll_seconds = _number("Jeda pemeriksaan, dalam detik", SHORTEST_POLL_SECONDS, LONGEST_POLL_SECONDS)
    requests_per_minute = _number("Permintaan paling banyak per menit", 1, MOST_REQUESTS_A_MINUTE)
    timezone = SelectField(
        "Zona waktu tanggal SP4N",
        choices=ZONES,
        validate_choice=False,
        validators=[one_of(set(ZONES) & available_timezones(), "Pilih zona waktu")],
    )
    channel_id = _number("Nomor saluran bawaan", 1, 999_999)
    classification_id = _number("Nomor klasifikasi bawaan", 1, 999_999)
    category_id = _number("Nomor kategori bawaan", 1, 999_999)
    location_id = _number("Nomor lokasi bawaan", 1, 999_999)

    def values(self) -> dict[str, Any]:
        """What `settings.configure` takes; a secret left empty stays as it is."""
        numbers = {"poll_seconds", "requests_per_minute", "channel_id", "classification_id", "category_id",
                   "location_id"}  # fmt: skip
        found = {name: value for name, value in self.data.items() if name != "csrf_token"}
        found |= {name: int(found[name]) for name in numbers}
        found["timezone"] = self.timezone.data
        return {
            name: value
            for name, value in found.items()
            if not (name in ("auth_secret", "token_secret") and not value)
        }
