"""Static files under addresses that carry the hash of their content, cached for ever and compressed once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request

from core.errors import NotFound
from core.web.access import CITY, PROVINCE, ROOT, public_page

FOLDER = Path(__file__).resolve().parents[2] / "static"
IMMUTABLE = "public, max-age=31536000, immutable"
_COMPRESSIBLE = {".css", ".js", ".svg", ".json", ".txt", ".webmanifest"}

#: a stylesheet's common part is written into it: a second file would cost a phone a round trip
_IMPORT = re.compile(rb'^@import "([a-z]+\.css)";\n', re.MULTILINE)
#: how a stylesheet names a file beside its folder; the page gets the hashed address
_URL = re.compile(rb'url\("\.\./([^"]+)"\)')

blueprint = Blueprint("assets", __name__)


@cache
def _files() -> dict[str, Path]:
    """Every file below `static/` by its path: what is asked for is looked up here, never on the disk."""
    return {file.relative_to(FOLDER).as_posix(): file for file in FOLDER.rglob("*") if file.is_file()}


@cache
def _loaded(path: str) -> tuple[bytes, bytes | None, str, str]:
    """(bytes, gzip or None, media type, hash) of a file of `_files`."""
    file = _files()[path]
    data = file.read_bytes()
    if file.suffix == ".css":
        data = _IMPORT.sub(lambda found: (file.parent / found[1].decode()).read_bytes(), data)
        data = _URL.sub(lambda found: f'url("{asset(found[1].decode())}")'.encode(), data)
    packed = gzip.compress(data, 9, mtime=0) if file.suffix in _COMPRESSIBLE else None
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return data, packed, media_type, hashlib.sha256(data).hexdigest()[:12]


@cache
def asset(path: str) -> str:
    """Address of a static file: `/aset/<hash>/css/public.css`. A missing file is a programming error."""
    if path not in _files():
        raise FileNotFoundError(path)
    return f"/aset/{_loaded(path)[3]}/{path}"


@blueprint.get("/aset/<string:digest>/<path:path>", endpoint="file")
@public_page(CITY, PROVINCE, ROOT)
def file(digest: str, path: str) -> Response:
    """One static file. An outdated hash is 404: an old page must not cache new bytes under it."""
    found = _loaded(path) if path in _files() else None
    if found is None or found[3] != digest:
        raise NotFound()
    data, packed, media_type, _ = found
    gzipped = packed is not None and "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(packed if gzipped and packed is not None else data, mimetype=media_type)
    response.headers["Cache-Control"] = IMMUTABLE
    response.headers["Vary"] = "Accept-Encoding"
    if gzipped:
        response.headers["Content-Encoding"] = "gzip"
    return response
