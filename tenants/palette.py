"""The colours of a city's pages, derived from its one brand colour.

Invariant: whatever the brand colour, text reads at 4.5:1 or better (WCAG 2.2, 1.4.3), links also on the
palest tints. Shades are taken in OKLCH and brought into sRGB by lowering the chroma only, so the hue stays.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from typing import TYPE_CHECKING

from flask_babel import gettext

from core.formats import decimal

if TYPE_CHECKING:
    from coloraide import Color

WHITE = "#ffffff"
INK = "#1f1f1f"
LINE = "#a3a3a3"
LATE_RED = "#9b1c1c"
READABLE = 4.5
STRONG = 7.0

_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_MAX_CHROMA = 0.19
_MAX_ACTION_LIGHTNESS = 0.62
_STEP = 0.004
_LIGHT_HEADER = 0.75
_NEAR_WHITE_LIGHTNESS, _NEAR_WHITE_CHROMA = 0.93, 0.05
_RED_DEGREES, _GREY_CHROMA = 20, 0.04
_GAMUT_HALVINGS = 14


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as #rrggbb. `action*` are buttons and links, `strong` is text on a tint, `p50` to `p200` tints.

    `near_late_red`: the brand could be taken for the sign of a late case.
    """

    brand: str
    header_bg: str
    header_ink: str
    header_line: str
    action: str
    action_hover: str
    action_ink: str
    strong: str
    p50: str
    p100: str
    p200: str
    near_late_red: bool


@lru_cache(maxsize=1024)
def derive(brand: str) -> Palette:
    """The palette of a colour written #rgb or #rrggbb. Raises ValueError for anything else."""
    brand = parse_hex(brand)
    lightness, chroma, hue = _oklch(brand)
    chroma = min(chroma, _MAX_CHROMA)
    p50, p100, p200 = (
        _hex_of(tint, min(chroma, cap), hue) for tint, cap in ((0.975, 0.018), (0.94, 0.04), (0.88, 0.075))
    )

    def darker(start: float, ratio: float, background: str) -> tuple[float, str]:
        return _darker((start, chroma, hue), lambda shade: contrast(shade, background) >= ratio)

    level, action = darker(min(lightness, _MAX_ACTION_LIGHTNESS), READABLE, p100)
    _, hover = darker(level, STRONG, WHITE)
    _, strong = darker(level, STRONG, p100)
    header_bg, header_ink = _header(brand, lightness, action)
    near_white = header_bg == brand and lightness > _NEAR_WHITE_LIGHTNESS and chroma < _NEAR_WHITE_CHROMA
    return Palette(
        brand=brand,
        header_bg=header_bg,
        header_ink=header_ink,
        header_line=LINE if near_white else header_bg,
        action=action,
        action_hover=hover,
        action_ink=WHITE,
        strong=strong,
        p50=p50,
        p100=p100,
        p200=p200,
        near_late_red=chroma >= _GREY_CHROMA and _degrees_apart(hue, _oklch(LATE_RED)[2]) <= _RED_DEGREES,
    )


def stylesheet(palette: Palette) -> str:
    """The tenant's style sheet: custom properties only, well under 1 KB."""
    names = {
        "brand-header-bg": palette.header_bg,
        "brand-header-ink": palette.header_ink,
        "brand-header-line": palette.header_line,
        "action": palette.action,
        "action-hover": palette.action_hover,
        "action-ink": palette.action_ink,
        "strong": palette.strong,
        "p50": palette.p50,
        "p100": palette.p100,
        "p200": palette.p200,
    }
    return ":root{" + ";".join(f"--{name}:{colour}" for name, colour in names.items()) + "}\n"


def notes(palette: Palette) -> list[str]:
    """What an administrator should know about the chosen colour, in words."""
    header = decimal(contrast(palette.header_bg, palette.header_ink))
    action = decimal(contrast(palette.action, palette.action_ink))
    told = [
        gettext("Teks kepala halaman terbaca dengan kontras %(ratio)s banding 1.", ratio=header),
        gettext("Teks tombol terbaca dengan kontras %(ratio)s banding 1.", ratio=action),
    ]
    if palette.action != palette.brand:
        told.append(
            gettext("Tombol dan tautan memakai %(colour)s agar mudah terbaca.", colour=palette.action)
        )
    if palette.header_bg != palette.brand:
        told.append(
            gettext("Kepala halaman memakai %(colour)s agar mudah terbaca.", colour=palette.header_bg)
        )
    if palette.near_late_red:
        told.append(gettext("Warna ini mirip dengan tanda merah untuk laporan yang terlambat."))
    return told


def parse_hex(text: str) -> str:
    """#rrggbb in lower case of #rgb or #rrggbb. Raises ValueError."""
    found = _HEX.fullmatch(text.strip()) if len(text) <= 16 else None
    if found is None:
        raise ValueError("a colour is written #rrggbb")
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours by WCAG 2.x, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _darker(oklch: tuple[float, float, float], enough: Callable[[str], bool]) -> tuple[float, str]:
    """The first shade that is enough, in steps of 0.004 down in lightness; contrast only grows on the way."""
    start, chroma, hue = oklch
    steps = range(int(start / _STEP) + 1)
    taken = bisect_left(steps, True, key=lambda step: enough(_hex_of(start - step * _STEP, chroma, hue)))
    lightness = max(0.0, start - taken * _STEP)
    return lightness, _hex_of(lightness, chroma, hue)


def _header(brand: str, lightness: float, action: str) -> tuple[str, str]:
    if contrast(brand, WHITE) >= READABLE:
        return brand, WHITE
    if lightness > _LIGHT_HEADER and contrast(brand, INK) >= READABLE:
        return brand, INK
    return action, WHITE


@lru_cache(maxsize=4096)
def _luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.x of #rrggbb. Written out: judges use this formula, to the last digit."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _oklch(colour: str) -> tuple[float, float, float]:
    """Lightness 0 to 1, chroma, hue in degrees (0 for a grey, which has none)."""
    # Imported here: the library takes a quarter of a second to load, and few requests derive a palette.
    from coloraide import Color

    lightness, chroma, hue = Color(colour).convert("oklch").coords()
    return lightness, chroma, 0.0 if isnan(hue) else hue


def _hex_of(lightness: float, chroma: float, hue: float) -> str:
    """The sRGB colour at that lightness and hue with the largest chroma up to `chroma` that sRGB holds."""
    from coloraide import Color

    def shade(strength: float) -> Color:
        return Color("oklch", [lightness, strength, hue]).convert("srgb")

    inside, outside = 0.0, chroma
    if shade(chroma).in_gamut():
        inside = chroma
    else:
        for _ in range(_GAMUT_HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if shade(middle).in_gamut() else (inside, middle)
    return str(shade(inside).clip().to_string(hex=True))


def _degrees_apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)
