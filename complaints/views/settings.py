"""The city's settings of casework: one page that leads to each of them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for

from complaints.permissions import Permission
from core.web.access import officer_with

blueprint = Blueprint("settings", __name__)


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """A line of the index."""

    endpoint: str
    label: str
    hint: str


#: in the order in which a city sets them
SETTINGS_PAGES = [
    SettingsPage("settings.calendar", "Kalender kerja", "Hari dan jam kerja, libur daerah, libur nasional"),
    SettingsPage("settings.periods", "Batas waktu", "Jangka waktu tiap langkah dan dasar hukumnya"),
    SettingsPage(
        "settings.categories", "Kategori", "Unit yang biasa menangani, foto sesudah, aktif atau tidak"
    ),
    SettingsPage("settings.templates", "Templat tanggapan", "Teks siap pakai dan variabelnya"),
    SettingsPage("handling_settings.page", "Penanganan", "Persetujuan kepala unit, membuka kembali laporan"),
    SettingsPage("messaging_settings.page", "Pesan", "Surel, SMS, WhatsApp, jam tenang, kata-kata pesan"),
    SettingsPage("escalation.ladder", "Eskalasi", "Kapan laporan terlambat dilaporkan ke atas"),
]


@blueprint.get("/petugas/pengaturan/", endpoint="index")
@officer_with(Permission.CONFIGURE)
def index_page() -> str:
    """What can be set, each with one line of explanation."""
    return render_template(
        "complaints/settings/index.html",
        pages=[
            {"url": url_for(page.endpoint), "label": page.label, "hint": page.hint} for page in SETTINGS_PAGES
        ],
    )
