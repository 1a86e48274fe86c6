"""Tolerant reading of JSON whose shape another system decides: a ContractError, never a KeyError."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_MAX_ID_DIGITS = 18
_TRUE = ("1", "true", "ya", "yes")


class ContractError(Exception):
    """Data of the other side, or ours for it, breaks the contract. Indonesian; names the place."""


def parse_json(body: bytes | str) -> Any:
    """The JSON value of a body, its texts made storable. ContractError when it is none."""
    try:
        return _storable(json.loads(body, parse_constant=_refuse_constant))
    except (ValueError, RecursionError) as error:
        raise ContractError("jawaban bukan JSON") from error


def at(value: object, *path: str) -> object:
    """The value under nested keys, or None as soon as one of them is missing or is not an object."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ContractError(f"{place} bukan objek")
    return value


def items(value: object, place: str) -> list[Any]:
    """A list. An object with numbers as keys, as PHP writes a list with gaps, counts as one."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and all(isinstance(key, str) and key.isdecimal() for key in value):
        return list(value.values())
    raise ContractError(f"{place} bukan daftar")


def text(value: object) -> str | None:
    """Stripped text, a number as its digits, or None for everything else and for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def flag(value: object) -> bool | None:
    """True or False of a JSON boolean, 0/1 or their words; None when it says neither."""
    if isinstance(value, bool):
        return value
    words = text(value)
    if words is None:
        return None
    return words.lower() in _TRUE


def identifier(value: object, place: str) -> str:
    """A positive number as a string of ASCII digits without leading zeros; both kinds are seen."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    digits = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MAX_ID_DIGITS or not digits.strip("0"):
        raise ContractError(f"{place} bukan nomor")
    return digits.lstrip("0")


def number(value: object) -> int | None:
    """A positive id as int, or None when it is absent or something else."""
    try:
        return int(identifier(value, ""))
    except ContractError:
        return None


def _storable(value: Any) -> Any:
    """PostgreSQL takes neither NUL nor half a surrogate pair; JSON can carry both."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
