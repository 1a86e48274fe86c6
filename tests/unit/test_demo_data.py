"""The demonstration's data and the default reference data: complete, consistent, inside the forms' limits."""

from __future__ import annotations

import io
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from PIL import Image

from complaints.labels import ARCHIVE_REASONS
from complaints.workflow import CLASSIFICATIONS, KINDS, STATUSES
from demo import photos
from tenants.officers.roles import Role

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "demo" / "data"
CITIES = ("kota-cimahi", "kota-bandung", "kab-bandung-barat")
POOLS = (
    "follow_ups",
    "responses",
    "satisfied",
    "unsatisfied",
    "deferrals",
    "declines",
    "archive_reasons",
    "internal_notes",
)
PLACEHOLDERS = {"landmark", "kelurahan", "kecamatan", "kota", "pemda", "sebutan", "Sebutan"}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


THEMES = [read(path) for path in sorted((DATA / "complaints").glob("*.json"))]
PLACES = {slug: read(DATA / "cities" / f"{slug}.json") for slug in CITIES}
PROVINCE = read(DATA / "province.json")
DEFAULTS = {path.stem: read(path) for path in (ROOT / "tenants" / "defaults").glob("*.json")}
COMPLAINTS = [(theme, item) for theme in THEMES for item in theme["complaints"]]


