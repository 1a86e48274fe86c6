"""The pages and acts that are measured, each with its budget, on a large and on a small city."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from bench.cities import PASSWORD, PROVINCE, Ground, admin_email
from bench.measuring import Environ
from bench.visitors import Visitor
from complaints.acts.intake import receipt_for
from complaints.models import Complaint
from core.db.tenancy import tenant_scope

_DIRECT = {"text": "Petugas sudah memperbaiki dan memeriksa ulang di lokasi.", "is_public": "y"}
#: what an officer ticks before verifying
CHECKS = ["clear", "place", "jurisdiction", "single"]
ANSWER = "Yth. Pelapor, laporan Anda sudah kami tindak lanjuti di lapangan. Terima kasih atas laporan Anda."


@dataclass(frozen=True, slots=True)
class Scene:
    """One kind of request. `requests(n)` makes n of them, all different where an act changes what it
    finds.
    """

    name: str
    requests: Callable[[int], Iterator[Environ]]
    status: int = 200
    budget_ms: float | None = None
    is_act: bool = False
    against_floor: bool = True


def _same(visitor: Visitor, path: str, *, keep: bool = True) -> Callable[[int], Iterator[Environ]]:
    return lambda n: (visitor.environ(path, keep=keep) for _ in range(n))


def scenes(app: Flask, large: Ground, small: Ground) -> Iterator[Scene]:
    """Everything, in the order in which it must run."""
    yield from _citizen(app, large)
    yield from _officer(app, large, small)
    province = Visitor(app, PROVINCE)
    province.sign_in()
    yield Scene("province dashboard", _same(province, "/provinsi/"), budget_ms=30)
    desk = Visitor(app, large.slug)
    yield Scene("sign in", lambda n: _sign_ins(desk, n), status=303, is_act=True, against_floor=False)


# --- citizens -----------------------------------------------------------------------------------------------


def _citizen(app: Flask, city: Ground) -> Iterator[Scene]:
    visitor = Visitor(app, city.slug)
    yield Scene("home", _same(visitor, "/", keep=False))
    yield Scene("report form", _same(visitor, "/laporan/baru"))
    report = report_fields(visitor.get("/laporan/baru"))
    yield Scene("submit", lambda n: _submits(visitor, report, n), status=303, budget_ms=12, is_act=True)
    answer = visitor.client.open(visitor.environ("/laporan/baru", {**report, "form_key": str(uuid.uuid4())}))
    yield Scene("receipt", _same(visitor, answer.headers["Location"]))
    number, pin = known(app, city)
    pair = {"number": number, "pin": pin}
    yield Scene(
        "track: number and PIN",
        lambda n: (visitor.environ("/lacak", pair) for _ in range(n)),
        status=303,
        is_act=True,
    )
    visitor.post("/lacak", pair)
    yield Scene("track: full page", _same(visitor, f"/lacak/{number}"))
    yield Scene("track: short status", _same(visitor, f"/lacak/{number}", keep=False))


def report_fields(page: str) -> dict[str, Any]:
    """A filled report form, with choices of the page."""

    def options(name: str) -> list[str]:
        select = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
        return [value for value in re.findall(r'value="([^"]*)"', select[0] if select else "") if value]

    return {
        "kind": "complaint",
        "title": "Lampu jalan padam di gang masjid",
        "body": "Lampu jalan di gang sudah padam sejak dua minggu lalu dan warga takut lewat saat malam.",
        "category": options("category")[0],
        "incident_day": "2",
        "incident_month": "3",
        "incident_year": "2026",
        "district": options("district")[0],
        "village": options("village")[0],
        "landmark": "Depan pos ronda",
        "name": "Siti",
        "phone": "0812 0000 1234",
        "declaration": "y",
    }


def _submits(visitor: Visitor, report: dict[str, Any], n: int) -> Iterator[Environ]:
    for _ in range(n):
        yield visitor.environ("/laporan/baru", {**report, "form_key": str(uuid.uuid4())})


def known(app: Flask, city: Ground) -> tuple[str, str]:
    """Number and PIN of a completed report of the city."""
    with tenant_scope(city.tenant_id, app) as session:
        key = session.scalars(
            select(Complaint.form_key).where(Complaint.status == "completed").limit(1)
        ).one()
        receipt = receipt_for(key)
        if receipt is None:
            raise LookupError("the report vanished")
        return receipt.number, receipt.pin


# --- officers -----------------------------------------------------------------------------------------------


def _officer(app: Flask, large: Ground, small: Ground) -> Iterator[Scene]:
    desk, other = Visitor(app, large.slug), Visitor(app, small.slug)
    desk.sign_in()
    other.sign_in()
    for size in (25, 50, 100):
        budget = 15.0 if size == 50 else None
        yield Scene(f"inbox {size}, large city", _same(desk, f"/petugas/?per={size}"), budget_ms=budget)
    yield Scene("inbox 50, small city", _same(other, "/petugas/?per=50"))
    for name, pages in (("page 2", 1), ("page 20", 19)):
        yield Scene(f"inbox 50, {name}", _same(desk, following(desk, "/petugas/?per=50", pages)))
    for view in ("terlambat", "pelapor", "selesai", "semua"):
        yield Scene(f"inbox 50, {view}", _same(desk, f"/petugas/?per=50&tampilan={view}"))
    for name, query in (
        ("a common word", "q=lampu"),
        ("two words", "q=jembatan+retak"),
        ("no such word", "q=zebra"),
        ("by name", "q=pelapor&di=pelapor"),
        ("by part of a name", "q=a1&di=pelapor"),
        ("by a rare name", "q=abcd&di=pelapor"),
        ("a filter", f"tampilan=semua&kategori={large.categories[0]}"),
        ("a filter of nothing", "tampilan=semua&saluran=sp4n"),
    ):
        yield Scene(f"search: {name}", _same(desk, f"/petugas/?{query}"))
    number, _ = known(app, large)
    yield Scene("case", _same(desk, f"/petugas/laporan/{number}"), budget_ms=12)
    fresh = _waiting(app, large, "received")
    yield Scene("case to verify", _same(desk, f"/petugas/laporan/{fresh[-1][0]}"), budget_ms=12)
    yield from _acts(app, desk, large)


def following(visitor: Visitor, path: str, times: int) -> str:
    """The address reached by pressing "next" this many times, or as often as there is a next page."""
    for _ in range(times):
        found = re.search(r'rel="next"\s+href="([^"]+)"', visitor.get(path))
        if found is None:
            return path
        path = found[1].replace("&amp;", "&")
    return path


def _waiting(app: Flask, city: Ground, *statuses: str) -> list[tuple[str, int]]:
    with tenant_scope(city.tenant_id, app) as session:
        rows = session.execute(
            select(Complaint.number, Complaint.version)
            .where(Complaint.status.in_(statuses))
            .order_by(Complaint.id.desc())
            .limit(400)
        )
        return [(row.number, row.version) for row in rows]


def _acts(app: Flask, desk: Visitor, city: Ground) -> Iterator[Scene]:
    form = {"classification": "unsupervised", "checks": CHECKS, "category": city.categories[0]}
    disposition = {"department": city.departments[0][0], "urgency": "normal", "instructions": "act"}
    for name, slug, data, statuses in (
        ("verify", "verifikasi", form, ("received",)),
        ("assign", "disposisi", disposition, ("verified",)),
        ("follow up", "tindak-lanjut", _DIRECT, ("assigned",)),
        ("respond", "tanggapan", {"text": ANSWER, "yakin": "1"}, ("in_progress", "assigned")),
    ):
        yield Scene(name, _act(app, desk, city, slug, data, statuses), status=303, is_act=True)


def _act(
    app: Flask, desk: Visitor, city: Ground, slug: str, data: dict[str, Any], statuses: tuple[str, ...]
) -> Callable[[int], Iterator[Environ]]:
    def requests(n: int) -> Iterator[Environ]:
        waiting = _waiting(app, city, *statuses)
        if len(waiting) < n:
            raise LookupError(f"only {len(waiting)} reports wait for {slug}, {n} are needed: fill more")
        for number, version in itertools.islice(waiting, n):
            yield desk.environ(f"/petugas/laporan/{number}/{slug}", {"version": str(version), **data})

    return requests


def _sign_ins(desk: Visitor, n: int) -> Iterator[Environ]:
    form = {"email": admin_email(desk.slug), "password": PASSWORD}
    return (desk.environ("/petugas/masuk", form) for _ in range(n))
