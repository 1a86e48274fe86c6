"""Complaint numbers: shape, what typing mistakes the check character finds, and PINs."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from complaints import numbering
from complaints.numbering import ALPHABET, normalise, normalise_pin, pin, pin_digest, tracking_number

LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
MONTHS = st.dates(date(2020, 1, 1), date(2099, 12, 31))
KEY = b"k" * 32
COMPLAINT = UUID("0193f000-0000-7000-8000-000000000001")


@st.composite
def numbers(draw: st.DrawFn) -> str:
    return tracking_number(draw(LETTERS), draw(MONTHS), lambda below: draw(st.integers(0, below - 1)))


def test_reads_city_month_random_check() -> None:
    drawn = iter([7, 15, 3, 19])
    number = tracking_number("BDG", date(2026, 11, 24), lambda _: next(drawn))
    assert number.startswith("BDG-2611-7F3K")
    assert len(number) == 14


def test_is_random_by_default() -> None:
    made = {tracking_number("BDG", date(2026, 11, 24)) for _ in range(50)}
    assert len(made) > 45
    assert all(re.fullmatch(rf"BDG-2611-[{ALPHABET}]{{5}}", each) for each in made)


@pytest.mark.parametrize("letters", ["", "BD", "BDGX", "bdg", "B1G", "BDÉ", "BDG\n"])
def test_other_letters_are_refused(letters: str) -> None:
    with pytest.raises(ValueError, match="three of A to Z"):
        tracking_number(letters, date(2026, 11, 24))


@given(number=numbers())
def test_a_made_number_is_canonical(number: str) -> None:
    assert normalise(number) == number


@given(number=numbers(), data=st.data())
def test_typed_carelessly_it_is_the_same(number: str, data: st.DataObject) -> None:
    lookalikes = {"0": "0Oo", "1": "1IiLl"}
    typed = number[:4] + "".join(
        data.draw(st.sampled_from(lookalikes.get(character, character + character.lower())))
        for character in number[4:]
    )
    dash = data.draw(st.sampled_from(["", " ", "-", " - ", "\u2013", "\u2011", "\u00a0", ".", "/"]))
    typed = data.draw(st.sampled_from([typed, typed.lower()]))
    assert normalise(f"  {typed.replace('-', dash)}\n") == number


@given(number=numbers(), place=st.integers(0, 11), data=st.data())
def test_every_single_wrong_character_is_found(number: str, place: int, data: st.DataObject) -> None:
    characters = list(number.replace("-", ""))
    pool = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if place < 3 else ALPHABET
    other = data.draw(st.sampled_from(pool))
    assume(other != characters[place])
    characters[place] = other
    assert normalise("".join(characters)) is None


@given(number=numbers())
def test_every_exchange_within_a_part_or_of_neighbours_is_found(number: str) -> None:
    characters = number.replace("-", "")
    pairs = [*combinations(range(3), 2), (2, 3), *combinations(range(3, 12), 2)]
    for one, other in pairs:
        if characters[one] == characters[other]:
            continue
        exchanged = list(characters)
        exchanged[one], exchanged[other] = characters[other], characters[one]
        assert normalise("".join(exchanged)) is None, (one, other)


@given(text=st.text(max_size=60))
def test_any_text_is_a_canonical_number_or_nothing(text: str) -> None:
    number = normalise(text)
    assert number is None or normalise(number) == number


def test_random_text_of_the_right_shape_passes_one_time_in_32() -> None:
    passing = sum(normalise(f"BDG-2611-7F3{a}{b}") is not None for a in ALPHABET for b in ALPHABET)
    assert passing == len(ALPHABET)


@pytest.mark.parametrize(
    "text", ["", "BDG", "BDG-2613-7F3K9", "BDG-2600-7F3K9", "BDG-2611-7F3U9", "BDG-２６11-7F3K9", "B" * 100]
)
def test_another_shape_is_nothing(text: str) -> None:
    assert normalise(text) is None


def test_the_field_multiplies_through_all_31_elements() -> None:
    element, seen = 1, []
    for _ in range(31):
        seen.append(element)
        element = numbering._times_x(element)
    assert element == 1
    assert sorted(seen) == list(range(1, 32))


@given(seed=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_a_pin_is_six_digits_and_stable(seed: str) -> None:
    assert re.fullmatch(r"[0-9]{6}", pin(KEY, seed))
    assert pin(KEY, seed) == pin(KEY, seed)


def test_pins_depend_on_key_and_seed() -> None:
    assert pin(KEY, "a") != pin(KEY, "b")
    assert pin(KEY, "a") != pin(b"other" * 8, "a")


def test_pins_are_uniform() -> None:
    leading = Counter(pin(KEY, str(number))[0] for number in range(5000))
    expected = 500
    chi_squared = sum((leading[str(digit)] - expected) ** 2 / expected for digit in range(10))
    assert chi_squared < 27.9  # 9 degrees of freedom, p = 0.001


@pytest.mark.parametrize("typed", ["482915", " 482 915 ", "482-915", "4 8 2 · 9 1 5", "482.915"])
def test_a_typed_pin(typed: str) -> None:
    assert normalise_pin(typed) == "482915"


@pytest.mark.parametrize("typed", ["", "48291", "4829150", "48291a", "４82915", "0" * 500])
def test_another_pin_is_nothing(typed: str) -> None:
    assert normalise_pin(typed) is None


def test_a_digest_is_bound_to_tenant_complaint_and_key() -> None:
    digest = pin_digest(KEY, 1, COMPLAINT, "482915")
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert "482915" not in digest
    others = [
        pin_digest(KEY, 2, COMPLAINT, "482915"),
        pin_digest(KEY, 1, UUID(int=COMPLAINT.int + 1), "482915"),
        pin_digest(KEY, 1, COMPLAINT, "482916"),
        pin_digest(b"other" * 8, 1, COMPLAINT, "482915"),
    ]
    assert digest not in others
    assert digest == pin_digest(KEY, 1, COMPLAINT, "482915")
