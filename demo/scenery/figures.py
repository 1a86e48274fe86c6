"""Things that stand in scenes: people, vehicles, dogs, bags, signs; all with their feet at `base`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from PIL import Image

from demo.scenery import canvas
from demo.scenery.canvas import Color, Point

CLOTHES: tuple[Color, ...] = (
    (58, 84, 128),
    (142, 62, 58),
    (74, 112, 84),
    (188, 162, 92),
    (108, 84, 128),
    (210, 206, 198),
    (62, 66, 74),
    (196, 118, 72),
    (90, 140, 150),
)
SKIN: Color = (150, 108, 80)


def shadow(
    picture: Image.Image, x: float, base: float, width: float, depth: float, strength: float = 0.5
) -> None:
    """A soft contact shadow."""
    outline = [
        (x + width * math.cos(a / 12 * math.tau), base + depth * math.sin(a / 12 * math.tau))
        for a in range(12)
    ]
    canvas.tint(picture, outline, (16, 16, 18), strength, max(4.0, depth * 0.6))


#: outlines in shares of a figure's width (from its middle) and height (from its feet)
TORSO = ((-1, 0.42), (-1.2, 0.7), (-0.8, 0.83), (0.8, 0.83), (1.2, 0.7), (1, 0.42))
ARM = ((1.05, 0.8), (1.4, 0.76), (1.45, 0.5), (1.1, 0.5))
LEG = ((0.08, 0.48), (0.92, 0.48), (0.92, 0.0), (0.08, 0.0))

#: outlines in shares of a vehicle's length (from its front) and height (from the ground)
SALOON = (
    (0.0, 0.16),
    (0.0, 0.5),
    (0.04, 0.57),
    (0.24, 0.63),
    (0.36, 0.94),
    (0.44, 1.0),
    (0.76, 1.0),
    (0.86, 0.92),
    (0.97, 0.63),
    (1.0, 0.52),
    (1.0, 0.16),
)
VAN = (
    (0.0, 0.16),
    (0.0, 0.56),
    (0.08, 0.61),
    (0.17, 0.94),
    (0.24, 1.0),
    (0.95, 1.0),
    (1.0, 0.9),
    (1.0, 0.16),
)
SALOON_GLASS = (
    ((0.3, 0.58), (0.4, 0.9), (0.57, 0.9), (0.57, 0.58)),
    ((0.6, 0.9), (0.78, 0.9), (0.9, 0.58), (0.6, 0.58)),
)
VAN_GLASS = (
    ((0.12, 0.58), (0.19, 0.9), (0.34, 0.9), (0.34, 0.58)),
    ((0.37, 0.9), (0.64, 0.9), (0.64, 0.58), (0.37, 0.58)),
    ((0.67, 0.9), (0.94, 0.9), (0.94, 0.58), (0.67, 0.58)),
)


def placed(shape: Sequence[Point], x: float, base: float, width: float, height: float) -> list[Point]:
    """A shape given in shares, at its place."""
    return [(x + a * width, base - b * height) for a, b in shape]


def mirrored(shape: Sequence[Point]) -> list[Point]:
    """The other side."""
    return [(-a, b) for a, b in shape]


def person(
    picture: Image.Image, rng: Random, x: float, base: float, height: float, *, seated: bool = False
) -> None:
    """Somebody seen from behind, not recognisable."""
    top, trousers = rng.choice(CLOTHES), canvas.shade(rng.choice(CLOTHES), 0.55)
    wide = height * 0.13
    shadow(picture, x, base, wide * 1.5, height * 0.03)
    torso = placed(TORSO, x, base, wide, height)
    if seated:
        torso = [
            (px, base - height * 0.2) if index in (0, 5) else (px, py) for index, (px, py) in enumerate(torso)
        ]
    else:
        for shape in (LEG, mirrored(LEG)):
            canvas.fill(
                picture,
                rng,
                placed(shape, x, base, wide, height),
                canvas.shade(trousers, 0.8),
                trousers,
                blur=2,
            )
    canvas.fill(picture, rng, torso, canvas.shade(top, 0.75), top, blur=2, roundness=0.35)
    for shape in (ARM, mirrored(ARM)):
        sleeve = placed(shape, x, base, wide, height)
        canvas.fill(picture, rng, sleeve, canvas.shade(top, 0.6), canvas.shade(top, 0.85), blur=2)
    neck = canvas.box(x - wide * 0.25, base - height * 0.86, x + wide * 0.25, base - height * 0.8)
    canvas.fill(picture, rng, neck, SKIN, SKIN)
    head = canvas.blob(rng, (x, base - height * 0.91), wide * 0.58, height * 0.075, 0.04)
    cover = rng.choice(((38, 30, 26), (30, 26, 26), (38, 30, 26), rng.choice(CLOTHES)))
    canvas.fill(picture, rng, head, canvas.shade(cover, 0.75), canvas.shade(cover, 1.1), roundness=0.4)


def car(
    picture: Image.Image,
    rng: Random,
    x: float,
    base: float,
    length: float,
    color: Color,
    *,
    van: bool = False,
) -> None:
    """A vehicle from the side, front to the left: a saloon or a small van."""
    height = length * (0.46 if van else 0.36)
    shadow(picture, x + length / 2, base, length * 0.56, height * 0.1, 0.65)
    body = placed(VAN if van else SALOON, x, base, length, height)
    canvas.fill(picture, rng, body, canvas.shade(color, 0.72), color, cells=(2, 4), blur=1.4, roundness=0.3)
    for pane in VAN_GLASS if van else SALOON_GLASS:
        outline = placed(pane, x, base, length, height)
        canvas.fill(picture, rng, outline, (28, 36, 44), (96, 112, 124), cells=(2, 3), roundness=0.4)
    waist = base - height * 0.36
    canvas.line(picture, [(x, waist), (x + length, waist)], canvas.shade(color, 0.6), 3)
    front = canvas.box(x, base - height * 0.44, x + length * 0.03, waist)
    rear = canvas.box(x + length * 0.975, base - height * 0.46, x + length, base - height * 0.34)
    canvas.fill(picture, rng, front, (220, 214, 190), (244, 240, 220))
    canvas.fill(picture, rng, rear, (130, 24, 20), (176, 40, 34))
    for share in (0.19, 0.8):
        wheel(picture, (x + share * length, base - height * 0.09), height * (0.19 if van else 0.22))


def wheel(picture: Image.Image, center: Point, radius: float) -> None:
    """Tyre and rim."""
    canvas.ellipse(picture, center, radius * 1.14, radius * 1.14, (20, 20, 22))
    canvas.ellipse(picture, center, radius, radius, (34, 34, 36))
    canvas.ellipse(picture, center, radius * 0.58, radius * 0.58, (150, 152, 156))
    canvas.ellipse(picture, center, radius * 0.2, radius * 0.2, (70, 72, 76))


def motorcycle(picture: Image.Image, rng: Random, x: float, base: float, length: float) -> None:
    """A parked scooter from the side."""
    radius = length * 0.15
    shadow(picture, x + length / 2, base, length * 0.5, length * 0.05, 0.6)
    for share in (0.16, 0.84):
        wheel(picture, (x + length * share, base - radius), radius)
    color = rng.choice(((150, 34, 34), (34, 60, 120), (40, 40, 44), (200, 198, 194)))
    front = [
        (x + length * 0.16, base - length * 0.2),
        (x + length * 0.24, base - length * 0.56),
        (x + length * 0.32, base - length * 0.54),
        (x + length * 0.36, base - length * 0.16),
    ]
    rear = [
        (x + length * 0.34, base - length * 0.14),
        (x + length * 0.5, base - length * 0.34),
        (x + length * 0.96, base - length * 0.42),
        (x + length * 0.9, base - length * 0.24),
        (x + length * 0.62, base - length * 0.12),
    ]
    seat = [
        (x + length * 0.48, base - length * 0.36),
        (x + length * 0.52, base - length * 0.43),
        (x + length * 0.94, base - length * 0.46),
        (x + length * 0.96, base - length * 0.41),
    ]
    for outline in (front, rear):
        canvas.fill(picture, rng, outline, canvas.shade(color, 0.7), color, cells=(2, 5), roundness=0.35)
    canvas.fill(picture, rng, seat, (22, 22, 24), (42, 42, 44))
    canvas.line(
        picture,
        [(x + length * 0.24, base - length * 0.55), (x + length * 0.33, base - length * 0.62)],
        (40, 40, 42),
        5,
    )


#: a dog from the side, in shares of its length (head towards zero) and of the same length upwards
DOG_BODY = ((0.2, 0.34), (0.24, 0.56), (0.5, 0.52), (0.8, 0.56), (0.86, 0.46), (0.8, 0.3), (0.5, 0.33))
DOG_HEAD = (
    (0.27, 0.52),
    (0.16, 0.72),
    (0.12, 0.84),
    (0.06, 0.74),
    (-0.02, 0.7),
    (-0.12, 0.62),
    (-0.1, 0.57),
    (0.05, 0.57),
    (0.2, 0.42),
)
DOG_TAIL = ((0.83, 0.54), (0.98, 0.66), (1.04, 0.8), (0.99, 0.8), (0.92, 0.66), (0.82, 0.46))
DOG_LEG = ((0.0, 0.4), (0.02, 0.02), (0.0, 0.0), (0.07, 0.0), (0.07, 0.02), (0.09, 0.4))


def dog(
    picture: Image.Image, rng: Random, x: float, base: float, length: float, color: Color, *, left: bool
) -> None:
    """A thin street dog from the side."""
    shadow(picture, x, base, length * 0.5, length * 0.05)
    legs = [[(a + at, b) for a, b in DOG_LEG] for at in (0.21, 0.29, 0.68, 0.77)]
    for index, shape in enumerate([*legs, DOG_TAIL, DOG_BODY, DOG_HEAD]):
        middle = [(a - 0.5, b) for a, b in shape]
        outline = placed(middle if left else mirrored(middle), x, base, length, length)
        light = 0.72 if index in (1, 2) else 1.0
        dark, pale = canvas.shade(color, 0.62 * light), canvas.shade(color, light)
        canvas.fill(picture, rng, outline, dark, pale, cells=(6, 24), blur=1.6, roundness=0.25)


def bag(picture: Image.Image, rng: Random, x: float, base: float, size: float) -> None:
    """A tied rubbish bag."""
    color = rng.choice(
        (
            (30, 30, 33),
            (36, 36, 40),
            (206, 204, 198),
            (62, 92, 140),
            (150, 52, 48),
            (196, 176, 90),
            (30, 30, 33),
        )
    )
    outline = [
        (px, min(py, base))
        for px, py in canvas.blob(rng, (x, base - size * 0.5), size * 0.62, size * 0.55, 0.22, 36)
    ]
    shadow(picture, x, base, size * 0.7, size * 0.1)
    canvas.fill(
        picture,
        rng,
        outline,
        canvas.shade(color, 0.55),
        canvas.shade(color, 1.15),
        cells=(5, 11, 20),
        roundness=0.45,
    )
    knot = canvas.blob(
        rng, (x + rng.uniform(-0.1, 0.1) * size, base - size * 1.03), size * 0.13, size * 0.12, 0.4, 14
    )
    canvas.fill(picture, rng, knot, canvas.shade(color, 0.6), color)


LITTER: tuple[Color, ...] = (
    (222, 220, 214),
    (176, 140, 96),
    (120, 170, 190),
    (210, 80, 60),
    (90, 130, 70),
    (232, 200, 80),
    (196, 190, 178),
)
RUBBLE: tuple[Color, ...] = ((206, 200, 186), (176, 168, 152), (150, 138, 118), (222, 216, 204))


def litter(
    picture: Image.Image, rng: Random, x: float, base: float, size: float, colors: tuple[Color, ...] = LITTER
) -> None:
    """A bottle, a box, a sheet or a broken piece on the ground."""
    color = rng.choice(colors)
    outline = canvas.blob(rng, (x, base - size * 0.3), size, size * 0.45, 0.5, 7)
    canvas.tint(picture, [(px + 3, py + size * 0.25) for px, py in outline], (20, 18, 16), 0.55, 4)
    canvas.fill(picture, rng, outline, canvas.shade(color, 0.68), color, cells=(3, 8), roundness=0.3)


def round_sign(picture: Image.Image, center: Point, radius: float, *, crossed: bool = True) -> None:
    """No parking: a blue disc with a red ring and bar."""
    canvas.ellipse(picture, center, radius, radius, (176, 34, 34))
    canvas.ellipse(picture, center, radius * 0.8, radius * 0.8, (36, 74, 148))
    if crossed:
        reach = radius * 0.62
        canvas.line(
            picture,
            [(center[0] - reach, center[1] - reach), (center[0] + reach, center[1] + reach)],
            (176, 34, 34),
            radius * 0.22,
        )
