"""Credentials are taken out of what the other side says, whatever surrounds them, and nothing else is."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp4n.masking import MASKED, SHORTEST_IN_DATA, Mask

#: what may be a credential: it can be sent in a header
printable = st.characters(min_codepoint=33, max_codepoint=126)
secrets = st.text(printable, min_size=SHORTEST_IN_DATA, max_size=60)


@given(secret=secrets, before=st.text(), after=st.text())
def test_whatever_stands_around_it(secret: str, before: str, after: str) -> None:
    found = Mask([secret]).data([f"{before}{secret}{after}"])[0]
    assert secret not in found.replace(MASKED, "\0")
    assert MASKED in found


@given(secret=secrets)
def test_as_json_and_html_inside_a_text_write_it(secret: str) -> None:
    mask = Mask([secret])
    inside = json.dumps({"note": f"untuk {secret}"})
    assert json.loads(mask.data(inside))["note"] == f"untuk {MASKED}"
    assert json.loads(mask.data(inside.replace("/", "\\/")))["note"] == f"untuk {MASKED}"
    assert mask.data(html.escape(f"untuk {secret}")) == f"untuk {MASKED}"


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "Token"])
def test_the_scheme_before_it_is_no_part_of_it(scheme: str) -> None:
    mask = Mask([f"{scheme} sangat-rahasia-123"])
    assert mask.words("akun sangat-rahasia-123 ditolak") == f"akun {MASKED} ditolak"
    assert mask.data(f"{scheme} itu kata biasa") == f"{scheme} itu kata biasa"


def test_a_longer_one_that_begins_with_a_shorter_one_leaves_nothing_behind() -> None:
    assert Mask(["rahasia-1", "rahasia-1-lagi"]).data("x rahasia-1-lagi y") == f"x {MASKED} y"


def test_what_is_too_short_for_a_credential_is_taken_out_of_messages_alone() -> None:
    mask = Mask(["demo", ""])
    assert mask.words("akun demo") == f"akun {MASKED}"
    assert mask.data({"title": "Acara demo"}) == {"title": "Acara demo"}


@pytest.mark.parametrize(
    "value", [None, True, 12345678, 1.5, "Lubang di jalan", ["a", {"b": ["c", None]}], {"id": 6340753}, {}]
)
def test_everything_else_stays(value: Any) -> None:
    assert Mask(["sangat-rahasia-123", "{TOKEN-RAHASIA}"]).data(value) == value


def test_keys_and_nested_values() -> None:
    told = {"errors": [{"sangat-rahasia-123": {"note": "sangat-rahasia-123"}}]}
    assert Mask(["sangat-rahasia-123"]).data(told) == {"errors": [{MASKED: {"note": MASKED}}]}
