"""Which act is told to whom, and which variables its message knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from complaints.acts.moves.receiving import MOVED_IN
from complaints.models.notices import OFFICER, REPORTER
from complaints.workflow import Act

#: groups of officers
HANDLER, UNIT, HEAD = "handler", "unit", "head"
DESK, ADMINISTRATOR, REGIONAL = "desk", "administrator", "regional"
_COMMON = ("nomor", "judul", "pemda", "kota", "layanan", "tautan")


@dataclass(frozen=True, slots=True)
class Kind:
    """One message. `who`: for officers the group, with the next one where that is empty."""

    code: str
    label: str
    recipient: str
    more: tuple[str, ...] = ()
    who: str | None = None
    tells_merged: bool = False  # also the reporters of reports merged into this one

    @property
    def is_for_reporter(self) -> bool:
        """Whether it goes to the reporter, not to officers."""
        return self.recipient == REPORTER

    @property
    def variables(self) -> tuple[str, ...]:
        """Names that its text may hold."""
        return (*_COMMON, "nama", *self.more)


def _told(code: str, label: str, *more: str, merged: bool = False) -> Kind:
    return Kind(code, label, REPORTER, more, tells_merged=merged)


def _for(who: str, code: str, label: str, *more: str) -> Kind:
    return Kind(code, label, OFFICER, more, who)


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        _told("received", "Laporan diterima", "batas"),
        _told("needs_info", "Keterangan diminta", "batas"),
        _told("responded", "Laporan ditanggapi", merged=True),
        _told("auto_closed", "Laporan ditutup otomatis", "batas", merged=True),
        _told("closed", "Laporan selesai", "batas", merged=True),
        _told("passed_on", "Laporan diteruskan", "instansi", merged=True),
        _told("moved_in", "Laporan datang dari kota lain", "batas"),
        _told("archived", "Laporan tidak dapat diproses", merged=True),
        _told("merged", "Laporan digabung"),
        _told("unmerged", "Laporan dipisahkan kembali"),
        _for(UNIT, "assigned", "Disposisi untuk unit", "unit", "batas"),
        _for(HANDLER, "handed_over", "Anda menjadi penangan", "unit", "batas"),
        _for(DESK, "returned", "Laporan dikembalikan ke admin", "unit", "batas"),
        _for(HEAD, "proposed", "Tanggapan menunggu persetujuan", "unit", "batas"),
        _for(HANDLER, "sent_back", "Tanggapan dikembalikan", "unit", "batas"),
        _for(DESK, "info_given", "Pelapor melengkapi keterangan", "batas"),
        _for(HANDLER, "reporter_replied", "Pelapor menanggapi", "unit", "batas"),
        _for(HANDLER, "reopened", "Laporan dibuka kembali", "unit", "batas"),
        _for(HANDLER, "escalated", "Laporan terlambat", "unit", "batas", "tingkat"),
        _for(HANDLER, "mentioned", "Anda disebut dalam catatan"),
        _for(DESK, "sp4n_waiting", "SP4N-LAPOR! perlu tindakan", "ringkas", "rincian"),
        _for(HANDLER, "digest", "Daftar pagi", "ringkas", "rincian"),
    )
}

_OF_ACT: dict[str, tuple[str, ...]] = {
    Act.DEFER: ("needs_info",),
    Act.RESPOND: ("responded",),
    Act.APPROVE: ("responded",),
    Act.DECLINE_JURISDICTION: ("passed_on",),
    Act.TRANSFER: ("passed_on",),
    MOVED_IN: ("moved_in",),
    Act.ARCHIVE: ("archived",),
    Act.MERGE: ("merged",),
    Act.UNMERGE: ("unmerged",),
    Act.ASSIGN: ("assigned",),
    Act.HAND_OVER: ("handed_over",),
    Act.RETURN: ("returned",),
    Act.PROPOSE: ("proposed",),
    Act.SEND_BACK: ("sent_back",),
    Act.REOPEN: ("reopened",),
}


def kinds_of(act: str, actor_kind: str, status_before: str | None) -> list[Kind]:
    """What an act is told as; an empty list where nobody is told."""
    if act == Act.SUBMIT:
        codes: tuple[str, ...] = ("received",) if actor_kind == "reporter" else ()
    elif act == Act.CLOSE:
        codes = ("auto_closed",) if actor_kind == "system" else ("closed",)
    elif act == Act.PROVIDE_INFO:
        codes = ("info_given",) if status_before == "deferred" else ("reporter_replied",)
    else:
        codes = _OF_ACT.get(act, ())
    return [KINDS[code] for code in codes]


#: values for previews
SAMPLE = {
    "nomor": "ABC-2611-7F3K9",
    "judul": "Jalan berlubang di depan sekolah",
    "pemda": "Pemkot Contoh",
    "kota": "Kota Contoh",
    "layanan": "Aduan Contoh",
    "tautan": "https://kota-contoh.aduan.example.go.id/l/7f3k9x2m4q8r5tw",
    "nama": "Siti Rahmawati",
    "batas": "4 Des 2026",
    "instansi": "Dinas Bina Marga Provinsi",
    "unit": "Dinas Pekerjaan Umum",
    "tingkat": "kepala unit",
    "ringkas": "2 terlambat, 1 jatuh tempo hari ini",
    "rincian": "ABC-2611-7F3K9, terlambat sejak 2 Des 2026",
}
