"""From a cause to what a person can do about it. Pure.

The causes are our own sentences or begin with them; what the other side said stands behind a colon.
"""

from __future__ import annotations

from dataclasses import dataclass

from sp4n.tasks.models import CONNECTION, REPORT

MAPPING, SETTINGS, CASE = "mapping", "connection", "case"


@dataclass(frozen=True, slots=True)
class Advice:
    """`fix`: the page where it is mended, None where only waiting or trying again helps."""

    words: str
    fix: str | None = None


_MAP = Advice("Petakan di halaman Pemetaan; yang menunggu lalu berjalan sendiri menurut urutannya.", MAPPING)
_FORMAT = Advice(
    "Coba lagi. Bila tetap gagal, beri tahu pengelola SP4N-LAPOR! bahwa bentuk jawabannya berubah."
)
#: (what the cause holds, in small letters, what to do); the first that fits
_RULES: tuple[tuple[tuple[str, ...], Advice], ...] = (
    (("perlu pemetaan",), _MAP),
    (
        ("belum dipetakan",),
        Advice("Petakan instansi ini di halaman Pemetaan, lalu coba lagi.", MAPPING),
    ),
    (
        ("belum pasti apakah",),
        Advice(
            "Cari nomor laporan kita di SP4N-LAPOR!. Bila sudah ada, hubungkan nomornya pada laporan lalu"
            " lewati kiriman ini; bila belum ada, coba lagi.",
            CASE,
        ),
    ),
    (
        ("dua kali di sp4n",),
        Advice(
            "Minta pengelola SP4N-LAPOR! menutup salah satunya. Bila yang tertaut yang ditutup, hubungkan"
            " yang lain; lalu lewati kabar ini dengan alasan."
        ),
    ),
    (
        ("kredensial", "alamat api", "mengalihkan ke alamat", "alamat sp4n", "sertifikat"),
        Advice("Periksa halaman Sambungan, lalu jalankan Uji koneksi.", SETTINGS),
    ),
    (
        ("kategori", "klasifikasi", "instansi", "category", "classification", "institution"),
        Advice("Periksa pemetaan nilai itu, lalu coba lagi.", MAPPING),
    ),
    (
        ("lampiran", "berkas"),
        Advice("Periksa lampiran pada laporan, lalu coba lagi, atau lewati kiriman ini.", CASE),
    ),
    (
        ("belum terkirim ke sp4n",),
        Advice("Kirim dahulu laporannya; tindakan ini menunggu di belakangnya.", CASE),
    ),
    (
        ("tidak mengenal laporan",),
        Advice("Periksa nomor laporan ini di SP4N-LAPOR!: mungkin sudah dihapus atau dipindahkan.", CASE),
    ),
    (
        ("jawaban sp4n", "tidak dapat dibaca", "mengulang halaman", "terlalu panjang", "laporan lain"),
        _FORMAT,
    ),
    (
        ("belum dapat diterapkan",),
        Advice("Buka laporannya dan lengkapi yang kurang; penerapan dicoba lagi sendiri.", CASE),
    ),
    (("belum lengkap",), Advice("Lengkapi data laporan, lalu coba lagi.", CASE)),
    (
        ("kesalahan tak terduga", "pekerja terhenti"),
        Advice("Beri tahu pengelola aplikasi dengan nomor pelacakan di keterangan teknis, lalu coba lagi."),
    ),
    (
        ("tidak dapat dihubungi", "tidak menjawab", "terputus", "sedang bermasalah", "membatasi"),
        Advice("Kiriman dicoba lagi sendiri. Bila SP4N-LAPOR! sudah pulih, coba lagi sekarang."),
    ),
    (("menolak",), Advice("Perbaiki isian yang disebut SP4N-LAPOR!, lalu coba lagi.", CASE)),
)


def advise(kind: str, cause: str) -> Advice:
    """What to do about a task."""
    said = cause.casefold()
    for words, advice in _RULES:
        if any(each in said for each in words):
            found = advice
            break
    else:
        found = Advice("Coba lagi. Bila tetap gagal, beri tahu pengelola aplikasi.")
    if kind == CONNECTION and found.fix == CASE:
        return Advice("Periksa halaman Sambungan, lalu jalankan Uji koneksi.", SETTINGS)
    if kind == REPORT and found.fix is None:
        return Advice(f"{found.words} Laporan ini dibaca lagi setiap jam.", None)
    return found
