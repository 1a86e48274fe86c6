"""Choices of the inbox's filters, and the words of those chosen."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Text, bindparam, cast, literal, select, union_all

from complaints.labels import CHANNELS, CLASSIFICATIONS, status_label
from complaints.models import Category
from complaints.queries import officers, reference
from complaints.queries.filters import IDS, KEYS, LABELS, Asked
from complaints.queries.inbox import Sight
from complaints.workflow import STATUSES
from core import formats
from core.extensions import db
from tenants.models import Area, Department, Officer

Options = list[tuple[str, str]]
_WORDS = {
    "status": {code: status_label(code) for code in STATUSES},
    "klasifikasi": CLASSIFICATIONS,
    "saluran": CHANNELS,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter of the panel: options without a group, then groups of options. No options: a date."""

    key: str
    label: str
    value: str
    options: Options = field(default_factory=list)
    groups: dict[str, Options] = field(default_factory=dict)


def panel(asked: Asked, sight: Sight) -> list[Choice]:
    """All filters with their choices and what is chosen. At most 4 SQL statements."""
    places = reference.places()
    villages = {district: options for (_, district), options in places.items()}
    options: dict[str, Options] = {
        "kategori": reference.categories(),
        "kecamatan": list(places),
        "unit": [] if sight.own_unit else reference.departments(),
        **{key: list(words.items()) for key, words in _WORDS.items()},
    }
    colleagues: dict[str, Options] = {}
    for each in officers.in_departments(sight.department_id):
        colleagues.setdefault(each.department or "", []).append((each.id, each.name))
    groups = {"kelurahan": villages, "penangan": colleagues}
    return [
        Choice(key, LABELS[key], asked.filters.get(key, ""), options.get(key, []), groups.get(key, {}))
        for key in KEYS
        if not (key == "unit" and sight.own_unit)
    ]


_NAMES = union_all(
    *(
        select(literal(key, Text).label("key"), cast(name, Text).label("name")).where(id_ == bindparam(key))
        for key, id_, name in (
            ("kategori", Category.id, Category.name),
            ("kecamatan", Area.id, Area.name),
            ("kelurahan", Area.id, Area.name),
            ("unit", Department.id, Department.name),
            ("penangan", Officer.id, Officer.name),
        )
    )
)


def labels(filters: Mapping[str, str]) -> dict[str, str]:
    """Key → words of what is chosen. One SQL statement where an id is among them."""
    found = {key: _WORDS[key][value] for key, value in filters.items() if key in _WORDS}
    for key in ("dari", "sampai"):
        if key in filters:
            found[key] = formats.short_date(date.fromisoformat(filters[key]))
    ids = {key: uuid.UUID(filters[key]) if key in filters else uuid.UUID(int=0) for key in IDS}
    if any(key in filters for key in IDS):
        found |= {row.key: row.name for row in db.session.execute(_NAMES, ids)}
    return found
