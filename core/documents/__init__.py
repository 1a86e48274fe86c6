"""Printed papers: a template of templates/documents set with data, as PDF.

Invariant: what people wrote reaches the template as JSON data and is never part of its source; data and time
of a paper are bounded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from functools import cache
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "documents"
MOST_DATA = 1_000_000  # bytes of JSON
MOST_SECONDS = 15.0
AT_ONCE = 2
Kind = Literal["pdf", "png"]


class DocumentError(RuntimeError):
    """The paper cannot be made: too much data, too slow, or a template that does not fit its data."""


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of `template` (a name without ending) with `data`, which must be plain JSON. A4, no network.

    Raises DocumentError, ValueError for a name that is no template's.
    """
    return _within_time(template, _packed(data), "pdf")[0]


def pictures(template: str, data: Mapping[str, Any], *, ppi: float = 96) -> list[bytes]:
    """The same pages as PNG, for looking at them. Raises as `render`."""
    return _within_time(template, _packed(data), "png", ppi)


def _packed(data: Mapping[str, Any]) -> str:
    packed = json.dumps(data, ensure_ascii=False)
    if len(packed.encode()) > MOST_DATA:
        raise DocumentError(f"more than {MOST_DATA} bytes for one paper")
    return packed


@cache
def _workers() -> ThreadPoolExecutor:
    """Made at first use, so in the process that serves; few, so that papers never take all of it."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="documents")


def _within_time(template: str, packed: str, kind: Kind, ppi: float | None = None) -> list[bytes]:
    waiting = _workers().submit(_compiled, _path(template), packed, kind, ppi)
    try:
        return waiting.result(MOST_SECONDS)
    except TooSlow:
        waiting.cancel()
        raise DocumentError(f"{template}: not set within {MOST_SECONDS} seconds") from None


def _path(template: str) -> Path:
    path = FOLDER / f"{template}.typ"
    if not template.isidentifier() or not path.is_file():
        raise ValueError(f"no such template: {template}")
    return path


def _compiled(path: Path, packed: str, kind: Kind, ppi: float | None) -> list[bytes]:
    import typst  # a large library that few processes need

    try:
        made: Any = typst.compile(  # one page comes alone, several as a list
            path,
            root=FOLDER,
            format=kind,
            ppi=ppi,
            ignore_system_fonts=True,  # the same paper on every machine
            sys_inputs={"data": packed},
        )
    except typst.TypstError as error:
        raise DocumentError(f"{path.stem}: {error.message}") from error
    return made if isinstance(made, list) else [made]
