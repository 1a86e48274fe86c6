"""Numbers of complaints and the PINs that go with them; pure.

A number reads BDG-2611-7F3K9: three letters of the city, year and month of receipt, four random characters
and a check character, in Crockford's base 32 (no I, L, O, U). It is public: it tells no volume and no order.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from datetime import date
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARACTERS = 4
PIN_DIGITS = 6
_LONGEST_INPUT = 40

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_SEPARATORS = re.compile(r"[\s.\-/_\u00b7\u2010-\u2015\u2212]+")
_SHAPE = re.compile(
    rf"([A-Z]{{3}})(\d\d(?:0[1-9]|1[0-2]))([{ALPHABET}]{{{RANDOM_CHARACTERS + 1}}})", re.ASCII
)
_LETTERS = re.compile(r"[A-Z]{3}")
_LOOKS_LIKE_DIGIT = str.maketrans("OIL", "011")
_LOOKS_LIKE_LETTER = str.maketrans("01", "OI")


def tracking_number(
    tenant_letters: str, received_on: date, randbelow: Callable[[int], int] = secrets.randbelow
) -> str:
    """A new number for a complaint received on that local date.

    A city has 1,048,576 numbers a month: the caller keeps them unique and asks again on a clash.
    Raises ValueError unless `tenant_letters` is three of A to Z.
    """
    if not _LETTERS.fullmatch(tenant_letters):
        raise ValueError(f"a city's letters are three of A to Z, not {tenant_letters!r}")
    month = f"{received_on:%y%m}"
    chosen = "".join(ALPHABET[randbelow(len(ALPHABET))] for _ in range(RANDOM_CHARACTERS))
    return f"{tenant_letters}-{month}-{chosen}{_check_character(tenant_letters, month + chosen)}"


def normalise(text: str) -> str | None:
    """The number as it is stored, or None where the shape or the check character is wrong.

    Accepts lower case, spaces, missing or other dashes, and O, I, L typed for 0, 1 (or 0, 1 in the letters).
    """
    if len(text) > _LONGEST_INPUT:
        return None
    typed = _SEPARATORS.sub("", text).upper()
    found = _SHAPE.fullmatch(typed[:3].translate(_LOOKS_LIKE_LETTER) + typed[3:].translate(_LOOKS_LIKE_DIGIT))
    if found is None:
        return None
    letters, month, rest = found.groups()
    if _check_character(letters, month + rest[:-1]) != rest[-1]:
        return None
    return f"{letters}-{month}-{rest}"


def pin(key: bytes, seed: str) -> str:
    """Six digits derived from `seed`, the same each time (HMAC-SHA256; its bias is below 2**-236)."""
    value = int.from_bytes(hmac.digest(key, b"pin:" + seed.encode(), "sha256"), "big")
    return f"{value % 10**PIN_DIGITS:0{PIN_DIGITS}d}"


def normalise_pin(text: str) -> str | None:
    """The six digits of a typed PIN (spaces, dots and dashes accepted), or None."""
    if len(text) > _LONGEST_INPUT:
        return None
    typed = _SEPARATORS.sub("", text)
    return typed if re.fullmatch(rf"[0-9]{{{PIN_DIGITS}}}", typed) else None


def pin_digest(key: bytes, tenant_id: int, complaint_id: UUID, pin: str) -> str:
    """What is stored in place of a PIN: HMAC-SHA256 in hex, bound to its complaint.

    Six digits can be guessed offline without the key, so the key must not lie in the database.
    Compare with `hmac.compare_digest`.
    """
    message = f"pin-digest:{tenant_id}:{complaint_id}:{pin}"
    return hmac.digest(key, message.encode(), "sha256").hex()


def _check_character(letters: str, rest: str) -> str:
    """Reed-Solomon check over GF(32): the number is a polynomial, multiplied through by the element x.

    x has order 31, so the twelve places carry different factors other than zero: every single wrong character
    is found, and every exchange of two neighbours, or of any two among the letters or among the rest.
    """
    total = 0
    for value in [ord(letter) - ord("A") for letter in letters] + [_VALUE[character] for character in rest]:
        total = _times_x(total ^ value)
    return ALPHABET[total]


def _times_x(element: int) -> int:
    """Product with x in GF(32), modulo the primitive polynomial x**5 + x**2 + 1."""
    doubled = element << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled
