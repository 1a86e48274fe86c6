"""Texts of answers: what is filled, what is left, and when two say the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.answers import KNOWN, fill, fingerprint, misnamed, unfilled

TEMPLATES = json.loads(Path("tenants/defaults/texts.json").read_text(encoding="utf-8"))["templates"]


def test_known_variables_are_filled_and_others_are_left() -> None:
    filled = fill(
        "Yth. {{nama}}, di {{ lokasi }} sudah {{tindakan}}. {{tindakan}}",
        {"nama": "Pelapor", "lokasi": "Jl. A"},
    )
    assert filled.text == "Yth. Pelapor, di Jl. A sudah {{tindakan}}. {{tindakan}}"
    assert filled.left == ["{{tindakan}}"]
    assert [piece.text for piece in filled.pieces if piece.kind == "filled"] == ["Pelapor", "Jl. A"]
    assert unfilled(filled.text) == "{{tindakan}}"


def test_a_variable_without_a_value_is_left() -> None:
    assert fill("{{nama_opd}}", {"nama_opd": None}).left == ["{{nama_opd}}"]


@pytest.mark.parametrize("text", ["", "Tidak ada", "satu { dua } tiga", "{a}", "{ {nama} }"])
def test_text_without_variables(text: str) -> None:
    assert unfilled(text) is None
    assert fill(text, {"nama": "x"}).text == text


@pytest.mark.parametrize(
    "text", ["{{", "}}", "a {{nama", "nama}} b", "{{}}", "{{ Nama Jalan }}", "{{" + "x" * 200]
)
def test_half_a_variable_is_one_too(text: str) -> None:
    assert unfilled(text)


@given(st.text(alphabet="ab {}\n", max_size=60))
def test_filling_loses_nothing(text: str) -> None:
    assert fill(text, {}).text == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yth. Pelapor, sudah kami perbaiki.", "yth pelapor  SUDAH\nkami   perbaiki"),
        ("Lampu—sudah menyala!", "lampu sudah menyala"),
        ("ﬁnal", "final"),
    ],
)
def test_the_same_words_are_the_same_answer(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


def test_another_word_is_another_answer() -> None:
    assert fingerprint("Lampu sudah diganti") != fingerprint("Lampu akan diganti")


def test_names_of_variables() -> None:
    assert misnamed("{{nama}} {{nama_jalan}}") is None
    assert misnamed("{{nama}} {{Nama Jalan}}") == "{{Nama Jalan}}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: str(each["code"]))
def test_default_templates_are_well_formed(template: dict[str, str]) -> None:
    filled = fill(template["body"], dict.fromkeys(KNOWN, "x"))
    assert misnamed(template["body"]) is None
    assert not {name.strip("{}") for name in filled.left} & set(KNOWN)
