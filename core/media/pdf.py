"""PDF files: the pages moved into a new document; nothing that acts, hides or identifies comes along.

Invariant: an allow-list. Of a page only what paints it is kept, so actions, scripts, attachments, forms,
comments and metadata have no place to stand. What a form shows only through its fields is lost with them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import DependencyError, LimitReachedError, PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    PdfObject,
    StreamObject,
)

from core.media.rules import Unacceptable, UploadLimits

_MAX_OBJECTS = 50_000
_PAGE_KEYS = frozenset(
    {"/Type", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents", "/Group"}
)
_RESOURCE_KEYS = frozenset(
    {"/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/ProcSet"}
)
# On a painted object: files outside, other versions, positions on earth, notes of the program that made it.
_UNWANTED_KEYS = frozenset(
    {
        "/F",
        "/FFilter",
        "/FDecodeParms",
        "/AF",
        "/Alternates",
        "/LastModified",
        "/Measure",
        "/Metadata",
        "/OC",
        "/OPI",
        "/PieceInfo",
        "/PtData",
        "/Ref",
        "/StructParent",
        "/StructParents",
    }
)
_UNWANTED_TYPES = frozenset(
    {"/Action", "/Annot", "/Catalog", "/EmbeddedFile", "/Filespec", "/Metadata", "/Page", "/Pages", "/Sig"}
)
# What the parser raises on malformed input; found by the fuzz tests beside what it documents.
_MALFORMED = (
    PyPdfError,
    DependencyError,
    NotImplementedError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)


def rewrite(data: bytes, limits: UploadLimits) -> bytes:
    """A new document of the same pages. Raises Unacceptable (damaged, encrypted, too_many_pages)."""
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted:
            raise Unacceptable("encrypted")
        if len(reader.pages) > limits.max_pages:
            raise Unacceptable("too_many_pages")
        writer = PdfWriter()
        writer.metadata = None
        pages = list(reader.pages)
        _clean(pages)
        for page in pages:
            writer.add_page(page)
        if not writer.pages:
            raise Unacceptable("damaged")
        target = BytesIO()
        writer.write(target)
    except _MALFORMED as problem:
        raise Unacceptable("damaged") from problem
    return target.getvalue()


def _keep(dictionary: DictionaryObject, allowed: frozenset[str]) -> None:
    for key in [key for key in dictionary if key not in allowed]:
        del dictionary[key]


def _clean(pages: list[PageObject]) -> None:
    """Walk everything the pages paint with and take from it what does not paint."""
    for page in pages:
        _keep(page, _PAGE_KEYS)
    waiting: list[PdfObject] = [*pages]
    seen: set[int] = set()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if len(seen) > _MAX_OBJECTS:
            raise LimitReachedError("the pages paint with too many objects")
        if isinstance(found, DictionaryObject):
            _clean_dictionary(found)
        waiting.extend(_children(found))


def _clean_dictionary(found: DictionaryObject) -> None:
    resources = found.get("/Resources")
    if resources is not None and isinstance(held := resources.get_object(), DictionaryObject):
        _keep(held, _RESOURCE_KEYS)
    if isinstance(found, StreamObject):
        for key in _UNWANTED_KEYS & found.keys():
            del found[key]
        _clean_photo(found)
    for key in [key for key, value in found.items() if _is_unwanted(value)]:
        del found[key]


def _is_unwanted(value: PdfObject) -> bool:
    held = value.get_object()
    return isinstance(held, DictionaryObject) and (
        held.get("/Type") in _UNWANTED_TYPES or "/JS" in held or "/EF" in held
    )


def _children(found: PdfObject) -> Iterator[PdfObject]:
    if isinstance(found, ArrayObject):
        values = list(found)
    elif isinstance(found, DictionaryObject):
        values = list(found.values())
    else:
        return
    for value in values:
        held = value.get_object() if isinstance(value, IndirectObject) else value
        if held is not None and not isinstance(held, NullObject):
            yield held


def _clean_photo(stream: StreamObject) -> None:
    """A scan often is a phone's JPEG with position and date still inside it."""
    filters = stream.get("/Filter")
    filters = filters.get_object() if filters is not None else None
    names = list(filters) if isinstance(filters, ArrayObject) else [filters]
    if names[-1] != "/DCTDecode":
        return
    # The parser undoes the filters before the JPEG and leaves the JPEG alone.
    photo = stream.get_data()
    stream[NameObject("/Filter")] = NameObject("/DCTDecode")
    stream.pop("/DecodeParms", None)
    StreamObject.set_data(stream, _without_markers(photo))


def _without_markers(photo: bytes) -> bytes:
    """The JPEG without application data and comments, except JFIF (APP0) and the colour transform (APP14)."""
    kept, place = [photo[:2]], 2
    while photo[place : place + 1] == b"\xff" and (marker := photo[place + 1]) != 0xDA:
        end = place + 2 + int.from_bytes(photo[place + 2 : place + 4], "big")
        if not (0xE1 <= marker <= 0xED or marker in (0xEF, 0xFE)):
            kept.append(photo[place:end])
        place = end
    return b"".join(kept) + photo[place:]
