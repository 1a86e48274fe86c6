"""Illustrative "photos" of the demonstration: drawn scenes, no third-party pictures.

Invariant: the same theme, seed and variant give the same bytes, below MAX_BYTES, 1280 × 960.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from demo.scenery import land, roads, rooms, things, traffic

PHOTO_SIZE = (1280, 960)
MAX_BYTES = 250_000
VARIANTS = ("before", "after")
SCENES: dict[str, Callable[[Random, Random, bool], Image.Image]] = {
    **land.SCENES,
    **roads.SCENES,
    **rooms.SCENES,
    **things.SCENES,
    **traffic.SCENES,
}


def photo(theme: str, seed: int, variant: str = "before") -> bytes:
    """A JPEG of the scene `theme`; `variant` "after" shows it put right. Raises KeyError, ValueError."""
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {VARIANTS}")
    place = Random(f"{theme}/{seed}")
    details = Random(f"{theme}/{seed}/{variant}")
    picture = SCENES[theme](place, details, variant == "after")
    return _encode(_develop(picture, details))


def _develop(picture: Image.Image, rng: Random) -> Image.Image:
    """What a cheap phone adds: a little tilt, warmth, darker corners, softness and grain."""
    angle = rng.uniform(-1.6, 1.6)
    picture = picture.rotate(angle, Image.Resampling.BICUBIC)
    picture = ImageOps.crop(picture, 26).resize(PHOTO_SIZE, Image.Resampling.LANCZOS)
    picture = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.93, 1.07))
    picture = ImageEnhance.Contrast(picture).enhance(rng.uniform(0.98, 1.12))
    warm = rng.uniform(-0.035, 0.045)
    cast = Image.new("RGB", PHOTO_SIZE, (round(255 * min(1, 1 + warm)), 252, round(255 * min(1, 1 - warm))))
    picture = ImageChops.multiply(picture, cast)
    corners = Image.radial_gradient("L").resize(PHOTO_SIZE).point(lambda v: max(0, v - 120) * 2 // 5)
    picture = Image.composite(ImageEnhance.Brightness(picture).enhance(0.45), picture, corners)
    grain = Image.frombytes("L", PHOTO_SIZE, rng.randbytes(PHOTO_SIZE[0] * PHOTO_SIZE[1]))
    grain = ImageOps.autocontrast(grain.filter(ImageFilter.GaussianBlur(0.9)))
    return Image.blend(picture, ImageChops.overlay(picture, Image.merge("RGB", (grain,) * 3)), 0.1)


def _encode(picture: Image.Image) -> bytes:
    """JPEG at the best quality that stays below MAX_BYTES."""
    for quality in (84, 76, 68, 58, 46, 34):
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=quality, optimize=True)
        if target.tell() < MAX_BYTES:
            break
    return target.getvalue()
