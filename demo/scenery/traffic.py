"""Scenes of the carriageway: a signal, parked vehicles, minibuses."""

from __future__ import annotations

from random import Random

from PIL import Image

from demo.scenery import canvas, figures, street
from demo.scenery.canvas import WIDTH


def traffic_light(place: Random, rng: Random, mended: bool) -> Image.Image:
    """A signal at a crossing, dark or green; cars crowd where it is dark."""
    picture = street.lateral(place, horizon=260)
    colors = [
        place.choice(((176, 178, 182), (40, 44, 52), (150, 30, 30), (236, 236, 232), (36, 62, 110)))
        for _ in range(5)
    ]
    slots = ((60, 720, 330), (520, 700, 300), (960, 730, 340), (250, 900, 470), (880, 930, 500))
    for color, (x, base, length) in zip(colors[: 2 if mended else 5], slots, strict=False):
        figures.car(picture, rng, x + place.uniform(-30, 60), base, length, color, van=color[0] > 200)
    x = place.choice((1290, 1380))
    street.pole(picture, x, 1090, 180, 26, (84, 88, 92))
    canvas.fill(picture, rng, canvas.box(x - 66, 160, x + 66, 540), (24, 25, 27), (46, 47, 50), roundness=0.3)
    for index, (dim, bright) in enumerate(
        (((74, 22, 22), (238, 52, 44)), ((82, 66, 18), (248, 190, 40)), ((16, 62, 38), (60, 226, 130)))
    ):
        lit = mended and index == 2
        center = (x, 222 + index * 118)
        canvas.ellipse(picture, center, 50, 50, (14, 14, 15))
        canvas.ellipse(picture, center, 44, 44, bright if lit else dim)
        if lit:
            canvas.glow(picture, center, 90, bright, 0.7)
    return picture


def parking(place: Random, rng: Random, mended: bool) -> Image.Image:
    """Cars and scooters left on the roadside, or the free edge with a sign."""
    picture = street.lateral(place)
    x = place.choice((180, 1420))
    if mended:
        canvas.tint(picture, canvas.box(-10, 650, WIDTH + 10, 664), (226, 186, 50), 0.8, 2)
    else:
        colors = ((178, 180, 184), (44, 48, 56), (156, 36, 34), (232, 232, 228), (40, 70, 120))
        for index in range(7):
            figures.motorcycle(
                picture, rng, 20 + index * 226 + rng.uniform(-30, 30), 588 + rng.uniform(-10, 10), 170
            )
        for index in range(3):
            figures.car(
                picture,
                rng,
                10 + index * 540 + rng.uniform(-30, 20),
                800,
                470,
                rng.choice(colors),
                van=rng.random() < 0.4,
            )
    street.pole(picture, x, 606, 190, 16, (150, 152, 154))
    figures.round_sign(picture, (x, 220), 66)
    return picture


def minibus(place: Random, rng: Random, mended: bool) -> Image.Image:
    """Public minibuses waiting in the lane, or an orderly stop."""
    picture = street.lateral(place)
    color = place.choice(((60, 126, 74), (40, 92, 146), (196, 160, 50)))
    for _ in range(3 if mended else 7):
        x = rng.uniform(60, 420 if mended else 1500)
        figures.person(picture, rng, x, 590 + rng.uniform(-20, 10), 220)
    spots = (
        ((560, 900, 660),)
        if mended
        else ((30, 770, 440), (520, 785, 450), (1080, 780, 450), (330, 1010, 640))
    )
    for x, base, length in spots:
        figures.car(picture, rng, x, base, length, color, van=True)
        stripe = canvas.box(x + length * 0.02, base - length * 0.2, x + length * 0.98, base - length * 0.17)
        canvas.tint(picture, stripe, (238, 226, 150), 0.85, 1)
    if mended:
        street.pole(picture, 260, 596, 190, 14)
        canvas.fill(picture, rng, canvas.box(206, 190, 314, 286), (28, 66, 130), (40, 84, 156))
        canvas.fill(picture, rng, canvas.box(230, 216, 290, 260), (230, 232, 236), (246, 246, 248))
    return picture


SCENES = {"traffic_light": traffic_light, "parking": parking, "minibus": minibus}
