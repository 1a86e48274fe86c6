"""Phone numbers as people type them, kept in E.164."""

from __future__ import annotations

import re

_LONGEST_INPUT = 40
# No letters: the library would read them as keys of a phone, and "ext" as an extension.
_TYPED = re.compile(r"\+?[\d\s().\-/\u2010-\u2015]+")


def parse_phone(text: str) -> str | None:
    """ "+6281221700800" of "0812 2170 0800", "62812…" or "+62 812…"; None where it is no Indonesian number.

    Numbers abroad are refused: a message to them costs many times more, which invites fraud. So do premium
    numbers; they, free numbers and short codes (112) belong to no person.
    """
    typed = text.strip()
    if len(typed) > _LONGEST_INPUT or not _TYPED.fullmatch(typed):
        return None
    # Imported here: the library is slow to load, and only forms with a phone field need it.
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        PhoneNumberType,
        format_number,
        is_valid_number_for_region,
        number_type,
        parse,
    )

    try:
        found = parse(typed, "ID")
    except NumberParseException:
        return None
    personal = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if not is_valid_number_for_region(found, "ID") or number_type(found) not in personal:
        return None
    return format_number(found, PhoneNumberFormat.E164)
