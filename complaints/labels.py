"""Words for codes: statuses, kinds, acts, urgencies;

and the look of each status. One place, as the interface reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from complaints import workflow as w


@dataclass(frozen=True, slots=True)
class StatusView:
    """A status as people see it. `token` is the look, `step` the place in the five-step strip."""

    code: str
    label: str
    token: str
    icon: str
    step: int | None


_STATUS: dict[str, tuple[str, str, str, int | None]] = {
    w.RECEIVED: ("Diterima, menunggu verifikasi", "info", "inbox", 1),
    w.DEFERRED: ("Tertunda, menunggu keterangan dari Anda", "warga", "message", 1),
    w.VERIFIED: ("Terverifikasi", "info", "check", 2),
    w.ASSIGNED: ("Diteruskan ke {department}", "info", "send", 2),
    w.IN_PROGRESS: ("Sedang ditindaklanjuti", "tunggu", "tool", 3),
    w.PROPOSED: ("Sedang ditindaklanjuti", "tunggu", "tool", 3),
    w.RESPONDED: ("Sudah ditanggapi, menunggu tanggapan Anda", "warga", "message", 4),
    w.REPORTER_REPLIED: ("Tanggapan Anda sedang dibaca petugas", "tunggu", "clock", 4),
    w.COMPLETED: ("Selesai", "selesai", "circle-check", 5),
    w.REOPENED: ("Dibuka kembali", "tunggu", "refresh", 3),
    w.DECLINED: ("Diteruskan ke instansi lain", "arsip", "arrow-right", None),
    w.MERGED: ("Digabung dengan laporan lain", "arsip", "copy", None),
    w.ARCHIVED: ("Tidak dapat diproses", "arsip", "archive", None),
}
_STAFF_STATUS = {
    w.RECEIVED: "Diterima",
    w.ASSIGNED: "Didisposisikan",
    w.IN_PROGRESS: "Ditindaklanjuti",
    w.PROPOSED: "Menunggu persetujuan kepala",
    w.DEFERRED: "Tertunda, menunggu pelapor",
    w.RESPONDED: "Ditanggapi, menunggu pelapor",
    w.REPORTER_REPLIED: "Ditanggapi pelapor",
}
KINDS = {"complaint": "Pengaduan", "aspiration": "Aspirasi", "information_request": "Permintaan informasi"}
CLASSIFICATIONS = {
    "supervised": "Pengaduan berkadar pengawasan",
    "unsupervised": "Pengaduan tidak berkadar pengawasan",
    "aspiration": "Aspirasi",
    "information_request": "Permintaan informasi",
}
URGENCIES = {"normal": "Biasa", "urgent": "Segera", "very_urgent": "Sangat segera"}
INSTRUCTIONS = {
    "act": "Untuk ditindaklanjuti",
    "study": "Untuk ditelaah",
    "advise": "Mohon saran",
    "coordinate": "Koordinasikan",
    "inform": "Untuk diketahui",
}
ARCHIVE_REASONS = {
    "unclear": "Laporan tidak jelas",
    "incomplete": "Pelapor tidak melengkapi keterangan",
    "not_public_service": "Bukan urusan pelayanan publik",
    "repeated": "Sudah pernah dilaporkan dan dijawab",
    "abusive": "Berisi ujaran yang tidak pantas",
}
SOLVED = {"yes": "Ya", "partly": "Sebagian", "no": "Belum"}
SCORES = {1: "Sangat tidak puas", 2: "Tidak puas", 3: "Cukup", 4: "Puas", 5: "Sangat puas"}
#: who is told at each level of the ladder (`escalation.TARGETS`)
ESCALATION_TARGETS = {
    "handler": "Petugas yang menangani",
    "department_head": "Kepala unit",
    "city_administrator": "Admin kota",
    "regional_head": "Kepala daerah",
    "province": "Provinsi",
}
CHANNELS = {"web": "Situs web", "sp4n": "SP4N-LAPOR!"}
UNKNOWN_PLACE = "Lokasi belum diketahui"

#: what a history entry is headed with, by act
ACT_TITLES = {
    "submit": "Laporan diterima",
    "verify": "Laporan diverifikasi",
    "assign": "Diteruskan ke {department}",
    "follow_up": "Tindak lanjut",
    "respond": "Tanggapan",
    "close": "Laporan ditutup",
    "decline_jurisdiction": "Bukan wewenang kami, diteruskan ke {institution}",
    "defer": "Kami memerlukan keterangan tambahan",
    "archive": "Laporan tidak dapat diproses",
    "provide_info": "Keterangan dari pelapor",
    "rate": "Penilaian pelapor",
    "reopen": "Dibuka kembali oleh pelapor",
    "note": "Catatan internal",
    "recategorise": "Kategori diubah",
    "mark_confidential": "Ditandai rahasia",
    "accept": "Diterima unit",
    "hand_over": "Ditangani {handler}",
    "return": "Dikembalikan ke admin",
    "propose": "Tanggapan diajukan kepada kepala unit",
    "approve": "Tanggapan",
    "send_back": "Tanggapan dikembalikan untuk diperbaiki",
    "extend": "Batas penyelesaian diperpanjang",
    "escalate": "Dilaporkan kepada {target}",
    "transfer": "Diteruskan ke {target}",
    "moved_in": "Diterima dari {source}",
    "resume": "Penundaan diakhiri",
    "merge": "Digabung dengan laporan {main}",
    "unmerge": "Dipisahkan kembali",
    "link_parent": "Mengikuti laporan {main}",
    "unlink_parent": "Tidak lagi mengikuti laporan lain",
    "undo": "Tindakan diurungkan",
    "sp4n": "Kabar dari SP4N-LAPOR!",
}


def status_label(code: str, *, department: str | None = None, staff: bool = True) -> str:
    """A status in words; the department it was passed to where that is known."""
    label = (_STAFF_STATUS.get(code) if staff else None) or _STATUS[code][0]
    return label.format(department=department or "unit terkait")


def status_view(code: str, *, department: str | None = None, staff: bool = False) -> StatusView:
    """Everything a page needs to show a status."""
    _, token, icon, step = _STATUS[code]
    return StatusView(code, status_label(code, department=department, staff=staff), token, icon, step)


def place_of(*parts: str | None) -> str:
    """Landmark, village and district on one line, whichever are known."""
    return ", ".join(part for part in parts if part) or UNKNOWN_PLACE


def act_title(act: str, data: dict[str, object]) -> str:
    """Heading of a history entry, with the names its data holds."""
    return ACT_TITLES.get(act, act).format(
        department=data.get("department_name") or "unit terkait",
        institution=data.get("institution") or "instansi lain",
        handler=data.get("handler_name") or "petugas unit",
        target=data.get("target_name") or "instansi lain",
        source=data.get("source_name") or "instansi lain",
        main=data.get("main_number") or "lain",
    )
