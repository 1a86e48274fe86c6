"""The two stylesheets share their first part to the letter:

a component looks the same to citizens and officers.
"""

from __future__ import annotations

from pathlib import Path

CSS = Path(__file__).resolve().parents[2] / "static" / "css"


def _shared(name: str, end: str) -> str:
    """From the first rule after the custom properties (sizes differ by audience) to the heading of the own
    part.
    """
    text = (CSS / name).read_text(encoding="utf-8")
    assert text.count(end) == 1, f"{name} has no single heading {end!r}"
    return text.partition(end)[0].partition("@font-face")[2]


def test_shared_part_is_identical() -> None:
    public, staff = _shared("public.css", "/* Citizens */"), _shared("staff.css", "/* Officers")
    assert len(public) > 2000
    assert public == staff


def test_no_syntax_that_old_phones_drop() -> None:
    for file in CSS.glob("*.css"):
        text = file.read_text(encoding="utf-8")
        for forbidden in ("oklch(", "@layer", "color-mix(", "@import", "http:", "https:"):
            assert forbidden not in text, f"{forbidden} in {file.name}"


def test_files_named_by_a_stylesheet_are_served() -> None:
    from core.web.assets import _loaded

    for name in ("css/public.css", "css/staff.css"):
        found = _loaded(name)
        assert found is not None
        css = found[0].decode()
        assert "../" not in css
        assert "/aset/" in css
