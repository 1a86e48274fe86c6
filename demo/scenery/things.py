"""Scenes around things outdoors: rubbish, trees, lamps, carts, dogs, a swing."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw

from demo.scenery import canvas, figures, street
from demo.scenery.canvas import WIDTH
from demo.scenery.street import PLAN


def plain_road(place: Random, rng: Random, *, horizon: float = 280, mood: str = "day") -> Image.Image:
    """A road with nothing on it."""
    return street.road(place, rng, lambda _plan: None, horizon=horizon, mood=mood)


def rubbish(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A heap of bags by the road, or the swept corner with a bin."""
    picture = street.lateral(place)
    middle = place.uniform(420, 1180)
    if mended:
        canvas.tint(picture, canvas.blob(rng, (middle, 760), 420, 90, 0.2), (70, 66, 58), 0.3, 30)
        bin_(picture, rng, middle + 120, 596, 170)
        return picture
    canvas.tint(picture, canvas.blob(rng, (middle, 850), 560, 150, 0.2), (46, 40, 32), 0.7, 40)
    for row in range(5):
        base = 690 + row * 52
        spread = 330 + row * 46
        for _ in range(12 + row):
            offset = rng.triangular(-1, 1, 0)
            lift = max(0.0, (1 - abs(offset)) * (140 - row * 26) * rng.random())
            figures.bag(
                picture, rng, middle + offset * spread, base - lift, rng.uniform(62, 104) * (0.8 + row * 0.1)
            )
    for _ in range(60):
        depth = rng.random()
        figures.litter(
            picture,
            rng,
            middle + rng.triangular(-1, 1, 0) * (460 + 200 * depth),
            780 + depth * 260,
            8 + depth * 20,
        )
    return picture


def bin_(picture: Image.Image, rng: Random, x: float, base: float, height: float) -> None:
    """A wheeled green container."""
    wide = height * 0.34
    figures.shadow(picture, x, base, wide * 1.5, height * 0.08, 0.6)
    body = [
        (x - wide * 0.8, base),
        (x - wide, base - height * 0.86),
        (x + wide, base - height * 0.86),
        (x + wide * 0.8, base),
    ]
    canvas.fill(picture, rng, body, (28, 84, 48), (46, 122, 70), cells=(2, 6), roundness=0.45)
    lid = [
        (x - wide * 1.12, base - height * 0.85),
        (x - wide * 0.95, base - height),
        (x + wide * 0.95, base - height),
        (x + wide * 1.12, base - height * 0.85),
    ]
    canvas.fill(picture, rng, lid, (24, 72, 42), (52, 134, 78), roundness=0.3)
    figures.wheel(picture, (x - wide * 0.6, base - height * 0.06), height * 0.07)


