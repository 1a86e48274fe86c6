"""A city's palette: the measured samples, and readable text for any brand colour."""

from __future__ import annotations

import re

import pytest
from coloraide import Color
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenants.palette import INK, LINE, WHITE, Palette, contrast, derive, notes, parse_hex, stylesheet

ANY_COLOUR = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
EDGES = [
    "#ffffff",
    "#fefefe",
    "#000000",
    "#ffff00",
    "#ff0000",
    "#00ff00",
    "#0000ff",
    "#808080",
    "#ff00ff",
    "#00ffff",
]


def luminance(colour: str) -> float:
    """Relative luminance by the words of WCAG 2.x."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def check(palette: Palette) -> None:
    assert ratio(palette.action, palette.p100) >= 4.5
    assert ratio(palette.action, palette.p50) >= 4.5
    assert ratio(palette.action, palette.action_ink) >= 4.5
    assert ratio(palette.action_hover, WHITE) >= 7
    assert ratio(palette.strong, palette.p100) >= 7
    assert ratio(palette.header_bg, palette.header_ink) >= 4.5
    assert ratio(INK, palette.p200) >= 4.5


@settings(max_examples=150, deadline=None)
@given(brand=ANY_COLOUR)
@example(brand="#0a9eea")  # 4.4999:1 by a luminance rounded otherwise
def test_every_brand_colour_gives_readable_text(brand: str) -> None:
    check(derive(brand))


@pytest.mark.parametrize("brand", EDGES)
def test_edge_colours_give_readable_text(brand: str) -> None:
    check(derive(brand))


@given(one=ANY_COLOUR, other=ANY_COLOUR)
def test_contrast_is_that_of_the_colour_library(one: str, other: str) -> None:
    assert contrast(one, other) == pytest.approx(Color(one).contrast(other, method="wcag21"), rel=1e-3)


@pytest.mark.parametrize(
    ("brand", "action", "on_white"),
    [
        ("#0063a8", "#0063a8", 6.27),
        ("#fff500", "#726e00", 5.32),
        ("#ff1800", "#c62f1f", 5.49),
        ("#1e88e5", "#006cbe", 5.40),
        ("#f8c300", "#836600", 5.43),
    ],
)
def test_measured_samples(brand: str, action: str, on_white: float) -> None:
    palette = derive(brand)
    assert palette.action == action
    assert ratio(palette.action, WHITE) == pytest.approx(on_white, abs=0.005)


@pytest.mark.parametrize(
    ("brand", "background", "ink"),
    [
        ("#0063a8", "#0063a8", WHITE),  # dark enough for white
        ("#fff500", "#fff500", INK),  # light enough for ink
        ("#1e88e5", "#006cbe", WHITE),  # neither: the action colour
    ],
)
def test_header(brand: str, background: str, ink: str) -> None:
    palette = derive(brand)
    assert (palette.header_bg, palette.header_ink) == (background, ink)


@pytest.mark.parametrize(("brand", "line"), [("#ffffff", LINE), ("#fdfdf5", LINE), ("#fff500", "#fff500")])
def test_only_a_near_white_header_gets_a_visible_line(brand: str, line: str) -> None:
    assert derive(brand).header_line == line


@pytest.mark.parametrize(
    ("brand", "near"),
    [("#ff1800", True), ("#c8102e", True), ("#0063a8", False), ("#f8c300", False), ("#999796", False)],
)
def test_a_red_brand_is_told_apart_from_late(brand: str, near: bool) -> None:
    palette = derive(brand)
    assert palette.near_late_red is near
    assert any("terlambat" in note for note in notes(palette)) is near


def test_notes_say_what_was_changed() -> None:
    told = " ".join(notes(derive("#1e88e5")))
    assert "5,4 banding 1" in told
    assert told.count("#006cbe") == 2
    assert len(notes(derive("#0063a8"))) == 2


@pytest.mark.parametrize(
    ("typed", "colour"), [("#0063A8", "#0063a8"), ("0063a8", "#0063a8"), (" #fa0 ", "#ffaa00")]
)
def test_ways_to_write_a_colour(typed: str, colour: str) -> None:
    assert parse_hex(typed) == colour
    assert derive(typed).brand == colour


@pytest.mark.parametrize(
    "typed", ["", "#", "#12345", "#1234567", "red", "#gggggg", "#fff;}", "#" + "0" * 500]
)
def test_malformed_colours_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        derive(typed)


def test_the_sheet_holds_custom_properties_only() -> None:
    sheet = stylesheet(derive("#0063a8"))
    assert len(sheet) < 1024
    assert re.fullmatch(r":root\{(--[a-z0-9-]+:#[0-9a-f]{6};?)+\}\n", sheet)
    assert set(re.findall(r"--([a-z0-9-]+):", sheet)) == {
        "brand-header-bg",
        "brand-header-ink",
        "brand-header-line",
        "action",
        "action-hover",
        "action-ink",
        "strong",
        "p50",
        "p100",
        "p200",
    }