def strings(value: Any) -> Iterator[str]:
    """Every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def longest_filling() -> dict[str, str]:
    """The longest word that any city can put in place of each placeholder."""
    villages = [
        village for place in PLACES.values() for area in place["areas"] for village in area["villages"]
    ]
    districts = [area["name"] for place in PLACES.values() for area in place["areas"]]
    filling = {
        "kelurahan": max((each["name"] for each in villages), key=len),
        "kecamatan": max(districts, key=len),
    }
    for name in ("kota", "pemda", "sebutan", "Sebutan"):
        filling[name] = max((place["words"][name] for place in PLACES.values()), key=len)
    return filling


def test_there_are_enough_distinct_reports() -> None:
    bodies = [item["body"] for _, item in COMPLAINTS]
    assert len(bodies) >= 220
    assert len(THEMES) >= 20
    assert len({body.casefold() for body in bodies}) == len(bodies)
    assert len({item["title"].casefold() for _, item in COMPLAINTS}) == len(bodies)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme["theme"])
def test_reports_fit_the_form_in_every_city(theme: dict[str, Any]) -> None:
    filling = longest_filling()
    for landmark in theme["landmarks"]:
        assert fields(landmark) == set()
        assert 4 <= len(landmark) <= 120
    filling["landmark"] = max(theme["landmarks"], key=len)
    for item in theme["complaints"]:
        assert fields(item["title"]) | fields(item["body"]) <= PLACEHOLDERS
        assert len(item["title"].format(**filling)) <= 100
        assert len(item["title"]) >= 10
        assert len(item["body"]) >= 60
        assert len(item["body"].format(**filling)) <= 900


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme["theme"])
def test_answers_fit_the_forms(theme: dict[str, Any]) -> None:
    for name in POOLS:
        for text in strings(theme[name]):
            assert fields(text) <= PLACEHOLDERS, text
    for name in ("follow_ups", "responses", "satisfied", "unsatisfied"):
        assert len(theme[name]) >= 3, name
    assert all(text.startswith("Yth. Pelapor, ") and 60 <= len(text) <= 900 for text in theme["responses"])
    assert all(10 <= len(text) <= 1000 for text in theme["follow_ups"])
    assert all(10 <= len(text) <= 1000 for pair in theme["deferrals"] for text in pair.values())
    assert all(
        3 <= len(each["institution"]) <= 150 and len(each["reason"]) >= 10 for each in theme["declines"]
    )
    assert all(each["reason"] in ARCHIVE_REASONS for each in theme["archive_reasons"])


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme["theme"])
def test_every_text_of_a_theme_belongs_to_a_report(theme: dict[str, Any]) -> None:
    for name in POOLS:
        used = {index for item in theme["complaints"] for index in item[name]}
        assert used == set(range(len(theme[name]))), name
    for item in theme["complaints"]:
        assert item["responses"], item["title"]
        assert item["follow_ups"] or item["kind"] == "information_request", item["title"]


def test_kinds_and_classifications_agree_with_the_workflow() -> None:
    for _, item in COMPLAINTS:
        assert item["kind"] in KINDS
        assert item["classification"] in CLASSIFICATIONS
        if item["kind"] == "complaint":
            assert item["classification"] in ("supervised", "unsupervised")
        else:
            assert item["classification"] == item["kind"]
        assert set(item["months"]) <= set(range(1, 13))
        assert item["tenant_kinds"]
        assert set(item["tenant_kinds"]) <= {"kota", "kab"}


def test_scenes_can_be_drawn() -> None:
    scenes = {theme["photo"] for theme in THEMES} - {None}
    assert scenes <= set(photos.SCENES)
    assert all(theme["photo"] for theme, item in COMPLAINTS if item["wants_photo"])


def test_no_text_holds_an_identity_number_or_a_telephone_number() -> None:
    texts = [*strings(THEMES), *strings(read(DATA / "texts.json"))]
    for text in texts:
        assert not re.search(r"\d{9,}", text), text
        assert not re.search(r"(?:\+62|\b08)\d", text), text


def test_categories_are_the_twenty_of_the_national_desk() -> None:
    categories = DEFAULTS["categories"]
    assert len(categories) == 20
    assert len({each["code"] for each in categories}) == 20
    assert len({each["name"] for each in categories}) == 20
    assert [each["sort"] for each in categories] == sorted({each["sort"] for each in categories})
    assert all(
        each["keywords"] and each["keywords"] == [word.lower() for word in each["keywords"]]
        for each in categories
    )
    assert {item["category"] for _, item in COMPLAINTS} <= {each["code"] for each in categories}


@pytest.mark.parametrize("slug", CITIES)
def test_every_kind_of_department_is_served(slug: str) -> None:
    place = PLACES[slug]
    served = {kind for each in place["departments"] for kind in each["serves"]}
    wanted = {each["default_department_kind"] for each in DEFAULTS["categories"]}
    wanted |= {item["department_kind"] for _, item in COMPLAINTS if place["kind"] in item["tenant_kinds"]}
    assert wanted <= served
    assert all(each["kind"] in each["serves"] for each in place["departments"])
    codes = [each["code"] for each in place["departments"]]
    assert len(set(codes)) == len(codes)
    districts = {area["code"] for area in place["areas"]}
    assert {each["district_code"] for each in place["departments"] if "district_code" in each} <= districts


@pytest.mark.parametrize("slug", CITIES)
def test_area_codes_nest(slug: str) -> None:
    place = PLACES[slug]
    codes = []
    for area in place["areas"]:
        assert re.fullmatch(re.escape(place["code"]) + r"\.\d{2}", area["code"])
        codes.append(area["code"])
        for village in area["villages"]:
            assert re.fullmatch(re.escape(area["code"]) + r"\.[12]\d{3}", village["code"])
            assert village["kind"] == ("kelurahan" if village["code"][9] == "1" else "desa")
            codes.append(village["code"])
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("slug", CITIES)
def test_every_department_has_somebody_and_every_role_is_there(slug: str) -> None:
    place = PLACES[slug]
    officers = place["officers"]
    assert {each["role"] for each in officers} == {
        role.value
        for role in Role
        if role.value not in ("province_administrator", "province_observer", "operator")
    }
    liaisons = {each["department"] for each in officers if each["role"] == "liaison_officer"}
    assert liaisons == {each["code"] for each in place["departments"]}
    assert {each["department"] for each in officers} <= liaisons
    emails = [each["email"] for each in officers]
    assert len(set(emails)) == len(emails)
    assert all(re.fullmatch(r"[a-z0-9.]+@contoh-[a-z]+\.id", email) for email in emails)


def test_tenants_are_told_apart() -> None:
    tenants = [PROVINCE, *PLACES.values()]
    for key in ("code", "slug", "name", "service_name", "color", "phone", "email"):
        assert len({each[key] for each in tenants}) == len(tenants), key
    assert PROVINCE["cities"] == list(CITIES)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", each["color"]) for each in tenants)
    assert len({place["letters"] for place in PLACES.values()}) == len(PLACES)


def test_telephone_numbers_are_valid_and_fictive() -> None:
    people = read(DATA / "reporters.json")
    numbers = [each["phone"] for each in people if each["phone"]]
    for tenant in (PROVINCE, *PLACES.values()):
        numbers += [tenant["phone"], tenant["whatsapp"]]
    for number in numbers:
        parsed = phonenumbers.parse(number, None)
        assert phonenumbers.is_valid_number(parsed), number
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
        assert "0000" in number or number.startswith("+62222000")
    assert len(set(numbers)) == len(numbers)


def test_reporters_can_be_reached() -> None:
    people = read(DATA / "reporters.json")
    assert len(people) >= 150
    assert len({each["name"] for each in people}) == len(people)
    assert all(1 <= len(each["name"]) <= 100 for each in people)
    assert all(each["phone"] or each["email"] for each in people)
    assert any(" " not in each["name"] for each in people)
    emails = [each["email"] for each in people if each["email"]]
    assert len(set(emails)) == len(emails)
    assert all(re.fullmatch(r"[a-z0-9._]+@(contoh|example)\.id", email) for email in emails)


def test_shares_of_the_scenario_add_up() -> None:
    numbers = read(DATA / "scenario.json")
    assert len(numbers["month_weights"]) == numbers["months"]
    assert len(numbers["weekday_weights"]) == 7
    assert len(numbers["hour_weights"]) == 24
    ones = [numbers["statuses_old"], numbers["statuses_recent"], numbers["completed_by"], numbers["channels"]]
    ones += [numbers["rating"]["scores"], *numbers["rating"]["solved_by_score"].values()]
    assert all(sum(shares.values()) == pytest.approx(1.0) for shares in ones)
    assert set(numbers["statuses_old"]) | set(numbers["statuses_recent"]) <= set(STATUSES)
    assert [each["slug"] for each in numbers["cities"]] == list(CITIES)
    assert all(each["trend"] in numbers["trends"] for each in numbers["cities"])


@pytest.mark.parametrize("slug", CITIES)
def test_a_city_needs_no_report_twice(slug: str) -> None:
    pace = next(each for each in read(DATA / "scenario.json")["cities"] if each["slug"] == slug)
    suited = [item for _, item in COMPLAINTS if PLACES[slug]["kind"] in item["tenant_kinds"]]
    assert len(suited) >= pace["complaints"]


def test_answer_templates_open_politely_and_declare_their_variables() -> None:
    templates = DEFAULTS["texts"]["templates"]
    assert len(templates) >= 12
    assert len({each["code"] for each in templates}) == len(templates)
    for each in templates:
        assert each["body"].startswith("Yth. Pelapor, ")
        assert re.findall(r"\{\{(\w+)\}\}", each["body"]) == each["variables"]


@pytest.mark.parametrize("scene", sorted(photos.SCENES))
def test_a_photo_is_the_same_every_time_and_can_be_read(scene: str) -> None:
    before = photos.photo(scene, 7)
    assert len(before) <= photos.MAX_BYTES
    with Image.open(io.BytesIO(before)) as picture:
        picture.load()
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (1280, 960), "RGB")
    assert photos.photo(scene, 7, "after") != before


def test_a_photo_depends_on_its_seed_alone() -> None:
    assert photos.photo("water_tap", 3) == photos.photo("water_tap", 3)
    assert photos.photo("water_tap", 3) != photos.photo("water_tap", 4)


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="variant"):
        photos.photo("water_tap", 1, "sideways")
