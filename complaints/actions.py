"""What is recorded, in words: acts on cases and actions of the audit. Pure."""

from __future__ import annotations

#: acts on cases, as an auditor reads them
ACT_LABELS = {
    "submit": "Laporan masuk",
    "verify": "Memverifikasi",
    "recategorise": "Mengubah kategori",
    "mark_confidential": "Menandai rahasia",
    "assign": "Mendisposisikan",
    "accept": "Menerima di unit",
    "hand_over": "Menetapkan penangan",
    "return": "Mengembalikan ke admin",
    "follow_up": "Mencatat tindak lanjut",
    "propose": "Mengajukan tanggapan",
    "approve": "Menyetujui tanggapan",
    "send_back": "Mengembalikan tanggapan",
    "respond": "Mengirim tanggapan",
    "close": "Menutup",
    "extend": "Memperpanjang batas waktu",
    "escalate": "Melaporkan keterlambatan",
    "decline_jurisdiction": "Menyatakan bukan wewenang",
    "transfer": "Memindahkan ke instansi lain",
    "defer": "Menunda",
    "resume": "Mengakhiri penundaan",
    "archive": "Mengarsipkan",
    "merge": "Menggabungkan",
    "unmerge": "Memisahkan kembali",
    "link_parent": "Menghubungkan ke laporan induk",
    "unlink_parent": "Melepas dari laporan induk",
    "provide_info": "Memberi keterangan",
    "rate": "Menilai",
    "reopen": "Membuka kembali",
    "note": "Menulis catatan internal",
    "undo": "Mengurungkan",
    "sp4n": "Kabar dari SP4N-LAPOR!",
}
#: actions of the audit
ACTION_LABELS = {
    "officer.signed_in": "Masuk",
    "officer.sign_in_failed": "Gagal masuk",
    "officer.signed_out": "Keluar",
    "officer.created": "Menambah petugas",
    "reporter.identity_viewed": "Melihat identitas pelapor",
    "audit.exported": "Mengekspor catatan audit",
    "history.sealed": "Menyegel riwayat laporan",
    "sp4n.configured": "Mengubah sambungan SP4N",
    "sp4n.mapped": "Memetakan kode SP4N",
    "sp4n.retried": "Mencoba lagi kiriman ke SP4N",
    "sp4n.backfilled": "Mengantrekan laporan lama ke SP4N",
    "tenant.provisioned": "Menyiapkan kota",
    "tenant.status_changed": "Membuka atau menutup situs",
    "tenant.areas_added": "Menambah kecamatan",
    "tenant.departments_added": "Menambah unit kerja",
}


def action_label(code: str) -> str:
    """An act or action in words; one that has none yet is shown by its code."""
    return ACT_LABELS.get(code) or ACTION_LABELS.get(code) or code
