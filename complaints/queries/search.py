"""Finding reports by number, national number, words, or by who reported them.

Words are looked up by functions of the database, for row security lets no word be an index condition
(see the migration 0009). They give ids of the bound tenant only; the reports themselves are read as ever.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace

from markupsafe import Markup, escape
from sqlalchemy import Executable, Text, TextualSelect, Uuid, bindparam, select

from complaints import numbering
from complaints.models import Reporter
from complaints.ports import find_by_outside_number
from core.db.reading import reading
from core.extensions import db
from core.phone import parse_phone

#: newest matches that filters are applied to
REACH = 1_000
MOST_WORDS = 8
_WORD = re.compile(r"[^\W_]+")
_OPENS, _CLOSES = "\x02", "\x03"


@dataclass(frozen=True, slots=True)
class Match:
    """What a search found: one number, or ids with the newest first.

    `until` is where the search stopped looking, None where it came to the end. `identity` says by what of the
    reporter it searched.
    """

    number: str | None = None
    ids: tuple[uuid.UUID, ...] = ()
    until: uuid.UUID | None = None
    marked: str = ""
    identity: str | None = None  # name | phone | email


def words_of(typed: str) -> list[str]:
    """Letters and digits, word by word."""
    return _WORD.findall(typed)[:MOST_WORDS]


def find(
    typed: str,
    *,
    unit: uuid.UUID | None,
    before: uuid.UUID | None,
    most: int,
    of_reporter: bool,
    may_see_identity: bool,
) -> Match:
    """What was typed, in the order: tracking number, national number, phone, e-mail, words. At most 2 SQL.

    `unit` limits it to what a department may see, `before` to reports older than this one.
    """
    number = numbering.normalise(typed)
    if number is not None:
        return Match(number=number)
    if typed.isascii() and typed.isdigit():
        outside = find_by_outside_number(typed)
        if outside is not None:
            return Match(ids=(outside,))
    if may_see_identity:
        by_contact = _by_contact(typed, before, most)
        if by_contact is not None:
            return by_contact
        if of_reporter:
            return replace(_looked_up(_REPORTERS, words_of(typed), unit, before, most), identity="name")
    return _by_words(words_of(typed), unit, before, most)


_given = (bindparam("asked", type_=Text), bindparam("unit", type_=Uuid), bindparam("before", type_=Uuid))
_COMPLAINTS = reading("SELECT id, is_end FROM search_complaints(:asked, :unit, :before, :most)", *_given)
_REPORTERS = reading("SELECT id, is_end FROM search_reporters(:asked, :unit, :before, :most)", *_given)
_contact = select(Reporter.complaint_id).order_by(Reporter.complaint_id.desc()).limit(bindparam("most"))
_contact = _contact.where(Reporter.complaint_id < bindparam("before", type_=Uuid))
_PHONE = _contact.where(Reporter.phone == bindparam("contact"))
_EMAIL = _contact.where(Reporter.email == bindparam("contact"))
_LAST = uuid.UUID(int=(1 << 128) - 1)


def _by_contact(typed: str, before: uuid.UUID | None, most: int) -> Match | None:
    """Reports filed from a phone number or an e-mail address; None where it is neither."""
    phone = parse_phone(typed) if sum(sign.isdigit() for sign in typed) >= 9 else None
    values = {"before": before or _LAST, "most": most}
    if phone is not None:
        ids = _scalars(_PHONE, {**values, "contact": phone})
        return Match(ids=ids, until=ids[-1] if len(ids) == most else None, identity="phone")
    if "@" in typed:
        ids = _scalars(_EMAIL, {**values, "contact": typed.lower()})
        return Match(ids=ids, until=ids[-1] if len(ids) == most else None, identity="email")
    return None


def _scalars(statement: Executable, values: dict[str, object]) -> tuple[uuid.UUID, ...]:
    return tuple(db.session.scalars(statement, values))


def _by_words(words: list[str], unit: uuid.UUID | None, before: uuid.UUID | None, most: int) -> Match:
    if not words:
        return Match()
    found = _looked_up(_COMPLAINTS, words, unit, before, most)
    return replace(found, marked=" | ".join([*words[:-1], f"{words[-1]}:*"]))


def _looked_up(
    function: TextualSelect, words: list[str], unit: uuid.UUID | None, before: uuid.UUID | None, most: int
) -> Match:
    values = {"asked": " ".join(words), "unit": unit, "before": before, "most": most}
    rows = db.session.execute(function, values).all()
    ids = tuple(row.id for row in rows if not row.is_end)
    stopped = next((row.id for row in rows if row.is_end), None)
    return Match(ids=ids, until=stopped or (ids[-1] if len(ids) == most else None))


def marked(snippet: str | None) -> Markup | None:
    """A snippet with the found words marked; everything else of it is text."""
    if not snippet:
        return None
    plain, *parts = snippet.split(_OPENS)
    found = escape(plain.replace(_CLOSES, ""))
    for part in parts:
        word, _, rest = part.partition(_CLOSES)
        found += Markup("<mark>%s</mark>%s") % (word, rest.replace(_CLOSES, ""))
    return found
