"""What a photo says about itself, pure: how alike two photos look, and when it was taken against the report.

A look is a 64-bit difference hash: each bit says whether a spot is brighter than its neighbour.
"""

from __future__ import annotations

from datetime import datetime, timedelta

#: photos this many bits apart are the same picture, saved again or made smaller
MOST_BITS = 3
_BANDS, _BITS = 4, 16
_ALL = (1 << 64) - 1
#: a look with fewer bits on (or off) is an even surface, alike to any other
_FEWEST_BITS = 8


def distance(one: int, other: int) -> int:
    """Bits in which two looks differ."""
    return ((one ^ other) & _ALL).bit_count()


def is_telling(look: int) -> bool:
    """Whether the photo has enough in it to be told from others."""
    return _FEWEST_BITS <= (look & _ALL).bit_count() <= 64 - _FEWEST_BITS


def bands(look: int) -> list[int]:
    """Four quarters of a look, each with its place: looks at most three bits apart share at least one."""
    bits = look & _ALL
    return [place << _BITS | bits >> place * _BITS & ((1 << _BITS) - 1) for place in range(_BANDS)]


def when_taken(taken_at: datetime, received_at: datetime) -> str:
    """The day of a photo against the day of the report, in words."""
    apart = taken_at - received_at
    days = abs(apart) // timedelta(days=1)
    if days == 0:
        return "Foto diambil pada hari laporan diterima"
    return f"Foto diambil {days} hari {'setelah' if apart > timedelta(0) else 'sebelum'} laporan"


def seen_before(number: str, how: str, own_number: str) -> str:
    """The warning about a photo that was there before."""
    if number == own_number:
        return (
            "Foto ini sudah ada pada laporan ini"
            if how == "same"
            else "Foto ini mirip foto lain pada laporan ini"
        )
    return (
        f"Foto ini pernah dipakai pada laporan {number}"
        if how == "same"
        else f"Foto ini mirip foto pada laporan {number}"
    )
