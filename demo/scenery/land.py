"""Scenes of water and slopes: bridge, river, irrigation channel, landslide."""

from __future__ import annotations

import math
from random import Random

from PIL import Image

from demo.scenery import canvas, figures, roads, street
from demo.scenery.canvas import WIDTH, Color
from demo.scenery.street import PLAN


def valley(
    place: Random, plan: Image.Image, *, horizon: float = 330, mood: str = "day"
) -> tuple[Image.Image, float]:
    """Ground in front of hills and trees, no houses. Returns the picture and where the ground ends."""
    picture = street.sky(place, mood)
    far = canvas.lay_ground(picture, plan, horizon)
    roads.hills(picture, place, far)
    for _ in range(9):
        street.tree(
            picture, place, place.uniform(0, WIDTH), far + place.uniform(2, 14), place.uniform(130, 240)
        )
    return picture, far


def bridge(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A plank footbridge over water, with gaps or whole."""
    plan = canvas.surface(place, PLAN, (58, 84, 70), (120, 146, 128), (4, 30, 120))
    missing = {26, 27, 31} | {place.randint(12, 33) for _ in range(3)}
    gone = set() if mended else missing
    tone: Color = (150, 116, 80) if mended else (124, 100, 76)
    for index in range(40):
        y, skew = index * 60, 0 if mended else rng.uniform(-10, 10)
        if index in gone:
            canvas.tint(plan, canvas.box(430, y + 4, 1070, y + 56), (18, 26, 22), 0.6, 4)
            continue
        plank = [(400, y + 4 + skew), (1100, y + 4 - skew), (1100, y + 54 - skew), (400, y + 54 + skew)]
        color = canvas.shade(tone, rng.uniform(0.8, 1.15))
        canvas.fill(plan, rng, plank, canvas.shade(color, 0.66), color, cells=(2, 60), blur=1)
    for x in (470, 1030):
        canvas.tint(plan, canvas.box(x - 14, 0, x + 14, PLAN[1]), (60, 48, 36), 0.6, 3)
    picture, far = valley(place, plan)
    for side in (-1, 1):
        rail(picture, side, far)
    return picture


def rail(picture: Image.Image, side: int, far: float) -> None:
    """Posts and two ropes along one side of the bridge."""
    x, edge = 750 + side * 360, []
    for y in range(300, PLAN[1] + 400, 300):
        sx, sy, size = canvas.where(PLAN, (x, min(y, PLAN[1] + 200)), 330)
        top = sy - 260 * size
        street.pole(picture, sx, sy, top, max(4.0, 22 * size), (112, 92, 70))
        edge.append((sx, top, size))
    for share in (0.0, 0.5):
        points = [(sx, top + share * 260 * size) for sx, top, size in edge]
        canvas.line(picture, points, (92, 80, 66), 7)
    canvas.tint(picture, canvas.box(0, far - 2, WIDTH, far + 6), (40, 50, 40), 0.3, 4)


#: dye, soot, oil
FOUL: tuple[tuple[Color, Color], ...] = (
    ((98, 30, 34), (158, 70, 66)),
    ((34, 36, 40), (74, 76, 80)),
    ((88, 72, 30), (146, 126, 66)),
)


def river(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A river between banks: coloured and foaming below a pipe, or clear."""
    plan = canvas.surface(place, PLAN, (54, 76, 36), (122, 136, 74), (6, 40, 150, 300))
    foul = place.choice(FOUL)
    hue: tuple[Color, Color] = ((78, 104, 96), (140, 164, 158)) if mended else foul
    left = [(330 + 60 * math.sin(y / 340), float(y)) for y in range(-40, PLAN[1] + 80, 60)]
    right = [(1180 + 60 * math.sin(y / 420 + 1), float(y)) for y in range(PLAN[1] + 40, -80, -60)]
    canvas.tint(plan, [*left, *right], (52, 44, 32), 0.8, 26)
    canvas.fill(plan, rng, [*left, *right], hue[0], hue[1], cells=(4, 14, 60), blur=8)
    for _ in range(240):
        x, y = rng.uniform(400, 1120), rng.uniform(0, PLAN[1])
        canvas.tint(
            plan,
            canvas.box(x, y, x + rng.uniform(20, 90), y + rng.uniform(20, 60)),
            canvas.shade(hue[1], 1.25),
            0.28,
            6,
        )
    if not mended:
        foam(plan, rng)
    picture, _far = valley(place, plan)
    if not mended:
        outfall(picture, rng, hue[0])
    return picture


def foam(plan: Image.Image, rng: Random) -> None:
    """Patches of froth, and rubbish at the banks."""
    for _ in range(16):
        spot = (rng.uniform(430, 1080), rng.uniform(900, PLAN[1]))
        for _ in range(16):
            at = (spot[0] + rng.gauss(0, 60), spot[1] + rng.gauss(0, 90))
            froth = canvas.blob(rng, at, rng.uniform(8, 30), rng.uniform(10, 36), 0.4, 14)
            canvas.tint(plan, froth, (232, 226, 218), rng.uniform(0.15, 0.5), 6)
    for _ in range(46):
        figures.litter(
            plan,
            rng,
            rng.choice((rng.uniform(340, 430), rng.uniform(1090, 1180))),
            rng.uniform(1000, PLAN[1]),
            rng.uniform(12, 28),
        )


def outfall(picture: Image.Image, rng: Random, color: Color) -> None:
    """A concrete pipe in the bank, discharging."""
    x, y = 300, 720
    canvas.fill(
        picture,
        rng,
        canvas.box(x - 170, y - 110, x + 60, y + 120),
        (112, 110, 106),
        (164, 160, 152),
        cells=(4, 30),
    )
    canvas.ellipse(picture, (x + 6, y), 74, 74, (92, 90, 88))
    canvas.ellipse(picture, (x + 14, y + 4), 58, 58, (14, 14, 16))
    stream = [
        (x - 30, y + 30),
        (x + 66, y + 26),
        (x + 120, y + 150),
        (x + 140, y + 300),
        (x - 20, y + 300),
        (x - 10, y + 150),
    ]
    canvas.fill(
        picture, rng, stream, canvas.shade(color, 0.9), canvas.shade(color, 1.7), cells=(14, 30), blur=5
    )


def channel(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A lined irrigation channel between fields: its side broken, or rebuilt and full."""
    plan = canvas.surface(place, PLAN, (70, 104, 36), (142, 168, 70), (6, 60, 200))
    for y in range(0, PLAN[1], 46):
        for edges in ((0, 480), (1010, PLAN[0])):
            canvas.tint(plan, canvas.box(edges[0], y, edges[1], y + 16), (48, 78, 26), 0.5, 5)
    for edge in (540, 960):
        canvas.fill(
            plan,
            rng,
            canvas.box(edge - 46, -20, edge + 46, PLAN[1] + 20),
            (136, 132, 124),
            (184, 180, 170),
            cells=(4, 80),
        )
    water: tuple[Color, Color] = (
        ((92, 116, 108), (156, 176, 168)) if mended else ((98, 78, 54), (150, 126, 94))
    )
    canvas.fill(plan, rng, canvas.box(590, -20, 910, PLAN[1] + 20), water[0], water[1], cells=(3, 20, 80))
    if not mended:
        gap = canvas.blob(rng, (980, 1750), 160, 270, 0.25)
        canvas.fill(plan, rng, gap, (84, 62, 42), (140, 112, 80), cells=(6, 30), blur=5)
        spill = canvas.blob(rng, (1220, 1800), 300, 330, 0.3)
        canvas.fill(plan, rng, spill, (104, 84, 58), (158, 136, 104), cells=(4, 16), blur=20)
        for _ in range(50):
            roads.stone(plan, rng, (rng.gauss(1000, 130), rng.gauss(1760, 190)), rng.uniform(8, 34))
    return valley(place, plan)[0]


def landslide(place: Random, rng: Random, mended: bool) -> Image.Image:
    """Earth over the road from a bare slope, or the cleared road with a retaining wall."""
    picture = street.road(place, rng, lambda _plan: None, horizon=330, mood="day" if mended else "grey")
    slope = [(-20.0, 90.0), (260.0, 200.0), (470.0, 420.0), (600.0, 640.0), (330.0, 900.0), (-20.0, 1010.0)]
    canvas.fill(picture, place, slope, (58, 74, 34), (118, 126, 66), cells=(8, 40, 120), blur=4)
    scar = [(40.0, 190.0), (230.0, 260.0), (430.0, 480.0), (560.0, 660.0), (330.0, 820.0), (60.0, 860.0)]
    canvas.fill(picture, place, scar, (96, 62, 38), (168, 120, 78), cells=(5, 24, 90), blur=8)
    if mended:
        retaining_wall(picture, rng)
        return picture
    heap = [
        (120, 800),
        (420, 640),
        (760, 700),
        (1020, 820),
        (1180, 940),
        (960, 1010),
        (520, 1040),
        (160, 980),
    ]
    canvas.tint(picture, [(x + 20, y + 30) for x, y in heap], (24, 20, 16), 0.6, 24)
    canvas.fill(picture, rng, heap, (92, 60, 36), (162, 114, 74), cells=(6, 26, 100), blur=6, roundness=0.35)
    for _ in range(130):
        x, y = rng.gauss(640, 250), rng.gauss(880, 80)
        roads.stone(picture, rng, (x, y), rng.uniform(4, 10 + max(0.0, (y - 700) / 12)))
    for _ in range(3):
        x = rng.uniform(380, 900)
        canvas.line(
            picture,
            [(x, 820), (x + rng.uniform(90, 260), 760 + rng.uniform(-30, 60))],
            (72, 54, 40),
            rng.uniform(10, 20),
        )
    return picture


def retaining_wall(picture: Image.Image, rng: Random) -> None:
    """Stonework at the foot of the slope."""
    wall = [(-20, 560), (520, 560), (610, 640), (330, 930), (-20, 1050)]
    canvas.fill(picture, rng, wall, (112, 110, 104), (166, 162, 152), cells=(20, 60), blur=2)
    mask = canvas.outline_mask(picture.size, [wall], 0)
    stones = picture.copy()
    for _ in range(150):
        x, y = rng.uniform(-20, 600), rng.uniform(560, 1040)
        tone = canvas.shade((150, 146, 136), rng.uniform(0.75, 1.2))
        canvas.fill(
            stones,
            rng,
            canvas.blob(rng, (x, y), 34, 24, 0.25, 12),
            canvas.shade(tone, 0.8),
            tone,
            cells=(3, 8),
            roundness=0.25,
        )
    picture.paste(stones, (0, 0), mask)
    canvas.line(picture, [(-20, 560), (520, 560), (610, 640)], (186, 182, 172), 16)


SCENES = {"bridge": bridge, "river": river, "canal": channel, "landslide": landslide}
