"""The province's host: figures of its own cities, no case, no identity; and no way into a city."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from complaints.views.offers import BY_SLUG as SLUGS
from tests.conftest import Browser, City
from tests.isolation.conftest import Rivals

ROLES = ("province_administrator", "province_observer")


@pytest.fixture(scope="module")
def province(app: Flask, rivals: Rivals) -> dict[str, Browser]:
    browsers = {}
    for role in ROLES:
        browsers[role] = Browser(app.test_client(), rivals.province.host)
        assert browsers[role].sign_in(rivals.province.officers[role]).status_code == 303
    return browsers


@pytest.fixture(scope="module")
def folded(app: Flask, rivals: Rivals) -> None:
    """Figures of both cities are up to date."""
    from core.jobs import worker

    with app.app_context():
        for rival in (rivals.ours, rivals.theirs):
            worker.run_tenant_job("figures.fold", rival.city.id)


@pytest.mark.parametrize("role", ROLES)
def test_the_dashboard_names_cities_and_nobody(
    rivals: Rivals, province: dict[str, Browser], folded: None, role: str
) -> None:
    page = province[role].get("/provinsi/").get_data(as_text=True)
    for rival in (rivals.ours, rivals.theirs):
        assert rival.city.slug in page
        others = [mark for mark in rival.leaks_into(page) if mark not in (rival.mark, rival.city.slug)]
        assert others == []
        for words in (
            f"Warga {rival.mark}",
            f"Gang {rival.mark}",
            f"Laporan {rival.mark}",
            f"Petugas {rival.mark}",
        ):
            assert words not in page
    assert "+62812" not in page
    assert not re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", page)


def test_it_shows_what_was_counted(rivals: Rivals, province: dict[str, Browser], folded: None) -> None:
    """A page that shows nothing would also name nobody."""
    page = province["province_observer"].get("/provinsi/").get_data(as_text=True)
    assert str(len(rivals.ours.cases) + len(rivals.theirs.cases)) in re.findall(r">\s*(\d+)\s*<", page)


def test_another_provinces_cities_are_not_on_it(
    app: Flask,
    rivals: Rivals,
    make_province: Callable[..., City],
    make_city: Callable[..., City],
    folded: None,
) -> None:
    other = make_province()
    city = make_city(province=other.slug)
    browser = Browser(app.test_client(), other.host)
    assert browser.sign_in(other.officers["province_observer"]).status_code == 303
    page = browser.get("/provinsi/").get_data(as_text=True)
    assert city.slug in page
    assert rivals.ours.leaks_into(page) == rivals.theirs.leaks_into(page) == []
    parameters = {
        "tenant_id": str(rivals.province.id),
        "province": rivals.province.slug,
        "periode": "x' OR 1=1",
    }
    assert (
        rivals.ours.leaks_into(browser.get("/provinsi/", query_string=parameters).get_data(as_text=True))
        == []
    )


def city_paths(rivals: Rivals) -> list[str]:
    ours = rivals.ours
    number = ours.responded.number
    return [
        "/laporan/baru", "/bantuan", "/privasi", f"/lacak/{number}",
        f"/laporan/{number}/tanda-terima", f"/petugas/laporan/{number}", f"/lampiran/{ours.photo_id}",
        f"/lampiran/{ours.internal_photo_id}", f"/tema/{ours.theme_hash}.css", f"/logo/{ours.logo_hash}",
    ]  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_no_report_of_a_city_is_there(
    rivals: Rivals, province: dict[str, Browser], untouched: None, role: str
) -> None:
    browser, number = province[role], rivals.ours.responded.number
    for path in city_paths(rivals):
        response = browser.get(path)
        assert response.status_code == 404, path
        assert rivals.ours.leaks_into(response.get_data(as_text=True).replace(number, "")) == []
    for path in ("/petugas/", "/lacak", f"/petugas/?q={number}"):
        page = browser.get(path).get_data(as_text=True)
        assert rivals.ours.leaks_into(page.replace(number, "")) == [], path
    for path in (
        *(f"/petugas/laporan/{number}/{slug}" for slug in (*SLUGS, "kontak")),
        *(f"/lacak/{number}/{act}" for act in ("penilaian", "pembukaan-kembali", "keterangan")),
    ):
        assert browser.client.post(path, base_url=browser.base).status_code in (404, 400), path


def test_the_provinces_page_is_not_there_on_a_city(rivals: Rivals, actors: dict[str, Browser]) -> None:
    for actor, browser in actors.items():
        assert browser.get("/provinsi/").status_code == 404, actor


def test_the_database_gives_a_province_no_rows_of_its_cities(app: Flask, rivals: Rivals) -> None:
    """Not only the pages: whatever code ran on the province's binding."""
    from sqlalchemy import func, select, update

    from core.db.base import Base
    from core.db.tenancy import tenant_scope
    from core.extensions import db
    from monitoring.models import Figure, FigureState

    cities = [rivals.ours.city.id, rivals.theirs.city.id]
    with tenant_scope(rivals.province.id, app):
        for mapper in Base.registry.mappers:
            model: Any = mapper.class_
            if "tenant_id" not in mapper.columns or model.__tablename__ == "tenant_host":
                continue
            count = db.session.scalar(
                select(func.count()).select_from(model).where(model.tenant_id.in_(cities))
            )
            assert (count == 0) or model in (Figure, FigureState), model
        statement = update(Figure).where(Figure.tenant_id.in_(cities)).values(value=0)
        assert db.session.execute(statement).rowcount == 0  # type: ignore[attr-defined]
        db.session.rollback()


def test_figures_hold_no_words() -> None:
    """Counters only: no column of the tables a province reads can hold a person's text."""
    from sqlalchemy import Text

    from monitoring.models import Figure, FigureState

    for model in (Figure, FigureState):
        words = {column.name for column in model.__table__.columns if isinstance(column.type, Text)}
        assert words <= {"grain", "metric"}
