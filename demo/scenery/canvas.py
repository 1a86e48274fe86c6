"""Drawing tools of the scenes:

textures, soft shapes, and the view of a ground plane. Everything on one canvas size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Color: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]

WIDTH, HEIGHT = 1600, 1200
SIZE = (WIDTH, HEIGHT)


def noise(rng: Random, size: tuple[int, int], cells: Sequence[int] = (5, 18, 70)) -> Image.Image:
    """Smooth grey noise; `cells` are the numbers of grains across, coarse to fine, each counting a little
    less.
    """
    width, height = size
    total: Image.Image | None = None
    for order, across in enumerate(cells):
        columns = max(2, across)
        rows = max(2, round(across * height / width))
        layer = Image.frombytes("L", (columns, rows), rng.randbytes(columns * rows))
        is_coarse = (total is None or total.size != size) and width > 600 and columns * 8 < width
        target = (width // 2, height // 2) if is_coarse else size
        layer = layer.resize(target, Image.Resampling.BICUBIC)
        if total is not None and total.size != target:
            total = total.resize(target, Image.Resampling.BILINEAR)
        total = layer if total is None else Image.blend(total, layer, 0.5 / (order + 0.6))
    if total is None:
        raise ValueError("noise needs at least one size of grain")
    return ImageOps.autocontrast(total.resize(size, Image.Resampling.BILINEAR), cutoff=1)


def surface(
    rng: Random, size: tuple[int, int], dark: Color, light: Color, cells: Sequence[int] = (5, 18, 70)
) -> Image.Image:
    """A material between two colours."""
    return ImageOps.colorize(noise(rng, size, cells), dark, light)


def gradient(size: tuple[int, int], top: Color, bottom: Color) -> Image.Image:
    """Top to bottom."""
    return ImageOps.colorize(Image.linear_gradient("L").resize(size), top, bottom)


def shade(color: Color, factor: float) -> Color:
    """Lighter above 1, darker below."""
    return (
        min(255, round(color[0] * factor)),
        min(255, round(color[1] * factor)),
        min(255, round(color[2] * factor)),
    )


def blob(
    rng: Random, center: Point, rx: float, ry: float, wobble: float = 0.18, corners: int = 48
) -> list[Point]:
    """Outline of an uneven round thing."""
    waves = [(rng.uniform(0, math.tau), rng.uniform(0.3, 1.0) / order, order) for order in range(2, 7)]
    points = []
    for step in range(corners):
        angle = math.tau * step / corners
        reach = 1 + wobble * sum(size * math.sin(order * angle + phase) for phase, size, order in waves)
        points.append((center[0] + rx * reach * math.cos(angle), center[1] + ry * reach * math.sin(angle)))
    return points


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """A rectangle as an outline."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def outline_mask(
    size: tuple[int, int], outlines: Sequence[Sequence[Point]], blur: float = 0.8
) -> Image.Image:
    """White inside the outlines, with a soft edge."""
    mask = Image.new("L", size)
    pen = ImageDraw.Draw(mask)
    for outline in outlines:
        pen.polygon([(round(x), round(y)) for x, y in outline], fill=255)
    return mask.filter(ImageFilter.GaussianBlur(blur)) if blur else mask


def fill(
    picture: Image.Image,
    rng: Random,
    outline: Sequence[Point],
    dark: Color,
    light: Color,
    *,
    cells: Sequence[int] = (3, 12, 50),
    blur: float = 0.8,
    roundness: float = 0.0,
) -> None:
    """Paint a textured shape.

    `roundness` darkens it towards its lower right, as light from the upper left would.
    """
    margin = 4 + math.ceil(blur * 3)
    left = math.floor(min(x for x, _ in outline)) - margin
    top = math.floor(min(y for _, y in outline)) - margin
    width = math.ceil(max(x for x, _ in outline)) + margin - left
    height = math.ceil(max(y for _, y in outline)) + margin - top
    texture = surface(rng, (width, height), dark, light, cells)
    if roundness:
        slope = Image.linear_gradient("L").rotate(38, fillcolor=128).resize((width, height))
        lighting = ImageOps.colorize(slope, (255, 255, 255), shade((255, 255, 255), 1 - roundness))
        texture = ImageChops.multiply(texture, lighting)
    mask = outline_mask((width, height), [[(x - left, y - top) for x, y in outline]], blur)
    picture.paste(texture, (left, top), mask)


def tint(
    picture: Image.Image, outline: Sequence[Point], color: Color, strength: float, blur: float = 12
) -> None:
    """Lay a soft colour over a region: shadows, glows, stains, wet ground."""
    margin = 2 + math.ceil(blur * 3)
    left = max(0, math.floor(min(x for x, _ in outline)) - margin)
    top = max(0, math.floor(min(y for _, y in outline)) - margin)
    right = min(picture.width, math.ceil(max(x for x, _ in outline)) + margin)
    bottom = min(picture.height, math.ceil(max(y for _, y in outline)) + margin)
    if right <= left or bottom <= top:
        return
    inside = [(x - left, y - top) for x, y in outline]
    mask = outline_mask((right - left, bottom - top), [inside], blur).point(lambda v: round(v * strength))
    picture.paste(color, (left, top, right, bottom), mask)


