"""Length of a text message as networks count it: GSM septets or UCS-2 (3GPP TS 23.038). Pure."""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: these take an escape as well
_EXTENDED = frozenset("\f^{}\\[~]|€")
ONE_GSM, EACH_GSM = 160, 153
ONE_WIDE, EACH_WIDE = 70, 67
#: typographic signs that would make the whole message wide, and what is meant by them
_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "•": "-", "\u00a0": " "}
)


@dataclass(frozen=True, slots=True)
class Size:
    """`units` are septets, or 16-bit units where a letter is outside the GSM alphabet."""

    units: int
    parts: int
    is_wide: bool


def plain(text: str) -> str:
    """The text with typographic signs in their plain form."""
    return text.translate(_PLAIN)


def size(text: str) -> Size:
    """How long a message is and as how many parts it is charged."""
    if all(letter in _BASIC or letter in _EXTENDED for letter in text):
        return Size(sum(_septets(letter) for letter in text), _gsm_parts(text), is_wide=False)
    units = len(text.encode("utf-16-be")) // 2
    return Size(units, 1 if units <= ONE_WIDE else _wide_parts(text), is_wide=True)


def _septets(letter: str) -> int:
    return 2 if letter in _EXTENDED else 1


def _gsm_parts(text: str) -> int:
    total = sum(_septets(letter) for letter in text)
    return 1 if total <= ONE_GSM else _packed([_septets(letter) for letter in text], EACH_GSM)


def _wide_parts(text: str) -> int:
    return _packed([len(letter.encode("utf-16-be")) // 2 for letter in text], EACH_WIDE)


def _packed(lengths: list[int], room: int) -> int:
    """Parts of so much room, where no letter is cut in two."""
    parts, used = 1, 0
    for length in lengths:
        if used + length > room:
            parts, used = parts + 1, 0
        used += length
    return parts
