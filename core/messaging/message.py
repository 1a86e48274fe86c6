"""What is handed to a channel, and the three ways in which a channel does not take it.

Invariant: a channel checks the address itself and never trusts that somebody did before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: one plain ASCII address: nothing here can end a header or name a second recipient
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?=.{4,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"\+62[0-9]{7,13}")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class MailMessage:
    """One mail to one person. `key` names it for good: the same key again is the same mail."""

    key: str
    to: str
    subject: str
    text: str
    html: str
    from_name: str
    from_address: str
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One SMS or WhatsApp message; `to` in E.164."""

    key: str
    to: str
    text: str


class _NotTaken(Exception):
    """`cause` is one Indonesian sentence that holds no address and no secret."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Refused(_NotTaken):
    """This message is not taken, now or later."""


class Delayed(_NotTaken):
    """This message is not taken now; others may be."""


class ChannelDown(_NotTaken):
    """Nothing is taken now."""


def is_mail_address(value: str) -> bool:
    """Whether it is one address of plain ASCII, without comments, quotes or blanks."""
    local = value.partition("@")[0]
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    return len(value) <= 254 and not dotted and bool(_ADDRESS.fullmatch(value))


def is_phone(value: str) -> bool:
    """Whether it is an Indonesian number in E.164."""
    return bool(_PHONE.fullmatch(value))


def header_text(value: str, most: int = 200) -> str:
    """Text fit for a header: one line, no controls, no marks that turn the reading direction."""
    return " ".join(_CONTROLS.sub(" ", value).split())[:most]