def tree(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A tree fallen across the road, or the cleared road with the stump."""
    picture = plain_road(place, rng, mood="grey")
    left = place.random() < 0.5
    side = -1 if left else 1
    stump_x = WIDTH / 2 + side * 620
    if mended:
        stump(picture, rng, stump_x - side * 40, 800)
        for _ in range(120):
            x, y = rng.gauss(WIDTH / 2 + side * 200, 330), rng.uniform(740, 960)
            canvas.ellipse(
                picture,
                (x, y),
                rng.uniform(2, 7),
                rng.uniform(1, 3),
                rng.choice(((150, 122, 84), (86, 104, 54))),
            )
        return picture
    trunk = [
        (stump_x + side * 160, 690),
        (stump_x + side * 160, 800),
        (WIDTH / 2 - side * 60, 870),
        (WIDTH / 2 - side * 120, 826),
    ]
    canvas.tint(picture, [(x, y + 70) for x, y in trunk], (20, 20, 20), 0.6, 24)
    canvas.fill(picture, rng, trunk, (62, 48, 36), (122, 100, 76), cells=(4, 30, 120), roundness=0.45)
    crown = (WIDTH / 2 - side * 330, 820)
    canvas.tint(picture, canvas.blob(rng, (crown[0], 960), 480, 90), (18, 22, 16), 0.6, 30)
    for shift, lift, size in (
        (0.5, 30, 0.7),
        (-0.55, 50, 0.62),
        (0.1, -110, 0.62),
        (-0.2, 60, 0.75),
        (0.75, 110, 0.45),
    ):
        leaves(picture, rng, (crown[0] + shift * 430, crown[1] + lift), 430 * size, 240 * size)
    return picture


def leaves(picture: Image.Image, rng: Random, center: tuple[float, float], rx: float, ry: float) -> None:
    """A tangle of branches and leaves, lighter towards the top."""
    for _ in range(26):
        angle = rng.uniform(0, math.tau)
        end = (
            center[0] + rx * math.cos(angle) * rng.uniform(0.4, 1.05),
            center[1] + ry * math.sin(angle) * rng.uniform(0.4, 1.05),
        )
        canvas.line(picture, [center, end], (74, 58, 42), rng.uniform(4, 12))
    pen = ImageDraw.Draw(picture)
    leaf = canvas.shade(street.LEAVES[0], rng.uniform(0.9, 1.2))
    for step in range(1100):
        angle = rng.uniform(0, math.tau)
        reach = math.sqrt(rng.random()) * rng.uniform(0.8, 1.15)
        x, y = center[0] + rx * reach * math.cos(angle), center[1] + ry * reach * math.sin(angle)
        size, turn = rng.uniform(9, 24), rng.uniform(0, math.tau)
        tone = canvas.shade(leaf, (0.5 + 0.75 * step / 1100) * (1.25 - 0.5 * (y - center[1] + ry) / (2 * ry)))
        tip = (math.cos(turn) * size, math.sin(turn) * size)
        wide = (-tip[1] * 0.32, tip[0] * 0.32)
        pen.polygon(
            [
                (x - tip[0], y - tip[1]),
                (x + wide[0], y + wide[1]),
                (x + tip[0], y + tip[1]),
                (x - wide[0], y - wide[1]),
            ],
            fill=tone,
        )


def stump(picture: Image.Image, rng: Random, x: float, base: float) -> None:
    """What the saw left."""
    figures.shadow(picture, x, base, 110, 26, 0.6)
    canvas.fill(
        picture,
        rng,
        [(x - 84, base), (x - 66, base - 70), (x + 66, base - 70), (x + 88, base)],
        (66, 50, 38),
        (112, 90, 68),
        cells=(20, 60),
    )
    canvas.fill(picture, rng, canvas.blob(rng, (x, base - 72), 68, 20, 0.06), (172, 134, 88), (216, 180, 128))
    for ring in (50, 34, 18):
        pen = ImageDraw.Draw(picture)
        pen.ellipse(
            (x - ring, base - 72 - ring * 0.28, x + ring, base - 72 + ring * 0.28), outline=(150, 112, 72)
        )


def street_lamp(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A street at night: the lamp dead, or burning."""
    picture = street.sky(place, "night")
    plan = canvas.surface(place, PLAN, (16, 17, 22), (34, 36, 44), (4, 26, 160))
    far = canvas.lay_ground(picture, plan, 420)
    street.backdrop(picture, place, far + 4, lit=True, trees=5, scale=1.25)
    x, base = place.uniform(420, 1150), 1010
    for lamp_x, lamp_base, top in ((x, base, 120.0), (x * 0.5 + 400, far + 60, far - 180)):
        lamp(picture, rng, lamp_x, lamp_base, top, burning=mended)
    if not mended and place.random() < 0.7:
        canvas.glow(picture, (place.choice((240, 1360)), far + 30), 60, (255, 236, 200), 0.8)
    return picture


def lamp(picture: Image.Image, rng: Random, x: float, base: float, top: float, *, burning: bool) -> None:
    """A pole with an arm; `burning` lights the road under it."""
    height = base - top
    head = (x + height * 0.2, top + height * 0.03)
    if burning:
        cone = [
            (head[0] - 20, head[1]),
            (head[0] - height * 0.52, base + height * 0.06),
            (head[0] + height * 0.52, base + height * 0.06),
            (head[0] + 20, head[1]),
        ]
        canvas.tint(picture, cone, (255, 226, 160), 0.2, height * 0.09)
        pool = [
            (
                head[0] + height * 0.56 * math.cos(a / 20 * math.tau),
                base + height * 0.12 * math.sin(a / 20 * math.tau),
            )
            for a in range(20)
        ]
        canvas.tint(picture, pool, (255, 220, 150), 0.5, height * 0.06)
    tone = (96, 98, 104) if burning else (44, 47, 54)
    street.pole(picture, x, base, top, height * 0.02, tone)
    canvas.line(picture, [(x, top + height * 0.05), (x + height * 0.08, top), head], tone, height * 0.011)
    shell = canvas.box(
        head[0] - height * 0.06, head[1] - height * 0.016, head[0] + height * 0.05, head[1] + height * 0.008
    )
    canvas.fill(picture, rng, shell, (52, 54, 60), (86, 88, 94))
    if burning:
        canvas.glow(picture, (head[0], head[1] + height * 0.012), height * 0.13, (255, 236, 190), 1.0)


def vendor(place: Random, rng: Random, mended: bool) -> Image.Image:
    """Carts under umbrellas on the pavement, or the free pavement."""
    plan = street.asphalt(place, 0.95)
    canvas.fill(
        plan,
        place,
        canvas.box(-20, -20, PLAN[0] + 20, 2050),
        (150, 140, 128),
        (196, 186, 172),
        cells=(5, 40, 200),
    )
    for y in range(0, 2050, 120):
        canvas.line(plan, [(0, y), (PLAN[0], y)], (122, 114, 104), 4)
    picture = street.stage(place, plan, horizon=260)
    if mended:
        for x in (220, 800, 1380):
            pot(picture, place, x, 740)
        return picture
    for x, base, size in (
        (130, 720, 250),
        (620, 760, 290),
        (1160, 730, 260),
        (330, 980, 400),
        (1000, 1010, 420),
    ):
        cart(picture, rng, x + place.uniform(-30, 30), base, size)
    for _ in range(4):
        figures.person(picture, rng, rng.uniform(150, 1450), rng.uniform(980, 1100), 400)
    return picture


def pot(picture: Image.Image, rng: Random, x: float, base: float) -> None:
    """A planter with a shrub."""
    figures.shadow(picture, x, base, 80, 18)
    canvas.fill(
        picture,
        rng,
        [(x - 70, base - 90), (x + 70, base - 90), (x + 52, base), (x - 52, base)],
        (150, 92, 66),
        (184, 122, 92),
        roundness=0.4,
    )
    leaves(picture, rng, (x, base - 160), 90, 76)


def cart(picture: Image.Image, rng: Random, x: float, base: float, size: float) -> None:
    """A food cart: box, glass case with its wares, wheels."""
    wood = rng.choice(((48, 96, 140), (150, 60, 50), (70, 120, 80), (196, 150, 60)))
    figures.shadow(picture, x, base, size * 0.6, size * 0.08, 0.6)
    box = canvas.box(x - size * 0.45, base - size * 0.5, x + size * 0.45, base - size * 0.1)
    case = canvas.box(x - size * 0.4, base - size * 0.82, x + size * 0.2, base - size * 0.5)
    canvas.fill(picture, rng, box, canvas.shade(wood, 0.72), wood, roundness=0.3)
    canvas.fill(picture, rng, case, (150, 166, 170), (206, 216, 216), roundness=0.3)
    for step in range(5):
        at = (x - size * (0.3 - step * 0.11), base - size * 0.56)
        bun = canvas.blob(rng, at, size * 0.05, size * 0.045)
        canvas.fill(picture, rng, bun, (150, 84, 40), (214, 150, 80))
    for share in (-0.3, 0.3):
        figures.wheel(picture, (x + size * share, base - size * 0.09), size * 0.1)
    umbrella(picture, rng, x + size * 0.32, base, size)


def umbrella(picture: Image.Image, rng: Random, x: float, base: float, size: float) -> None:
    """A striped shade over a cart of that size."""
    street.pole(picture, x, base - size * 0.4, base - size * 1.3, size * 0.025)
    top, edge = (x, base - size * 1.42), base - size * 1.12
    red, blue, green = (196, 50, 44), (40, 84, 150), (52, 122, 70)
    cream, yellow = (240, 236, 226), (238, 206, 70)
    pair = rng.choice(((red, cream), (blue, yellow), (green, cream)))
    for step in range(8):
        a, b = x + size * (-0.68 + step * 0.17), x + size * (-0.68 + (step + 1) * 0.17)
        color = pair[step % 2]
        gore = [top, (a, edge), ((a + b) / 2, edge + size * 0.04), (b, edge)]
        canvas.fill(picture, rng, gore, canvas.shade(color, 0.8), color, roundness=0.2)


def dog(place: Random, rng: Random, mended: bool) -> Image.Image:
    """Stray dogs on a field, or the field without them."""
    plan = canvas.surface(place, PLAN, (96, 98, 50), (158, 142, 92), (5, 30, 140, 300))
    picture = street.stage(place, plan, horizon=330, trees=7)
    if mended:
        figures.person(picture, rng, 1040, 860, 330)
        return picture
    coats = ((136, 98, 62), (84, 66, 52), (190, 168, 132), (56, 50, 48), (168, 120, 74))
    spots = ((330, 700, 170), (820, 730, 200), (1240, 690, 160), (560, 900, 330), (1120, 960, 390))
    for coat, (x, base, length) in zip(coats, spots, strict=True):
        figures.dog(picture, rng, x + place.uniform(-50, 50), base, length, coat, left=place.random() < 0.5)
    return picture


def playground(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A swing in a park: one chain broken, or mended with a bench beside it."""
    plan = canvas.surface(place, PLAN, (66, 100, 44), (126, 150, 74), (5, 30, 140, 300))
    canvas.fill(
        plan,
        place,
        canvas.blob(place, (750, 1780), 620, 380, 0.1),
        (138, 112, 82),
        (186, 158, 122),
        cells=(6, 40, 160),
        blur=14,
    )
    picture = street.stage(place, plan, horizon=330, trees=9)
    frame = (52, 96, 150) if mended else (150, 92, 60)
    for x, lean in ((350, -90), (350, 90), (1160, -90), (1160, 90)):
        canvas.line(picture, [(x, 250), (x + lean, 930)], canvas.shade(frame, 0.85 if lean < 0 else 1.05), 20)
    canvas.line(picture, [(330, 250), (1180, 250)], frame, 24)
    for index, x in enumerate((500, 690, 880, 1050)):
        seat, whole = index // 2, mended or index != 3
        canvas.line(
            picture, [(x, 256), (x + (0 if whole else 24), 760 if whole else 520)], (120, 122, 126), 6
        )
        if index % 2 == 0:
            drop = 0 if mended or seat == 0 else 120
            board = [
                (x - 14, 756),
                (x + 200 - (10 if drop else 0), 756 + drop),
                (x + 198, 782 + drop),
                (x - 14, 782),
            ]
            figures.shadow(picture, x + 95, 935, 120, 22, 0.5)
            canvas.fill(picture, rng, board, (120, 40, 34), (176, 66, 54), roundness=0.2)
    return picture


SCENES = {
    "rubbish": rubbish,
    "tree": tree,
    "street_lamp": street_lamp,
    "vendor": vendor,
    "dog": dog,
    "playground": playground,
}
