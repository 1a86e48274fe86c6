"""Length of text messages, against the published examples and a count by other means."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.messaging import gsm


@pytest.mark.parametrize(
    ("text", "units", "parts", "is_wide"),
    [
        ("", 0, 1, False),
        ("a" * 160, 160, 1, False),
        ("a" * 161, 161, 2, False),
        ("a" * 306, 306, 2, False),
        ("a" * 307, 307, 3, False),
        ("[" * 80, 160, 1, False),
        ("[" * 81, 162, 2, False),
        ("a" * 152 + "[" + "a" * 10, 164, 2, False),
        ("€", 2, 1, False),
        ("é\n", 2, 1, False),
        ("é" * 10 + "ê", 11, 1, True),
        ("ê" * 70, 70, 1, True),
        ("ê" * 71, 71, 2, True),
        ("😀" * 35, 70, 1, True),
        ("😀" * 36, 72, 2, True),
        ("😀" * 67, 134, 3, True),  # no pair is cut: 33 a part
    ],
)
def test_known_lengths(text: str, units: int, parts: int, is_wide: bool) -> None:
    assert gsm.size(text) == gsm.Size(units, parts, is_wide)


@given(st.text(alphabet="abcXYZ 0189.,:/@", max_size=800))
def test_plain_letters_take_one_each(text: str) -> None:
    length = len(text)
    assert gsm.size(text) == gsm.Size(length, 1 if length <= 160 else math.ceil(length / 153), is_wide=False)


def test_an_extended_letter_is_not_cut_in_two() -> None:
    assert gsm.size("a" * 152 + "{" + "a" * 152).parts == 3
    assert gsm.size("a" * 151 + "{" + "a" * 153).parts == 2


def test_typographic_signs_become_plain() -> None:
    assert gsm.plain("“Jalan” – rusak…") == '"Jalan" - rusak...'
    assert not gsm.size(gsm.plain("“Jalan” – rusak…")).is_wide
