"""Words of the preview: our names for their fields, and what is said of a message. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from core.outbox.models import DELIVERED, GIVEN_UP, PENDING, REJECTED, SKIPPED

MASK = "••••"

#: by the state of the message; None: there is none
STATES: Mapping[str | None, str] = {
    None: "Belum diantrekan",
    PENDING: "Menunggu dikirim",
    DELIVERED: "Sudah terkirim",
    REJECTED: "Ditolak SP4N-LAPOR!",
    GIVEN_UP: "Berhenti dicoba",
    SKIPPED: "Dilewati",
}
RULES = {
    "sends": "Pengiriman dimatikan pada halaman Sambungan.",
    "anonymous": "Laporan anonim tidak dikirim menurut halaman Sambungan.",
    "confidential": "Laporan rahasia tidak dikirim menurut halaman Sambungan.",
}
NOT_KEPT = {
    "anonymous": "Laporan anonim: nama, ponsel, dan surel pelapor tidak dikirim.",
    "confidential": "Laporan rahasia: dikirim dengan tanda rahasia dan tidak tampil untuk umum di sana.",
    "internal": "Catatan internal, disposisi, dan berkas yang tidak untuk umum tidak pernah dikirim.",
}
KINDS = {"category": "Kategori", "classification": "Klasifikasi", "department": "Unit"}
LABELS: Mapping[str, str] = {
    "title": "Judul",
    "content": "Isi",
    "channel": "Kanal",
    "is_new_user_slider": "Pelapor baru",
    "emailUser": "Surel pelapor",
    "nameUser": "Nama pelapor",
    "phoneUser": "Ponsel pelapor",
    "user_id": "Akun pengguna",
    "is_inbox": "Masuk ke kotak masuk",
    "is_disposisi_slider": "Langsung didisposisikan",
    "classification_id": "Klasifikasi",
    "disposition_id": "Instansi tujuan",
    "category_id": "Kategori",
    "priority_program_id": "Program prioritas",
    "location_id": "Lokasi",
    "community_id": "Komunitas",
    "date_of_incident": "Tanggal kejadian",
    "copy_externals": "Tembusan",
    "info_disposition": "Catatan disposisi",
    "info_attachments": "Berkas disposisi",
    "tags_raw": "Tanda",
    "is_approval": "Perlu persetujuan",
    "is_anonymous": "Anonim",
    "is_secret": "Rahasia",
    "is_priority": "Prioritas",
    "attachments": "Berkas",
    "complaint_id": "Nomor laporan di SP4N-LAPOR!",
    "institution_from_id": "Instansi pengirim",
    "institution_to_id": "Instansi penerima",
    "template_code": "Templat",
    "rating": "Penilaian",
    "is_request": "Permintaan",
    "reason": "Instansi yang berwenang",
    "reason_description": "Alasan",
    "not_authority": "Bukan wewenang",
}
