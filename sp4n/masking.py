"""Our credentials in what the other side says: taken out before anything of it is shown, logged or kept."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any

MASKED = "***"
#: what is shorter may well be an ordinary word or number of a report, whose text must stay as it is
SHORTEST_IN_DATA = 8


class Mask:
    """Replaces the credentials of one account, also as JSON or HTML inside a text spells them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {spelling for secret in secrets for spelling in _spellings(secret)}
        self._in_words = _pattern(known)
        self._in_data = _pattern({each for each in known if len(each) >= SHORTEST_IN_DATA})

    def __repr__(self) -> str:
        return "Mask()"

    def words(self, text: str) -> str:
        """A message of the other side, without any of them."""
        return self._in_words.sub(MASKED, text)

    def data(self, value: Any) -> Any:
        """A JSON value with every text and key freed of those that no report would hold by chance."""
        if isinstance(value, str):
            return self._in_data.sub(MASKED, value)
        if isinstance(value, list):
            return [self.data(each) for each in value]
        if isinstance(value, dict):
            return {self.data(key): self.data(each) for key, each in value.items()}
        return value


def _spellings(secret: str) -> set[str]:
    """The secret, also without a scheme before it ("Bearer …"); each also as JSON and HTML write it."""
    scheme, _, rest = secret.partition(" ")
    plain = {secret, rest} if scheme.isalpha() and len(rest) >= SHORTEST_IN_DATA else {secret}
    quoted = {json.dumps(each)[1:-1] for each in plain}
    slashed = {each.replace("/", "\\/") for each in quoted}
    return (plain | quoted | slashed | {html.escape(each) for each in plain}) - {""}


def _pattern(known: set[str]) -> re.Pattern[str]:
    """The longest first, so that nothing of it is left beside the mask; without any, what never matches."""
    alternatives = "|".join(re.escape(each) for each in sorted(known, key=len, reverse=True))
    return re.compile(alternatives or r"(?!)")
