"""Scenes of the ground underfoot: pothole, village road, pavement, flood."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageFilter

from demo.scenery import canvas, street
from demo.scenery.canvas import HEIGHT, WIDTH, Point
from demo.scenery.street import PLAN


def pothole(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A hole in the road, or the dark patch that closed it."""

    def paint(plan: Image.Image) -> None:
        spot = (place.uniform(560, 900), place.uniform(1850, 2030))
        rx, ry = place.uniform(150, 230), place.uniform(130, 210)
        if mended:
            patch(plan, rng, spot, rx * 1.2, ry * 1.2)
            return
        hole(plan, rng, spot, rx, ry, wet=rng.random() < 0.55)
        for _ in range(2):
            near = (spot[0] + rng.uniform(-330, 330), spot[1] - rng.uniform(380, 900))
            hole(plan, rng, near, rx * 0.5, ry * 0.45, wet=False)

    return street.road(place, rng, paint, horizon=place.choice((-700.0, -350.0, 60.0, 150.0)))


def hole(plan: Image.Image, rng: Random, spot: Point, rx: float, ry: float, *, wet: bool) -> None:
    """A broken edge, gravel inside, perhaps water."""
    edge = canvas.blob(rng, spot, rx, ry, 0.3, 60)
    inner = [(spot[0] + (x - spot[0]) * 0.9, spot[1] + (y - spot[1]) * 0.88 + 6) for x, y in edge]
    canvas.tint(
        plan,
        [(spot[0] + (x - spot[0]) * 1.25, spot[1] + (y - spot[1]) * 1.25) for x, y in edge],
        (58, 54, 50),
        0.5,
        22,
    )
    canvas.fill(plan, rng, edge, (30, 28, 27), (58, 54, 50), cells=(9, 40), blur=1.5)
    canvas.fill(plan, rng, inner, (78, 66, 52), (138, 120, 98), cells=(6, 30, 80), blur=4)
    canvas.tint(plan, [(x, y - ry * 0.62) for x, y in inner], (20, 18, 16), 0.55, 26)
    for _ in range(90):
        angle, reach = rng.uniform(0, math.tau), rng.uniform(0.2, 1.5)
        stone(
            plan,
            rng,
            (spot[0] + rx * reach * math.cos(angle), spot[1] + ry * reach * math.sin(angle)),
            rng.uniform(3, 10),
        )
    for _ in range(5):
        street.crack(plan, rng, rng.choice(edge), rng.uniform(80, 240))
    if wet:
        pool = [(spot[0] + (x - spot[0]) * 0.72, spot[1] + (y - spot[1]) * 0.66 + 16) for x, y in edge]
        canvas.fill(plan, rng, pool, (118, 116, 108), (176, 184, 188), cells=(2, 5), blur=5)


def stone(plan: Image.Image, rng: Random, spot: Point, size: float) -> None:
    """A pebble with its small shadow."""
    tone = rng.uniform(0.6, 1.2)
    canvas.ellipse(plan, (spot[0] + size * 0.3, spot[1] + size * 0.5), size, size * 0.8, (40, 38, 36))
    canvas.ellipse(plan, spot, size, size * 0.85, canvas.shade((136, 130, 120), tone))


def patch(plan: Image.Image, rng: Random, spot: Point, rx: float, ry: float) -> None:
    """Fresh asphalt, cut square."""
    area = canvas.box(spot[0] - rx, spot[1] - ry, spot[0] + rx, spot[1] + ry)
    canvas.fill(plan, rng, area, (34, 34, 37), (62, 62, 66), cells=(5, 60, 140), blur=2)
    canvas.line(plan, [*area, area[0]], (26, 26, 28), 7)
    for x, y in ((spot[0] - rx * 0.4, 0.0), (spot[0] + rx * 0.4, 0.0)):
        canvas.tint(plan, canvas.box(x - 20, spot[1] - ry + y, x + 20, spot[1] + ry), (84, 84, 88), 0.3, 12)


