"""The places scenes happen in: sky, houses, trees, and a road or a pavement in front of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from demo.scenery import canvas
from demo.scenery.canvas import HEIGHT, SIZE, WIDTH, Color, Point

PLAN = (1500, 2400)  # a ground plan seen from above
WALLS: tuple[Color, ...] = (
    (226, 214, 190),
    (196, 208, 198),
    (214, 186, 160),
    (182, 196, 212),
    (232, 226, 214),
    (204, 178, 170),
    (170, 186, 168),
)
ROOFS: tuple[Color, ...] = ((150, 78, 54), (128, 66, 50), (108, 92, 86), (166, 98, 64), (92, 82, 84))
LEAVES: tuple[Color, ...] = ((58, 92, 42), (74, 108, 50), (44, 80, 46), (86, 112, 54))


def sky(rng: Random, mood: str = "day") -> Image.Image:
    """A sky over the whole canvas: day, grey (rain) or night."""
    tops = {"day": (104, 158, 208), "grey": (142, 152, 164), "night": (10, 16, 34)}
    bottoms = {"day": (222, 232, 238), "grey": (206, 210, 212), "night": (38, 46, 72)}
    picture = canvas.gradient(SIZE, tops[mood], bottoms[mood])
    if mood == "night":
        return picture
    clouds = canvas.noise(rng, (WIDTH, HEIGHT * 3), (3, 9, 26, 70)).resize(SIZE)
    clouds = clouds.point(lambda v: max(0, min(255, (v - 112) * 2)))
    white = (246, 247, 248) if mood == "day" else (182, 186, 192)
    veil = clouds.point(lambda v: round(v * (0.75 if mood == "day" else 0.55)))
    picture.paste(Image.new("RGB", SIZE, white), (0, 0), veil)
    return picture


def house(
    picture: Image.Image, rng: Random, left: float, base: float, width: float, *, lit: bool = False
) -> None:
    """A plain house with a tiled roof, door and windows."""
    height = width * rng.uniform(0.5, 0.72)
    wall, roof = rng.choice(WALLS), rng.choice(ROOFS)
    if lit:
        wall, roof = canvas.shade(wall, 0.16), canvas.shade(roof, 0.16)
    top = base - height
    canvas.fill(picture, rng, canvas.box(left, top, left + width, base), canvas.shade(wall, 0.86), wall)
    peak = top - height * rng.uniform(0.3, 0.5)
    overhang = width * 0.08
    inset = width * rng.uniform(0.1, 0.3)
    gable = [
        (left - overhang, top),
        (left + inset, peak),
        (left + width - inset, peak),
        (left + width + overhang, top),
    ]
    canvas.fill(picture, rng, gable, canvas.shade(roof, 0.72), roof, cells=(40, 90))
    canvas.tint(picture, canvas.box(left, top, left + width, top + height * 0.12), (0, 0, 0), 0.35, 6)
    glass = (238, 200, 120) if lit and rng.random() < 0.6 else (70, 84, 96) if not lit else (18, 22, 32)
    for share in (0.16, 0.64):
        x = left + width * share
        window = canvas.box(x, top + height * 0.34, x + width * 0.2, top + height * 0.64)
        frame = canvas.box(x - 4, top + height * 0.34 - 4, x + width * 0.2 + 4, top + height * 0.64 + 4)
        canvas.fill(
            picture,
            rng,
            frame,
            (120, 110, 100) if not lit else (30, 28, 26),
            (150, 140, 128) if not lit else (36, 34, 32),
        )
        canvas.fill(picture, rng, window, canvas.shade(glass, 0.8), glass)
    door = canvas.box(left + width * 0.42, top + height * 0.38, left + width * 0.56, base)
    brown = (104, 70, 46) if not lit else (22, 18, 16)
    canvas.fill(picture, rng, door, canvas.shade(brown, 0.8), brown)


def tree(
    picture: Image.Image, rng: Random, x: float, base: float, height: float, *, dark: float = 1.0
) -> None:
    """A broad-leaved tree: a trunk and a crown of many small clumps."""
    trunk = canvas.shade((96, 78, 60), dark)
    half = height * 0.035
    canvas.fill(
        picture,
        rng,
        [
            (x - half * 1.4, base),
            (x - half, base - height * 0.6),
            (x + half, base - height * 0.6),
            (x + half * 1.5, base),
        ],
        canvas.shade(trunk, 0.6),
        trunk,
        cells=(3, 20),
    )
    leaf = rng.choice(LEAVES)
    clumps = 46
    for step in range(clumps):
        angle, reach = rng.uniform(0, math.tau), math.sqrt(rng.random())
        cx = x + math.cos(angle) * reach * height * 0.36
        cy = base - height * 0.72 + math.sin(angle) * reach * height * 0.28
        lightness = (0.5 + 0.65 * step / clumps) * dark * (1.12 - 0.25 * (cy - (base - height)) / height)
        size = height * rng.uniform(0.05, 0.1)
        color = canvas.shade(leaf, lightness)
        canvas.fill(
            picture,
            rng,
            canvas.blob(rng, (cx, cy), size, size * 0.8, 0.3, 22),
            canvas.shade(color, 0.72),
            canvas.shade(color, 1.22),
            cells=(7, 16),
            blur=1.2,
        )


def backdrop(
    picture: Image.Image, rng: Random, base: float, *, lit: bool = False, trees: int = 4, scale: float = 1.0
) -> None:
    """A row of houses and trees standing at `base`, slightly out of focus, with a wire above."""
    x = -rng.uniform(20, 160)
    while x < WIDTH:
        width = rng.uniform(230, 360) * scale
        house(picture, rng, x, base, width, lit=lit)
        x += width * rng.uniform(1.04, 1.3)
    for _ in range(trees):
        tree(
            picture, rng, rng.uniform(0, WIDTH), base, rng.uniform(200, 330) * scale, dark=0.2 if lit else 1.0
        )
    wall = canvas.box(0, base - 34 * scale, WIDTH, base + 3)
    brick = (150, 142, 130) if not lit else (30, 30, 34)
    canvas.fill(picture, rng, wall, canvas.shade(brick, 0.78), brick, cells=(60, 160))
    behind = picture.crop((0, 0, WIDTH, round(base) + 3)).filter(ImageFilter.GaussianBlur(2.2))
    picture.paste(behind, (0, 0))
    for offset in (0, 18, 30):
        wire(picture, (-10, base - 330 * scale + offset), (WIDTH + 10, base - 300 * scale + offset * 1.4), 26)


def wire(picture: Image.Image, start: Point, end: Point, sag: float, color: Color = (48, 46, 46)) -> None:
    """A hanging cable."""
    points = []
    for step in range(31):
        share = step / 30
        y = start[1] + (end[1] - start[1]) * share + sag * 4 * share * (1 - share)
        points.append((start[0] + (end[0] - start[0]) * share, y))
    canvas.line(picture, points, color, 2)


def asphalt(rng: Random, tone: float = 1.0) -> Image.Image:
    """A road from above: worn tracks, fine stones, a few cracks, verges left and right."""
    grey = canvas.surface(
        rng, PLAN, canvas.shade((70, 70, 71), tone), canvas.shade((128, 126, 122), tone), (4, 26, 160, 480)
    )
    for x in (520, 980):
        canvas.tint(grey, canvas.box(x - 90, 0, x + 90, PLAN[1]), (46, 46, 48), 0.28, 60)
    for _ in range(7):
        crack(grey, rng, (rng.uniform(300, 1200), rng.uniform(300, PLAN[1])), rng.uniform(160, 520))
    return grey


def crack(plan: Image.Image, rng: Random, start: Point, length: float, color: Color = (44, 43, 43)) -> None:
    """A wandering thin crack."""
    x, y = start
    angle = rng.uniform(0, math.tau)
    points = [(x, y)]
    for _ in range(round(length / 16)):
        angle += rng.uniform(-0.5, 0.5)
        x, y = x + 16 * math.cos(angle), y + 16 * math.sin(angle)
        points.append((x, y))
    canvas.line(plan, points, color, rng.uniform(2, 5))


def verge(
    plan: Image.Image,
    rng: Random,
    edge: float,
    *,
    right: bool,
    dark: Color = (70, 74, 44),
    light: Color = (140, 138, 88),
) -> None:
    """Grass or earth beside the road, with an uneven border."""
    border = [(edge + rng.uniform(-26, 26), y) for y in range(-40, PLAN[1] + 80, 60)]
    outer = PLAN[0] + 10 if right else -10
    outline: list[Point] = [*border, (outer, PLAN[1] + 40), (outer, -40)]
    canvas.fill(plan, rng, outline, dark, light, cells=(6, 40, 150, 300), blur=5)


def lane_marks(plan: Image.Image, rng: Random, x: float = 750) -> None:
    """Worn dashes."""
    for y in range(-60, PLAN[1], 330):
        canvas.tint(plan, canvas.box(x - 13, y, x + 13, y + 190), (224, 222, 212), rng.uniform(0.45, 0.75), 2)


def road(
    place: Random,
    rng: Random,
    paint: Callable[[Image.Image], None],
    *,
    horizon: float = 250,
    mood: str = "day",
    tone: float = 1.0,
) -> Image.Image:
    """A street with houses behind it.

    `place` decides what stays when the trouble is gone; `paint` draws on the road's plan (nearest below).
    """
    plan = asphalt(place, tone)
    lane_marks(plan, place)
    verge(plan, place, 170, right=False)
    verge(plan, place, 1330, right=True)
    paint(plan)
    return stage(place, plan, horizon=horizon, mood=mood)


def lateral(place: Random, *, horizon: float = 270, mood: str = "day") -> Image.Image:
    """A street seen from across it: pavement before the houses, then the carriageway from side to side."""
    plan = canvas.surface(place, PLAN, (70, 70, 71), (126, 124, 120), (4, 26, 160, 480))
    for y in (1480, 1700, 2050):
        canvas.tint(plan, canvas.box(-20, y - 60, PLAN[0] + 20, y + 60), (48, 48, 50), 0.25, 40)
    for x in range(-100, PLAN[0], 330):
        canvas.tint(plan, canvas.box(x, 1860, x + 190, 1884), (224, 222, 212), place.uniform(0.45, 0.75), 2)
    for _ in range(5):
        crack(plan, place, (place.uniform(100, 1400), place.uniform(1350, PLAN[1])), place.uniform(160, 420))
    canvas.fill(
        plan,
        place,
        canvas.box(-20, -20, PLAN[0] + 20, 1150),
        (146, 138, 126),
        (190, 182, 170),
        cells=(5, 40, 200),
    )
    for y in range(60, 1150, 120):
        canvas.line(plan, [(0, y), (PLAN[0], y)], (124, 116, 106), 4)
    for x in range(0, PLAN[0], 150):
        pair = ((44, 44, 46), (66, 66, 68)) if (x // 150) % 2 else ((204, 202, 196), (232, 230, 224))
        canvas.fill(plan, place, canvas.box(x, 1130, x + 150, 1190), pair[0], pair[1])
    return stage(place, plan, horizon=horizon, mood=mood)


def stage(
    place: Random, plan: Image.Image, *, horizon: float = 250, mood: str = "day", trees: int = 4
) -> Image.Image:
    """Any ground plan in front of a row of houses."""
    picture = sky(place, mood)
    far = canvas.lay_ground(picture, plan, horizon)
    if far > 40:
        backdrop(picture, place, far + 4, trees=trees)
        canvas.tint(picture, canvas.box(0, far, WIDTH, far + 16), (30, 30, 26), 0.4, 9)
    return picture


def pole(
    picture: Image.Image, x: float, base: float, top: float, width: float, color: Color = (126, 128, 130)
) -> None:
    """A round upright, lit from the left."""
    steps = max(3, round(width))
    pen = ImageDraw.Draw(picture)
    for step in range(steps):
        share = step / steps
        light = 1.15 - 0.75 * abs(share - 0.3) * 1.4
        pen.line((x - width / 2 + step, top, x - width / 2 + step, base), fill=canvas.shade(color, light))
