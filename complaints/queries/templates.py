"""Answer templates as an officer picks them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, cast, select

from complaints.models import AnswerTemplate
from core.extensions import db

#: acts that lead to the answer take the templates of the answer
_AS = {"propose": "respond", "approve": "respond"}
FITTING, OTHERS = "Sesuai laporan ini", "Lainnya"
Groups = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Picked:
    """A template's title and text."""

    title: str
    body: str


_OFFERED = (
    select(
        cast(AnswerTemplate.id, Text), AnswerTemplate.title, AnswerTemplate.category_id, AnswerTemplate.status
    )
    .where(AnswerTemplate.act == bindparam("act"), AnswerTemplate.is_active)
    .order_by(AnswerTemplate.sort, AnswerTemplate.title)
)
_PICKED = select(AnswerTemplate.title, AnswerTemplate.body).where(
    AnswerTemplate.id == bindparam("id"), AnswerTemplate.act == bindparam("act"), AnswerTemplate.is_active
)


def offered(act: str, category_id: uuid.UUID, status: str) -> Groups:
    """(id, title) of an act's templates: first those meant for this category or status, then all for any,
    then the rest. Groups without templates are left out. One query.
    """
    groups: dict[str, list[tuple[str, str]]] = {FITTING: [], "Umum": [], OTHERS: []}
    for id_, title, category, for_status in db.session.execute(_OFFERED, {"act": _AS.get(act, act)}):
        if category in (None, category_id) and for_status in (None, status):
            group = "Umum" if category is None and for_status is None else FITTING
        else:
            group = OTHERS
        groups[group].append((id_, title))
    return [(label, found) for label, found in groups.items() if found]


def picked(template_id: uuid.UUID, act: str) -> Picked | None:
    """An active template of this act in the bound city, or None."""
    row = db.session.execute(_PICKED, {"id": template_id, "act": _AS.get(act, act)}).first()
    return None if row is None else Picked(row.title, row.body)