def glow(
    picture: Image.Image,
    center: tuple[float, float],
    radius: float,
    color: tuple[int, int, int],
    strength: float,
) -> None:
    """Light around a source."""
    for share, power in ((1.0, 0.25), (0.5, 0.5), (0.2, 1.0)):
        ring = [
            (
                center[0] + radius * share * math.cos(a / 18 * math.tau),
                center[1] + radius * share * math.sin(a / 18 * math.tau),
            )
            for a in range(18)
        ]
        tint(picture, ring, color, power * strength, radius * share * 0.45)


def line(picture: Image.Image, points: Sequence[Point], color: Color, width: float) -> None:
    """A stroke with round corners."""
    pen = ImageDraw.Draw(picture)
    pen.line([(round(x), round(y)) for x, y in points], fill=color, width=max(1, round(width)), joint="curve")


def ellipse(picture: Image.Image, center: Point, rx: float, ry: float, color: Color) -> None:
    """A plain disc."""
    pen = ImageDraw.Draw(picture)
    pen.ellipse((center[0] - rx, center[1] - ry, center[0] + rx, center[1] + ry), fill=color)


def lay_ground(
    picture: Image.Image, plan: Image.Image, horizon: float, *, near_width: float = 900, lens: float = 0.8
) -> float:
    """Show `plan` (ground seen from above, nearest at its lower edge) as the eye sees it below `horizon`.

    `near_width` is how many of the plan's pixels span the lower edge of the picture. Returns the y at which
    the plan's far edge lies: whatever stands behind belongs there.
    """
    plan_width, plan_height = plan.size
    drop = HEIGHT - horizon
    across = near_width * drop / WIDTH
    along = across * lens * WIDTH
    start = plan_height + along / drop
    scale = -horizon
    coefficients = (
        across / scale,
        plan_width / 2 / scale,
        (-WIDTH / 2 * across - plan_width / 2 * horizon) / scale,
        0.0,
        start / scale,
        (-along - start * horizon) / scale,
        0.0,
        1 / scale,
    )
    far = horizon + along / start
    beside(picture, plan, (0.0, 4 / scale, 4.0, *coefficients[3:]), far)
    seen = plan.transform(SIZE, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    inner = ImageOps.expand(Image.new("L", (plan_width - 24, plan_height), 255), (12, 0))
    mask = inner.transform(SIZE, Image.Transform.PERSPECTIVE, coefficients)
    picture.paste(seen, (0, 0), ImageChops.darker(mask.filter(ImageFilter.GaussianBlur(3)), below(far)))
    return far


def below(y: float) -> Image.Image:
    """A mask of everything under a height."""
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).rectangle((0, math.ceil(y) + 1, WIDTH, HEIGHT), fill=255)
    return mask


@cache
def roughness() -> Image.Image:
    """A fixed light grain for wide plain ground; the same for every picture."""
    pixels = bytes(225 + (x * x * 31 + y * y * 17 + x * y * 7) % 31 for y in range(120) for x in range(160))
    return Image.frombytes("L", (160, 120), pixels).resize(SIZE, Image.Resampling.BICUBIC)


def beside(picture: Image.Image, plan: Image.Image, coefficients: tuple[float, ...], far: float) -> None:
    """Carry the plan's left and right borders on, row by row, to the picture's edges.

    `coefficients` are those of the ground, with the fourth column of eight looked at everywhere.
    """
    rough = roughness()
    for left, at in ((12, 0), (plan.width - 152, WIDTH // 2)):
        border = plan.crop((left, 0, left + 140, plan.height)).resize((8, plan.height), Image.Resampling.BOX)
        rows = border.transform((8, HEIGHT), Image.Transform.PERSPECTIVE, coefficients)
        rows = rows.resize((1, HEIGHT), Image.Resampling.BOX).resize(SIZE)
        side = ImageChops.multiply(rows, Image.merge("RGB", (rough,) * 3))
        half = Image.new("L", SIZE)
        ImageDraw.Draw(half).rectangle((at, 0, at + WIDTH // 2, HEIGHT), fill=255)
        picture.paste(side, (0, 0), ImageChops.darker(half, below(far)))


def where(
    plan_size: tuple[int, int], spot: Point, horizon: float, *, near_width: float = 900, lens: float = 0.8
) -> tuple[float, float, float]:
    """Where a spot of the plan is seen:

    x, y and how many pixels of the picture one of the plan's pixels takes.
    """
    plan_width, plan_height = plan_size
    drop = HEIGHT - horizon
    across = near_width * drop / WIDTH
    along = across * lens * WIDTH
    start = plan_height + along / drop
    depth = along / (start - spot[1])
    size = depth / across
    return WIDTH / 2 + (spot[0] - plan_width / 2) * size, horizon + depth, size
