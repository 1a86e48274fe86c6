"""The names of work, messages, states and steps as an operator reads them. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from core import formats

ZONE = ZoneInfo("Asia/Jakarta")
#: kinds of background work, by the name they are registered with
JOBS = {
    "complaints.escalate": "Eskalasi laporan terlambat",
    "complaints.lapse": "Penutupan laporan yang ditunggu pelapornya",
    "complaints.move": "Perpindahan laporan ke kota lain",
    "complaints.prove": "Pemeriksaan catatan audit",
    "complaints.recount": "Penghitungan ulang batas waktu",
    "complaints.seal": "Penyegelan riwayat",
    "complaints.unsent_files": "Penghapusan berkas yang tidak jadi dikirim",
    "figures.fold": "Angka untuk provinsi",
    "notices.deliver": "Pengiriman pesan",
    "notices.digest": "Ringkasan pagi petugas",
    "sp4n.deliver": "Pengiriman ke SP4N-LAPOR!",
    "sp4n.import": "Impor dari SP4N-LAPOR!",
    "sp4n.poll": "Pembacaan dari SP4N-LAPOR!",
    "sp4n.reconcile": "Pembandingan dengan SP4N-LAPOR!",
    "sp4n.remind": "Pengingat yang tertahan di SP4N-LAPOR!",
}
QUEUES = {
    "sync": "Pengiriman ke SP4N-LAPOR! dan perpindahan",
    "inbound": "Pembacaan dari SP4N-LAPOR!",
    "notices": "Pesan",
    "figures": "Angka",
    "upkeep": "Perawatan",
    "slow": "Kota yang lambat dihubungi",
}
TOPICS = {
    "sp4n.create": "Pengiriman laporan ke SP4N-LAPOR!",
    "sp4n.follow_up": "Pengiriman tindak lanjut ke SP4N-LAPOR!",
    "sp4n.decline": "Penerusan ke instansi lain di SP4N-LAPOR!",
    "notice.email": "Pesan surel",
    "notice.sms": "Pesan SMS",
    "notice.whatsapp": "Pesan WhatsApp",
    "case.move": "Perpindahan laporan ke kota lain",
}
STATES = {
    "pending": "menunggu",
    "delivered": "terkirim",
    "rejected": "berhenti, ditolak",
    "given_up": "berhenti, terlalu sering gagal",
    "skipped": "dilewati",
}
#: what a delivery keeps once it is done, by its key; a key that is not here is shown as it is
STEPS = {
    "begun": "panggilan dimulai",
    "files": "lampiran diunggah",
    "external_id": "nomor di sana diketahui",
    "key": "tindak lanjut di sana dikenali",
    "institution_id": "instansi tujuan diketahui",
}


def span(seconds: float | None) -> str:
    """How long; a dash for nothing."""
    return "–" if seconds is None else formats.span(seconds)


def moment(at: datetime, now: datetime) -> str:
    """ "14.05" of today, "4 Des 14.05" of another day, WIB."""
    if at.astimezone(ZONE).date() == now.astimezone(ZONE).date():
        return formats.time_of_day(at, ZONE)
    return formats.short_datetime(at, ZONE)


def own(cause: str | None) -> str | None:
    """The sentence of ours a cause begins with, without what the other side said behind the colon."""
    return None if cause is None else cause.partition(":")[0].strip()


def circuit(mode: str | None, paused_until: datetime | None, cause: str | None, now: datetime) -> str:
    """How a city's connection to the national side stands."""
    if mode is None:
        return "belum disambungkan"
    if mode == "off":
        return "dimatikan"
    if paused_until is not None:
        return f"ditahan sampai {moment(paused_until, now)}: {cause or 'tanpa keterangan'}"
    return "berjalan" if mode == "active" else "berjalan, hanya membaca"
