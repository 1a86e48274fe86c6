"""Texts of answers, pure: variables of templates and their values, and when two answers say the same.

Invariant: a text with a variable left in it is never sent.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_VARIABLE = re.compile(r"\{\{\s*([^{}]{0,60}?)\s*\}\}")
_OPEN = re.compile(r"\{\{|\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_SAID = re.compile(r"\w+")
#: variables the system fills, each with what it becomes; any other is the officer's to fill
KNOWN = {
    "nama": "Sapaan pelapor, selalu “Pelapor”",
    "nomor_laporan": "Nomor laporan",
    "judul": "Judul laporan",
    "kategori": "Kategori laporan",
    "lokasi": "Patokan, kelurahan, dan kecamatan",
    "klasifikasi": "Klasifikasi laporan",
    "nama_opd": "Unit kerja yang menangani",
    "nama_kota": "Nama kota atau kabupaten",
    "tanggal_lapor": "Tanggal laporan diterima",
    "tanggal_hari_ini": "Tanggal hari ini",
    "batas_tanggapan": "Batas tanggapan pertama",
    "batas_penyelesaian": "Batas penyelesaian",
    "batas_keterangan": "Batas pelapor melengkapi keterangan",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a filled text: plain, filled (a variable's value) or left (a variable to be replaced)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with its known variables filled."""

    pieces: list[Piece]

    @property
    def text(self) -> str:
        """The text as it goes into the form."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def left(self) -> list[str]:
        """Variables the officer has to replace, in order, each once."""
        return list(dict.fromkeys(piece.text for piece in self.pieces if piece.kind == "left"))


def fill(body: str, values: Mapping[str, str | None]) -> Filled:
    """The text with the values in place; a variable without a value stays as it is written."""
    pieces: list[Piece] = []
    end = 0
    for found in _VARIABLE.finditer(body):
        if found.start() > end:
            pieces.append(Piece("plain", body[end : found.start()]))
        value = values.get(found[1])
        pieces.append(Piece("filled", value) if value else Piece("left", found[0]))
        end = found.end()
    if end < len(body):
        pieces.append(Piece("plain", body[end:]))
    return Filled(pieces)


def unfilled(text: str) -> str | None:
    """The first variable left in a text, braces included; None where nothing is left."""
    found = _VARIABLE.search(text) or _OPEN.search(text)
    return found[0] if found else None


def misnamed(body: str) -> str | None:
    """The first variable of a template whose name is no name."""
    return next((found[0] for found in _VARIABLE.finditer(body) if not _NAME.fullmatch(found[1])), None)


def fingerprint(text: str) -> str:
    """SHA-256 over the words alone: two texts that differ in case, spaces or punctuation are the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return hashlib.sha256(" ".join(_SAID.findall(folded)).encode()).hexdigest()
