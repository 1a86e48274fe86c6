"""Words of a message: the city's own or the product's, with {{variables}} put in and nothing evaluated.

Invariant: a value is only ever text; what a reporter typed cannot become markup, a header or a variable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import current_app, render_template
from sqlalchemy import select

from complaints.models.notices import NoticeText
from complaints.notices.catalogue import KINDS, Kind
from core.errors import FieldProblem
from core.extensions import db
from core.messaging import gsm
from core.messaging.message import header_text

MAIL, SHORT = "mail", "short"
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAME = re.compile(r"[a-z_]{1,30}")
_WIDEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Words:
    """A message's text with its variables still in it."""

    subject: str
    body: str


def default_words(code: str, form: str) -> Words:
    """The product's own words. Officers' messages have no short form: empty."""
    folder = Path(current_app.root_path) / "templates" / "messages" / code
    if form == SHORT:
        return Words("", _file(folder / "short.txt"))
    return Words(_file(folder / "subject.txt"), _file(folder / "body.txt"))


@lru_cache(maxsize=128)
def _file(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def words_of(code: str, form: str) -> Words:
    """The city's words, or the product's."""
    row = db.session.execute(
        select(NoticeText.subject, NoticeText.body).where(NoticeText.code == code, NoticeText.form == form)
    ).first()
    return default_words(code, form) if row is None else Words(row.subject or "", row.body)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables replaced, each once: what a value holds is not looked at again."""
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), text)


def check(kind: Kind, text: str, field: str) -> None:
    """Raises FieldProblem for a variable that this message does not have, or braces that are none."""
    for name in _VARIABLE.findall(text):
        if not _NAME.fullmatch(name) or name not in kind.variables:
            raise FieldProblem(field, f"Variabel {{{{{name[:40]}}}}} tidak dikenal")
    left = _VARIABLE.sub("", text)
    if "{{" in left or "}}" in left:
        raise FieldProblem(field, "Kurung {{ dan }} harus berpasangan, misalnya {{nomor}}")


def short_text(words: Words, values: Mapping[str, str]) -> str:
    """The text message: one line of plain letters; a long name of the office gives way to save a part."""
    text = _one_line(fill(words.body, values))
    if gsm.size(text).parts > 1 and "pemda" in values:
        shorter = _one_line(fill(words.body, {**values, "pemda": "Pemda"}))
        if gsm.size(shorter).parts < gsm.size(text).parts:
            return shorter
    return text


def _one_line(text: str) -> str:
    return gsm.plain(header_text(text, 1600))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's three parts."""

    subject: str
    text: str
    html: str


def mail(words: Words, values: Mapping[str, str], *, footer: str) -> Rendered:
    """Subject, plain text and HTML of the same words; the link stands alone in its paragraph."""
    tidy = {name: _tidy(value) for name, value in values.items()}
    subject = header_text(fill(words.subject, tidy))
    body = fill(words.body, tidy)
    html = render_template(
        "messages/mail.html",
        subject=subject,
        paragraphs=[part.strip() for part in body.split("\n\n") if part.strip()],
        link=tidy.get("tautan", ""),
        sender=tidy.get("layanan", ""),
        footer=footer,
    )
    return Rendered(subject, f"{body}\n\n-- \n{footer}\n", html)


def _tidy(value: str) -> str:
    lines = (header_text(line, _WIDEST_VALUE) for line in value.splitlines())
    return "\n".join(lines)


def known(code: str) -> Kind | None:
    """The message of this code."""
    return KINDS.get(code)
