"""Validators with the words of the interface.

Text is cleaned of what no letter is: NUL, other controls, lone surrogates.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from wtforms import Field
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from complaints.answers import unfilled

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\ufeff]")
#: invisible marks that turn the reading direction: harmless in a page, treacherous in a line of a list
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(value: Any) -> Any:
    """Text as it is kept: NFC, Unix newlines, no control characters, no blanks around it."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    text = _DIRECTION.sub("", _CONTROLS.sub("", text))
    return text.encode("utf-8", "ignore").decode("utf-8").strip()


def one_line(value: Any) -> Any:
    """Cleaned text on one line."""
    cleaned = clean(value)
    return re.sub(r"\s+", " ", cleaned) if isinstance(cleaned, str) else cleaned


def required(message: str) -> Callable[[Any, Field], None]:
    """The field must not be empty."""

    def check(_form: Any, field: Field) -> None:
        if not field.data:
            raise StopValidation(message)

    return check


def one_of(values: Collection[str], message: str) -> Callable[[Any, Field], None]:
    """The field's value, or each of its values, must be one that was offered."""

    def check(_form: Any, field: Field) -> None:
        given = field.data if isinstance(field.data, list) else [field.data]
        if any(value not in values for value in given):
            raise StopValidation(message)

    return check


class TextLength:
    """Length in letters, each failure with its own sentence.

    Carries `maxlength` for the counter on the page.
    """

    def __init__(self, name: str, low: int, high: int, *, low_message: str | None = None) -> None:
        self.name, self.low, self.high, self.low_message = name, low, high, low_message
        self.field_flags = {"maxlength": high}

    def __call__(self, _form: Any, field: Field) -> None:
        length = len(field.data or "")
        if length < self.low:
            raise StopValidation(self.low_message or f"{self.name} paling sedikit {self.low} huruf")
        if length > self.high:
            limit = f"{self.high:,}".replace(",", ".")
            over = f"{length - self.high:,}".replace(",", ".")
            raise StopValidation(f"{self.name} paling banyak {limit} huruf, kurangi {over} huruf")


def no_variable(_form: Any, field: Field) -> None:
    """No variable of a template is left in the text."""
    if left := unfilled(field.data or ""):
        raise StopValidation(f"Ganti {left} dengan isinya")


def chosen_id(value: str | None) -> uuid.UUID:
    """A select's value as an id; a garbled one is an id nobody has."""
    try:
        return uuid.UUID(value or "")
    except ValueError:
        return uuid.UUID(int=0)


def choices(options: Mapping[str, str | Mapping[str, str]]) -> list[SelectChoice]:
    """Options of a select set after the form was made: value → label, or group → {value → label}."""
    found: list[SelectChoice] = []
    for key, label in options.items():
        if isinstance(label, str):
            found.append(SelectChoice(key, label))
        else:
            found.extend(SelectChoice(value, name, optgroup=key) for value, name in label.items())
    return found
