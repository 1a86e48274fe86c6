"""The demonstration's data files as typed values; pure. Texts have their index lists resolved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, slots=True)
class Question:
    """What an officer asks the reporter, and what the reporter answers."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a case ends without an answer: `name` is an institution or the code of an archive reason."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """One invented report with the answers that fit it. Empty lists mean: a sentence that fits any theme."""

    theme: str
    weight: float
    is_field_work: bool
    scene: str | None
    landmarks: tuple[str, ...]
    title: str
    body: str
    kind: str
    classification: str
    category: str
    department_kind: str
    wants_photo: bool
    is_sensitive: bool
    months: frozenset[int]
    tenant_kinds: frozenset[str]
    follow_ups: tuple[str, ...]
    responses: tuple[str, ...]
    satisfied: tuple[str, ...]
    unsatisfied: tuple[str, ...]
    deferrals: tuple[Question, ...]
    declines: tuple[Reason, ...]
    archive_reasons: tuple[Reason, ...]
    internal_notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """An invented reporter; phone in E.164."""

    name: str
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Village:
    """A kelurahan or desa with its kecamatan."""

    code: str
    name: str
    district_code: str
    district_name: str
    streets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfficerData:
    """An officer; `department` is a code, or None for who works for the whole tenant."""

    name: str
    email: str
    role: str
    department: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A province or a city; `row` holds the columns of its tenant as the file has them."""

    slug: str
    kind: str
    name: str
    row: Mapping[str, Any]
    words: Mapping[str, str]
    departments: Sequence[Mapping[str, Any]]
    areas: Sequence[Mapping[str, Any]]
    villages: tuple[Village, ...]
    officers: tuple[OfficerData, ...]

    def department_for(self, kind: str, district_code: str) -> str | None:
        """Code of the department that serves `kind`; where several do, the one of the district."""
        serving = [each for each in self.departments if kind in each["serves"]]
        own = [each for each in serving if each.get("district_code") == district_code]
        return str((own or serving)[0]["code"]) if serving else None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything the demonstration is made of. `numbers` is `scenario.json`, `common` is `texts.json`."""

    numbers: Mapping[str, Any]
    common: Mapping[str, Any]
    texts: tuple[Text, ...]
    people: tuple[Person, ...]
    province: Place
    cities: tuple[Place, ...]

    def pace_of(self, slug: str) -> Mapping[str, Any]:
        """How fast the city works. Raises KeyError for an unknown one."""
        for pace in self.numbers["cities"]:
            if pace["slug"] == slug:
                found: Mapping[str, Any] = pace
                return found
        raise KeyError(slug)


def load() -> Scenario:
    """Read all data files."""
    province = _read("province")
    themes = (json.loads(path.read_text("utf-8")) for path in sorted((DATA / "complaints").glob("*.json")))
    return Scenario(
        numbers=_read("scenario"),
        common=_read("texts"),
        texts=tuple(text for theme in themes for text in _texts(theme)),
        people=tuple(Person(each["name"], each["phone"], each["email"]) for each in _read("reporters")),
        province=_place(province),
        cities=tuple(_place(_read(f"cities/{slug}")) for slug in province["cities"]),
    )


def weighted(rng: Random, shares: Mapping[str, float]) -> str:
    """One key, by its weight."""
    return rng.choices(list(shares), list(shares.values()))[0]


def drawn(rng: Random, weights: Sequence[float]) -> int:
    """An index, by the weight at it: a number of working days from `[weight of 0, of 1, …]`."""
    return rng.choices(range(len(weights)), weights)[0]


def _read(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def _texts(theme: Mapping[str, Any]) -> list[Text]:
    def chosen(item: Mapping[str, Any], name: str) -> list[Any]:
        return [theme[name][index] for index in item[name]]

    return [
        Text(
            theme=theme["theme"],
            weight=theme["weight"] / len(theme["complaints"]),
            is_field_work=theme["work"] == "field",
            scene=theme["photo"],
            landmarks=tuple(theme["landmarks"]),
            title=item["title"],
            body=item["body"],
            kind=item["kind"],
            classification=item["classification"],
            category=item["category"],
            department_kind=item["department_kind"],
            wants_photo=item["wants_photo"],
            is_sensitive=item["sensitive"],
            months=frozenset(item["months"]),
            tenant_kinds=frozenset(item["tenant_kinds"]),
            follow_ups=tuple(chosen(item, "follow_ups")),
            responses=tuple(chosen(item, "responses") or theme["responses"]),
            satisfied=tuple(chosen(item, "satisfied")),
            unsatisfied=tuple(chosen(item, "unsatisfied")),
            deferrals=questions(chosen(item, "deferrals")),
            declines=tuple(Reason(each["institution"], each["reason"]) for each in chosen(item, "declines")),
            archive_reasons=reasons(chosen(item, "archive_reasons")),
            internal_notes=tuple(chosen(item, "internal_notes")),
        )
        for item in theme["complaints"]
    ]


def questions(items: Sequence[Mapping[str, str]]) -> tuple[Question, ...]:
    """Questions of a file with their answers."""
    return tuple(Question(each["question"], each["answer"]) for each in items)


def reasons(items: Sequence[Mapping[str, str]]) -> tuple[Reason, ...]:
    """Archive reasons of a file."""
    return tuple(Reason(each["reason"], each["text"]) for each in items)


def _place(item: Mapping[str, Any]) -> Place:
    villages = tuple(
        Village(each["code"], each["name"], area["code"], area["name"], tuple(each["streets"]))
        for area in item.get("areas", ())
        for each in area["villages"]
    )
    return Place(
        slug=item["slug"],
        kind=item["kind"],
        name=item["name"],
        row=item,
        words=item.get("words", {}),
        departments=item.get("departments", ()),
        areas=item.get("areas", ()),
        villages=villages,
        officers=tuple(
            OfficerData(each["name"], each["email"], each["role"], each["department"])
            for each in item["officers"]
        ),
    )
