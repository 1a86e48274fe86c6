"""Bad input in every form of an act, taken from what is offered: a new form is tried, or fails for want of a
good example here.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.models import Category, Complaint
from complaints.views.offers import BY_SLUG, Offer
from core.db.tenancy import tenant_scope
from core.extensions import db
from tenants.models import Department, Officer
from tests.casework import VERIFIED, Filing, case_in, ready_for, usual_actor, version_of
from tests.conftest import Browser, City
from tests.integration.test_bad_input import HOSTILE
from tests.integration.test_security import rows_of
from tests.unit import workflow_table as table

ALLOWED = table.transitions()
WORDS = "Yth. Pelapor, petugas kami sudah meninjau lokasi dan menutup lubang itu pada pagi hari ini."
NOBODY = "0b0e5e1c-0000-4000-8000-000000000000"
BAD = {
    "empty": "",
    "blank": " \n\t ",
    "too long": "a" * 10_000,
    "markup": "</textarea><script>alert(1)</script>",
    "nobody": NOBODY,
    "number": "ZZZ-2611-00000",
    **HOSTILE,
}
#: calling a move back needs a move under way
SPECIAL = {"tarik-pemindahan"}
_serial = itertools.count(1)


@dataclass(slots=True)
class Ids:
    """Things of one city that forms refer to."""

    category: str
    other_category: str
    department: str
    handler: str
    case: str
    tenant: int


@dataclass(slots=True)
class Ground:
    """Two cities, officers of the first, and how to make cases in it."""

    app: Flask
    city: City
    file_report: Filing
    ours: Ids
    theirs: Ids
    rival: City
    browsers: dict[str, Browser] = field(default_factory=dict)

    def case(self, slug: str, status: str | None = None) -> tuple[str, int]:
        """A new case from which the act is possible, or in `status`: number and version."""
        act = str(BY_SLUG[slug].act)
        with tenant_scope(self.city.id, self.app):
            case_id = case_in(status or status_for(slug), self.city, self.file_report)
            ready_for(act, case_id, self.city)
            number = db.session.scalar(select(Complaint.number).where(Complaint.id == case_id))
            db.session.rollback()
            return str(number), version_of(case_id)

    def browser(self, slug: str) -> Browser:
        """One signed in as an officer who may do the act."""
        act = str(BY_SLUG[slug].act)
        is_units = usual_actor(act, self.city).grants != usual_actor("verify", self.city).grants
        return self.browsers["liaison_officer" if is_units else "city_administrator"]

    def post(self, slug: str, number: str, values: dict[str, Any]) -> Any:
        """The form, sent."""
        path = f"/petugas/laporan/{number}"
        return self.browser(slug).post(f"{path}/{slug}", values, page="/petugas/")

    def good(self, slug: str, ids: Ids | None = None) -> dict[str, Any]:
        """What makes the act happen; with `ids`, the same with another city's things."""
        i, text = ids or self.ours, f"{WORDS} {next(_serial)}"
        return {
            "verifikasi": {**VERIFIED, "category": i.category},
            "kategori": {"category": i.other_category},
            "rahasia": {"reason": text},
            "disposisi": {"department": i.department, "urgency": "normal", "instructions": ["act"]},
            "terima": {},
            "penangan": {"handler": i.handler},
            "pengembalian": {"reason": text},
            "tindak-lanjut": {"text": text, "is_public": "y"},
            "usulan": {"text": text},
            "persetujuan": {"text": text},
            "perbaikan": {"reason": text},
            "tanggapan": {"text": text},
            "penutupan": {},
            "perpanjangan": {"working_days": "5", "reason": text},
            "bukan-wewenang": {"institution": "Balai Besar", "reason": text},
            "pemindahan": {"target": str(i.tenant), "reason": text},
            "penundaan": {"text": text},
            "lanjutkan": {"reason": text},
            "arsip": {"reason": "unclear"},
            "penggabungan": {"main": i.case},
            "pemisahan": {"reason": text},
            "induk": {"parent": i.case},
            "lepas-induk": {},
            "catatan": {"text": text},
        }[slug]


def status_for(slug: str) -> str:
    """A status from which the table allows the act."""
    act = str(BY_SLUG[slug].act)
    return next(status for status in table.STATUSES if (status, act) in ALLOWED)


def fields_of(offer: Offer) -> dict[str, str]:
    """Names of the form's own fields, each with the kind of field it is."""
    found = {
        name: getattr(offer.form, name).field_class.__name__
        for name in dir(offer.form)
        if type(getattr(offer.form, name)).__name__ == "UnboundField"
    }
    return {name: kind for name, kind in found.items() if kind not in ("HiddenField", "MultipleFileField")}


@pytest.fixture(scope="module")
def ground(app: Flask, make_city: Callable[..., City]) -> Ground:
    """Both cities with a case each, officers signed in once."""
    from complaints.acts import intake
    from tests.conftest import submission

    city, rival = make_city(), make_city()

    def report(to: City) -> Any:
        with tenant_scope(to.id, app):
            return intake.submit(submission())

    def ids(of: City, tenant: int) -> Ids:
        number = report(of).number
        with tenant_scope(of.id, app):
            categories = db.session.scalars(select(Category.id).order_by(Category.sort)).all()
            found = Ids(
                category=str(categories[0]),
                other_category=str(categories[1]),
                department=str(db.session.scalar(select(Department.id).where(Department.code == "pupr"))),
                handler=str(
                    db.session.scalar(select(Officer.id).where(Officer.email == of.officers["handler"]))
                ),
                case=number,
                tenant=tenant,
            )
            db.session.rollback()
            return found

    made = Ground(app, city, report, ids(city, rival.id), ids(rival, city.id), rival)
    for role in ("city_administrator", "liaison_officer"):
        made.browsers[role] = Browser(app.test_client(), city.host)
        assert made.browsers[role].sign_in(city.officers[role]).status_code == 303
    return made


