"""Uploaded files: judged by their content, then written anew.

Invariant: no file is stored as it came. Images are decoded and encoded again, PDF pages are moved into a new
document, so that what hides beside or behind them (scripts, archives, positions) does not survive.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from core.media import images
from core.media.rules import CleanUpload, Unacceptable, UploadLimits, UploadRefused, refusal

__all__ = ["CleanUpload", "UploadLimits", "UploadRefused", "inspect", "safe_name"]

LONGEST_NAME = 80
#: how a PDF begins; a header further in (another format in front) does not count
PDF_MAGIC = b"%PDF-"
_RESERVED = re.compile(r'[<>:"|?*%;]')
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")


def inspect(name: str, data: bytes, limits: UploadLimits | None = None) -> CleanUpload:
    """The cleaned file. The name's extension is ignored; the content decides. Raises UploadRefused."""
    limits = limits or UploadLimits()
    shown = safe_name(name)
    try:
        return _clean(shown, data, limits)
    except Unacceptable as problem:
        raise refusal(problem.code, shown, limits) from problem


def safe_name(name: str) -> str:
    """A file name fit for pages and headers: no path, no control or direction signs, at most 80 letters."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(each for each in base if not unicodedata.category(each).startswith("C"))
    tidy = " ".join(_RESERVED.sub("-", visible).split()).strip(". ")
    if len(tidy) > LONGEST_NAME:
        found = _EXTENSION.search(tidy)
        ending = found[0] if found else ""
        tidy = tidy[: LONGEST_NAME - len(ending)].rstrip(". ") + ending
    return tidy or "berkas"


def _clean(shown: str, data: bytes, limits: UploadLimits) -> CleanUpload:
    if not data:
        raise Unacceptable("empty")
    if len(data) > limits.max_bytes:
        raise Unacceptable("too_large")
    original = hashlib.sha256(data).hexdigest()
    if data.startswith(PDF_MAGIC):
        from core.media import pdf  # slow to load, and most files are photos

        clean = pdf.rewrite(data, limits)
        return _upload(shown, clean, "application/pdf", "pdf", original)
    if (kind := images.kind_of(data)) is not None:
        picture = images.rewrite(data, kind, limits)
        return _upload(shown, picture.data, "image/jpeg", "jpg", original, picture)
    raise Unacceptable("wrong_type")


def _upload(
    shown: str,
    data: bytes,
    media_type: str,
    extension: str,
    original_sha256: str,
    picture: images.Picture | None = None,
) -> CleanUpload:
    stem = _EXTENSION.sub("", shown)[: LONGEST_NAME - len(extension) - 1].rstrip(". ") or "berkas"
    return CleanUpload(
        name=f"{stem}.{extension}",
        data=data,
        media_type=media_type,
        extension=extension,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        thumbnail=picture.thumbnail if picture else None,
        captured_at=picture.captured_at if picture else None,
        sha256=hashlib.sha256(data).hexdigest(),
        original_sha256=original_sha256,
        look=picture.look if picture else None,
    )
