"""What an upload may be, what comes out of it, and how a refusal is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from flask_babel import gettext

from core.errors import DomainError
from core.formats import file_size, number


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Bounds of one file. Sizes in bytes, sides in pixels; `camera_zone` reads dates without an offset."""

    max_bytes: int = 8 * 1024 * 1024
    max_pixels: int = 50_000_000
    max_side: int = 1600
    thumbnail_side: int = 320
    thumbnail_bytes: int = 30 * 1024
    max_pages: int = 50
    camera_zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class CleanUpload:
    """A file that is safe to store and to show: re-encoded, without metadata, named after what it is.

    `width`, `height` (pixels) and `thumbnail` (JPEG) only for images; `captured_at` (UTC) where the camera
    wrote it; `sha256` (hex) of `data`, `original_sha256` of the bytes as they came; `look` a 64-bit
    difference hash of a picture, signed.
    """

    name: str
    data: bytes
    media_type: str
    extension: str
    width: int | None
    height: int | None
    thumbnail: bytes | None
    captured_at: datetime | None
    sha256: str
    original_sha256: str | None = None
    look: int | None = None


class UploadRefused(DomainError):
    """The file is not accepted.

    Codes: empty, too_large, wrong_type, damaged, too_many_pixels, too_many_pages, encrypted.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)


class Unacceptable(Exception):
    """Inside this package: the code of a refusal, before the name of the file is known."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def refusal(code: str, name: str, limits: UploadLimits) -> UploadRefused:
    """The refusal in words that name the file."""
    messages = {
        "empty": gettext("Berkas %(name)s kosong", name=name),
        "too_large": gettext(
            "Berkas %(name)s lebih besar dari %(size)s", name=name, size=file_size(limits.max_bytes)
        ),
        "wrong_type": gettext("Berkas %(name)s harus JPG, PNG, WebP, atau PDF", name=name),
        "damaged": gettext("Berkas %(name)s rusak atau tidak lengkap, pilih berkas lain", name=name),
        "too_many_pixels": gettext(
            "Foto %(name)s lebih dari %(count)s juta piksel, perkecil fotonya",
            name=name,
            count=number(limits.max_pixels // 1_000_000),
        ),
        "too_many_pages": gettext(
            "Berkas %(name)s lebih dari %(count)s halaman", name=name, count=number(limits.max_pages)
        ),
        "encrypted": gettext("Berkas %(name)s terkunci, unggah berkas tanpa kata sandi", name=name),
    }
    return UploadRefused(code, messages[code])