OFFERED = sorted(set(BY_SLUG) - SPECIAL)


@pytest.mark.parametrize("slug", OFFERED)
def test_the_good_example_is_good(ground: Ground, slug: str) -> None:
    number, version = ground.case(slug)
    response = ground.post(slug, number, {"version": str(version), **ground.good(slug)})
    assert response.status_code == 303, html.unescape(response.get_data(as_text=True))[:6000]


@pytest.mark.parametrize("slug", OFFERED)
def test_bad_values_in_every_field(ground: Ground, slug: str) -> None:
    """One field after the other, each bad value: done as words, or refused in words; never half done."""
    number, version = ground.case(slug)
    offer = BY_SLUG[slug]
    for name, kind in fields_of(offer).items():
        for what, value in BAD.items():
            if what in HOSTILE:
                value = f"{value} {next(_serial)}"  # an answer given before would be asked about
            before = rows_of(ground.app, ground.city)
            response = ground.post(slug, number, {"version": str(version), **ground.good(slug), name: value})
            assert response.status_code in (303, 422), (name, what, response.status_code)
            raw = response.get_data(as_text=True)
            assert "<script>alert" not in raw
            if response.status_code == 303:
                number, version = ground.case(slug)
                continue
            page = html.unescape(raw)
            assert re.search(r"<title>\s*Kesalahan:", page), (name, what)
            assert rows_of(ground.app, ground.city) == before, (name, what)
            if kind == "TextAreaField":
                kept = re.sub("[\x00\u202a-\u202e]", "", value).strip()
                assert kept in page, f"{name} lost what was typed: {what}"


@pytest.mark.parametrize("slug", [slug for slug in OFFERED if slug != "catatan"])
def test_an_old_version_changes_nothing_and_keeps_the_words(ground: Ground, slug: str) -> None:
    number, _ = ground.case(slug)
    before, values = rows_of(ground.app, ground.city), ground.good(slug)
    response = ground.post(slug, number, {"version": "0", **values})
    page = html.unescape(response.get_data(as_text=True))
    assert response.status_code == 409, page[:4000]
    assert "Laporan ini diubah oleh" in page
    for name in ("text", "reason", "note"):
        if slug != "arsip" and values.get(name):
            assert values[name] in page
    assert rows_of(ground.app, ground.city) == before


@pytest.mark.parametrize("slug", [slug for slug in OFFERED if slug != "catatan"])
def test_an_act_that_is_not_possible_from_here(ground: Ground, slug: str) -> None:
    act = str(BY_SLUG[slug].act)
    status = next(
        each
        for each in ("received", "archived", "completed")
        if (each, act) not in ALLOWED and table.DONE_ALREADY.get(act) != each
    )
    if usual_actor(act, ground.city).grants != usual_actor("verify", ground.city).grants:
        status = "responded_in_unit"
    number, version = ground.case(slug, status) if status != "responded_in_unit" else _answered(ground)
    before, values = rows_of(ground.app, ground.city), ground.good(slug)
    response = ground.post(slug, number, {"version": str(version), **values})
    page = html.unescape(response.get_data(as_text=True))
    assert response.status_code == 409, page[:4000]
    assert "Tindakan ini tidak dapat dilakukan pada laporan berstatus" in page
    assert rows_of(ground.app, ground.city) == before


def _answered(ground: Ground) -> tuple[str, int]:
    """A case that the unit may see and has nothing to take in any more."""
    from tests.casework import do

    with tenant_scope(ground.city.id, ground.app):
        receipt = ground.file_report(ground.city)
        for act in ("verify", "assign", "respond"):
            do(act, receipt.complaint_id, ground.city)
        return receipt.number, version_of(receipt.complaint_id)


REFERRING = {
    "verifikasi": "category", "kategori": "category", "disposisi": "department", "penangan": "handler",
    "penggabungan": "main", "induk": "parent", "pemindahan": "target",
}  # fmt: skip


@pytest.mark.parametrize("slug", REFERRING)
def test_another_citys_things_are_nobodys(ground: Ground, slug: str) -> None:
    number, version = ground.case(slug)
    before = rows_of(ground.app, ground.city), rows_of(ground.app, ground.rival)
    name = REFERRING[slug]
    foreign = {name: ground.good(slug, ground.theirs)[name]}
    response = ground.post(slug, number, {"version": str(version), **ground.good(slug), **foreign})
    assert response.status_code == 422
    assert (rows_of(ground.app, ground.city), rows_of(ground.app, ground.rival)) == before


@pytest.mark.parametrize("slug", sorted(BY_SLUG))
def test_another_citys_case_is_nobodys(ground: Ground, slug: str) -> None:
    before = rows_of(ground.app, ground.rival)
    values = {} if slug in SPECIAL else ground.good(slug)
    response = (
        ground.post(slug, ground.theirs.case, {"version": "1", **values})
        if slug not in SPECIAL
        else (
            ground.browsers["city_administrator"].post(
                f"/petugas/laporan/{ground.theirs.case}/{slug}", {"version": "1"}, page="/petugas/"
            )
        )
    )
    assert response.status_code == 404
    assert rows_of(ground.app, ground.rival) == before