def village_road(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A muddy track between plantings, or the same with a concrete surface."""
    plan = canvas.surface(place, PLAN, (92, 66, 42), (152, 116, 78), (5, 24, 90, 300))
    if mended:
        canvas.fill(
            plan,
            rng,
            canvas.box(330, -20, 1170, PLAN[1] + 20),
            (150, 148, 142),
            (196, 193, 186),
            cells=(4, 40, 240),
            blur=5,
        )
        for y in range(0, PLAN[1], 400):
            canvas.line(plan, [(330, y), (1170, y)], (112, 110, 104), 7)
    else:
        ruts(plan, rng)
    for edge, right in ((300, False), (1200, True)):
        street.verge(plan, place, edge, right=right, dark=(46, 66, 28), light=(120, 138, 62))
    picture = street.sky(place, "day" if mended else "grey")
    far = canvas.lay_ground(picture, plan, 330)
    hills(picture, place, far)
    for _ in range(11):
        x = place.choice((place.uniform(-40, 480), place.uniform(1120, 1640)))
        street.tree(picture, place, x, far + place.uniform(4, 26), place.uniform(150, 330))
    return picture


def ruts(plan: Image.Image, rng: Random) -> None:
    """Wheel tracks, puddles and stones in wet earth."""
    for x in (560, 940):
        track = [(x - 80 + rng.uniform(-20, 20), y) for y in range(0, PLAN[1] + 60, 60)]
        track += [(x + 80 + rng.uniform(-20, 20), y) for y in range(PLAN[1], -60, -60)]
        canvas.fill(plan, rng, track, (64, 46, 30), (108, 82, 56), cells=(6, 40, 120), blur=14)
    for _ in range(150):
        stone(plan, rng, (rng.uniform(330, 1170), rng.uniform(400, PLAN[1])), rng.uniform(4, 17))
    for _ in range(9):
        spot = (rng.choice((560, 940, 750)) + rng.uniform(-40, 40), rng.uniform(700, PLAN[1] - 60))
        pool = canvas.blob(rng, spot, rng.uniform(60, 140), rng.uniform(90, 220), 0.3)
        water = [(spot[0] + (x - spot[0]) * 0.9, spot[1] + (y - spot[1]) * 0.9) for x, y in pool]
        canvas.tint(plan, pool, (52, 38, 26), 0.75, 12)
        canvas.fill(plan, rng, water, (104, 88, 70), (164, 156, 146), cells=(2, 5), blur=6)


def hills(picture: Image.Image, rng: Random, base: float) -> None:
    """Two ranges in the haze."""
    for layer, color in enumerate(((150, 170, 184), (106, 134, 112))):
        height = 190 - layer * 70
        phase = rng.uniform(0, 6)
        ridge = [
            (
                x,
                base
                - height * (0.62 + 0.3 * math.sin(x / 260 + phase) + 0.12 * math.sin(x / 90 + phase * 2)),
            )
            for x in range(-20, WIDTH + 40, 20)
        ]
        canvas.fill(
            picture,
            rng,
            [*ridge, (WIDTH + 20, base + 4), (-20, base + 4)],
            canvas.shade(color, 0.88),
            canvas.shade(color, 1.06),
            cells=(8, 30),
            blur=2,
        )


def sidewalk(place: Random, rng: Random, mended: bool) -> Image.Image:
    """Paving with a yellow guide strip beside a road; before: tiles gone and a hole."""
    plan = street.asphalt(place, 0.9)
    canvas.fill(
        plan,
        place,
        canvas.box(420, -20, 1520, PLAN[1] + 20),
        (150, 118, 104),
        (190, 158, 140),
        cells=(5, 40, 200),
        blur=2,
    )
    for y in range(0, PLAN[1], 100):
        canvas.line(plan, [(440, y), (1520, y)], (118, 92, 82), 4)
    for x in range(440, 1540, 100):
        canvas.line(plan, [(x, 0), (x, PLAN[1])], (118, 92, 82), 4)
    canvas.fill(
        plan,
        place,
        canvas.box(840, -20, 940, PLAN[1] + 20),
        (196, 158, 40),
        (226, 190, 70),
        cells=(5, 60),
        blur=1,
    )
    for y in range(0, PLAN[1], 100):
        canvas.line(plan, [(840, y), (940, y)], (150, 118, 30), 4)
        for x in (858, 878, 902, 922):
            canvas.line(plan, [(x, y + 14), (x, y + 86)], (240, 210, 110), 7)
    for y in range(0, PLAN[1], 200):
        pair = ((40, 40, 42), (62, 62, 64)) if (y // 200) % 2 else ((206, 204, 198), (234, 232, 226))
        canvas.fill(plan, rng, canvas.box(400, y, 440, y + 200), pair[0], pair[1])
    if not mended:
        broken_tiles(plan, rng)
    return street.stage(place, plan, horizon=190)


def broken_tiles(plan: Image.Image, rng: Random) -> None:
    """Earth where tiles are missing, loose pieces around it."""
    column, row = rng.randint(4, 7), rng.randint(17, 19)
    gone = {(column, row)} | {(column + rng.randint(-2, 2), row + rng.randint(-3, 2)) for _ in range(9)}
    for x, y in sorted(gone):
        left, top = 440 + x * 100, y * 100
        canvas.fill(
            plan,
            rng,
            canvas.blob(rng, (left + 50, top + 50), 56, 56, 0.12),
            (66, 52, 40),
            (120, 98, 76),
            cells=(6, 24),
            blur=3,
        )
        canvas.tint(plan, canvas.box(left, top, left + 100, top + 24), (26, 20, 16), 0.6, 8)
    for _ in range(26):
        spot = (440 + column * 100 + rng.uniform(-260, 380), row * 100 + rng.uniform(-340, 320))
        piece = canvas.blob(rng, spot, rng.uniform(10, 38), rng.uniform(8, 28), 0.5, 7)
        canvas.tint(plan, [(x + 6, y + 8) for x, y in piece], (20, 16, 14), 0.6, 4)
        canvas.fill(plan, rng, piece, (142, 112, 98), (188, 154, 138))


def flood(place: Random, rng: Random, mended: bool) -> Image.Image:
    """Brown water from wall to wall, or the drained street with a new grate."""
    if mended:

        def paint(plan: Image.Image) -> None:
            canvas.tint(plan, canvas.box(0, 0, *PLAN), (40, 44, 50), 0.35, 2)
            grate(plan, rng, (1150, 1900))

        return street.road(place, rng, paint, horizon=230, mood="grey", tone=0.8)
    picture = street.road(place, rng, lambda _plan: None, horizon=280, mood="grey", tone=0.8)
    level = round(picture.height * rng.uniform(0.4, 0.46))
    upper = picture.crop((0, max(0, 2 * level - HEIGHT), WIDTH, level)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    mirror = upper.filter(ImageFilter.GaussianBlur(9)).resize((WIDTH, HEIGHT - level))
    water = canvas.surface(rng, (WIDTH, HEIGHT - level), (96, 76, 52), (150, 124, 92), (3, 10, 40))
    water = Image.blend(water, mirror, 0.34)
    picture.paste(water, (0, level))
    ripples(picture, rng, level)
    canvas.tint(picture, canvas.box(0, level - 3, WIDTH, level + 8), (44, 34, 24), 0.7, 5)
    for _ in range(rng.randint(5, 9)):
        floating(picture, rng, (rng.uniform(100, 1500), rng.uniform(level + 60, HEIGHT - 80)))
    return picture


def ripples(
    picture: Image.Image, rng: Random, level: float, light: tuple[int, int, int] = (196, 180, 156)
) -> None:
    """Thin bright and dark lines, wider as they come nearer."""
    for _ in range(170):
        depth = rng.random() ** 0.7
        y = level + 8 + depth * (HEIGHT - level)
        length = 20 + depth * rng.uniform(40, 220)
        x = rng.uniform(-50, WIDTH)
        color = light if rng.random() < 0.5 else (72, 58, 42)
        lens = [
            (x, y),
            (x + length / 2, y - 1 - depth * 3),
            (x + length, y),
            (x + length / 2, y + 1 + depth * 3),
        ]
        canvas.tint(picture, lens, color, 0.35, 1.5)


def floating(picture: Image.Image, rng: Random, spot: Point) -> None:
    """A bottle or a bag adrift."""
    size = 8 + (spot[1] / HEIGHT) ** 3 * 30
    color = rng.choice(((212, 210, 204), (60, 96, 140), (170, 60, 52), (120, 140, 80)))
    canvas.tint(
        picture,
        canvas.blob(rng, (spot[0], spot[1] + size * 0.4), size * 2.2, size * 0.6),
        (40, 30, 20),
        0.6,
        6,
    )
    canvas.fill(
        picture,
        rng,
        canvas.blob(rng, spot, size * 1.7, size * 0.6, 0.25, 24),
        canvas.shade(color, 0.7),
        color,
        roundness=0.4,
    )


def grate(plan: Image.Image, rng: Random, spot: Point) -> None:
    """A steel grate over a gully."""
    x, y = spot
    canvas.fill(plan, rng, canvas.box(x - 130, y - 170, x + 130, y + 170), (122, 120, 114), (160, 158, 150))
    canvas.fill(plan, rng, canvas.box(x - 100, y - 140, x + 100, y + 140), (16, 16, 18), (30, 30, 32))
    for bar in range(-120, 121, 30):
        canvas.line(plan, [(x - 100, y + bar), (x + 100, y + bar)], (96, 98, 102), 12)


SCENES = {"pothole": pothole, "village_road": village_road, "sidewalk": sidewalk, "flood": flood}
