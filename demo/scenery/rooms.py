"""Scenes at a desk, a tap, a counter, in a classroom and in a market hall."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from demo.scenery import canvas, figures, street
from demo.scenery.canvas import HEIGHT, SIZE, WIDTH, Color, Point
from demo.scenery.street import PLAN


def paper_form(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A form on a desk: half filled, or stamped and signed."""
    plan = canvas.surface(place, (60, PLAN[1]), (126, 88, 58), (168, 124, 86), (2, 5, 9)).resize(PLAN)
    sheets = 1 if mended else 3
    for index in range(sheets):
        turn = place.uniform(-0.12, 0.12) + (index - sheets + 1) * 0.16
        sheet(plan, place, (760 + index * 40 - 60, 1720), turn, filled=0.95 if mended else 0.45)
    if mended:
        stamp(plan, rng, (960, 2120))
    pen(plan, rng, (1230, 1640), 0.5)
    picture = Image.new("RGB", SIZE, (90, 66, 48))
    canvas.lay_ground(picture, plan, -900, near_width=1350)
    canvas.tint(picture, [(0, 0), (WIDTH * 0.5, 0), (0, HEIGHT * 0.8)], (255, 246, 226), 0.22, 160)
    return picture


def turned(points: list[Point], center: Point, angle: float) -> list[Point]:
    """Points turned around a centre."""
    c, s = math.cos(angle), math.sin(angle)
    return [(center[0] + x * c - y * s, center[1] + x * s + y * c) for x, y in points]


def sheet(plan: Image.Image, rng: Random, center: Point, angle: float, *, filled: float) -> None:
    """Paper with a heading, boxes and writing; nothing on it can be read."""
    corners = turned(canvas.box(-430, -600, 430, 600), center, angle)
    canvas.tint(plan, [(x + 14, y + 18) for x, y in corners], (30, 20, 12), 0.6, 16)
    canvas.fill(plan, rng, corners, (232, 230, 222), (248, 247, 242), cells=(3, 6), blur=1)
    ink: Color = (58, 58, 62)
    for x, y, width, thick in ((-60, -530, 380, 12), (-60, -500, 300, 8), (-360, -440, 720, 6)):
        canvas.line(plan, turned([(x, y), (x + width, y)], center, angle), ink, thick)
    canvas.line(plan, turned([*canvas.box(-360, -560, -260, -470), (-360, -560)], center, angle), ink, 5)
    rows = 13
    for row in range(rows):
        y = -380 + row * 66
        canvas.line(
            plan, turned([(-370, y), (-370 + rng.uniform(90, 190), y)], center, angle), (104, 104, 108), 7
        )
        canvas.line(
            plan,
            turned([*canvas.box(-140, y - 24, 370, y + 24), (-140, y - 24)], center, angle),
            (150, 150, 152),
            3,
        )
        if row < rows * filled:
            scribble(plan, rng, center, angle, (-120, y + 6), rng.uniform(120, 460))
    canvas.line(plan, turned([(100, 560), (370, 560)], center, angle), (104, 104, 108), 4)


def scribble(
    plan: Image.Image, rng: Random, center: Point, angle: float, start: Point, length: float
) -> None:
    """Handwriting in blue."""
    points: list[Point] = []
    x = 0.0
    while x < length:
        points.append((start[0] + x, start[1] + rng.uniform(-14, 12)))
        x += rng.uniform(5, 13)
        if rng.random() < 0.12 and len(points) > 2:
            canvas.line(plan, turned(points, center, angle), (34, 52, 130), 4)
            points, x = [], x + 18
    if len(points) > 1:
        canvas.line(plan, turned(points, center, angle), (34, 52, 130), 4)


def stamp(plan: Image.Image, rng: Random, center: Point) -> None:
    """A round violet stamp and a signature across it."""
    ring = Image.new("L", plan.size)
    brush = ImageDraw.Draw(ring)
    for radius, width in ((130, 10), (104, 5), (58, 4)):
        brush.ellipse(
            (center[0] - radius, center[1] - radius, center[0] + radius, center[1] + radius),
            outline=210,
            width=width,
        )
    for step in range(26):
        angle = math.tau * step / 26
        at = (center[0] + 82 * math.cos(angle), center[1] + 82 * math.sin(angle))
        brush.rectangle((at[0] - 8, at[1] - 8, at[0] + 8, at[1] + 8), fill=190)
    plan.paste(Image.new("RGB", plan.size, (92, 58, 150)), (0, 0), ring.filter(ImageFilter.GaussianBlur(1.5)))
    scribble(plan, rng, center, -0.2, (-190, 20), 330)


