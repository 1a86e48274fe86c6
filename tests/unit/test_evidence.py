"""Photos: the same picture is found again however it is saved, another one is not, and its day is told."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from complaints.evidence import MOST_BITS, bands, distance, is_telling, seen_before, when_taken
from core.media import inspect
from tests.conftest import photo, utc

_LOOK = st.integers(min_value=-(2**63), max_value=2**63 - 1)


def street(quality: int = 90, side: int = 800, shift: int = 0) -> bytes:
    """A drawn scene."""
    picture = Image.new("RGB", (800, 600), "#9bb7d4")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 360, 800, 600), fill="#5a5a5a")
    draw.rectangle((60 + shift, 120, 300 + shift, 380), fill="#c9a26b")
    draw.ellipse((420, 420, 620, 520), fill="#1d1d1d")
    draw.polygon([(500, 360), (640, 100), (780, 360)], fill="#2e6b3a")
    picture.thumbnail((side, side))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def look(data: bytes) -> int:
    found = inspect("foto.jpg", data).look
    assert found is not None
    return found


@pytest.mark.parametrize(("quality", "side"), [(40, 800), (90, 400), (70, 320)])
def test_the_same_picture_saved_again_looks_the_same(quality: int, side: int) -> None:
    first, again = look(street()), look(street(quality, side))
    assert is_telling(first)
    assert distance(first, again) <= MOST_BITS
    assert set(bands(first)) & set(bands(again))


def test_other_pictures_look_different() -> None:
    looks = [look(photo()) for _ in range(6)] + [look(street())]
    assert min(distance(a, b) for n, a in enumerate(looks) for b in looks[:n]) > MOST_BITS


def test_an_even_surface_tells_nothing() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (300, 300), "#808080").save(stream, "JPEG")
    assert not is_telling(look(stream.getvalue()))


def test_bytes_are_told_apart_before_they_are_cleaned() -> None:
    one, other = inspect("a.jpg", street(90)), inspect("b.jpg", street(89))
    assert one.original_sha256 == inspect("c.jpg", street(90)).original_sha256
    assert one.original_sha256 != other.original_sha256


@given(_LOOK, st.lists(st.integers(0, 63), max_size=MOST_BITS))
def test_looks_at_most_three_bits_apart_share_a_band(one: int, flips: list[int]) -> None:
    other = one
    for place in flips:
        other ^= 1 << place
    assert set(bands(one)) & set(bands(other))
    assert distance(one, other) <= len(flips)
    assert len(set(bands(one))) == 4


def test_days_in_words() -> None:
    received = utc(2026, 3, 20, 3)
    assert (
        when_taken(received - timedelta(days=12, hours=1), received) == "Foto diambil 12 hari sebelum laporan"
    )
    assert when_taken(received + timedelta(days=3), received) == "Foto diambil 3 hari setelah laporan"
    assert when_taken(received - timedelta(hours=5), received) == "Foto diambil pada hari laporan diterima"


def test_warnings_in_words() -> None:
    assert seen_before("A", "same", "B") == "Foto ini pernah dipakai pada laporan A"
    assert seen_before("A", "alike", "B") == "Foto ini mirip foto pada laporan A"
    assert seen_before("A", "same", "A") == "Foto ini sudah ada pada laporan ini"
    assert seen_before("A", "alike", "A") == "Foto ini mirip foto lain pada laporan ini"
