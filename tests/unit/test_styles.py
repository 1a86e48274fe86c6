"""One stylesheet an audience, with a common part: a component looks the same to citizens and officers."""

from __future__ import annotations

from pathlib import Path

from core.web.assets import _loaded

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
SERVED = ("css/public.css", "css/staff.css")


def served(name: str) -> str:
    """A stylesheet as a browser gets it."""
    return _loaded(name)[0].decode()


def test_the_common_part_stands_in_both() -> None:
    common = (CSS / "shared.css").read_text(encoding="utf-8").partition("@font-face")[0]
    assert len(common) > 500
    for name in SERVED:
        assert served(name).count(common) == 1
        assert ".tombol" in served(name)


def test_no_syntax_that_old_phones_drop() -> None:
    for name in SERVED:
        for forbidden in ("oklch(", "@layer", "color-mix(", "@import", "http:", "https:"):
            assert forbidden not in served(name), f"{forbidden} in {name}"


def test_files_named_by_a_stylesheet_are_served() -> None:
    for name in SERVED:
        assert "../" not in served(name)
        assert "/aset/" in served(name)