def pen(plan: Image.Image, rng: Random, at: Point, angle: float) -> None:
    """A ballpoint lying on the desk."""
    canvas.tint(
        plan, turned(canvas.box(-18, -230, 34, 250), (at[0] + 14, at[1] + 18), angle), (24, 16, 10), 0.6, 12
    )
    canvas.fill(
        plan,
        rng,
        turned(canvas.box(-15, -200, 15, 210), at, angle),
        (22, 40, 92),
        (48, 82, 160),
        cells=(2, 3),
        roundness=0.4,
    )
    canvas.fill(
        plan,
        rng,
        turned([(-12, 210), (12, 210), (3, 262), (-3, 262)], at, angle),
        (170, 170, 174),
        (222, 222, 226),
    )


def water_tap(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A tap over a bucket: dry, or running clear."""
    picture = canvas.surface(place, SIZE, (176, 184, 178), (214, 220, 212), (4, 20, 90))
    for y in range(-40, 860, 150):
        canvas.line(picture, [(0, y), (WIDTH, y)], (150, 158, 152), 5)
        for joint in range((y // 150) % 2 * 110 - 60, WIDTH, 220):
            canvas.line(picture, [(joint, y), (joint, y + 150)], (150, 158, 152), 5)
    canvas.fill(
        picture,
        place,
        canvas.box(-10, 860, WIDTH + 10, HEIGHT + 10),
        (110, 106, 98),
        (164, 158, 146),
        cells=(5, 30, 140),
        blur=3,
    )
    canvas.tint(picture, canvas.box(-20, 840, WIDTH + 20, 890), (30, 30, 28), 0.5, 26)
    x = place.uniform(640, 860)
    tap(picture, rng, x)
    if mended:
        stream = [
            (x + 214, 440),
            (x + 246, 440),
            (x + 240, 800),
            (x + 252, 900),
            (x + 206, 900),
            (x + 220, 800),
        ]
        canvas.fill(picture, rng, stream, (176, 206, 216), (236, 246, 250), cells=(30, 60), blur=2)
    bucket(picture, place, x + 230, 1090, full=mended)
    return picture


def tap(picture: Image.Image, rng: Random, x: float) -> None:
    """A brass tap on a pipe in the wall."""
    canvas.tint(picture, canvas.box(x + 20, 330, x + 300, 470), (40, 44, 42), 0.35, 26)
    metal: tuple[Color, Color] = ((142, 128, 86), (222, 206, 150))
    canvas.fill(picture, rng, canvas.box(x - 40, 300, x + 180, 352), *metal, cells=(2, 4), roundness=0.45)
    canvas.fill(picture, rng, canvas.blob(rng, (x - 40, 326), 34, 60, 0.03), *metal, roundness=0.4)
    spout = [
        (x + 150, 296),
        (x + 236, 300),
        (x + 262, 340),
        (x + 262, 438),
        (x + 198, 438),
        (x + 198, 372),
        (x + 150, 356),
    ]
    canvas.fill(picture, rng, spout, *metal, cells=(2, 4), blur=2, roundness=0.5)
    canvas.fill(picture, rng, canvas.box(x + 84, 236, x + 116, 304), *metal, roundness=0.4)
    canvas.fill(
        picture, rng, canvas.box(x + 20, 210, x + 180, 240), (126, 32, 30), (190, 62, 54), roundness=0.4
    )


def bucket(picture: Image.Image, rng: Random, x: float, base: float, *, full: bool) -> None:
    """A plastic pail, seen slightly from above."""
    color: Color = rng.choice(((40, 84, 160), (30, 120, 96), (176, 52, 48)))
    figures.shadow(picture, x, base, 210, 40, 0.6)
    body = [(x - 200, 800), (x + 200, 800), (x + 150, base), (x - 150, base)]
    canvas.fill(
        picture, rng, body, canvas.shade(color, 0.7), canvas.shade(color, 1.1), cells=(2, 5), roundness=0.5
    )
    rim = canvas.blob(rng, (x, 800), 208, 62, 0.0)
    canvas.fill(picture, rng, rim, canvas.shade(color, 0.9), canvas.shade(color, 1.25))
    inner = canvas.blob(rng, (x, 806), 186, 50, 0.0)
    inside: tuple[Color, Color] = (
        ((120, 164, 180), (206, 226, 232)) if full else (canvas.shade(color, 0.28), canvas.shade(color, 0.55))
    )
    canvas.fill(picture, rng, inner, *inside, cells=(3, 7))
    if full:
        for ring in (26, 54, 90):
            ImageDraw.Draw(picture).ellipse(
                (x - ring, 806 - ring * 0.26, x + ring, 806 + ring * 0.26), outline=(240, 248, 250), width=3
            )


def hall(place: Random, wall: Color, floor: tuple[Color, Color], far: float = 520) -> Image.Image:
    """A room: floor tiles, a back wall, a ceiling with lights."""
    plan = canvas.surface(place, PLAN, floor[0], floor[1], (4, 30))
    for y in range(0, PLAN[1], 200):
        canvas.line(plan, [(0, y), (PLAN[0], y)], canvas.shade(floor[0], 0.82), 5)
    for x in range(50, PLAN[0], 200):
        canvas.line(plan, [(x, 0), (x, PLAN[1])], canvas.shade(floor[0], 0.82), 5)
    picture = canvas.gradient(SIZE, canvas.shade(wall, 0.94), wall)
    end = canvas.lay_ground(picture, plan, far - 200, near_width=1150)
    ceiling: list[Point] = [(0, 0), (WIDTH, 0), (WIDTH * 0.8, 200), (WIDTH * 0.2, 200)]
    canvas.fill(picture, place, ceiling, (206, 206, 202), (232, 232, 228), cells=(3, 20), blur=2)
    for x in (620, 980):
        canvas.fill(
            picture,
            place,
            [(x - 40, 150), (x + 40, 150), (x + 76, 50), (x - 76, 50)],
            (250, 250, 244),
            (255, 255, 252),
        )
    canvas.tint(picture, canvas.box(0, end - 10, WIDTH, end + 14), (40, 40, 40), 0.4, 10)
    return picture


def clinic(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A crowded waiting room, or the same with a few people."""
    picture = hall(place, (206, 224, 216), ((196, 198, 192), (226, 226, 220)))
    canvas.fill(
        picture, place, canvas.box(470, 330, 1130, 560), (60, 124, 108), (86, 158, 138), roundness=0.2
    )
    canvas.fill(picture, place, canvas.box(500, 230, 1100, 330), (160, 188, 190), (212, 226, 226))
    canvas.fill(picture, place, canvas.box(440, 540, 1160, 578), (224, 222, 212), (244, 243, 236))
    for x in (640.0, 960.0):
        figures.person(picture, rng, x, 560, 300, seated=True)
        canvas.fill(picture, place, canvas.box(x - 150, 470, x + 150, 545), (66, 132, 114), (80, 148, 128))
    for row, (base, count, size) in enumerate(((720, 7, 250), (880, 6, 330), (1110, 5, 430))):
        for seat in range(count):
            x = WIDTH / 2 + (seat - (count - 1) / 2) * size * 0.74
            chair(picture, rng, x, base, size * 0.36)
            if rng.random() < (0.22 if mended else 0.94):
                figures.person(picture, rng, x, base - size * 0.06, size, seated=True)
                chair(picture, rng, x, base, size * 0.36)
        if not mended and row < 2:
            figures.person(picture, rng, 150 + row * 1300, base + 40, size * 1.35)
    return picture


def chair(picture: Image.Image, rng: Random, x: float, base: float, size: float) -> None:
    """The back of a plastic waiting-room seat."""
    back = [
        (x - size * 0.72, base - size * 0.9),
        (x + size * 0.72, base - size * 0.9),
        (x + size * 0.66, base - size * 0.16),
        (x - size * 0.66, base - size * 0.16),
    ]
    canvas.fill(picture, rng, back, (34, 78, 128), (58, 112, 168), cells=(2, 5), blur=2, roundness=0.35)
    for side in (-0.5, 0.5):
        canvas.line(
            picture,
            [(x + side * size, base - size * 0.16), (x + side * size, base + size * 0.12)],
            (110, 112, 116),
            7,
        )


def school(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A classroom: the ceiling broken open and wet, or whole."""
    picture = hall(place, (226, 214, 176), ((176, 160, 138), (206, 192, 170)))
    canvas.fill(picture, place, canvas.box(540, 290, 1060, 490), (112, 82, 54), (140, 104, 70))
    canvas.fill(picture, place, canvas.box(554, 304, 1046, 476), (34, 74, 56), (52, 100, 78), cells=(4, 20))
    for row, (base, size) in enumerate(((680, 150), (840, 210), (1060, 290))):
        for seat in range(4 - row // 2):
            x = WIDTH / 2 + (seat - (3 - row // 2) / 2) * size * 2.1
            desk(picture, place, x, base, size)
    if not mended:
        broken_ceiling(picture, rng, place.uniform(560, 1040))
    return picture


def desk(picture: Image.Image, rng: Random, x: float, base: float, size: float) -> None:
    """A pupil's wooden table."""
    figures.shadow(picture, x, base, size * 0.8, size * 0.12)
    for side in (-0.7, 0.7):
        canvas.line(
            picture,
            [(x + side * size, base - size * 0.7), (x + side * size, base)],
            (92, 64, 42),
            size * 0.09,
        )
    top = [
        (x - size * 0.74, base - size * 0.9),
        (x + size * 0.74, base - size * 0.9),
        (x + size * 0.84, base - size * 0.66),
        (x - size * 0.84, base - size * 0.66),
    ]
    canvas.fill(picture, rng, top, (150, 106, 66), (196, 148, 100), cells=(3, 40), roundness=0.2)


def broken_ceiling(picture: Image.Image, rng: Random, x: float) -> None:
    """A hole with hanging panels, a stain, debris and a puddle below."""
    canvas.tint(picture, canvas.blob(rng, (x, 130), 330, 84, 0.2), (120, 92, 54), 0.55, 26)
    canvas.fill(picture, rng, canvas.blob(rng, (x, 112), 220, 56, 0.35, 20), (18, 16, 14), (46, 38, 30))
    for _ in range(4):
        left = x + rng.uniform(-190, 120)
        flap = [
            (left, 120),
            (left + 90, 112),
            (left + rng.uniform(60, 120), rng.uniform(190, 270)),
            (left + rng.uniform(10, 40), rng.uniform(200, 260)),
        ]
        canvas.fill(picture, rng, flap, (170, 160, 140), (216, 208, 192), roundness=0.3)
    canvas.fill(
        picture,
        rng,
        canvas.blob(rng, (x, 960), 260, 56, 0.25),
        (150, 146, 134),
        (212, 214, 208),
        cells=(3, 6),
        blur=6,
    )
    for _ in range(40):
        figures.litter(
            picture, rng, rng.gauss(x, 170), rng.gauss(960, 46), rng.uniform(8, 30), figures.RUBBLE
        )


def market(place: Random, rng: Random, mended: bool) -> Image.Image:
    """Stalls under awnings along an alley: wet and littered, or dry and swept."""
    floor: tuple[Color, Color] = (
        ((138, 134, 126), (180, 176, 166)) if mended else ((76, 70, 60), (126, 116, 100))
    )
    plan = canvas.surface(place, PLAN, floor[0], floor[1], (5, 30, 120))
    if not mended:
        for _ in range(13):
            pool = canvas.blob(
                rng,
                (rng.uniform(450, 1050), rng.uniform(500, PLAN[1])),
                rng.uniform(60, 190),
                rng.uniform(70, 200),
                0.35,
            )
            canvas.fill(plan, rng, pool, (84, 80, 72), (168, 168, 162), cells=(2, 6), blur=7)
        for _ in range(90):
            figures.litter(plan, rng, rng.uniform(380, 1120), rng.uniform(500, PLAN[1]), rng.uniform(8, 24))
    picture = street.stage(place, plan, horizon=300)
    for depth in (0.35, 0.62, 1.0):
        for side in (-1, 1):
            stall(picture, place, side, depth)
    for _ in range(4):
        depth = rng.uniform(0.4, 0.9)
        figures.person(
            picture, rng, WIDTH / 2 + rng.uniform(-330, 330) * depth, 430 + 640 * depth, 470 * depth
        )
    return picture


def stall(picture: Image.Image, rng: Random, side: int, depth: float) -> None:
    """A table of fruit under a tarpaulin at one side of the alley."""
    edge = WIDTH / 2 + side * (190 + 420 * depth)
    outer = edge + side * 700 * depth
    base = 400 + 640 * depth
    table, roof = base - 200 * depth, base - 640 * depth
    canvas.fill(
        picture,
        rng,
        canvas.box(min(edge, outer), table, max(edge, outer), base),
        (96, 72, 50),
        (142, 110, 78),
        cells=(8, 60),
    )
    for _ in range(64):
        x, y = edge + side * rng.uniform(10, 640) * depth, table - rng.uniform(-16, 66) * depth
        color = rng.choice(
            ((196, 52, 40), (226, 144, 40), (86, 140, 52), (232, 204, 84), (120, 62, 110), (222, 96, 50))
        )
        canvas.fill(
            picture,
            rng,
            canvas.blob(rng, (x, y), 25 * depth, 23 * depth, 0.06, 18),
            canvas.shade(color, 0.66),
            canvas.shade(color, 1.1),
            cells=(2, 4),
            roundness=0.4,
        )
    cloth: Color = rng.choice(((36, 92, 150), (196, 110, 40), (46, 120, 84), (170, 50, 52)))
    awning = [
        (edge - side * 40 * depth, roof + 90 * depth),
        (outer, roof - 40 * depth),
        (outer, roof + 90 * depth),
        (edge, roof + 150 * depth),
    ]
    canvas.fill(picture, rng, awning, canvas.shade(cloth, 0.66), cloth, cells=(6, 14), blur=2, roundness=0.3)
    street.pole(picture, edge + side * 16 * depth, base, roof + 110 * depth, 14 * depth, (132, 120, 104))


SCENES = {
    "paper_form": paper_form,
    "water_tap": water_tap,
    "clinic": clinic,
    "school": school,
    "market": market,
}
