"""Attributes written directly are those of WTForms, letter by letter."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from wtforms import widgets
from wtforms.fields.choices import Choice

from core.web.drawing import attributes, install, option
from tests.source import ROOT

# The library's own, from a process in which nothing has replaced it.
_ORIGINAL = """
import json, sys
from markupsafe import Markup
from wtforms.widgets.core import html_params
for line in sys.stdin:
    values = {k: Markup(v[1]) if isinstance(v, list) else v for k, v in json.loads(line).items()}
    print(json.dumps(str(html_params(**values))))
"""
_ORIGINAL_OPTIONS = """
import json, sys
from wtforms.fields.choices import Choice
from wtforms.widgets import Select
for line in sys.stdin:
    print(json.dumps(str(Select.render_option(Choice(*json.loads(line))))))
"""
OPTIONS: list[tuple[Any, str | None, bool, dict[str, Any] | None]] = [
    ("a", "Sukamaju", False, {}),
    ('"><b>', "Suka & <maju>", True, {}),
    ("7", None, False, {}),
    (7, "tujuh", True, {"disabled": True, "class_": "z"}),
    ("", "Pilih", False, None),
]
CASES: list[dict[str, Any]] = [
    {"id": "a", "class": "masukan masukan--pilih", "value": ""},
    {"value": "a \"quoted\" <b> & 'c'", "data_hitung": 10, "aria_describedby": "x y", "class_": "z"},
    {"checked": True, "readonly": False, "name": "n", "data-kirim": "…"},
    {"value": ["markup", '<i>"safe"</i> &amp;'], "title": "é\u2028\u0000"},
    {},
]


def given_values(case: dict[str, Any]) -> dict[str, Any]:
    """A list stands for markup, which JSON has no sign for."""
    return {
        name: Markup(value[1]) if isinstance(value, list) else value  # noqa: S704 - a test's own markup
        for name, value in case.items()
    }


def told_by_the_library(program: str, cases: list[Any]) -> list[str]:
    sent = "\n".join(json.dumps(case) for case in cases)
    run = subprocess.run(
        [sys.executable, "-c", program], input=sent, cwd=ROOT, capture_output=True, text=True, check=True
    )
    expected = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(expected) == len(cases)
    return expected


def test_options_same_as_the_library() -> None:
    expected = told_by_the_library(_ORIGINAL_OPTIONS, list(OPTIONS))
    assert [str(option(widgets.Select, Choice(*case))) for case in OPTIONS] == expected


def test_same_as_the_library() -> None:
    expected = told_by_the_library(_ORIGINAL, CASES)
    for case, text in zip(CASES, expected, strict=True):
        assert str(attributes(**given_values(case))) == text


@given(st.text())
def test_nothing_escapes_its_quotes(value: str) -> None:
    drawn = str(attributes(value=value))
    assert drawn.startswith('value="')
    assert drawn.endswith('"')
    assert not set('"<>') & set(drawn[7:-1])


def test_every_widget_uses_it() -> None:
    install()
    assert widgets.TextInput.html_params is attributes
    assert widgets.core.html_params is attributes
